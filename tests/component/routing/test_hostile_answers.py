"""A venue that says one thing and does another: an answer that contradicts is looked up before it is believed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateway import VENUE
from tests.support.routed_account import RoutedAccount, worker_client_id

#: What the answer to placing says instead, by the venue's own field.
FALSE: list[tuple[str, str]] = [
    ("status", "REJECTED"),
    ("status", "EXPIRED"),
    ("status", "CANCELED"),
    ("clientOrderId", "somebody-elses"),
    ("symbol", "ETHUSDT"),
    ("side", "SELL"),
    ("origQty", "0.02000000"),
    ("executedQty", "0.10000000"),
    ("executedQty", "-0.01000000"),
]
TERMS: dict[str, dict[str, Any]] = {"filled": {"type": "market", "price": None}, "submitted": {}}


@pytest.mark.parametrize(("field", "value"), FALSE)
@pytest.mark.parametrize("status", TERMS)
def test_order_when_the_answer_to_it_lies_then_it_is_as_the_venue_s_books_have_it(
    routed: RoutedAccount, status: str, field: str, value: str
) -> None:
    routed.fault("false_answer", field=field, value=value)
    order = routed.approved(**TERMS[status])
    routed.work_all()

    assert routed.status(order) == status
    routed.assert_agrees(order)
    assert len(routed.requests("POST")) == 1, "an answer that lies is no reason to send again"


@pytest.mark.parametrize("field", ["clientOrderId", "symbol", "origQty", "executedQty"])
def test_order_when_the_answer_contradicts_then_told_as_unknown_first(routed: RoutedAccount, field: str) -> None:
    value = {"symbol": "ETHUSDT", "clientOrderId": "x"}.get(field, "9.0")
    routed.fault("false_answer", field=field, value=value)
    routed.approved()
    routed.work_all()

    (entry,) = routed.audit("order_outcome_unknown")
    assert entry["inputs"]["reason"].startswith("the venue's answer contradicts the order: ")


def test_order_when_the_answer_names_another_order_s_id_then_found_by_our_own(routed: RoutedAccount) -> None:
    other = routed.approved(quantity="0.02")
    routed.work_all()
    others_id = routed.record(other).exchange_order_id
    assert others_id is not None
    routed.fault("false_answer", field="orderId", value=others_id)
    order = routed.approved(type="market", price=None)
    routed.work_all()
    # What the monitor asks for where the venue shows no such order any more.
    routed.resolve(order)
    routed.work_all()

    assert routed.status(order) == "filled"
    assert routed.status(other) == "submitted"
    routed.assert_agrees(order)
    (venue_order,) = routed.venue_orders(order)
    assert routed.record(order).exchange_order_id == str(venue_order["order_id"])
    assert worker_client_id(routed.record(order), 0) == venue_order["client_order_id"]


def test_order_when_looking_it_up_shows_another_order_then_in_doubt_until_the_venue_shows_it(
    routed: RoutedAccount,
) -> None:
    routed.fault("drop_after_accept")
    routed.fault("false_answer", method="GET", field="clientOrderId", value="somebody-elses", count=40)
    order = routed.approved()
    routed.work()
    assert routed.status(order) in {"submitting", "unknown"}
    routed.simulator.control.delete("faults")
    routed.work_all()

    assert routed.status(order) == "submitted"
    routed.assert_agrees(order)


def test_order_when_really_refused_in_the_answer_then_ended_so(routed: RoutedAccount) -> None:
    order = routed.approved(price="50100", time_in_force="IOC", stop_loss_price="49000", quantity="0.01")
    routed.simulator.control.post("book", symbol="BTCUSDT", market="spot", levels=1, level_notional="10")
    routed.work_all()

    assert routed.status(order) in {"cancelled", "filled"}
    routed.assert_agrees(order)
    assert routed.audit("order_outcome_unknown") == [], VENUE
