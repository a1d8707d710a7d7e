"""The account document: the whole trading state of one account, in base currency unless said otherwise."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.account.breaks import Reconciliation
from riskgate.core.account.parts import (
    AlertLevel,
    AssetAlias,
    Breaker,
    EquityClaim,
    EquityParts,
    Heartbeat,
    Lock,
    LossBasis,
    ToldTransfer,
    UnconfirmedReading,
    UnexplainedMoves,
    VenueHealth,
)
from riskgate.core.account.results import Opening, Results
from riskgate.core.instrument import MarketType, market_key
from riskgate.core.money import ONE, ZERO
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.scenario import StressScenario
from riskgate.core.severity import Severity
from riskgate.core.side import Side

#: Most positions and working orders one account document holds (DynamoDB's item limit is 400 KB).
POSITIONS_MAX = 200
WORKING_ORDERS_MAX = 500
#: Approvals kept for the rate window and the duplicate check.
RECENT_ORDERS_MAX = 200
#: Refused orders kept to be looked at.
REJECTED_ORDERS_MAX = 10


#: Begins where a venue names a paper book in the place of a secret; a secret's name cannot hold it.
PAPER_PREFIX = "paper:"


class TradingState(StrEnum):
    """What the account may do: everything, only shrink positions, or nothing but cancel."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class OrderStatus(StrEnum):
    """Life of an order after the decision."""

    DENIED = "denied"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing can follow but a late fill."""
        return self in _FINAL


_FINAL = frozenset(
    {OrderStatus.DENIED, OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Venue:
    """One exchange account behind the gateway's account; `group` names the exchange whose wallets count as one.

    `secret_name` of a paper venue is no secret's: it says where its book is, and no secret can be called so.
    """

    venue: str
    market_type: MarketType
    secret_name: str | None = None
    group: str = ""

    @property
    def paper_account(self) -> str | None:
        """Return whose paper book stands for this venue; None for a venue that is real."""
        if self.secret_name is None or not self.secret_name.startswith(PAPER_PREFIX):
            return None
        return self.secret_name.removeprefix(PAPER_PREFIX)

    @property
    def key_secret(self) -> str | None:
        """Return the name of the secret with its key; None for a venue on paper and for one without a key."""
        return self.secret_name if self.paper_account is None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """Units of one asset at one venue; `used` is what the venue itself holds for working orders."""

    total: Decimal
    used: Decimal = ZERO


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptStop:
    """Who holds the stop of a position, and what goes with it.

    `best_price` is the best since the entry where the stop trails it. `lapsed` tells that nobody holds the stop any
    more, so that it counts as none: no order rests for longer than replacing one takes, or the strategy is silent.
    `unkept_since` is from when on the venue has had less of a stop than the position needs, `moved` that it is not any
    more where an entry put it.
    """

    kept_by: StopKeeper
    take_profit_price: Decimal | None = None
    trailing_fraction: Decimal | None = None
    best_price: Decimal | None = None
    unkept_since: datetime | None = None
    lapsed: bool = False
    moved: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Holding in one market: `quantity` > 0 is long, in contracts of `contract_size` base units.

    Prices are in quote currency; `rate` converts the settle currency into the account's base currency. `kept_stop` says
    who holds the stop of entries that later rules decided. `entry_fees` is what was paid in fees for what is held, in
    base currency: closing it gives them back from the profit. `liquidation_price` is the venue's, as last read;
    `funding_rate` what longs pay shorts per interval.
    """

    venue: str
    symbol: str
    market_type: MarketType
    asset: str
    sector: str | None
    settle_currency: str
    quantity: Decimal
    average_price: Decimal
    mark_price: Decimal
    marked_at: datetime
    contract_size: Decimal = ONE
    rate: Decimal = ONE
    stop_loss_price: Decimal | None = None
    strategy: str = ""
    kept_stop: KeptStop | None = None
    entry_fees: Decimal | None = None
    liquidation_price: Decimal | None = None
    funding_rate: Decimal | None = None

    @property
    def key(self) -> str:
        """Return the market key of the position."""
        return market_key(self.venue, self.symbol)

    @property
    def value(self) -> Decimal:
        """Return the signed value in base currency at the mark price."""
        return self.quantity * self.mark_price * self.contract_size * self.rate


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingOrder:
    """An approved order that may still fill, with the exposure it keeps reserved.

    `quantity` is what remains; `increasing_quantity` the part of it that would add exposure.
    `unit_notional` and `unit_risk` are base currency per unit of quantity; `asset_reserved` is
    what the order holds of `reserved_asset` at the venue (spot: quote for a buy, base for a sell).
    `counted` marks an order counted as one of the day's entries. `stop_price` is what a stop order sells or buys at:
    its trigger, or its limit where that is worse. `limit_price` and `trigger_price` are as ordered. The clock releases
    it at `reserved_until`, without one at `expires_at`, until which it may be placed; `good_till` marks one that its
    venue ends then.

    Later rules keep what people look at and nothing is decided by: `exchange_order_id` is the venue's id, as the venue
    or the bot that placed it says; `filled_notional` is in quote currency, None where its first fill came before them;
    `fees` are by the currency they were paid in, below zero rebates.
    """

    client_order_id: str
    venue: str
    symbol: str
    market_type: MarketType
    asset: str
    sector: str | None
    strategy: str
    side: Side
    type: OrderType
    status: OrderStatus
    quantity: Decimal
    increasing_quantity: Decimal
    unit_notional: Decimal
    unit_risk: Decimal
    decision_price: Decimal
    reserved_asset: str
    unit_reserved: Decimal
    approved_at: datetime
    expires_at: datetime | None
    rest_price: Decimal | None = None
    stop_loss_price: Decimal | None = None
    reduce_only: bool = False
    operator_exit: bool = False
    filled_quantity: Decimal = ZERO
    counted: bool = False
    stop_price: Decimal | None = None
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    reserved_until: datetime | None = None
    good_till: bool = False
    exchange_order_id: str = ""
    filled_notional: Decimal | None = None
    fees: dict[str, Decimal] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the market key of the order."""
        return market_key(self.venue, self.symbol)

    @property
    def average_fill_price(self) -> Decimal | None:
        """Return the average price of its fills, in quote currency; None without any, or where it was not kept."""
        return self.filled_notional / self.filled_quantity if self.filled_notional and self.filled_quantity else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedOrder:
    """A routed order that its venue refused, with the venue's reason."""

    at: datetime
    client_order_id: str
    venue: str
    symbol: str
    strategy: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """Running totals over all markets, each with its working orders filled in the worst direction.

    `gross` sums each market's larger side, `net` the signed position values, `buys` and `sells` what
    working orders, exits included, could move the net up and down; `open_risk` the risk to the stops.
    """

    gross: Decimal = ZERO
    net: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    open_risk: Decimal = ZERO
    open_positions: int = 0
    by_sector: dict[str, Decimal] = field(default_factory=dict)
    by_asset: dict[str, Decimal] = field(default_factory=dict)
    by_strategy: dict[str, Decimal] = field(default_factory=dict)
    net_by_asset: dict[str, Decimal] = field(default_factory=dict)

    @property
    def net_worst(self) -> Decimal:
        """Return the larger of the net values if only the buys or only the sells fill."""
        return max(abs(self.net + self.buys), abs(self.net - self.sells))


