"""Answers of the account, limits, market and control routes."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from riskgate.core.account import OrderStatus, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.model import MarketType, OrderType, Side
from riskgate.schemas.answers.base import AlertLevel, Answer, Money, Sequence
from riskgate.schemas.answers.orders import Reserved
from riskgate.schemas.fields import Instant
from riskgate.schemas.requests.accounts import TransferKind
from riskgate.schemas.requests.control import KillSwitchScope
from riskgate.schemas.requests.limits import LimitsRequest


class BreakerRow(Answer):
    """A tripped breaker; `clears_on` is null where only a person clears it."""

    name: str
    tripped_at: Instant
    observed: Money
    limit: Money
    clears_on: date | None


class LockRow(Answer):
    """Entries locked by a protection; `until` is null where only a person unlocks."""

    code: DenyCode
    scope: Literal["all", "symbol", "side", "strategy"]
    key: str
    reason: str
    until: Instant | None


class VenueRow(Answer):
    """A venue of the account."""

    venue: str
    market_type: MarketType


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
    venues: list[VenueRow]
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
