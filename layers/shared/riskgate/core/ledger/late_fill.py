"""What people are told of a fill that should not have been: after a stop, or of coins that nobody knew of."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.money import plain
from riskgate.core.orders.events import FillRecorded
from riskgate.core.severity import Severity


def tell_late_fill(event: FillRecorded) -> Notice:
    """Return what is told of a fill that slipped in after a stop."""
    order = event.order
    return Notice(
        kind=NoticeKind.FILL_AFTER_STOP,
        name=order.key,
        severity=Severity.RED,
        subject=order.client_order_id,
        detail=f"{_traded(event)}, after {', '.join(event.stopped_by)}",
    )


def tell_oversold(event: FillRecorded, quantity: Decimal) -> Notice:
    """Return what is told of a spot sell beyond what is held, by so many units."""
    coin = event.order.symbol.partition("/")[0]
    return Notice(
        kind=NoticeKind.SOLD_BEYOND_HELD,
        name="FILL",
        severity=Severity.ORANGE,
        subject=event.order.key,
        detail=f"{_traded(event)}: {plain(quantity)} {coin} more than is held",
    )


def _traded(event: FillRecorded) -> str:
    return f"{event.order.side.value} {plain(event.quantity)} {event.order.symbol} at {plain(event.price)}"
