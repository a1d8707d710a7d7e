"""Answers of the account, limits, market and control routes."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from riskgate.core.account.document import OrderStatus, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.schemas.fields import Instant
from riskgate.schemas.http.requests.accounts import TransferKind
from riskgate.schemas.http.requests.control import KillSwitchScope
from riskgate.schemas.http.requests.limits import LimitsRequest
from riskgate.schemas.openapi.answers.base import AlertLevel, Answer, Money, Sequence
from riskgate.schemas.openapi.answers.orders import Reserved


class BreakerRow(Answer):
    """A tripped breaker; `clears_on` is null where it has no date to clear on by itself.

    `key` names the symbol (``venue:symbol``) or strategy that may only reduce; null for the whole account.
    """

    name: str
    scope: Literal["account", "symbol", "strategy"]
    key: str | None
    reason: str | None
    tripped_at: Instant
    observed: Money | None = Field(description="Null where a person or a job tripped it.")
    limit: Money | None
    clears_on: date | None


class LockRow(Answer):
    """Entries locked by a protection; `until` is null where only a person unlocks."""

    lock_id: str
    code: DenyCode
    scope: Literal["all", "symbol", "side", "strategy"]
    key: str
    reason: str
    until: Instant | None


class LocksAnswer(Answer):
    """The protections' locks in force."""

    locks: list[LockRow]


class HeartbeatRow(Answer):
    """A strategy's promise of signs of life."""

    strategy: str
    interval_seconds: Sequence
    due_at: Instant
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
    """One order of an exit; where it is not routed, whoever trades the account has to place it."""

    client_order_id: str
    venue: str
    symbol: str
    side: Side
    quantity: Money
    route: bool
    decision: Literal["approved", "denied", "pending"]
    code: DenyCode | None = Field(description="First violation of a denied order.")


class ExitAnswer(Answer):
    """What became of an exit."""

    exit_id: str
    requested_at: Instant
    trading_state: TradingState
    breakers: list[str] = Field(description="Names of the tripped breakers.")
    cancelling: list[str] = Field(description="Open orders being cancelled at their venues.")
    left_to_cancel: list[str] = Field(description="Open orders that whoever placed them has to cancel.")
    legs: list[ExitLegRow]
    complete: bool = Field(description="False where an order is denied, or pending: repeat the request for those.")


class VenueRow(Answer):
    """A venue of the account with the equity it holds; unhealthy when two looks at it in a row failed."""

    venue: str
    market_type: MarketType
    equity: Money
    health: Literal["healthy", "unhealthy", "unknown"] = Field(description="Unknown without a key to look with.")
    health_detail: str | None = Field(description="What is wrong with an unhealthy venue.")


class VenueExcessRow(Answer):
    """A venue that holds more than its share of equity."""

    venue: str
    equity: Money
    share: Money | None = Field(description="Of the account's equity; null where that is not positive.")
    limit: Money
    withdraw: Money = Field(description="Brings it back to its share if the money leaves the account.")
    move: Money = Field(description="Brings it back to its share if the money goes to another venue.")


class PositionRow(Answer):
    """A holding: `quantity` greater than 0 is long, `value` is signed and in base currency."""

    venue: str
    symbol: str
    market_type: MarketType
    asset: str
    sector: str | None
    quantity: Money
    average_price: Money
    mark_price: Money
    marked_at: Instant
    value: Money
    stop_loss_price: Money | None
    strategy: str


class OpenOrderRow(Answer):
    """A working order with the exposure it keeps; `quantity` is what remains."""

    client_order_id: str
    venue: str
    symbol: str
    strategy: str
    side: Side
    type: OrderType
    status: OrderStatus
    quantity: Money
    filled_quantity: Money
    reserved: Reserved
    approved_at: Instant
    expires_at: Instant | None


class ExposureTotals(Answer):
    """Exposure in base currency with all working orders filled in the worst direction."""

    gross: Money
    net: Money
    open_risk: Money
    open_positions: Sequence
    by_sector: dict[str, Money]
    by_asset: dict[str, Money]
    by_strategy: dict[str, Money]


class LimitRow(Answer):
    """A limit with how much of it is used; `value` is null where nothing can be measured."""

    name: str
    code: DenyCode
    value: Money | None
    limit: Money | None = Field(description="Null when the check is off.")
    utilization: Money | None
    unit: str
    level: AlertLevel


class KillSwitchRow(Answer):
    """A kill switch as it acts: one nobody can read is engaged. `key` is null for the global one."""

    scope: KillSwitchScope
    key: str | None
    engaged: bool
    reason: str


class KillSwitchAnswer(KillSwitchRow):
    """A kill switch as set, and the accounts whose decisions under way it outdated."""

    cancel_open_orders: bool
    updated_at: Instant
    accounts: list[str]


class KillSwitchesAnswer(Answer):
    """Every kill switch there is."""

    kill_switches: list[KillSwitchRow]


class AccountAnswer(Answer):
    """The whole trading state of one account; amounts in base currency."""

    account_id: str
    base_currency: str
    trading_state: TradingState
    equity: Money
    equity_at: Instant
    peak_equity: Money
    breakers: list[BreakerRow]
    locks: list[LockRow]
    heartbeats: list[HeartbeatRow]
    venues: list[VenueRow]
    venue_excess: list[VenueExcessRow]
    unpriced_assets: list[str] = Field(description="Balances without a price: not part of equity.")
    positions: list[PositionRow]
    open_orders: list[OpenOrderRow]
    exposure: ExposureTotals
    limits: list[LimitRow]
    kill_switches: list[KillSwitchRow] = Field(description="Switches that touch this account.")
    state_version: Sequence


class LimitsAnswer(Answer):
    """All limits in force; `loosened` names what this change loosened."""

    version: Sequence
    limits: LimitsRequest
    loosened: list[str]


class TransferAnswer(Answer):
    """Equity after a transfer."""

    transfer_id: str
    kind: TransferKind
    amount: Money
    equity: Money
    state_version: Sequence
    audit_sequence: Sequence


class SnapshotAnswer(Answer):
    """What the account believes after a snapshot; a strange reading waits for a second one like it."""

    equity: Money
    equity_at: Instant
    confirmed: bool = Field(description="False where the reading waits for a second one.")
    reason: str | None = Field(description="Why the reading waits.")
    unpriced_assets: list[str] = Field(description="Balances without a rate into base currency.")
    trading_state: TradingState
    breakers: list[str] = Field(description="Names of the tripped breakers.")
    state_version: Sequence
    audit_sequence: Sequence


class BreakerResetAnswer(Answer):
    """The account after a breaker was reset."""

    name: str
    trading_state: TradingState
    breakers: list[str] = Field(description="Names of the breakers still tripped.")
    state_version: Sequence
    audit_sequence: Sequence


class MarketAnswer(Answer):
    """How many items were stored."""

    stored: Sequence
