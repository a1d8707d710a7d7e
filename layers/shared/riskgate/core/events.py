"""What can happen to an account. Each event holds all that is needed to repeat its effect from the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.account import Balance, OrderStatus, Venue
from riskgate.core.limits import Limits
from riskgate.core.model import KillSwitch, Market, MarketType, Order, RiskReport
from riskgate.core.money import ONE, ZERO
from riskgate.core.routing_events import (
    OpenOrdersCancelled,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderReplaced,
    OrderSubmitting,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRegistered:
    """A new account, or a new description of an existing one (equity is then left alone)."""

    base_currency: str
    venues: tuple[Venue, ...]
    sectors: dict[str, str]
    initial_equity: Decimal
    limits: Limits
    limits_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsChanged:
    """A new version of the account's limits."""

    limits: Limits
    limits_hash: str
    loosened: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderSubmitted:
    """An order to decide, with what was read for it."""

    order: Order
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSubmitted:
    """Orders to decide together: all or none."""

    legs: tuple[OrderSubmitted, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderModified:
    """A working order to replace: `order` is the order as it shall be, its quantity what remains to fill."""

    order: Order
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderClosed:
    """An order that fills no further: cancelled, rejected by the exchange, or expired."""

    client_order_id: str
    status: OrderStatus
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FillReported:
    """One execution. `price` in quote currency, `fee` >= 0 in `fee_currency` (default: settle currency)."""

    order: Order
    fill_id: str
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    market: Market
    decision_price: Decimal
    fee: Decimal = ZERO
    fee_currency: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedPosition:
    """One position of a snapshot, completed with its instrument's facts; `mark_price` in quote currency."""

    venue: str
    symbol: str
    market_type: MarketType
    asset: str
    sector: str | None
    settle_currency: str
    quantity: Decimal
    average_price: Decimal
    mark_price: Decimal
    contract_size: Decimal = ONE
    stop_loss_price: Decimal | None = None
    strategy: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotTaken:
    """The account as the venue or the bot sees it at `taken_at`; equity in base currency."""

    taken_at: datetime
    equity: Decimal
    balances: dict[str, dict[str, Balance]] = field(default_factory=dict)
    positions: tuple[ReportedPosition, ...] = ()
    rates: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferMade:
    """A deposit (`amount` > 0) or withdrawal (< 0) in base currency."""

    transfer_id: str
    amount: Decimal
    executed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerReset:
    """A person cleared a breaker or a protection's locks."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitchChanged:
    """A kill switch was engaged or released; the account only takes note, which outdates decisions under way."""

    scope: str
    key: str
    engaged: bool
    reason: str
    cancel_open_orders: bool = False


class TokenChange(StrEnum):
    """What happened to a token."""

    CREATED = "created"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenChanged:
    """A bearer token was issued or revoked (gateway chain only); of the token everything but what proves it."""

    token_id: str
    change: TokenChange
    operator: str
    scopes: tuple[str, ...]
    accounts: tuple[str, ...]
    cidrs: tuple[str, ...]
    expires_at: datetime


type Event = (
    AccountRegistered
    | LimitsChanged
    | OrderSubmitted
    | BatchSubmitted
    | OrderModified
    | OrderClosed
    | OrderSubmitting
    | OrderAccepted
    | OrderOutcomeUnknown
    | OrderReplaced
    | OpenOrdersCancelled
    | FillReported
    | SnapshotTaken
    | TransferMade
    | BreakerReset
    | KillSwitchChanged
    | TokenChanged
)

#: Names of the events in the audit log: public, never renamed.
EVENT_NAMES: dict[type, str] = {
    AccountRegistered: "account_registered",
    LimitsChanged: "limits_changed",
    OrderSubmitted: "order_decided",
    BatchSubmitted: "batch_decided",
    OrderModified: "order_modified",
    OrderClosed: "order_closed",
    OrderSubmitting: "order_submitting",
    OrderAccepted: "order_accepted",
    OrderOutcomeUnknown: "order_outcome_unknown",
    OrderReplaced: "order_replaced",
    OpenOrdersCancelled: "open_orders_cancelled",
    FillReported: "fill_recorded",
    SnapshotTaken: "snapshot_recorded",
    TransferMade: "transfer_recorded",
    BreakerReset: "breaker_reset",
    KillSwitchChanged: "kill_switch_changed",
    TokenChanged: "token_changed",
}
