"""One venue as a source of market data, with how fast and how reliably it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from riskgate.app.ports.exchange import Exchange
from riskgate.core.errors import GatewayError, InvalidRequest
from riskgate.core.instrument import MarketType
from riskgate.observability import MetricUnit, add_venue_metric, logger

VENUE_CALL_FAILED = "venue_call_failed"


@dataclass(kw_only=True, slots=True)
class MarketSource:
    """A venue's public data, during one task."""

    exchange: Exchange
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _calls: int = 0
    _errors: int = 0
    _slowest_seconds: float = 0.0

    @property
    def venue(self) -> str:
        """Return the venue's name."""
        return self.exchange.venue

    @property
    def market_type(self) -> MarketType:
        """Return the type of its markets."""
        return self.exchange.market_type

    def ask[T](self, question: Callable[[Exchange], T]) -> T:
        """Ask the venue, and remember how long it took and whether it answered; GatewayError when not readably."""
        started = self.monotonic()
        self._calls += 1
        try:
            return question(self.exchange)
        except InvalidRequest:
            # Our question was wrong: that says nothing about the venue.
            raise
        except GatewayError as error:
            self._errors += 1
            logger.warning(VENUE_CALL_FAILED, venue=self.venue, code=error.code, detail=error.detail)
            raise
        finally:
            self._slowest_seconds = max(self._slowest_seconds, self.monotonic() - started)

    def publish(self) -> None:
        """Publish the venue's health as this task saw it."""
        add_venue_metric("VenueLatency", MetricUnit.Milliseconds, round(self._slowest_seconds * 1000), self.venue)
        add_venue_metric("VenueCalls", MetricUnit.Count, self._calls, self.venue)
        add_venue_metric("VenueErrors", MetricUnit.Count, self._errors, self.venue)
