"""Executions: counted once, partial, late, and beyond what was approved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC_SWAP, Gateway


def test_fill_when_partial_then_position_and_smaller_reservation(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1", price="50000")
    answer = gateway.fill(order, "0.04", "49995", fee="2", fill_id="t-1")
    assert answer.status == 201
    body = answer.body
    assert (body["status"], body["filled_quantity"], body["remaining_quantity"]) == ("partially_filled", "0.04", "0.06")
    assert (body["position_quantity"], body["fee"], body["slippage_bps"]) == ("0.04", "2", "-1")
    account = gateway.account()
    assert account["positions"][0]["quantity"] == "0.04"
    assert account["open_orders"][0]["quantity"] == "0.06"
    assert account["open_orders"][0]["reserved"] == {"notional": "3000", "risk": "60"}
    # A new position is worth what was paid for it; only the fee is gone.
    assert account["equity"] == "99998"


def test_fill_when_the_rest_arrives_then_filled_and_nothing_reserved(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    gateway.fill(order, "0.04")
    assert gateway.fill(order, "0.06", "50010").body["status"] == "filled"
    account = gateway.account()
    assert (account["open_orders"], account["positions"][0]["quantity"]) == ([], "0.1")
    stored = gateway.on_order("GET", order).body
    assert (stored["status"], stored["average_fill_price"]) == ("filled", "50006")


def test_fill_when_reported_again_then_200_and_counted_once(gateway: Gateway) -> None:
    order = gateway.approved()
    first = gateway.fill(order, "0.04", fill_id="t-1")
    again = gateway.fill(order, "0.04", fill_id="t-1")
    assert (first.status, again.status) == (201, 200)
    assert again.is_replay
    assert again.text == first.text
    assert gateway.account()["positions"][0]["quantity"] == "0.04"


def test_fill_when_its_id_comes_with_another_execution_then_409(gateway: Gateway) -> None:
    order = gateway.approved()
    gateway.fill(order, "0.04", fill_id="t-1")
    answer = gateway.fill(order, "0.05", fill_id="t-1")
    assert (answer.status, answer.code) == (409, "FILL_ID_REUSED")


def test_fill_when_its_id_was_used_on_another_order_then_it_counts(gateway: Gateway) -> None:
    first, second = gateway.approved(quantity="0.05"), gateway.approved(quantity="0.06")
    assert gateway.fill(first, "0.05", fill_id="t-1").status == 201
    assert gateway.fill(second, "0.06", fill_id="t-1").status == 201
    assert gateway.account()["positions"][0]["quantity"] == "0.11"


def breaks_of(gateway: Gateway) -> list[tuple[str, str, str]]:
    """Return kind, severity and subject of the open breaks."""
    answer = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/reconciliation")
    assert answer.status == 200, answer.text
    return [(row["kind"], row["severity"], row["subject"]) for row in answer.body["open"]]


def notices_of(gateway: Gateway, kind: str) -> list[dict[str, Any]]:
    entries = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]
    return [notice for entry in entries for notice in entry["notices"] if notice["kind"] == kind]


def test_fill_when_beyond_the_order_then_booked_and_a_break_that_is_told(gateway: Gateway) -> None:
    """It was refused, and the position was forgotten."""
    order = gateway.approved(quantity="0.1")
    gateway.fill(order, "0.06")

    body = gateway.fill(order, "0.05").body

    assert (body["status"], body["remaining_quantity"], body["excess_quantity"]) == ("filled", "0", "0.01")
    account = gateway.account()
    assert (account["positions"][0]["quantity"], account["exposure"]["gross"]) == ("0.11", "5500")
    assert breaks_of(gateway) == [("filled_quantity", "orange", f"order {order}")]
    (told,) = notices_of(gateway, "reconciliation_break")
    assert (told["severity"], told["amount"]) == ("orange", "500")
    assert gateway.on_order("GET", order).body["filled_quantity"] == "0.11"


def test_fill_when_of_an_order_sized_by_its_cost_and_better_than_planned_then_booked_and_no_break_stays(
    gateway: Gateway,
) -> None:
    sized = {"type": "market", "price": None, "quantity": None, "quote_quantity": "1000", "stop_loss_price": "49000"}
    order = gateway.approved(**sized)

    body = gateway.fill(order, "0.02002", "49950").body

    assert (body["status"], body["position_quantity"], body["excess_quantity"]) == ("filled", "0.02002", "0.00003")
    assert breaks_of(gateway) == []
    (closed,) = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/reconciliation").body["closed"]
    assert (closed["kind"], closed["how"]) == ("filled_quantity", "self_cleared")


def test_fill_when_the_order_was_cancelled_then_it_still_counts(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    gateway.cancel(order)
    answer = gateway.fill(order, "0.03")
    assert (answer.status, answer.body["status"], answer.body["position_quantity"]) == (201, "cancelled", "0.03")
    assert gateway.fill(order, "0.07").body["status"] == "filled"
    assert gateway.account()["open_orders"] == []


def test_fill_when_the_approval_is_long_over_then_its_exposure_was_still_reserved(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    gateway.advance(minutes=16)
    answer = gateway.fill(order, "0.03")
    assert answer.status == 201, answer.text
    assert (answer.body["status"], answer.body["position_quantity"]) == ("partially_filled", "0.03")
    assert gateway.account()["open_orders"][0]["quantity"] == "0.07"
    assert gateway.fill(order, "0.07").body["status"] == "filled"


def test_fill_when_the_order_was_denied_then_booked_and_its_market_only_reduces(gateway: Gateway) -> None:
    denied = gateway.submit(quantity="3").body["client_order_id"]

    body = gateway.fill(denied, "0.1").body

    assert (body["status"], body["position_quantity"], body["excess_quantity"]) == ("denied", "0.1", "0.1")
    assert breaks_of(gateway) == [("rogue_order", "red", f"order {denied}")]
    assert notices_of(gateway, "reconciliation_break")[0]["severity"] == "red"
    assert gateway.submit(quantity="0.01").code == "TRADING_REDUCING"
    exit_order = gateway.approved(side="sell", type="market", quantity="0.1", price=None, stop_loss_price=None)
    assert gateway.fill(exit_order, "0.1").body["position_quantity"] == "0"


def test_fill_when_the_order_is_unknown_then_404(gateway: Gateway) -> None:
    answer = gateway.fill("nobody", "0.1")
    assert (answer.status, answer.code) == (404, "ORDER_NOT_FOUND")


def test_fill_when_it_closes_at_a_loss_then_equity_and_breaker_know(gateway: Gateway) -> None:
    entry = gateway.approved(quantity="0.1")
    gateway.fill(entry, "0.1", "50000")
    exit_order = gateway.approved(side="sell", type="market", quantity="0.1", price=None, stop_loss_price=None)
    answer = gateway.fill(exit_order, "0.1", "19000")
    assert (answer.body["realized_pnl"], answer.body["position_quantity"]) == ("-3100", "0")
    assert (answer.body["equity"], answer.body["trading_state"]) == ("96900", "REDUCING")
    denied = gateway.submit(quantity="0.01")
    assert denied.code == "TRADING_REDUCING"
    assert "DAILY_LOSS" in denied.violated


def test_fill_when_dated_in_the_future_then_the_mark_does_not_freeze(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    assert gateway.fill(order, "0.1", executed_at="2099-12-31T23:59:59Z").status == 201
    gateway.advance(seconds=10)
    gateway.quote(bid="48000", ask="48000")
    gateway.submit(quantity="0.01", price="48000", stop_loss_price="47900")
    assert gateway.account()["positions"][0]["mark_price"] == "48000"


def test_fill_when_its_figures_are_extreme_then_counted_without_an_error(gateway: Gateway) -> None:
    gateway.limits(price_collar_fraction_max=None, duplicate_window_seconds=None, self_match_prevention=False)
    gateway.quote(bid="0.01", ask="0.01", last="0.01")
    order = gateway.approved(quantity="1000", price="0.01", stop_loss_price=None)
    answer = gateway.fill(order, "1000", "999999999999999.999999999999", fee="999999999999999")
    assert answer.status == 201, answer.text
    assert gateway.account()["positions"][0]["quantity"] == "1000"
    assert gateway.on_order("GET", order).status == 200


def test_swap_fill_when_short_then_a_negative_position(gateway: Gateway) -> None:
    gateway.register("swaps", venues=[{"venue": "binance", "market_type": "swap"}])
    body = gateway.order(symbol=BTC_SWAP, side="sell", stop_loss_price="51000", quantity="0.1", client_order_id="s")
    assert gateway.submit(body, account="swaps").status == 201
    fill = {"fill_id": "f", "quantity": "0.1", "price": "50000", "executed_at": "2026-03-04T12:00:00Z"}
    answer = gateway.call("POST", "/accounts/swaps/orders/s/fills", fill)
    assert (answer.status, answer.body["position_quantity"]) == (201, "-0.1")
    assert gateway.account("swaps")["exposure"]["net"] == "-5000"


def test_fill_when_its_price_cannot_be_then_counted_at_the_worse_value_and_told(gateway: Gateway) -> None:
    """A buy reported at 0.05 instead of 50,000 froze the mark there: 197 % of equity was approved."""
    order = gateway.approved(quantity="0.1")

    gateway.fill(order, "0.1", "0.05")

    account = gateway.account()
    held = account["positions"][0]
    assert (held["average_price"], held["mark_price"], held["value"]) == ("50000", "50000", "5000")
    assert account["equity"] == "100000"
    gateway.advance(seconds=3)
    gateway.quote(bid="51000", ask="51000")
    gateway.submit(quantity="0.001", price="51000", stop_loss_price="50900")
    assert gateway.account()["positions"][0]["mark_price"] == "51000"
    entries = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]
    told = [notice for entry in entries for notice in entry["notices"] if notice["kind"] == "fill_suspect"]
    assert [(notice["severity"], notice["observed"], notice["limit"]) for notice in told] == [
        ("orange", "0.05", "50000")
    ]


def test_fill_when_its_price_is_far_to_the_worse_then_the_loss_counts_and_marks_move_on(gateway: Gateway) -> None:
    gateway.fill(gateway.approved(quantity="0.001"), "0.001", "800000")

    account = gateway.account()
    assert (account["positions"][0]["mark_price"], account["equity"]) == ("50000", "99250")


def test_exit_when_filled_far_above_all_that_is_known_then_nothing_is_gained(gateway: Gateway) -> None:
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    gateway.advance(seconds=3)
    exit_order = gateway.approved(side="sell", type="market", quantity="0.1", price=None, stop_loss_price=None)

    body = gateway.fill(exit_order, "0.1", "8000000").body

    assert (body["position_quantity"], body["equity"], body["realized_pnl"]) == ("0", "100000", "0")


@pytest.mark.parametrize("price", ["40001", "59999"])
def test_fill_when_far_but_possible_then_taken_as_it_is(gateway: Gateway, price: str) -> None:
    gateway.fill(gateway.approved(quantity="0.1"), "0.1", price)

    assert gateway.account()["positions"][0]["average_price"] == price
