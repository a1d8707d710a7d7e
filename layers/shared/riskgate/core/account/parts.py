"""What watches over an account and holds it back: breakers, locks, heartbeats, doubtful readings, alert levels."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from riskgate.core.severity import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetAlias:
    """What a swap's base is in truth: one unit of it is `multiplier` units of `asset`."""

    asset: str
    multiplier: Decimal


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
class EquityParts:
    """Equity of an account where only some venues have a key, in base currency: `read` at those, `reported` the rest.

    Each with the instant it was last seen; both move with fills and prices since. Transfers that no reading shows yet
    are in neither.
    """

    read: Decimal
    read_at: datetime
    reported: Decimal
    reported_at: datetime

    @property
    def seen_at(self) -> datetime:
        """Return from when on all of equity was seen."""
        return min(self.read_at, self.reported_at)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class LossBasis:
    """What losses are measured on since a transfer: `day` in place of the day's baseline, which moved with it.

    `emptied_from` is the equity at which everything was withdrawn, until money comes in again.
    """

    day: Decimal
    emptied_from: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldTransfer:
    """A transfer that was told and that no reading has shown yet; `counted` while equity holds it already."""

    at: datetime
    amount: Decimal
    counted: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class UnexplainedMove:
    """By how much a reading moved equity beyond fills, prices and told transfers: a transfer may be told later.

    `at` is when the reading was taken, `noted_at` when it was recorded. `before` is equity without it, `peak` and
    `week_peak` the highest since the move before this one. `in_day` tells that the day's loss is measured from before
    it.
    """

    at: datetime
    noted_at: datetime
    before: Decimal
    amount: Decimal
    peak: Decimal
    week_peak: Decimal
    in_day: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class UnexplainedMoves:
    """The latest unexplained moves of equity, oldest first, and the highest equity since the last of them."""

    moves: tuple[UnexplainedMove, ...]
    peak: Decimal = Decimal(0)
    week_peak: Decimal = Decimal(0)
