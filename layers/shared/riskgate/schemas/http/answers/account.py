"""Answers of the account and limits routes."""

from datetime import datetime
from typing import Annotated, Literal

from riskgate.core.account.document import OrderStatus, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.side import Side
from riskgate.schemas.http.answers.base import AlertLevel, Answer, Money, Sequence
from riskgate.schemas.http.answers.orders import Reserved
from riskgate.schemas.http.answers.safeguards import BreakerRow, HeartbeatRow, KillSwitchRow, LockRow


class VenueRow(Answer):
    """A venue of the account with the equity it holds; unhealthy when two looks at it in a row failed."""

    venue: str
    market_type: MarketType
    equity: Money
    health: Annotated[Literal["healthy", "unhealthy", "unknown"], "Unknown without a key to look with."]
    health_detail: Annotated[str | None, "What is wrong with an unhealthy venue."]


class VenueExcessRow(Answer):
    """A venue that holds more than its share of equity."""

    venue: str
    equity: Money
    share: Annotated[Money | None, "Of the account's equity; null where that is not positive."]
    limit: Money
    withdraw: Annotated[Money, "Brings it back to its share if the money leaves the account."]
    move: Annotated[Money, "Brings it back to its share if the money goes to another venue."]


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
    marked_at: datetime
    value: Money
    stop_loss_price: Money | None
    take_profit_price: Money | None
    trailing_fraction: Money | None
    stop_kept_by: Annotated[StopKeeper | None, "Who holds the stop; null where that was never said."]
    stop_resting: Annotated[Money, "What of `quantity` a stop order at the venue is for."]
    strategy: Annotated[str, "Who opened it."]
    by_strategy: Annotated[dict[str, Money], "What each strategy's orders filled of `quantity`."]


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
    approved_at: datetime
    expires_at: datetime | None


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
    limit: Annotated[Money | None, "Null when the check is off."]
    utilization: Money | None
    unit: str
    level: AlertLevel


class AccountAnswer(Answer):
    """The whole trading state of one account; amounts in base currency."""

    account_id: str
    base_currency: str
    trading_state: TradingState
    equity: Money
    equity_at: datetime
    peak_equity: Money
    breakers: list[BreakerRow]
    locks: list[LockRow]
    heartbeats: list[HeartbeatRow]
    venues: list[VenueRow]
    venue_excess: list[VenueExcessRow]
    unpriced_assets: Annotated[list[str], "Balances without a price: not part of equity."]
    positions: list[PositionRow]
    open_orders: list[OpenOrderRow]
    left_to_cancel: Annotated[list[str], "Open orders under a tripped breaker that whoever placed them has to cancel."]
    exposure: ExposureTotals
    limits: list[LimitRow]
    kill_switches: Annotated[list[KillSwitchRow], "Switches that touch this account."]
    state_version: Sequence


class LimitsAnswer(Answer):
    """All limits in force; `loosened` names what this change loosened."""

    version: Sequence
    limits: Limits
    loosened: list[str]


class TransferAnswer(Answer):
    """Equity after a transfer."""

    transfer_id: str
    kind: Literal["deposit", "withdrawal"]
    amount: Money
    equity: Money
    state_version: Sequence
    audit_sequence: Sequence


class SnapshotAnswer(Answer):
    """What the account believes after a snapshot; a strange one waits for a second like it, a gain for a person."""

    equity: Money
    equity_at: datetime
    confirmed: Annotated[bool, "False where the reading waits for a second one, or its gain for a person's code."]
    reason: Annotated[str | None, "What it waits for."]
    unpriced_assets: Annotated[list[str], "Balances without a rate into base currency."]
    trading_state: TradingState
    breakers: Annotated[list[str], "Names of the tripped breakers."]
    state_version: Sequence
    audit_sequence: Sequence
