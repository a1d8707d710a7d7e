"""What happens to an order on its way to the venue and there. Each event moves account and order item together."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from riskgate.core.account.document import WorkingOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderSubmitting:
    """An approved order is about to leave for the venue: whoever commits this, and nobody else, sends it.

    `attempt` counts the sends of the order, from 1; a later one follows only on the venue's word that the one
    before never arrived.
    """

    event_name: ClassVar[str] = "order_submitting"
    client_order_id: str
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderAccepted:
    """The venue has the order."""

    event_name: ClassVar[str] = "order_accepted"
    client_order_id: str
    exchange_order_id: str
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderOutcomeUnknown:
    """The order was sent and nobody knows yet whether it arrived."""

    event_name: ClassVar[str] = "order_outcome_unknown"
    client_order_id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderReplaced:
    """A routed order stands on these terms from now on: the new ones, or the old ones again where that failed.

    Until then both are reserved, each figure at the larger of the two. With new terms the order is about to be
    sent as send number `attempt`; 0 where it stays at the venue as it is.
    """

    event_name: ClassVar[str] = "order_replaced"
    terms: WorkingOrder
    attempt: int = 0
    rules: int = 1


class CancelOutcome(StrEnum):
    """What became of one order that was to be cancelled."""

    CANCELLED = "cancelled"
    ALREADY_DONE = "already_done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCancelResult:
    """One order's outcome, when it was known, and why where it did not work."""

    client_order_id: str
    outcome: CancelOutcome
    at: datetime
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenOrdersCancelled:
    """One pass of cancelling what a kill switch or a tripped breaker covers.

    `duration_ms` runs from the flag's own time, or from the trip, to the last acknowledgement; `remaining` orders are
    left for another pass. `left_to_cancel` are those that whoever placed them has to cancel.
    """

    event_name: ClassVar[str] = "open_orders_cancelled"
    scope: str
    key: str
    flag_at: datetime
    results: tuple[OrderCancelResult, ...]
    duration_ms: int
    remaining: int = 0
    left_to_cancel: tuple[str, ...] = ()
