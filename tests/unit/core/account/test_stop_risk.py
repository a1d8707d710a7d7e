"""Risk to the stops: what is lost down to them, and all of it where the market is past one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.exposure import compute_exposure
from riskgate.core.account.leg_sums import Leg
from riskgate.core.account.legs import Book
from riskgate.core.account.stop_risk import compute_position_risk, covered_by_stops, entry_risk, list_protecting
from riskgate.core.order import OrderType
from tests.support.builders import BUY, SELL, SPOT, SWAP, VENUE, build_account, build_position, build_working, dec


@pytest.mark.parametrize(
    ("quantity", "stop", "risk"),
    [
        ("2", "90", "20"),
        ("2", "99.5", "1"),
        ("2", "100", "200"),
        ("2", "100.5", "200"),
        ("-2", "110", "20"),
        ("-2", "100", "200"),
        ("-2", "99.5", "200"),
        ("2", None, "200"),
    ],
)
def test_position_when_the_market_is_at_or_past_its_stop_then_all_of_it_is_at_risk(
    quantity: str, stop: str | None, risk: str
) -> None:
    position = build_position(quantity, SWAP, stop_loss_price=dec(stop) if stop is not None else None)
    assert compute_position_risk(position) == dec(risk)


@pytest.mark.parametrize(("widest", "risk"), [("90", "40"), ("80", "80"), ("100.5", "400"), (None, "400")])
def test_entry_when_another_stop_of_its_side_is_wider_then_down_to_that(widest: str | None, risk: str) -> None:
    order = build_working(4, unit_risk=dec(10), stop_loss_price=dec(90))
    assert entry_risk(order, dec(widest) if widest is not None else None) == dec(risk)


def stop_order(name: str, quantity: int, price: str, **changes: Any) -> Any:
    terms = {"side": SELL, "type": OrderType.STOP, "stop_price": dec(price), "reduce_only": True}
    return build_working(quantity, SWAP, client_order_id=name, **terms | changes)


def test_stop_orders_when_they_protect_then_the_tightest_first_and_none_that_has_fired_or_does_more() -> None:
    position = build_position(10, SWAP)
    orders = [
        stop_order("b", 2, "90"),
        stop_order("a", 3, "90"),
        stop_order("tight", 1, "99.5"),
        stop_order("fired", 5, "100"),
        stop_order("uncapped", 5, "95", reduce_only=False),
        stop_order("entry", 5, "95", side=BUY),
    ]
    assert [order.client_order_id for order in list_protecting(position, orders)] == ["tight", "a", "b"]
    assert covered_by_stops(position, orders) == 6
    assert covered_by_stops(build_position(4, SWAP), orders) == 4
    # One of one, then half a point; three and two, ten points each; four with no stop, all of it.
    assert compute_position_risk(position, (), list_protecting(position, orders)) == Decimal("0.5") + 50 + 400


def test_markets_when_each_is_a_coin_of_its_own_and_none_works_then_they_stand_alone() -> None:
    """A mark of one of them moves the totals without a look at any other market."""
    symbols = ("ETH/USDT", "BTC/USDT", "BTC/EUR", "SOL/USDT", SWAP, "ADA/USDT", "XRP/USDT", "XRP/EUR", "XRP/USDC")
    held = {position.key: position for position in (build_position(1, symbol) for symbol in symbols)}
    working = {
        "w1": build_working(1, "SOL/USDT", client_order_id="w1"),
        "w2": build_working(1, "ADA/EUR", client_order_id="w2"),
    }
    alone = Book(held, working).list_alone(holds_coins=True)
    assert {key for key in held if key in alone} == {f"{VENUE}:ETH/USDT", f"{VENUE}:{SWAP}"}
    by_market = Book(held, working).list_alone(holds_coins=False)
    assert {key for key in held if key not in by_market} == {f"{VENUE}:SOL/USDT"}
    assert f"{VENUE}:{SPOT}" in by_market


def test_stop_orders_when_they_protect_a_short_then_those_that_buy_above_the_market() -> None:
    position = build_position(-10, SWAP)
    orders = [
        stop_order("wide", 2, "110", side=BUY),
        stop_order("tight", 3, "100.5", side=BUY),
        stop_order("fired", 5, "100", side=BUY),
        stop_order("entry", 5, "105"),
    ]
    assert [order.client_order_id for order in list_protecting(position, orders)] == ["tight", "wide"]
    assert covered_by_stops(position, orders) == 5
    assert covered_by_stops(build_position("-0.5", SWAP), orders) == dec("0.5")
    assert covered_by_stops(build_position("0.5", SWAP), [stop_order("one", 1, "99")]) == dec("0.5")


@pytest.mark.parametrize(("held", "risk"), [("0.5", "10"), ("-0.5", "15"), ("5", "100"), ("-5", "150")])
def test_risk_when_orders_on_both_sides_have_stops_then_a_position_counts_down_to_those_of_its_own_side(
    held: str, risk: str
) -> None:
    """A long falls to the stop of the entries that buy, twenty below; a short rises to that of those that sell."""
    stop = dec(90) if dec(held) > 0 else dec(110)
    position = build_position(held, SWAP, stop_loss_price=stop)
    entries = [
        build_working(1, SWAP, client_order_id="b", unit_risk=dec(20), stop_loss_price=dec(80)),
        build_working(1, SWAP, client_order_id="s", side=SELL, unit_risk=dec(30), stop_loss_price=dec(130)),
    ]
    total = compute_exposure(build_account(positions=[position], working=entries)).open_risk
    alone = compute_exposure(build_account(working=entries)).open_risk
    assert total - alone == dec(risk)


@pytest.mark.parametrize(("value", "rise", "fall"), [(100, 3, 12), (-100, 8, 7), (0, 3, 7)])
def test_net_when_orders_work_then_exits_move_it_towards_zero_alone(value: int, rise: int, fall: int) -> None:
    leg = Leg(value=dec(value), buys=dec(3), sells=dec(7), exits=dec(5))
    assert (leg.rise, leg.fall) == (rise, fall)
    assert leg.gross == max(max(value, 0) + 3, max(-value, 0) + 7)
