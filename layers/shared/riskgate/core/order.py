"""What a bot asks for and what the market offers: orders, instruments, quotes, stored risk figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from riskgate.core.money import ONE, ZERO
from riskgate.core.scenario import StressScenario

#: What the risk jobs left is believed this long: they run every hour, so two runs may fail.
REPORT_AGE_MAX = timedelta(hours=3)
#: Correlations of daily returns change with the day, not with the hour.
CORRELATION_AGE_MAX = timedelta(hours=48)
#: What is from further ahead than this has a wrong clock: its age is unknown.
CLOCK_SKEW_SECONDS_MAX = 30
#: Clocks of two machines may differ by this much.
CLOCK_SKEW_MAX = timedelta(minutes=1)


def is_current(as_of: datetime, now: datetime, age_max: timedelta) -> bool:
    """Tell whether a figure is young enough to be believed; one from the future is not."""
    return -CLOCK_SKEW_MAX <= now - as_of <= age_max


class Side(StrEnum):
    """Direction of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """How an order is executed; `stop` is a stop-market order."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"

    @property
    def has_limit_price(self) -> bool:
        """Tell whether the order names its own worst price."""
        return self in {OrderType.LIMIT, OrderType.STOP_LIMIT}

    @property
    def has_trigger_price(self) -> bool:
        """Tell whether the order waits for a trigger."""
        return self in {OrderType.STOP, OrderType.STOP_LIMIT}


class TimeInForce(StrEnum):
    """How long an order works."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class MarketType(StrEnum):
    """Spot inventory or a linear perpetual swap."""

    SPOT = "spot"
    SWAP = "swap"


def market_key(venue: str, symbol: str) -> str:
    """Return the key under which a market's positions and quotes are kept: ``venue:symbol``."""
    return f"{venue}:{symbol}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One order as a bot sends it, in base-asset units and quote-currency prices.

    Exactly one of `quantity` and `quote_quantity` is given; `quote_quantity` is converted at the
    ask (buy) or bid (sell) and rounded down to the lot step before any check. `operator_exit` marks
    an exit that a person vouched for with a one-time code; no bot can ask for one.
    """

    account_id: str
    client_order_id: str
    symbol: str
    venue: str
    strategy: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    stop_loss_price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    route: bool = False
    tags: tuple[str, ...] = ()
    operator_exit: bool = False

    @property
    def key(self) -> str:
        """Return the market key of the order."""
        return market_key(self.venue, self.symbol)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instrument:
    """Trading rules of one symbol at one venue.

    Prices are in `quote_currency`, quantities in contracts of `contract_size` base units (1 for spot).
    A bound of None is absent. `settle_currency` is the currency profit and loss arrives in.
    """

    venue: str
    symbol: str
    market_type: MarketType
    base_currency: str
    quote_currency: str
    settle_currency: str
    tick_size: Decimal = ZERO
    step_size: Decimal = ZERO
    quantity_min: Decimal | None = None
    quantity_max: Decimal | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    notional_min: Decimal | None = None
    notional_max: Decimal | None = None
    contract_size: Decimal = ONE
    sector: str | None = None
    active: bool = True

    @property
    def key(self) -> str:
        """Return the market key of the instrument."""
        return market_key(self.venue, self.symbol)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """Best prices of one symbol at one venue.

    `volume_24h` is in base units over the last 24 hours; `bid_depth` and `ask_depth` are the base
    units resting within `depth_band_fraction` of the best price, where the feed knows them.
    """

    venue: str
    symbol: str
    at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    volume_24h: Decimal | None = None
    bid_depth: Decimal | None = None
    ask_depth: Decimal | None = None

    @property
    def reference(self) -> Decimal | None:
        """Return the mid price, or the last trade where one side is missing, or None."""
        if self.bid is not None and self.ask is not None:
            return (self.bid + self.ask) / 2
        return self.last

    def touch(self, side: Side) -> Decimal | None:
        """Return the price a taker of `side` pays: the ask for a buy, the bid for a sell."""
        return self.ask if side is Side.BUY else self.bid


@dataclass(frozen=True, kw_only=True, slots=True)
class Extremes:
    """Lowest and highest simple return of an asset, on the days of the VaR scenarios and in the stress scenarios."""

    day_low: Decimal
    day_high: Decimal
    stress_low: Decimal
    stress_high: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrelationRow:
    """One asset's row of the correlation matrix of daily log returns.

    `correlations` and `volatilities` (standard deviation of a daily log return) are keyed by asset,
    the row's own included; `observations` counts the common returns behind each correlation.
    `scenario_returns` are the asset's simple returns on the consecutive UTC days that end with `scenario_day`,
    None where a close is missing, and `stress_shocks` its simple return in each stress scenario. `extremes` bound
    what every asset does in them.
    """

    asset: str
    as_of: datetime
    correlations: dict[str, Decimal] = field(default_factory=dict)
    volatilities: dict[str, Decimal] = field(default_factory=dict)
    observations: dict[str, int] = field(default_factory=dict)
    scenario_returns: tuple[Decimal | None, ...] = ()
    stress_shocks: dict[str, Decimal] = field(default_factory=dict)
    scenario_day: date | None = None
    extremes: dict[str, Extremes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskReport:
    """What the scheduled risk jobs left for the gate: the book's profit and loss in each scenario.

    `exposures` are the signed values per asset the figures were computed for, working orders filled, in base
    currency; `scenario_pnl` the book's profit and loss on each of the consecutive UTC days that end with
    `scenario_day`, None where an asset held has no return; `stress_pnl` in each stress scenario. `cash_shocks` is
    what the base currency itself does in a scenario (0 where left out): exposure bought is cash spent.
    `own_scenarios` are the account's own among the stress scenarios: no asset's row knows them.
    """

    as_of: datetime
    exposures: dict[str, Decimal]
    scenario_pnl: tuple[Decimal | None, ...] = ()
    stress_pnl: dict[str, Decimal] = field(default_factory=dict)
    scenario_day: date | None = None
    cash_shocks: dict[str, Decimal] = field(default_factory=dict)
    own_scenarios: dict[str, StressScenario] = field(default_factory=dict)

    def is_current(self, now: datetime) -> bool:
        """Tell whether the figures are young enough to be believed; from the future they are not."""
        return is_current(self.as_of, now, REPORT_AGE_MAX)


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitch:
    """One kill-switch flag as read; `engaged` is None where the item is missing or of the wrong type."""

    scope: str
    key: str
    engaged: bool | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """Everything read beside the account for one order; None where the item does not exist."""

    instrument: Instrument | None = None
    quote: Quote | None = None
    correlation: CorrelationRow | None = None
