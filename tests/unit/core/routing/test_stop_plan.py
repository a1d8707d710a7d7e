"""The stop that the gateway keeps at the venue: what is wanted, and what is done where something else rests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, Balance, KeptStop, OrderStatus, Position, WorkingOrder
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.routing.stop_plan import KeptOrder, Purpose, StopPlan, held_by_stops, list_watched, plan_stops
from tests.support.builders import (
    BUY,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    build_account,
    build_instrument,
    build_position,
    build_working,
    dec,
)

AT_VENUE = KeptStop(kept_by=StopKeeper.VENUE)


def held(quantity: str = "10", symbol: str = SWAP, stop: str | None = "90", **changes: Any) -> Position:
    """Return a position with a stop that the venue keeps."""
    price = dec(stop) if stop is not None else None
    return build_position(quantity, symbol, **{"stop_loss_price": price, "kept_stop": AT_VENUE} | changes)


def stop_order(name: str = "stop-1", quantity: str = "10", price: str = "90", **changes: Any) -> WorkingOrder:
    """Return a kept stop as it rests."""
    terms: dict[str, Any] = {
        "client_order_id": name,
        "side": SELL,
        "type": OrderType.STOP,
        "status": OrderStatus.SUBMITTED,
        "operator_exit": True,
        "reduce_only": True,
        "increasing_quantity": dec(0),
        "stop_price": dec(price),
        "rest_price": None,
    }
    return build_working(quantity, SWAP, **terms | changes)


def plan(
    position: Position | None,
    *orders: WorkingOrder,
    price: str | None = None,
    balance: str | None = None,
    **rules: Any,
) -> StopPlan:
    """Return what is to be done for one market, under a venue's rules."""
    symbol = position.symbol if position is not None else SWAP
    state = build_account(positions=[position] if position is not None else [], working=orders)
    if balance is not None:
        state = replace(state, balances={VENUE: {"BTC": Balance(total=dec(balance))}})
    last = dec(price) if price is not None else None
    return plan_stops(state, f"{VENUE}:{symbol}", build_instrument(symbol, **rules), last)


def wanted(quantity: str = "10", price: str | None = "90", **changes: Any) -> KeptOrder:
    trigger = dec(price) if price is not None else None
    order = KeptOrder(purpose=Purpose.STOP, side=SELL, type=OrderType.STOP, quantity=dec(quantity), price=trigger)
    return replace(order, **changes)


def test_stop_when_nothing_rests_then_placed_on_the_side_that_closes() -> None:
    assert plan(held()) == StopPlan(place=(wanted(),))
    assert plan(held("-10", stop="110")) == StopPlan(place=(wanted(price="110", side=BUY),))
    assert not plan(held()).is_empty


@pytest.mark.parametrize(
    "position",
    [
        None,
        held(kept_stop=None),
        held(kept_stop=KeptStop(kept_by=StopKeeper.STRATEGY)),
        held(stop=None),
    ],
)
def test_stop_when_the_venue_keeps_none_then_nothing_is_done_and_what_rests_is_taken_away(
    position: Position | None,
) -> None:
    assert plan(position).is_empty
    assert plan(position, stop_order()) == StopPlan(cancel=("stop-1",))


def test_stop_when_it_rests_as_wanted_then_nothing_is_done() -> None:
    assert plan(held(), stop_order()).is_empty
    assert plan(held("-10", stop="110"), stop_order(price="110", side=BUY)).is_empty
    wrong = stop_order(price="110")
    assert plan(held("-10", stop="110"), wrong) == StopPlan(cancel=(wrong.client_order_id,))


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": "9"},
        {"price": "91"},
        {"type": OrderType.STOP_LIMIT},
        {"side": BUY},
        {"side": BUY, "type": OrderType.MARKET, "stop_price": None},
    ],
)
def test_stop_when_another_one_rests_then_that_is_taken_away_before_any_is_placed(other: dict[str, Any]) -> None:
    assert plan(held(), stop_order(**other)) == StopPlan(cancel=("stop-1",))


@pytest.mark.parametrize("status", [OrderStatus.SUBMITTING, OrderStatus.UNKNOWN])
def test_stop_when_one_is_in_doubt_then_it_is_looked_up_whatever_it_says(status: OrderStatus) -> None:
    assert plan(held(), stop_order(price="80", status=status)) == StopPlan(send=("stop-1",))


def test_stop_when_approved_and_not_sent_then_sent_unless_it_is_no_longer_wanted() -> None:
    assert plan(held(), stop_order(status=OrderStatus.APPROVED)) == StopPlan(send=("stop-1",))
    old = stop_order(price="80", status=OrderStatus.APPROVED)
    assert plan(held(), old) == StopPlan(cancel=("stop-1",))


def test_stops_when_two_rest_then_the_older_one_stays() -> None:
    first = stop_order("stop-b")
    second = stop_order("stop-a", approved_at=first.approved_at + SECOND)
    assert plan(held(), second, first) == StopPlan(cancel=("stop-a",))


def test_orders_when_they_are_not_the_gateways_then_left_alone() -> None:
    own = build_working(1, SWAP, client_order_id="stop-loss", side=SELL, reduce_only=True)
    exit_ = stop_order("exit-1", type=OrderType.MARKET)
    assert plan(held(), own, exit_) == StopPlan(place=(wanted(),))


