"""Orders that nobody else would move: settled by the venue's word only."""

from __future__ import annotations

import pytest

from riskgate.runtime import wiring
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import Desk


def resolve(desk: Desk) -> None:
    """Ask for what the monitor asks for each minute."""
    wiring.queue().send(
        OrderMessage(kind=MessageKind.RESOLVE, account_id=ACCOUNT_ID, sent_at=desk.gateway.now, actor="job:monitor")
    )
    desk.work_all()


def lose_messages(desk: Desk) -> None:
    desk.sqs.purge_queue(QueueUrl=desk.queue_url)


def test_order_when_approved_and_never_sent_then_ended_once_it_is_too_old_and_the_venue_denies_it(desk: Desk) -> None:
    order = desk.approved()
    lose_messages(desk)
    resolve(desk)
    assert desk.status(order) == "approved"
    desk.gateway.advance(seconds=61)
    resolve(desk)
    record = desk.record(order)
    assert (record.status.value, record.reason) == ("cancelled", "approved but never sent")
    assert desk.requests("POST") == []
    assert len(desk.requests("GET")) == 1
    desk.assert_agrees(order)


@pytest.mark.parametrize("method", ["GET"])
def test_order_when_approved_and_never_sent_and_the_venue_is_silent_then_kept(desk: Desk, method: str) -> None:
    order = desk.approved()
    lose_messages(desk)
    desk.gateway.advance(seconds=61)
    desk.fault("drop_before_accept", method=method, count=None)
    resolve(desk)
    assert desk.status(order) == "approved"
    assert order in desk.state().working_orders


@pytest.mark.parametrize(("arrived", "status"), [(True, "submitted"), (False, "cancelled")])
def test_order_when_in_doubt_and_its_message_is_gone_then_taken_over_or_ended(
    desk: Desk, arrived: bool, status: str
) -> None:
    order = desk.approved()
    desk.fault("drop_after_accept" if arrived else "drop_before_accept")
    desk.fault("drop_before_accept", method="GET", count=None)
    assert desk.work() is False
    lose_messages(desk)
    desk.gateway.advance(seconds=120)
    resolve(desk)
    assert desk.status(order) == "unknown"
    assert order in desk.state().working_orders
    desk.simulator.control.delete("faults")
    resolve(desk)
    assert desk.status(order) == status
    assert len(desk.venue_orders(order)) == int(arrived)
    desk.assert_agrees(order)


def test_order_when_resting_or_unrouted_then_left_alone(desk: Desk) -> None:
    resting = desk.approved()
    desk.work_all()
    unrouted = desk.approved(quantity="0.02", route=None)
    before = len(desk.requests("GET"))
    desk.gateway.advance(seconds=61)
    resolve(desk)
    assert (desk.status(resting), desk.status(unrouted)) == ("submitted", "approved")
    assert len(desk.requests("GET")) == before
