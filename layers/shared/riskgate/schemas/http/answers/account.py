"""Answers of the account and limits routes."""

from datetime import date, datetime
from typing import Annotated, Literal

from riskgate.core.account.document import OrderStatus, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType, QuantityUnit
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.severity import Severity
from riskgate.core.side import Side
from riskgate.schemas.http.answers.base import AlertLevel, Answer, Money, Sequence, one_of
from riskgate.schemas.http.answers.orders import Reserved
from riskgate.schemas.http.answers.safeguards import BreakerRow, HeartbeatRow, KillSwitchRow, LockRow


class VenueRow(Answer):
    """A venue of the account with the equity it holds; unhealthy when two looks at it in a row failed."""

    venue: str
    market_type: MarketType
    group: Annotated[str, "The exchange: what VENUE_CONCENTRATION counts as one."]
    equity: Money
    health: Annotated[Literal["healthy", "unhealthy", "unknown"], "Unknown without a key to look with."]
    margin_ratio: Annotated[Money | None, "Maintenance margin of its swaps over the margin balance, as last read."]
    health_detail: Annotated[str | None, "What is wrong with an unhealthy venue."]


class VenueExcessRow(Answer):
    """An exchange that holds more than its share of equity, in all its wallets."""

    venue: Annotated[str, "The group of its venues."]
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
    quantity_unit: Annotated[QuantityUnit, "What quantities count: base units on spot, contracts on swaps."]
    average_price: Money
    mark_price: Money
    marked_at: datetime
    value: Money
    stop_loss_price: Money | None
    take_profit_price: Money | None
    trailing_fraction: Money | None
    stop_kept_by: Annotated[StopKeeper | None, "Who holds the stop; null where that was never said."]
    stop_resting: Annotated[Money, "What of `quantity` a stop order at the venue is for."]
    stop_orders: Annotated[list[str], "Ids of the orders that rest at the venue as its stop."]
    stop_missing_since: Annotated[datetime | None, "From when on the venue has held less of a stop than it is to keep."]
    strategy: Annotated[str, "Who opened it."]
    by_strategy: Annotated[dict[str, Money], "What each strategy's orders filled of `quantity`."]
    unrealized_pnl: Annotated[Money, "What closing it at the mark price would realise, before fees."]
    risk_to_stop: Annotated[Money, "What it loses down to its stop; without one that counts, its value."]
    liquidation_price: Annotated[Money | None, "The venue's, as last read."]
    liquidation_distance: Annotated[Money | None, "Of the mark price to that, as a fraction of the mark price."]
    funding_rate: Annotated[Money | None, "What longs pay shorts per interval, as last read."]


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
    quantity_unit: Annotated[QuantityUnit, "What quantities count: base units on spot, contracts on swaps."]
    filled_quantity: Money
    average_fill_price: Annotated[Money | None, "Of its fills; null without any."]
    fees: Annotated[dict[str, Money], "Paid so far, by the currency they were paid in; less than 0 are rebates."]
    exchange_order_id: Annotated[str | None, "The venue's id, as the venue or the bot that placed it says."]
    trigger_price: Money | None
    stop_loss_price: Money | None
    reduce_only: bool
    reserved: Reserved
    approved_at: datetime
    expires_at: datetime | None
    price: Annotated[Money | None, "Its limit; null where it takes what the market gives."]
    stop_price: Annotated[Money | None, "What a stop order waits for."]


class RejectedOrderRow(Answer):
    """An order that its venue refused."""

    at: datetime
    client_order_id: str
    venue: str
    symbol: str
    strategy: str
    side: Side
    type: OrderType
    quantity: Money
    quantity_unit: Annotated[QuantityUnit, "What quantities count: base units on spot, contracts on swaps."]
    price: Annotated[Money | None, "Its limit; null where it took what the market gives."]
    reason: Annotated[str, "As the venue said."]


