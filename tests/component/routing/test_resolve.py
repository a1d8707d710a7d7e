"""Orders that nobody else would move: settled by the venue's word only."""

from __future__ import annotations

import pytest

from riskgate.runtime import wiring
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount


def resolve(routed: RoutedAccount) -> None:
    """Ask for what the monitor asks for each minute."""
    wiring.queue().send(
        OrderMessage(kind=MessageKind.RESOLVE, account_id=ACCOUNT_ID, sent_at=routed.gateway.now, actor="job:monitor")
    )
    routed.work_all()


def lose_messages(routed: RoutedAccount) -> None:
    routed.sqs.purge_queue(QueueUrl=routed.queue_url)


def test_order_when_approved_and_never_sent_then_ended_once_it_is_too_old_and_the_venue_denies_it(
    routed: RoutedAccount,
) -> None:
    order = routed.approved()
    lose_messages(routed)
    resolve(routed)
    assert routed.status(order) == "approved"
    routed.gateway.advance(seconds=61)
    resolve(routed)
    record = routed.record(order)
    assert (record.status.value, record.reason) == ("cancelled", "approved but never sent")
    assert routed.requests("POST") == []
    assert len(routed.requests("GET")) == 1
    routed.assert_agrees(order)


@pytest.mark.parametrize("method", ["GET"])
def test_order_when_approved_and_never_sent_and_the_venue_is_silent_then_kept(
    routed: RoutedAccount, method: str
) -> None:
    order = routed.approved()
    lose_messages(routed)
    routed.gateway.advance(seconds=61)
    routed.fault("drop_before_accept", method=method, count=None)
    resolve(routed)
    assert routed.status(order) == "approved"
    assert order in routed.state().working_orders


@pytest.mark.parametrize(("arrived", "status"), [(True, "submitted"), (False, "cancelled")])
def test_order_when_in_doubt_and_its_message_is_gone_then_taken_over_or_ended(
    routed: RoutedAccount, arrived: bool, status: str
) -> None:
    order = routed.approved()
    routed.fault("drop_after_accept" if arrived else "drop_before_accept")
    routed.fault("drop_before_accept", method="GET", count=None)
    assert routed.work() is False
    lose_messages(routed)
    routed.gateway.advance(seconds=120)
    resolve(routed)
    assert routed.status(order) == "unknown"
    assert order in routed.state().working_orders
    routed.simulator.control.delete("faults")
    resolve(routed)
    assert routed.status(order) == status
    assert len(routed.venue_orders(order)) == int(arrived)
    routed.assert_agrees(order)


def test_order_when_resting_or_unrouted_then_left_alone(routed: RoutedAccount) -> None:
    resting = routed.approved()
    routed.work_all()
    unrouted = routed.approved(quantity="0.02", route=None)
    before = len(routed.requests("GET"))
    routed.gateway.advance(seconds=61)
    resolve(routed)
    assert (routed.status(resting), routed.status(unrouted)) == ("submitted", "approved")
    assert len(routed.requests("GET")) == before
