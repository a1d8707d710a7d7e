"""Answers about breakers, locks, heartbeats, exits and kill switches."""

from datetime import date, datetime
from typing import Annotated

from riskgate.core.account.document import OrderStatus, TradingState
from riskgate.core.side import Side
from riskgate.schemas.http.answers.base import Answer, Money, Sequence, one_of, refer


class BreakerRow(Answer):
    """A tripped breaker; `clears_on` is null where it has no date to clear on by itself.

    `key` names the symbol (``venue:symbol``) or strategy that may only reduce; null for the whole account.
    """

    name: str
    scope: Annotated[str, one_of("account", "symbol", "strategy")]
    key: str | None
    reason: str | None
    tripped_at: datetime
    observed: Annotated[Money | None, "Null where a person or a job tripped it."]
    limit: Money | None
    clears_on: date | None


class LockRow(Answer):
    """Entries locked by a protection; `until` is null where only a person unlocks."""

    lock_id: str
    code: Annotated[str, refer("DenyCode")]
    scope: Annotated[str, one_of("all", "symbol", "side", "strategy")]
    key: str
    reason: str
    until: datetime | None


class LocksAnswer(Answer):
    """The protections' locks in force."""

    locks: list[LockRow]


class AlertAcknowledgedAnswer(Answer):
    """The alerts that somebody has taken note of."""

    acknowledged: list[str]


class HeartbeatRow(Answer):
    """A strategy's promise of signs of life."""

    strategy: str
    interval_seconds: Sequence
    due_at: datetime
    overdue: bool


class HeartbeatAnswer(HeartbeatRow):
    """When the next beat is due; one that came soon after a recorded one is not recorded and moves nothing."""

    recorded: bool
    trading_state: TradingState


class HeartbeatEndedAnswer(Answer):
    """A strategy that promises nothing any more."""

    strategy: str
    trading_state: TradingState


class ExitLegRow(Answer):
    """One order of an exit; where it is not routed, whoever trades the account has to place it.

    A routed order that ends without being filled is followed by another, as large as what can still be closed.
    """

    client_order_id: str
    venue: str
    symbol: str
    side: Side
    quantity: Annotated[Money, "In base units on spot, in contracts on swaps."]
    route: bool
    decision: Annotated[str, one_of("approved", "denied", "pending")]
    code: Annotated[str | None, "First violation of a denied order."]
    status: Annotated[OrderStatus | None, "What became of the order; null until it is decided."]
    filled_quantity: Money


class ExitAnswer(Answer):
    """What became of an exit."""

    exit_id: str
    requested_at: datetime
    trading_state: TradingState
    breakers: Annotated[list[str], "Names of the tripped breakers."]
    cancelling: Annotated[list[str], "Open orders being cancelled at their venues."]
    left_to_cancel: Annotated[list[str], "Open orders that whoever placed them has to cancel."]
    legs: list[ExitLegRow]
    complete: Annotated[
        bool,
        "True once every order is filled, or nothing is left at the venue to close. `GET …/exits/…` looks again.",
    ]


class KillSwitchRow(Answer):
    """A kill switch as it acts: one nobody can read is engaged. `key` is null for the global one."""

    scope: Annotated[str, refer("KillSwitchScope")]
    key: str | None
    engaged: bool
    reason: str


class KillSwitchAnswer(KillSwitchRow):
    """A kill switch as set: nothing it covers is approved any more, and accounts and venues begin to follow."""

    cancel_open_orders: bool
    updated_at: datetime
    accounts: Annotated[list[str], "Always empty: accounts follow after the answer, see `GET /kill-switch`."]
    version: Annotated[Sequence, "How often the switch has been set."]
    change_id: str


class KillSwitchProgressRow(Answer):
    """How far the last change of a switch has come. Complete once every account took note and no cancel is open."""

    change_id: str
    changed_at: datetime
    complete: bool
    accounts_to_note: Sequence
    accounts_noted: Sequence
    accounts_unreadable: Annotated[list[str], "Accounts whose stored state is corrupt: they deny every order."]
    cancels_sent: Sequence
    cancels_confirmed: Sequence


class KillSwitchStatus(KillSwitchRow):
    """A kill switch with who set it last. `progress` is null where its change was not carried out yet."""

    version: Sequence
    updated_at: str
    updated_by: str
    progress: KillSwitchProgressRow | None


class KillSwitchesAnswer(Answer):
    """Every kill switch there is."""

    kill_switches: list[KillSwitchStatus]
    not_understood: Annotated[
        list[str], "Items of the table under a key that no order is checked against: they stop nothing."
    ]


class BreakerTrippedAnswer(Answer):
    """The account after a breaker was tripped."""

    name: str
    trading_state: TradingState
    breakers: list[str]


class BreakerResetAnswer(Answer):
    """The account after a breaker was reset."""

    name: str
    trading_state: TradingState
    breakers: Annotated[list[str], "Names of the breakers still tripped."]
    state_version: Sequence
    audit_sequence: Sequence