class PendingFeeRow(Answer):
    """Fees at a venue that nothing prices yet, in their own currency; less than 0 are rebates."""

    venue: str
    currency: str
    amount: Money


class AliasRow(Answer):
    """One unit of a swap's base is `multiplier` units of `asset`."""

    name: Annotated[str, "The base of the swap, as the venue names it."]
    asset: str
    multiplier: Money


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


class PnlRow(Answer):
    """Profit and loss since a period began, transfers neutral, in base currency."""

    period: Annotated[str, one_of("day", "week", "month", "start")]
    since: Annotated[date, "First UTC day of the period, or the first of which results were kept."]
    total: Annotated[Money, "By how much equity grew."]
    realized: Money
    fees: Annotated[Money, "Greater than 0 were paid."]
    funding: Annotated[Money, "Greater than 0 was received."]
    unrealized: Annotated[Money, "By how much what is open gained."]
    other: Annotated[Money, "What of the total none of the others explains."]


class LossTotals(Answer):
    """Losses as fractions, at least 0; null without a positive baseline."""

    day: Annotated[Money | None, "From equity at the start of the UTC day, what DAILY_LOSS holds against its limit."]
    week: Annotated[Money | None, "From the week's highest equity."]
    peak: Annotated[Money | None, "From the highest equity ever: the drawdown."]


class AlertRow(Answer):
    """A limit or breaker that people were alerted to; once acknowledged, nobody is reminded until its level changes."""

    name: str
    level: Severity
    since: datetime
    acknowledged: bool


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
    asset_aliases: Annotated[list[AliasRow], "What an operator confirmed: exposure goes by `asset`."]
    alias_proposals: Annotated[list[AliasRow], "What held or working swaps look like: to confirm, register it."]
    unpriced_assets: Annotated[list[str], "Balances without a price: not part of equity."]
    pending_fees: Annotated[list[PendingFeeRow], "Booked; charged to equity once their currency has a rate."]
    positions: list[PositionRow]
    open_orders: list[OpenOrderRow]
    rejected_orders: Annotated[list[RejectedOrderRow], "The latest that venues refused, newest first."]
    left_to_cancel: Annotated[list[str], "Open orders under a tripped breaker that whoever placed them has to cancel."]
    exposure: ExposureTotals
    limits: list[LimitRow]
    kill_switches: Annotated[list[KillSwitchRow], "Switches that touch this account."]
    alerts: list[AlertRow]
    state_version: Sequence
    audit_sequence: Annotated[Sequence, "Number of the latest entry in the account's log."]
    pnl: list[PnlRow]
    unrealized_pnl: Annotated[Money, "Of all positions."]
    unpriced_payments: Annotated[Sequence, "Fees and funding that nothing prices: `pnl` does not hold them."]
    losses: LossTotals


class AccountSummary(Answer):
    """One account in a line; amounts in base currency."""

    account_id: str
    base_currency: str
    trading_state: TradingState
    equity: Money
    equity_at: datetime
    pnl: Annotated[list[PnlRow], "As `GET /accounts/{account_id}` tells."]
    losses: LossTotals
    gross: Money
    net: Money
    open_risk: Money
    open_positions: Sequence
    open_orders: Sequence
    breakers: Annotated[list[str], "Names of the tripped breakers."]
    kill_switches: Annotated[list[str], "Scopes of the engaged ones that cover the whole account."]
    level: Annotated[AlertLevel, "The gravest of its limits'."]
    state_version: Sequence


class AccountsPage(Answer):
    """The accounts that the token may see, by id."""

    accounts: list[AccountSummary]
    unreadable: Annotated[list[str], "Accounts of the page whose stored state is corrupt: they deny every order."]
    next_after: Annotated[str | None, "Pass as `after` for the next page; null on the last."]


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
    open_orders_unreserved: Annotated[list[str], "Listed as open, and nothing is reserved for them here: cancel them."]
    state_version: Sequence
    audit_sequence: Sequence
