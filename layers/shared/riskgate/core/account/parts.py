"""What watches over an account and holds it back: breakers, locks, heartbeats, doubtful readings, alert levels."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from riskgate.core.severity import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """A tripped breaker: what was observed against which limit, and when it clears by itself (if ever).

    `scope` says what may only reduce from then on: the account, or the symbol (as market key) or strategy in `key`.
    """

    tripped_at: datetime
    observed: Decimal | None = None
    limit: Decimal | None = None
    clears_on: date | None = None
    scope: str = "account"
    key: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """Entries locked by a protection, for all, one market, one strategy or one side, until an instant."""

    code: str
    scope: str
    key: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """Last sign of life a strategy promised to give every `interval_seconds`."""

    at: datetime
    interval_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UnconfirmedReading:
    """An equity reading too strange to believe at once; a second one like it is believed."""

    at: datetime
    equity: Decimal
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EquityClaim:
    """Gains that whoever trades reported and nobody proved: `accepted` counts in equity, `claimed` is not believed."""

    accepted: Decimal = Decimal(0)
    claimed: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertLevel:
    """How much of a limit was used when that was last told: since when, and whether somebody took note."""

    level: Severity
    since: datetime
    told_at: datetime
    acknowledged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueHealth:
    """A venue with which something is wrong, or was: `doubted_at` is a first look that says the contrary."""

    is_healthy: bool
    since: datetime
    detail: str
    doubted_at: datetime | None = None