@dataclass(frozen=True, kw_only=True, slots=True)
class DaySession:
    """One UTC day: equity at its start, transfers since, increasing orders approved."""

    day: date
    baseline: Decimal
    transfers: Decimal = ZERO
    approved_orders: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekSession:
    """One week from Monday 00:00 UTC: its highest equity, transfers neutral."""

    monday: date
    peak: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class RecentOrder:
    """An approval kept for the rate window and the duplicate check."""

    at: datetime
    client_order_id: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SlippageSample:
    """Cost of one fill against the decision price; `cost` > 0 is worse than decided."""

    at: datetime
    notional: Decimal
    cost: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedTrade:
    """What one order closed of a position, in all its fills; `stopped` when it closed at or beyond its stop.

    `realized_pnl` is what was earned, less the fees of the entry and the exit by later rules.
    """

    at: datetime
    key: str
    strategy: str
    side: Side
    realized_pnl: Decimal
    notional: Decimal
    stopped: bool
    client_order_id: str = ""


class _Derived:
    """Room for what `legs.py` derives from an account: no field, so that it is neither stored nor compared."""

    __slots__ = ("_book",)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountState(_Derived):
    """The account document. `version` counts commits; everything else is folded from the audit log.

    `filled_at` is the latest execution's time, `killed_at` when a kill switch over the account was engaged last,
    `transferred` what came in less what went out since registration, `monitored_since` when the gateway first read
    the account from its venues; until `has_snapshot` its balances are what registration assumed. `venue_health` names
    the venues that raise doubts. `position_parts` says by market key what each strategy's orders filled of a position,
    where that is more than the one strategy it names. `drawdown_doubts` says of each drawdown breaker that one look at
    the account would have tripped when that look was taken. `equity_claim` keeps what a bot says it gained unexplained.
    `margin_ratios` are by venue the maintenance margin of its swap wallet over what is in it, `depegs` by currency how
    far from the other dollars one is. `kept_orders` are those a bot places itself that no clock releases: only who
    knows how they ended. `confirming` are the strategies that tell what they placed.
    `results` are its profit and loss by period, since such rules decide that keep them.

    `loss_basis` is what losses are measured on since a transfer. `told_transfers` wait for the reading that shows them,
    `unexplained` moves of equity for the transfer that explains them.
    `holds_coins`: spot is held per coin, all markets of a coin at its venue are one leg. `pending_fees` are by venue
    and currency those that left the balances and not yet equity: nothing tells their worth. `missing_stops` says by
    market key how gravely people were told that the venue does not hold a position's stop.
    `asset_aliases` says by the base of swaps what it is in truth; assets of positions and orders are named by it.
    `equity_parts` are of an account where only some venues have a key, once later rules took a reading of some.
    `rejected_orders` are the latest that venues refused, oldest first: for people, nothing is decided by them.
    `summarised` is what the sums of its results were when people were last told the day's summary, on their date.
    """

    account_id: str
    base_currency: str
    venues: tuple[Venue, ...]
    version: int
    trading_state: TradingState
    equity: Decimal
    equity_at: datetime
    peak_equity: Decimal
    day: DaySession
    week: WeekSession
    limits_version: int
    limits_hash: str
    updated_at: datetime
    sectors: dict[str, str] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    venue_equity: dict[str, Decimal] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(default_factory=dict)
    balances: dict[str, dict[str, Balance]] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    working_orders: dict[str, WorkingOrder] = field(default_factory=dict)
    exposure: Exposure = field(default_factory=Exposure)
    recent_orders: tuple[RecentOrder, ...] = ()
    slippage: tuple[SlippageSample, ...] = ()
    closed_trades: tuple[ClosedTrade, ...] = ()
    locks: tuple[Lock, ...] = ()
    round_trips: int = 0
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    order_failures: tuple[datetime, ...] = ()
    unconfirmed: UnconfirmedReading | None = None
    reconciliation: Reconciliation = field(default_factory=Reconciliation)
    alert_levels: dict[str, AlertLevel] = field(default_factory=dict)
    filled_at: datetime | None = None
    killed_at: datetime | None = None
    monitored_since: datetime | None = None
    has_snapshot: bool = False
    venue_health: dict[str, VenueHealth] = field(default_factory=dict)
    transferred: Decimal = ZERO
    stress_scenarios: dict[str, StressScenario] = field(default_factory=dict)
    position_parts: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    drawdown_doubts: dict[str, datetime] = field(default_factory=dict)
    equity_claim: EquityClaim | None = None
    kept_orders: tuple[str, ...] = ()
    margin_ratios: dict[str, Decimal] = field(default_factory=dict)
    depegs: dict[str, Decimal] = field(default_factory=dict)
    results: Results | None = None
    confirming: tuple[str, ...] = ()
    loss_basis: LossBasis | None = None
    told_transfers: tuple[ToldTransfer, ...] = ()
    unexplained: UnexplainedMoves | None = None
    holds_coins: bool = False
    pending_fees: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    missing_stops: dict[str, Severity] = field(default_factory=dict)
    asset_aliases: dict[str, AssetAlias] = field(default_factory=dict)
    equity_parts: EquityParts | None = None
    rejected_orders: tuple[RejectedOrder, ...] = ()
    summarised: Opening | None = None

    @property
    def keyed_venues(self) -> frozenset[str]:
        """Return the venues that the gateway reads itself: there nobody else's word counts."""
        return frozenset(venue.venue for venue in self.venues if venue.secret_name is not None)

    @property
    def last_seen_at(self) -> datetime:
        """Return the instant of the latest reading, which may be of some venues alone."""
        parts = self.equity_parts
        return self.equity_at if parts is None else max(self.equity_at, parts.read_at, parts.reported_at)

    @property
    def capital(self) -> Decimal:
        """Return the equity that losses are measured on: where everything was withdrawn, what there was before."""
        basis = self.loss_basis
        return self.equity if basis is None or basis.emptied_from is None else basis.emptied_from

    @property
    def looked_at(self) -> datetime:
        """Return the latest instant from which on all of equity was seen anew: a reading's, or the oldest mark's."""
        return max(self.equity_at, min((p.marked_at for p in self.positions.values()), default=self.equity_at))

    def rate(self, currency: str) -> Decimal | None:
        """Return base currency per unit of `currency`, or None where no conversion is known."""
        return ONE if currency == self.base_currency else self.rates.get(currency)
