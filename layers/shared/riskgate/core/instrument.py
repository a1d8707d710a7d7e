"""What the market offers: instruments, their rules and their quotes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from riskgate.core.figures import CorrelationRow
from riskgate.core.money import ONE, ZERO
from riskgate.core.order_book import OrderBook
from riskgate.core.side import Side

_TWO = Decimal(2)


class MarketType(StrEnum):
    """Spot inventory or a linear perpetual swap."""

    SPOT = "spot"
    SWAP = "swap"


class QuantityUnit(StrEnum):
    """What a quantity counts: units of the base currency, or contracts of `contract_size` of them."""

    BASE = "base"
    CONTRACTS = "contracts"


def unit_of(market_type: MarketType) -> QuantityUnit:
    """Return what quantities count in markets of a type: contracts on swaps, also where one is one base unit."""
    return QuantityUnit.CONTRACTS if market_type is MarketType.SWAP else QuantityUnit.BASE


def unit_of_symbol(symbol: str) -> QuantityUnit:
    """Return what quantities count in a market by its unified symbol: a swap's names its settle currency."""
    return unit_of(MarketType.SWAP if ":" in symbol else MarketType.SPOT)


def market_key(venue: str, symbol: str) -> str:
    """Return the key under which a market's positions and quotes are kept: ``venue:symbol``."""
    return f"{venue}:{symbol}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Instrument:
    """Trading rules of one symbol at one venue.

    Prices are in `quote_currency`, quantities in contracts of `contract_size` base units (1 for spot).
    A bound of None is absent; `market_quantity_min`, `market_quantity_max` and `market_step_size` bind orders at market
    beside those of all orders. `settle_currency` is the currency profit and loss arrives in. `stop_orders` tells that
    the gateway can keep a stop order at the venue that only reduces: what nobody said counts as no. `unsupported` names
    what orders cannot be sent there: market_buy, market_sell, stop, stop_limit, post_only, reduce_only, IOC, FOK, GTD.
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
    stop_orders: bool = False
    market_quantity_max: Decimal | None = None
    market_quantity_min: Decimal | None = None
    market_step_size: Decimal = ZERO
    unsupported: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return the market key of the instrument."""
        return market_key(self.venue, self.symbol)

    @property
    def market_order_max(self) -> Decimal | None:
        """Return the largest quantity of one order at market, or None."""
        bounds = [bound for bound in (self.quantity_max, self.market_quantity_max) if bound is not None]
        return min(bounds, default=None)

    @property
    def market_order_min(self) -> Decimal | None:
        """Return the least quantity of one order at market, or None."""
        bounds = [bound for bound in (self.quantity_min, self.market_quantity_min) if bound is not None]
        return max(bounds, default=None)

    @property
    def market_order_step(self) -> Decimal:
        """Return the lot step of orders at market: the coarser of two steps, which divide each other; 0 for none."""
        return max(self.step_size, self.market_step_size)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """Best prices of one symbol at one venue.

    `volume_24h` is in base units over the last 24 hours; `bid_depth` and `ask_depth` are the base
    units resting within `depth_band_fraction` of the best price, `bid_quantity` and `ask_quantity` those at the best
    price itself, where the feed knows them.
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
    bid_quantity: Decimal | None = None
    ask_quantity: Decimal | None = None

    @property
    def reference(self) -> Decimal | None:
        """Return the mid price, or the last trade where one side is missing, or None."""
        bid, ask = self.bid, self.ask
        if bid is not None and ask is not None:
            return (bid + ask) / _TWO
        return self.last

    def touch(self, side: Side) -> Decimal | None:
        """Return the price a taker of `side` pays: the ask for a buy, the bid for a sell."""
        return self.ask if side is Side.BUY else self.bid

    def touch_quantity(self, side: Side) -> Decimal | None:
        """Return the base units that a taker of `side` finds at the best price, where the feed knows them."""
        return self.ask_quantity if side is Side.BUY else self.bid_quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """Everything read beside the account for one order; None where the item does not exist.

    `book` is for orders at market alone, and no more of it than the side they meet.
    """

    instrument: Instrument | None = None
    quote: Quote | None = None
    correlation: CorrelationRow | None = None
    book: OrderBook | None = None
