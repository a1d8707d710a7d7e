"""What the working orders of one leg may do to the totals: in the worst direction, and no position closed twice."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.account.document import Exposure, WorkingOrder
from riskgate.core.account.hedges import lowers_delta
from riskgate.core.account.leg_sums import UNKNOWN_SECTOR, Leg
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    SELL,
    SWAP,
    Number,
    build_account,
    build_position,
    build_working,
    dec,
)


def sell(quantity: Number, **changes: Any) -> WorkingOrder:
    """Return a working sell of the swap that adds no exposure."""
    return build_working(quantity, SWAP, **{"side": SELL, "increasing_quantity": dec(0)} | changes)


@pytest.mark.parametrize(
    ("orders", "falls"),
    [
        ([], 0),
        ([sell(4)], 400),
        ([sell(4, reduce_only=True)], 400),
        # Reduce-only ones together take the position once.
        ([sell(8, reduce_only=True), sell(8, reduce_only=True, client_order_id="w2")], 1_000),
        ([sell(8, reduce_only=True), sell(4, client_order_id="w2")], 1_200),
        # A stop that only reduces is not under way; one that may open a position is.
        ([sell(4, reduce_only=True, type=OrderType.STOP, stop_price=dec(90))], 0),
        ([sell(4, type=OrderType.STOP, stop_price=dec(90))], 400),
        ([sell(14, increasing_quantity=dec(4))], 1_400),
    ],
)
def test_exits_when_they_work_then_the_net_value_may_fall_by_what_they_take_away(
    orders: list[WorkingOrder], falls: int
) -> None:
    """Ten contracts at 100 are held."""
    total = build_account(positions=[build_position(10, SWAP)], working=orders).exposure
    assert (total.net, total.buys, total.sells) == (1_000, 0, falls)
    assert total.net_worst == max(1_000, falls - 1_000)


@pytest.mark.parametrize(
    ("leg", "gross", "rise", "fall"),
    [
        (Leg(value=dec(100), buys=dec(30), sells=dec(120)), 130, 30, 120),
        (Leg(value=dec(100), buys=dec(30), sells=dec(150)), 150, 30, 150),
        (Leg(value=dec(-100), buys=dec(30), sells=dec(20)), 120, 30, 20),
        (Leg(value=dec(100), exits=dec(40)), 100, 0, 40),
        (Leg(value=dec(-100), exits=dec(40)), 100, 40, 0),
        (Leg(), 0, 0, 0),
    ],
)
def test_leg_when_its_orders_fill_then_the_larger_side_and_exits_the_way_they_close(
    leg: Leg, gross: int, rise: int, fall: int
) -> None:
    assert (leg.gross, leg.rise, leg.fall, leg.sector) == (gross, rise, fall, UNKNOWN_SECTOR)


@pytest.mark.parametrize(
    ("net", "buys", "sells", "worst"), [(100, 20, 50, 120), (100, 20, 230, 130), (-100, 20, 50, 150), (0, 0, 0, 0)]
)
def test_net_when_only_one_side_fills_then_the_worse_of_the_two(net: int, buys: int, sells: int, worst: int) -> None:
    assert Exposure(net=dec(net), buys=dec(buys), sells=dec(sells)).net_worst == worst


@pytest.mark.parametrize(
    ("side", "quantity", "others", "lowers"),
    [
        (SELL, "4", [], True),
        (SELL, "10", [], True),
        (SELL, "10.001", [], False),
        (SELL, "4", [(SELL, "6")], True),
        (SELL, "4", [(SELL, "6.001")], False),
        (SELL, "4", [(BUY, "50")], True),
        (BUY, "1", [], False),
    ],
)
def test_hedge_when_all_on_its_side_sell_no_more_than_is_held_then_it_lowers_the_delta(
    side: Side, quantity: str, others: list[tuple[Side, str]], lowers: bool
) -> None:
    """Ten are held on spot, and nothing in the swap."""
    order = build_working(quantity, SWAP, side=side)
    more = [build_working(amount, SWAP, side=one, client_order_id=f"o{n}") for n, (one, amount) in enumerate(others)]
    state = build_account(positions=[build_position(10)], working=[order, *more])
    assert lowers_delta(state, order) is lowers


@pytest.mark.parametrize(("held", "side", "lowers"), [(2, SELL, False), (-2, SELL, True), (0, SELL, True)])
def test_order_when_it_would_turn_its_own_market_around_then_no_hedge(held: int, side: Side, lowers: bool) -> None:
    positions = [build_position(10), *([build_position(held, SWAP)] if held else [])]
    order = build_working(3, SWAP, side=side)
    assert lowers_delta(build_account(positions=positions, working=[order]), order) is lowers
