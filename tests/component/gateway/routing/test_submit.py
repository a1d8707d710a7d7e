"""An approved order reaches its venue exactly once, whatever goes wrong on the way."""

from __future__ import annotations

from tests.component.gateway.routing.desk import Desk


def test_order_when_approved_and_worked_then_at_the_venue_and_submitted(desk: Desk) -> None:
    order = desk.approved()
    assert desk.status(order) == "approved"
    assert desk.work() is True
    [sent] = desk.venue_orders(order)
    assert (sent["status"], sent["quantity"], sent["price"]) == ("NEW", "0.01", "48000")
    record = desk.record(order)
    assert (record.status.value, record.exchange_order_id) == ("submitted", str(sent["order_id"]))
    desk.assert_agrees(order)
