"""Stops that the gateway keeps at the venue: they rest as long as the position does, one at a time."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, instrument_of
from tests.support.routed_account import RoutedAccount, worker_client_id

KEY = f"{VENUE}:{BTC}"
ENTRY: dict[str, Any] = {"price": "50500", "stop_loss_price": "49000", "quantity": "0.05"}


@pytest.fixture
def stopping(routed: RoutedAccount) -> RoutedAccount:
    """Give a routed account at a venue that can keep stops."""
    rules = instrument_of(BTC, stop_orders=True)
    assert routed.gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    routed.gateway.refresh_quotes()
    return routed


def kept(routed: RoutedAccount) -> list[dict[str, Any]]:
    """Return the stops that rest at the venue."""
    return [order for order in routed.simulator.orders() if order["open"] and order["type"].startswith("STOP")]


def held(routed: RoutedAccount) -> Decimal:
    return routed.state().positions[KEY].quantity


def enter(routed: RoutedAccount, **changes: Any) -> str:
    routed.gateway.refresh_quotes()
    entry = routed.approved(**ENTRY | changes)
    routed.work_all()
    assert routed.status(entry) == "filled"
    routed.gateway.refresh_quotes()
    return entry


def test_stop_when_the_entry_fills_then_it_rests_at_the_venue_for_what_is_held(stopping: RoutedAccount) -> None:
    entry = enter(stopping)

    (stop,) = kept(stopping)
    # The venue took its fee in coins: the stop is for what is left, on the lot grid.
    assert (stop["side"], Decimal(stop["stop_price"])) == ("SELL", Decimal(49000))
    assert Decimal("0.0499") <= Decimal(stop["quantity"]) <= Decimal("0.05")
    (own,) = [o for o in stopping.state().working_orders.values() if o.client_order_id.startswith("stop-")]
    stopping.assert_agrees(own.client_order_id)
    record = stopping.record(own.client_order_id)
    assert worker_client_id(record, 0) == stop["client_order_id"]
    assert stopping.gateway.on_order("GET", entry).body["stop_kept_by"] == "venue"


def test_exit_when_a_stop_holds_the_coins_then_it_makes_room_and_is_gone_with_the_position(
    stopping: RoutedAccount,
) -> None:
    enter(stopping)
    part = stopping.approved(side="sell", type="market", price=None, stop_loss_price=None, quantity="0.02")
    stopping.work_all()
    assert stopping.status(part) == "filled"
    (stop,) = kept(stopping)
    assert Decimal(stop["quantity"]) == Decimal("0.02995"), "the rest is protected again"

    stopping.gateway.refresh_quotes()
    rest = stopping.approved(side="sell", type="market", price=None, stop_loss_price=None, quantity="0.02995")
    stopping.work_all()

    assert stopping.status(rest) == "filled"
    assert kept(stopping) == []
    assert not [o for o in stopping.state().working_orders.values() if o.client_order_id.startswith("stop-")]


def test_exit_when_it_rests_and_is_cancelled_then_the_stop_grows_back(stopping: RoutedAccount) -> None:
    enter(stopping)
    resting = stopping.approved(side="sell", price="52000", stop_loss_price=None, quantity="0.03")
    stopping.work_all()
    (stop,) = kept(stopping)
    assert (stopping.status(resting), Decimal(stop["quantity"])) == ("submitted", Decimal("0.01995"))

    assert stopping.gateway.cancel(resting).status in {200, 202}
    stopping.work_all()

    (stop,) = kept(stopping)
    assert Decimal(stop["quantity"]) == Decimal("0.04995")


def test_operators_exit_when_killed_then_stop_stays_until_the_exit_and_the_account_is_flat(
    stopping: RoutedAccount,
) -> None:
    enter(stopping)
    stopping.gateway.kill("account", ACCOUNT_ID, cancel_open_orders=True)
    stopping.work_all()
    assert len(kept(stopping)) == 1, "a stop protects while everything else is stopped"

    body = {"exit_id": "e1", "reason": "drill", "scope": "all"}
    exits = f"/accounts/{ACCOUNT_ID}/exits"
    answer = stopping.gateway.call("POST", exits, body, headers=stopping.gateway.next_totp())
    stopping.work_all()

    (leg,) = answer.body["legs"]
    assert stopping.status(leg["client_order_id"]) == "filled"
    assert kept(stopping) == []


def test_entry_when_killed_after_it_was_filled_then_its_stop_is_placed_all_the_same(stopping: RoutedAccount) -> None:
    stopping.approved(**ENTRY)
    assert stopping.work()
    stopping.gateway.kill("account", ACCOUNT_ID)
    stopping.work_all()

    assert len(kept(stopping)) == 1


def test_stop_when_placing_times_out_then_looked_up_and_one_rests(stopping: RoutedAccount) -> None:
    stopping.gateway.refresh_quotes()
    stopping.approved(**ENTRY)
    assert stopping.work()
    stopping.fault("drop_after_accept", count=1)
    stopping.work_all()

    assert len(kept(stopping)) == 1
    assert len([order for order in stopping.simulator.orders() if order["type"] == "STOP_LOSS"]) == 1
    (own,) = [o for o in stopping.state().working_orders.values() if o.client_order_id.startswith("stop-")]
    assert own.status.value == "submitted"


def test_stop_when_the_venue_surely_never_got_it_then_sent_again_once(stopping: RoutedAccount) -> None:
    stopping.gateway.refresh_quotes()
    stopping.approved(**ENTRY)
    assert stopping.work()
    stopping.fault("drop_before_accept", count=1)
    stopping.work_all()

    assert len(kept(stopping)) == 1
    assert len([order for order in stopping.simulator.orders() if order["type"] == "STOP_LOSS"]) == 1


def test_messages_when_repeated_and_out_of_turn_then_one_stop_rests(stopping: RoutedAccount) -> None:
    stopping.gateway.refresh_quotes()
    stopping.approved(**ENTRY)
    assert stopping.work()
    message = stopping.receive()
    assert message is not None
    assert "keep_stops" in message["Body"]
    for _ in range(3):
        assert not stopping.invoke(message)

    assert len(kept(stopping)) == 1


def test_stop_when_the_market_is_beyond_it_already_then_the_position_is_closed_at_market(
    stopping: RoutedAccount,
) -> None:
    stopping.gateway.refresh_quotes()
    stopping.approved(**ENTRY)
    assert stopping.work()
    stopping.simulator.control.post("price", symbol="BTCUSDT", price="48500")
    stopping.work_all()

    assert kept(stopping) == []
    assert KEY not in stopping.state().positions or held(stopping) < Decimal("0.0001")


def test_stop_when_the_strategy_keeps_it_then_nothing_rests(stopping: RoutedAccount) -> None:
    entry = enter(stopping, stop_kept_by="strategy")

    assert kept(stopping) == []
    assert stopping.gateway.on_order("GET", entry).body["stop_kept_by"] == "strategy"


def test_stop_when_the_venue_cannot_keep_one_then_said_before_approval(routed: RoutedAccount) -> None:
    answer = routed.submit(**ENTRY, stop_kept_by="venue")

    assert (answer.status, answer.code) == (422, "STOP_UNSUPPORTED")
    assert routed.submit(**ENTRY).status == 201, "left open, the strategy holds it"


def test_stop_when_the_account_wants_it_at_the_venue_then_no_other_passes(stopping: RoutedAccount) -> None:
    assert stopping.gateway.limits(stop_loss_required="at_venue").status == 200
    assert stopping.gateway.limits(totp=False, stop_loss_required=True).status in {401, 403}, "that is looser"

    assert stopping.submit(**ENTRY, stop_kept_by="strategy").code == "STOP_LOSS_REQUIRED"
    assert stopping.submit(**ENTRY | {"route": None}).code == "STOP_LOSS_REQUIRED"
    assert stopping.submit(**ENTRY).status == 201
