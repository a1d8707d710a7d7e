"""Events of the gateway's own chain: commands, tokens, webhooks, trading rules, tests of the alert path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from riskgate.core.instrument import Instrument
from riskgate.core.market.closes import JumpMeaning


class CommandOutcome(StrEnum):
    """What became of an operator's command."""

    ANSWERED = "answered"
    CONFIRMATION_REQUESTED = "confirmation_requested"
    DONE = "done"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorCommand:
    """What an operator asked for from a phone, and what became of it (gateway chain only)."""

    event_name: ClassVar[str] = "operator_command"
    command: str
    arguments: str
    outcome: CommandOutcome
    detail: str
    update_id: int
    chat_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertPathProbed:
    """A synthetic alert was sent on its way, to be seen at the end of it (gateway chain only)."""

    event_name: ClassVar[str] = "alert_path_probed"
    probe_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitchNotUnderstood:
    """Somebody edited a kill switch under a key that no order is held against (gateway chain only)."""

    event_name: ClassVar[str] = "kill_switch_not_understood"
    item: str


class TokenChange(StrEnum):
    """What happened to a token."""

    CREATED = "created"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenChanged:
    """A bearer token was issued or revoked (gateway chain only); of the token everything but what proves it."""

    event_name: ClassVar[str] = "token_changed"
    token_id: str
    change: TokenChange
    operator: str
    scopes: tuple[str, ...]
    accounts: tuple[str, ...]
    cidrs: tuple[str, ...]
    expires_at: datetime
    strategies: tuple[str, ...] = ("*",)


class WebhookChange(StrEnum):
    """What happened to a webhook."""

    CREATED = "created"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookChanged:
    """A webhook was set up or taken away (gateway chain only); of it everything but what proves its sender."""

    event_name: ClassVar[str] = "webhook_changed"
    name: str
    change: WebhookChange
    operator: str
    account_id: str
    venue: str
    strategy: str
    actions: tuple[str, ...]
    proof: str
    size_by: str
    size_value: Decimal | None
    stop_fraction: Decimal | None
    fields: dict[str, str]
    symbols: dict[str, str]
    words: dict[str, str]
    cidrs: tuple[str, ...]
    age_seconds_max: int
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontDoorCallRefused:
    """A bot asked the front door for a call that is never made, such as a withdrawal (gateway chain only)."""

    event_name: ClassVar[str] = "front_door_call_refused"
    key_id: str
    account_id: str
    strategy: str
    method: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InstrumentChange:
    """The trading rules of one market before and after somebody changed them."""

    before: Instrument
    after: Instrument


@dataclass(frozen=True, kw_only=True, slots=True)
class InstrumentsChanged:
    """Trading rules that were known were changed by a caller of the API (gateway chain only)."""

    event_name: ClassVar[str] = "instruments_changed"
    changes: tuple[InstrumentChange, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseJumpConfirmed:
    """A person said what a jump of an asset's daily closes is, `before` and `after` it (gateway chain only)."""

    event_name: ClassVar[str] = "close_jump_confirmed"
    asset: str
    day: date
    meaning: JumpMeaning
    before: Decimal
    after: Decimal
    reason: str
