"""A bot confirms what it placed, and is told when the clock released what it did not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateway import BTC, Answer, Gateway, instant


def confirm(gateway: Gateway, name: str) -> Answer:
    return gateway.on_order("POST", name, "/placed")


def stored(gateway: Gateway, name: str) -> Any:
    return gateway.on_order("GET", name, "").body


@pytest.fixture
def confirming(gateway: Gateway) -> Gateway:
    """A gateway whose bot has confirmed an order before."""
    name = gateway.approved()
    assert confirm(gateway, name).status == 200
    assert gateway.cancel(name).status == 200
    gateway.advance(seconds=3)
    return gateway


def test_order_when_confirmed_then_reserved_until_its_end_however_often_it_is_said(gateway: Gateway) -> None:
    name = gateway.approved()
    first, again = confirm(gateway, name), confirm(gateway, name)

    assert (first.status, first.body["status"], first.body["reserved_until"]) == (200, "submitted", None)
    assert again.body == first.body
    gateway.advance(days=3)
    assert [order["client_order_id"] for order in gateway.account()["open_orders"]] == [name]
    assert stored(gateway, name)["status"] == "submitted"


def test_decision_when_asked_for_again_after_the_order_was_placed_then_no_second_go(gateway: Gateway) -> None:
    order = gateway.order()
    assert gateway.submit(order).status == 201
    assert confirm(gateway, order["client_order_id"]).status == 200

    again = gateway.submit(order)

    assert (again.status, again.code) == (409, "DECISION_NOT_ACTIONABLE")


def test_approval_when_nobody_confirmed_it_then_its_bot_is_told_that_it_ended(confirming: Gateway) -> None:
    name = confirming.approved()
    confirming.advance(seconds=901)

    assert confirming.account()["open_orders"] == []
    order = stored(confirming, name)
    assert (order["status"], order["reason"]) == (
        "expired",
        "nobody confirmed in time that it was placed: cancel it at the venue if it was",
    )
    late = confirm(confirming, name)
    assert (late.status, late.code) == (409, "ORDER_NOT_WORKING")
    assert "cancel it at the venue" in late.body["detail"]
    # What was released is stored with the next event, and says the same.
    assert confirming.snapshot("100000", open_orders=[name]).body["open_orders_unreserved"] == [name]
    assert stored(confirming, name)["reason"] == order["reason"]


def test_order_when_a_snapshot_lists_it_then_confirmed(confirming: Gateway) -> None:
    name = confirming.approved()
    answer = confirming.snapshot("100000", open_orders=[name, "by-hand"])

    assert (answer.status, answer.body["open_orders_unreserved"]) == (201, ["by-hand"])
    confirming.advance(days=2)
    assert stored(confirming, name)["status"] == "submitted"
    assert [order["client_order_id"] for order in confirming.account()["open_orders"]] == [name]


def test_order_when_good_till_a_date_then_ends_with_it(confirming: Gateway) -> None:
    end = confirming.now.replace(microsecond=0).replace(hour=confirming.now.hour + 2)
    name = confirming.approved(time_in_force="GTD", expires_at=instant(end))
    answer = confirm(confirming, name)
    assert answer.body["reserved_until"] == instant(end)

    confirming.advance(minutes=110)
    assert len(confirming.account()["open_orders"]) == 1
    confirming.advance(minutes=11)
    assert confirming.account()["open_orders"] == []
    assert (stored(confirming, name)["status"], stored(confirming, name)["reason"]) == (
        "expired",
        "its time in force ended",
    )


def test_order_when_filled_in_part_then_the_rest_stays_reserved(confirming: Gateway) -> None:
    name = confirming.approved()
    assert confirming.fill(name, "0.01").status == 201
    confirming.advance(hours=2)

    assert stored(confirming, name)["status"] == "partially_filled"
    (order,) = confirming.account()["open_orders"]
    assert (order["client_order_id"], order["quantity"]) == (name, "0.09")


@pytest.mark.parametrize("status", ["cancelled", "filled", "denied", "unknown"])
def test_confirmation_when_the_order_ended_or_never_was_then_refused(gateway: Gateway, status: str) -> None:
    name = "nobody" if status == "unknown" else gateway.order()["client_order_id"]
    if status != "unknown":
        gateway.submit(client_order_id=name, quantity="3" if status == "denied" else "0.1")
    if status == "cancelled":
        gateway.cancel(name)
    if status == "filled":
        gateway.fill(name, "0.1")

    answer = confirm(gateway, name)

    expected = (404, "ORDER_NOT_FOUND") if status == "unknown" else (409, "ORDER_NOT_WORKING")
    assert (answer.status, answer.code) == expected


def test_orders_when_a_silent_bot_leaves_them_resting_then_they_hold_the_next_back(gateway: Gateway) -> None:
    assert gateway.submit(quantity="0.18", symbol=BTC).status == 201
    for _ in range(5):
        gateway.advance(minutes=16)
        gateway.snapshot("100000")
        gateway.refresh_quotes()
        assert "POSITION_SIZE" in gateway.submit(quantity="0.18", symbol=BTC).violated
