"""What people are told of a fill that was not believed as it was reported."""

from __future__ import annotations

from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.money import plain
from riskgate.core.orders.events import FillRecorded
from riskgate.core.orders.fills import FillResult
from riskgate.core.severity import Severity


def tell_suspect_fill(event: FillRecorded, fill: FillResult) -> tuple[Notice, ...]:
    """Return what is told of a price that cannot be, and of rebates larger than any venue pays."""
    name, notices = f"fill {event.fill_id} of {event.order.client_order_id}", []
    if fill.suspect is not None:
        notices.append(
            Notice(
                kind=NoticeKind.FILL_SUSPECT,
                name="FILL",
                severity=Severity.ORANGE,
                observed=fill.suspect.reported,
                limit=fill.suspect.own,
                unit="price",
                subject=event.order.key,
                detail=f"{name} counts at {plain(fill.suspect.booked)}",
            )
        )
    for currency, amount in sorted(fill.suspect_rebates.items()):
        notices.append(
            Notice(
                kind=NoticeKind.FILL_SUSPECT,
                name="FILL",
                severity=Severity.ORANGE,
                subject=event.order.key,
                detail=f"{name}: a rebate of {plain(-amount)} {currency} does not count",
            )
        )
    return tuple(notices)
