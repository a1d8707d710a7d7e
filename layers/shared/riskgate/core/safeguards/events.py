"""Events by which people, strategies and jobs steer an account, orders aside."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from riskgate.core.figures import RiskReport
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.side import Side


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerTripped:
    """A person or a job tripped a breaker, for the account or for the symbol (market key) or strategy in `key`."""

    event_name: ClassVar[str] = "breaker_tripped"
    name: str
    reason: str
    scope: str = "account"
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerReset:
    """A person cleared a breaker, or all locks of a protection; `key` where the breaker is not the account's."""

    event_name: ClassVar[str] = "breaker_reset"
    name: str
    reason: str
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LockCleared:
    """A person let entries go on before a lock ended."""

    event_name: ClassVar[str] = "lock_cleared"
    lock_id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeartbeatReceived:
    """A strategy is alive and promises the next sign of life within `interval_seconds`."""

    event_name: ClassVar[str] = "heartbeat_received"
    strategy: str
    interval_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HeartbeatEnded:
    """A strategy promises no further sign of life."""

    event_name: ClassVar[str] = "heartbeat_ended"
    strategy: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitLeg:
    """One position to close, wholly or in part: the market order that does it."""

    client_order_id: str
    venue: str
    symbol: str
    strategy: str
    side: Side
    quantity: Decimal
    route: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitRequested:
    """A person closes positions; each leg is decided by an entry of its own.

    With `stop_entries` the account only reduces from here on.
    """

    event_name: ClassVar[str] = "exit_requested"
    exit_id: str
    reason: str
    legs: tuple[ExitLeg, ...]
    stop_entries: bool = False
    cancel_open_orders: bool = False


class ExitOutcome(StrEnum):
    """How an exit's order ended for good without being filled; public API, so never renamed."""

    FLAT = "flat"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitEnded:
    """One order of a person's exit is not tried again: nothing is left to close, or it failed too often.

    `client_order_id` is the order as it was demanded, `attempts` counts it and those that followed it, `remaining` is
    what none of them closed.
    """

    event_name: ClassVar[str] = "exit_ended"
    client_order_id: str
    venue: str
    symbol: str
    outcome: ExitOutcome
    remaining: Decimal
    attempts: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitchChanged:
    """A kill switch was engaged or released; the account only takes note, which outdates decisions under way."""

    event_name: ClassVar[str] = "kill_switch_changed"
    scope: str
    key: str
    engaged: bool
    reason: str
    cancel_open_orders: bool = False

    @classmethod
    def of(cls, flag: KillSwitch, *, cancel_open_orders: bool) -> KillSwitchChanged:
        """Return the event of a flag's change."""
        return cls(
            scope=flag.scope,
            key=flag.key,
            engaged=flag.is_engaged,
            reason=flag.reason,
            cancel_open_orders=cancel_open_orders,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertAcknowledged:
    """A person took note of a limit's alert, or of all where `name` is empty: no more reminders."""

    event_name: ClassVar[str] = "alert_acknowledged"
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertLevelsMeasured:
    """Time passed or new risk figures came, and something of it is to be told."""

    event_name: ClassVar[str] = "alert_levels_measured"
    report: RiskReport | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueObserved:
    """The monitor's look at a venue, where it changes what is known: it answered, or why it did not."""

    event_name: ClassVar[str] = "venue_observed"
    venue: str
    is_ok: bool
    detail: str = ""
