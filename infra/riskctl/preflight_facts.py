"""What `riskctl preflight` judges: each fact as it was read, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from riskgate.app.audit.verify_audit import Finding
from riskgate.app.venues.inspect_venue import Finding as VenueFinding
from riskgate.core.access.tokens import Token
from riskgate.core.limits import Limits


class Stage(StrEnum):
    """Where the money comes from, least to lose first; what holds before one stage holds before all later ones."""

    SANDBOX = "sandbox"
    PAPER = "paper"
    SMALL_LIVE = "small-live"
    LIVE = "live"

    @property
    def rank(self) -> int:
        """Return its place, the first is 0."""
        return list(Stage).index(self)

    @property
    def is_real(self) -> bool:
        """Tell whether real money trades."""
        return self.rank >= Stage.SMALL_LIVE.rank


@dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A fact that is not known, and why: whatever needs it is neither good nor bad."""

    reason: str


class NotKnownError(Exception):
    """A point needs a fact that was not read."""


def known[T](fact: T | Unread) -> T:
    """Return a fact; NotKnownError where it was not read."""
    if isinstance(fact, Unread):
        raise NotKnownError(fact.reason)
    return fact


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """The API's clock less ours; what the journey of the answer and whole seconds leave open is `within`."""

    ahead: timedelta
    within: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueLook:
    """A venue of the account. `is_test`: its secret names a sandbox or an address of its own."""

    venue: str
    has_key: bool
    is_test: bool
    findings: tuple[VenueFinding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """A market that is allowed by name or held: when its quote is of, and the least value of an order there."""

    quoted_at: datetime | None
    notional_min: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What of the account's log matters here; None for what never happened.

    `engaged_at` is the latest engagement of a kill switch over the whole account that was released again
    (`released_at`), as the account itself noted it.
    """

    engaged_at: datetime | None = None
    released_at: datetime | None = None
    acknowledged_at: datetime | None = None
    first_fill_at: datetime | None = None
    fills: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """A chain of the log: what verifying it found, and how far its seal is behind; `sealed` None without a seal.

    `unsealed_since` is when the first entry behind the seal was written.
    """

    name: str
    entries: int
    findings: tuple[Finding, ...]
    sealed: int | None = None
    unsealed_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """A CloudWatch alarm: its state, and whether it tells anybody."""

    name: str
    state: str
    is_armed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarms:
    """The stack's alarms, and those that the template has."""

    wanted: frozenset[str]
    found: tuple[Alarm, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """A subscriber of the alert topic that is not one of the stack's own functions."""

    protocol: str
    is_confirmed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """What the Telegram secret has: a bot, a chat for red alerts, and somebody who may stop trading."""

    has_bot: bool
    has_red_chat: bool
    controllers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSafety:
    """Whether a table can be put back to an earlier instant, and cannot be deleted."""

    name: str
    has_recovery: bool
    is_protected: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that is judged. The bodies are the API's own answers; `markets` are by ``venue:symbol``."""

    now: datetime
    stage: Stage
    account_id: str
    clock: Clock | Unread
    account: dict[str, Any] | Unread
    limits: Limits | Unread
    kill_switches: dict[str, Any] | Unread
    chains: tuple[Chain, ...] | Unread
    history: History | Unread
    venues: tuple[VenueLook, ...] | Unread
    markets: dict[str, Market] | Unread
    tokens: tuple[Token, ...] | Unread
    seeds: frozenset[str] | Unread
    reconciliation: dict[str, Any] | Unread
    risk: dict[str, Any] | Unread
    alarms: Alarms | Unread
    subscriptions: tuple[Subscription, ...] | Unread
    phone: Phone | Unread
    tables: tuple[TableSafety, ...] | Unread
