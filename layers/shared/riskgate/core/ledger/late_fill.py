"""What people are told of a fill that slipped in after a stop."""

from __future__ import annotations

from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.money import plain
from riskgate.core.orders.events import FillRecorded
from riskgate.core.severity import Severity


def tell_late_fill(event: FillRecorded) -> Notice:
    """Return what is told of a fill that slipped in after a stop."""
    order = event.order
    traded = f"{order.side.value} {plain(event.quantity)} {order.symbol} at {plain(event.price)}"
    return Notice(
        kind=NoticeKind.FILL_AFTER_STOP,
        name=order.key,
        severity=Severity.RED,
        subject=order.client_order_id,
        detail=f"{traded}, after {', '.join(event.stopped_by)}",
    )
