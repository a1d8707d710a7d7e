"""An exchange that a job asks: within the time that is left, timed and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from riskgate.app.ports.exchange import Exchange
from riskgate.app.venues.job_context import JobContext
from riskgate.core.errors import GatewayError, InvalidRequest, Rejected, RowsUnreadable, Transient
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import UnreadableRow
from riskgate.observability import MetricUnit, add_venue_metric, logger

VENUE_CALL_FAILED = "venue_call_failed"
VENUE_FAILED = "venue_failed"
#: What an adapter tells without asking its venue.
_TOLD = frozenset({"venue", "market_type", "client_order_id", "order_id_of", "arrival_seconds_max"})


@dataclass(kw_only=True, slots=True)
class MeasuredExchange:
    """An exchange, what its calls cost so far, the last `fault` of one, and why it is of no use in this run (if so).

    `lacking` says what of it cannot be read: the rest is used, and no sum is made of it. `unreadable` are the rows of
    its lists of transfers that nobody can read.
    """

    exchange: Exchange
    job: JobContext
    calls: int = 0
    errors: int = 0
    slowest_ms: int = 0
    fault: str = ""
    failure: str = ""
    lacking: str = ""
    unreadable: list[UnreadableRow] = field(default_factory=list)

    @property
    def venue(self) -> str:
        """Return the venue's name."""
        return self.exchange.venue

    @property
    def market_type(self) -> MarketType:
        """Return the type of its markets."""
        return self.exchange.market_type

    @property
    def is_usable(self) -> bool:
        """Tell whether every step so far was carried out."""
        return not self.failure

    def ask[T](self, question: Callable[[Exchange], T], *, may_refuse: bool = False) -> T:
        """Ask the venue, and remember how long it took and whether it answered.

        With `may_refuse` a definite no of the venue is an answer like another. Raises GatewayError: the call's own, or
        Transient where this run has no time left for it.
        """
        if not self.job.has_time():
            raise Transient("the time for this run is up", code="RUN_TIMED_OUT")
        started = self.job.deps.monotonic()
        self.calls += 1
        try:
            return question(self.exchange)
        except GatewayError as error:
            # A market it does not know is our question's fault.
            if not isinstance(error, InvalidRequest) and not (may_refuse and isinstance(error, Rejected)):
                self.errors += 1
                self.fault = f"{error.code}: {error.detail}"
                logger.warning(VENUE_CALL_FAILED, venue=self.venue, code=error.code, detail=error.detail)
            raise
        finally:
            self.slowest_ms = max(self.slowest_ms, round((self.job.deps.monotonic() - started) * 1000))

    def attempt[T](self, step: Callable[[MeasuredExchange], T]) -> T | None:
        """Carry out a step; where it fails the venue is of no use for the rest of the run, and None is returned."""
        if not self.is_usable:
            return None
        try:
            return step(self)
        except GatewayError as error:
            self.failure = f"{error.code}: {error.detail}"
            logger.warning(VENUE_FAILED, venue=self.venue, code=error.code, detail=error.detail)
            return None

    def ask_summed[T](self, question: Callable[[Exchange], tuple[T, ...]]) -> tuple[T, ...]:
        """Ask for a list that is summed, and remember where some of it cannot be read. Raises as `ask` does."""
        try:
            return self.ask(question)
        except RowsUnreadable as error:
            self.lacking = f"{error.code}: {error.detail}"
            return error.readable

    def take_unreadable(self, kind: str) -> None:
        """Keep the rows of a kind of list that could not be read."""
        found = [row for row in self.exchange.take_unreadable() if row.kind == kind]
        self.unreadable += [row for row in found if row not in self.unreadable]

    def refuse(self, reason: str) -> None:
        """Take the venue for of no use in this run, and for at fault, whatever it answers."""
        self.failure = self.fault = reason
        logger.warning(VENUE_FAILED, venue=self.venue, detail=reason)

    def as_exchange(self) -> Exchange:
        """Return the exchange such that each call of it is asked by `ask`."""
        return cast("Exchange", _Asked(self))

    def publish(self) -> None:
        """Publish the venue's health as this run saw it."""
        add_venue_metric("VenueLatency", MetricUnit.Milliseconds, self.slowest_ms, self.venue)
        add_venue_metric("VenueCalls", MetricUnit.Count, self.calls, self.venue)
        add_venue_metric("VenueErrors", MetricUnit.Count, self.errors, self.venue)


class _Asked:
    def __init__(self, source: MeasuredExchange) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        own = getattr(self._source.exchange, name)
        if name in _TOLD:
            return own
        return lambda *args, **options: self._source.ask(lambda _: own(*args, **options))
