"""What is asked of a hedge, what it may trade, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from riskgate.core.figures import CorrelationRow
from riskgate.core.instrument import Instrument, Market, MarketType, market_key
from riskgate.core.money import ONE, ZERO
from riskgate.core.side import Side

#: Client order ids of hedges begin so; what follows is the hedge's own id and the leg's number.
HEDGE_PREFIX = "hedge:"
#: The asset a beta hedge trades.
BETA_ASSET = "BTC"


class HedgeMode(StrEnum):
    """What a hedge is to achieve."""

    FULL = "full"
    PARTIAL = "partial"
    DELTA_NEUTRAL = "delta_neutral"
    TARGET_PNL = "target_pnl"
    MIN_VARIANCE = "min_variance"
    BETA = "beta"

    @property
    def is_statistical(self) -> bool:
        """Tell whether the hedge rests on measured correlations."""
        return self in {HedgeMode.MIN_VARIANCE, HedgeMode.BETA}


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgeInstrument:
    """A market the hedge may trade, and what it costs there; None takes the hedge's own fee.

    `funding_fraction` is what a long pays on its value every eight hours; negative where shorts pay.
    """

    venue: str
    symbol: str
    fee_fraction: Decimal | None = None
    funding_fraction: Decimal = ZERO

    @property
    def key(self) -> str:
        """Return the market key."""
        return market_key(self.venue, self.symbol)


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgeSpec:
    """One hedge as asked for.

    `position` is the market key of the position to hedge, None for the whole book. Without `instruments` positions
    are reduced in their own markets. `fee_fraction` is the taker fee where an instrument names none. `adverse_price`
    is in the position's quote currency, `target_pnl` in the account's base currency.
    """

    hedge_id: str
    mode: HedgeMode
    position: str | None = None
    instruments: tuple[HedgeInstrument, ...] = ()
    fraction: Decimal = ONE
    adverse_price: Decimal | None = None
    target_pnl: Decimal | None = None
    fee_fraction: Decimal = ZERO
    horizon_hours: int = 0
    strategy: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgePlanned:
    """A hedge to plan, with the markets it may trade and the correlations it counts on.

    Its orders are decided by entries of their own, if it is carried out.
    """

    event_name: ClassVar[str] = "hedge_planned"
    spec: HedgeSpec
    markets: tuple[Market, ...]
    rows: tuple[CorrelationRow, ...] = ()
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgeMarket:
    """A market with its prices and costs now; `rate` is base currency per unit of settle currency."""

    instrument: Instrument
    bid: Decimal
    ask: Decimal
    rate: Decimal
    fee_fraction: Decimal
    funding_fraction: Decimal = ZERO

    @property
    def key(self) -> str:
        """Return the market key."""
        return self.instrument.key

    @property
    def middle(self) -> Decimal:
        """Return the price between bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def unit(self) -> Decimal:
        """Return the value of one contract at a price of 1, in base currency."""
        return self.instrument.contract_size * self.rate

    @property
    def is_swap(self) -> bool:
        """Tell whether the market can be sold short."""
        return self.instrument.market_type is MarketType.SWAP

    def touch(self, side: Side) -> Decimal:
        """Return the price an order at market pays or gets."""
        return self.ask if side is Side.BUY else self.bid


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgeLeg:
    """One order at market. `reduces` marks one that only shrinks a position in its own market."""

    market: HedgeMarket
    side: Side
    quantity: Decimal
    reduces: bool

    @property
    def price(self) -> Decimal:
        """Return the expected price."""
        return self.market.touch(self.side)

    @property
    def signed(self) -> Decimal:
        """Return the contracts, greater than 0 for a buy."""
        return self.side.sign * self.quantity

    @property
    def delta(self) -> Decimal:
        """Return the change in exposure, in units of the base asset."""
        return self.signed * self.market.instrument.contract_size

    @property
    def notional(self) -> Decimal:
        """Return the value at the expected price, in base currency."""
        return self.quantity * self.price * self.market.unit

    @property
    def fee(self) -> Decimal:
        """Return what the order costs in fees, in base currency."""
        return self.notional * self.market.fee_fraction

    @property
    def spread_cost(self) -> Decimal:
        """Return what the order loses against the middle of the market, in base currency."""
        return self.quantity * abs(self.price - self.market.middle) * self.market.unit


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgeNote:
    """Something a plan could not do, or that its reader should know."""

    code: str
    key: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PricePoint:
    """Profit and loss since entry if everything were closed after a move, fees and funding included.

    `move_fraction` is the move of the hedged market (of the hedge's market where correlations are used).
    """

    move_fraction: Decimal
    unhedged_pnl: Decimal
    hedged_pnl: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class VarianceResult:
    """Daily variance of the book's value in base currency squared, before the hedge, after it, and at its optimum.

    `hedge_ratio` is the hedge's value over the value hedged, both signed; `beta_value_before` and `_after` the
    book's value weighted by its beta to the hedge's asset.
    """

    hedge_ratio: Decimal
    before: Decimal
    after: Decimal
    optimum: Decimal
    beta_value_before: Decimal
    beta_value_after: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class HedgePlan:
    """Orders, the safer first, and what they lead to; amounts in base currency, deltas in units of the asset.

    `locked_pnl` is the least profit at any price of the table, where no asset's residual delta is beyond one lot;
    `pnl_at_target` the profit at the adverse price of a target hedge.
    """

    legs: tuple[HedgeLeg, ...] = ()
    notes: tuple[HedgeNote, ...] = ()
    delta_before: Mapping[str, Decimal] = field(default_factory=dict)
    delta_after: Mapping[str, Decimal] = field(default_factory=dict)
    value_before: Decimal = ZERO
    value_after: Decimal = ZERO
    fees: Decimal = ZERO
    spread_cost: Decimal = ZERO
    funding_cost: Decimal = ZERO
    margin: Decimal = ZERO
    table: tuple[PricePoint, ...] = ()
    worst_pnl: Decimal | None = None
    locked_pnl: Decimal | None = None
    pnl_at_target: Decimal | None = None
    target_reached: bool | None = None
    variance: VarianceResult | None = None

    @property
    def cost(self) -> Decimal:
        """Return what the hedge costs: fees of its orders, spread, and funding over the horizon."""
        return self.fees + self.spread_cost + self.funding_cost


def leg_order_id(hedge_id: str, number: int) -> str:
    """Return the client order id of a leg, counted from 1: the same whenever the hedge is asked for again."""
    return f"{HEDGE_PREFIX}{hedge_id}:{number}"
