"""What the monitor works with."""

from __future__ import annotations

from dataclasses import dataclass

from riskgate.app.ports.queue import Queue
from riskgate.app.venues.job_context import AccountJob
from riskgate.core.errors import GatewayError

#: Who acts in the audit log.
MONITOR_ACTOR = "job:monitor"


class HalfReading(GatewayError):
    """What was read belongs to no one instant: something moved meanwhile, so none of it is recorded."""

    status, code, title = 503, "READING_INCOMPLETE", "The account moved while it was read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Monitor(AccountJob):
    """One invocation of the monitor; an approval older than `order_age_seconds_max` should have been sent or ended."""

    queue: Queue
    order_age_seconds_max: int