@pytest.mark.parametrize(
    ("quantity", "last", "at_market"),
    [("10", "90.01", False), ("10", "90", True), ("10", "80", True), ("-10", "89.99", False), ("-10", "90", True)],
)
def test_stop_when_the_market_is_beyond_it_then_closed_at_market(quantity: str, last: str, *, at_market: bool) -> None:
    side = SELL if quantity == "10" else BUY
    now = wanted(price=None, type=OrderType.MARKET, side=side) if at_market else wanted(side=side)
    assert plan(held(quantity), price=last) == StopPlan(place=(now,))


def test_stop_when_it_closes_at_market_already_then_not_held_back() -> None:
    closing = stop_order(type=OrderType.MARKET, stop_price=None)
    assert plan(held(), closing).is_empty


@pytest.mark.parametrize(("quantity", "stop", "price"), [("10", "90.001", "90.01"), ("-10", "110.009", "110")])
def test_stop_when_off_the_venues_grid_then_the_step_nearer_to_the_market(quantity: str, stop: str, price: str) -> None:
    [placed] = plan(held(quantity, stop=stop)).place
    assert placed.price == dec(price)
    [exact] = plan(held(quantity, stop=stop), tick_size=Decimal(0)).place
    assert exact.price == dec(stop)


@pytest.mark.parametrize(
    ("rules", "quantity"),
    [
        ({"step_size": dec(3)}, "9"),
        ({"step_size": dec(0)}, "10"),
        ({"quantity_min": dec(10)}, "10"),
        ({"quantity_max": dec(4)}, "4"),
    ],
)
def test_quantity_when_the_venue_has_steps_and_a_most_then_within_them(rules: dict[str, Any], quantity: str) -> None:
    assert plan(held(), **rules) == StopPlan(place=(wanted(quantity),))


def test_quantity_when_below_the_venues_least_then_no_stop() -> None:
    assert plan(held(), quantity_min=dec("10.001")).is_empty
    assert plan(held(), step_size=dec(11)).is_empty


@pytest.mark.parametrize(("balance", "quantity"), [(None, "10"), ("11", "10"), ("9.99", "9.99")])
def test_quantity_when_fees_have_left_a_spot_holding_then_what_there_is(balance: str | None, quantity: str) -> None:
    assert plan(held(symbol=SPOT), balance=balance) == StopPlan(place=(wanted(quantity),))


def test_quantity_when_other_sells_hold_the_coins_then_the_rest() -> None:
    selling = build_working(4, SPOT, client_order_id="o1", side=SELL)
    buying = build_working(3, SPOT, client_order_id="o2")
    assert plan(held(symbol=SPOT), selling, buying) == StopPlan(place=(wanted("6"),))
    whole = build_working(10, SPOT, client_order_id="o1", side=SELL)
    assert plan(held(symbol=SPOT), whole).is_empty


def test_stop_when_worth_less_than_a_spot_venue_takes_then_none_and_of_a_swap_all_the_same() -> None:
    assert plan(held(symbol=SPOT), notional_min=dec("900.01")).is_empty
    assert plan(held(symbol=SPOT), notional_min=dec(900)) == StopPlan(place=(wanted(),))
    assert plan(held(), notional_min=dec("900.01")) == StopPlan(place=(wanted(),))


def test_target_when_the_entry_named_one_then_placed_beside_the_stop_and_each_stands_by_itself() -> None:
    kept = replace(AT_VENUE, take_profit_price=dec("120.009"))
    target = wanted(price="120.01", purpose=Purpose.TAKE_PROFIT, type=OrderType.LIMIT)
    assert plan(held(kept_stop=kept)) == StopPlan(place=(wanted(), target))
    resting = stop_order("take-1", type=OrderType.LIMIT, stop_price=None, rest_price=dec("120.01"))
    assert plan(held(kept_stop=kept), resting) == StopPlan(place=(wanted(),))
    assert plan(held(kept_stop=kept), resting, stop_order()).is_empty


def test_plan_when_the_market_is_not_known_then_nothing_is_placed() -> None:
    state = build_account(positions=[held()])
    assert plan_stops(state, f"{VENUE}:{SWAP}", None).is_empty


def state_of(*orders: WorkingOrder, positions: tuple[Position, ...] = ()) -> AccountState:
    return build_account(positions=positions, working=orders)


def test_held_when_kept_orders_are_at_the_venue_then_the_largest_of_them() -> None:
    key = f"{VENUE}:{SWAP}"
    assert held_by_stops(state_of(), key) == 0
    resting = (stop_order(quantity="4"), stop_order("take-1", quantity="6", status=OrderStatus.PARTIALLY_FILLED))
    leaving = stop_order("stop-2", quantity="9", status=OrderStatus.APPROVED)
    own = build_working(8, SWAP, client_order_id="o1", side=SELL, status=OrderStatus.SUBMITTED)
    assert held_by_stops(state_of(*resting, leaving, own), key) == 6


def test_watched_when_a_stop_is_kept_or_one_still_works_then_by_market() -> None:
    kept, by_strategy = held(), held(symbol=SPOT, kept_stop=KeptStop(kept_by=StopKeeper.STRATEGY))
    assert list_watched(state_of(positions=(kept, by_strategy))) == [f"{VENUE}:{SWAP}"]
    assert list_watched(state_of(stop_order())) == [f"{VENUE}:{SWAP}"]
    assert list_watched(state_of(build_working(1, SWAP), positions=(by_strategy,))) == []
