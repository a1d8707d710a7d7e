"""One venue of an account in one run of the monitor: asked within the time that is left, and watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.exchange import Exchange
from riskgate.app.ports.queue import Queue
from riskgate.core.account.document import Venue
from riskgate.core.errors import GatewayError, InvalidRequest, Rejected, Transient
from riskgate.observability import logger

VENUE_FAILED = "venue_failed"

#: Who acts in the audit log.
MONITOR_ACTOR = "job:monitor"


class HalfReading(GatewayError):
    """What was read belongs to no one instant: something moved meanwhile, so none of it is recorded."""

    status, code, title = 503, "READING_INCOMPLETE", "The account moved while it was read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Monitor:
    """What one invocation of the monitor works with.

    Parameters
    ----------
    exchange_of : callable, the exchange behind one venue of an account.
    clock : callable, the present instant.
    deadline : float, monotonic seconds; no call to a venue begins later than `call_seconds` before it.
    order_age_seconds_max : int, an approval older than this should have been sent or ended.
    """

    deps: Deps
    exchange_of: Callable[[Venue], Exchange]
    queue: Queue
    clock: Callable[[], datetime]
    deadline: float
    call_seconds: float
    order_age_seconds_max: int

    @property
    def has_time(self) -> bool:
        """Tell whether one more call to a venue fits in."""
        return self.deps.monotonic() + self.call_seconds <= self.deadline


@dataclass(kw_only=True, slots=True)
class VenueDesk:
    """A venue with its exchange, what its calls cost so far, and why it is of no use in this run (if so)."""

    venue: Venue
    exchange: Exchange
    monitor: Monitor
    calls: int = 0
    errors: int = 0
    slowest_ms: int = 0
    fault: str = ""
    failure: str = field(default="")

    @property
    def is_usable(self) -> bool:
        """Tell whether everything asked of the venue so far was answered."""
        return not self.failure

    def ask[T](self, call: Callable[[Exchange], T], *, may_refuse: bool = False) -> T:
        """Call the exchange, timed and counted.

        Parameters
        ----------
        may_refuse : bool, a definite no of the venue is an answer like another.

        Raises
        ------
        GatewayError : the call's own; Transient where this run has no time left for it.
        """
        if not self.monitor.has_time:
            raise Transient("the time for this run is up", code="RUN_TIMED_OUT")
        started = self.monitor.deps.monotonic()
        self.calls += 1
        try:
            return call(self.exchange)
        except GatewayError as error:
            # A market it does not know is our question's fault.
            if not isinstance(error, InvalidRequest) and not (may_refuse and isinstance(error, Rejected)):
                self.errors += 1
                self.fault = f"{error.code}: {error.detail}"
            raise
        finally:
            self.slowest_ms = max(self.slowest_ms, round((self.monitor.deps.monotonic() - started) * 1000))

    def attempt[T](self, step: Callable[[VenueDesk], T]) -> T | None:
        """Carry out a step; where it fails the venue is of no use for the rest of the run, and None is returned."""
        if not self.is_usable:
            return None
        try:
            return step(self)
        except HalfReading:
            raise
        except GatewayError as error:
            self.failure = f"{error.code}: {error.detail}"
            logger.warning(VENUE_FAILED, venue=self.venue.venue, code=error.code, detail=error.detail)
            return None
