"""What a paper venue keeps of one account: money, positions, orders, fills. Everything else is computed from quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from riskgate.core.account.document import OrderStatus
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ZERO
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.replacing import replace
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, VenueOrder, VenueTrade

#: Finished orders and fills that are kept; whoever reads the venue does so every minute.
FINISHED_MAX = 200
TRADES_MAX = 400
#: Venues book assets in eight decimals, and cut fees to them.
ASSET_QUANTUM = Decimal("1e-8")


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperTerms:
    """What trading costs: fees as fractions of an order's worth, and how many times its margin a swap position is."""

    maker_fee_fraction: Decimal = Decimal("0.001")
    taker_fee_fraction: Decimal = Decimal("0.001")
    leverage: Decimal = Decimal(5)


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperOrder:
    """One order; `cost` is what its fills came to in quote currency. `is_waiting` for its trigger."""

    exchange_order_id: str
    terms: NewVenueOrder
    status: OrderStatus
    created_at: datetime
    updated_at: datetime
    filled_quantity: Decimal = ZERO
    cost: Decimal = ZERO
    is_waiting: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it may fill."""
        return not self.status.is_final

    @property
    def left(self) -> Decimal:
        """Return what has not been filled."""
        return self.terms.quantity - self.filled_quantity

    @property
    def limit_price(self) -> Decimal | None:
        """Return the worst price it takes; None for any."""
        return self.terms.limit_price if self.terms.type.has_limit_price else None

    def to_venue_order(self) -> VenueOrder:
        """Return the order as a venue tells it."""
        asked = self.terms
        return VenueOrder(
            client_order_id=asked.client_order_id,
            exchange_order_id=self.exchange_order_id,
            symbol=asked.symbol,
            side=asked.side,
            type=asked.type,
            status=self.status,
            quantity=asked.quantity,
            filled_quantity=self.filled_quantity,
            average_price=self.cost / self.filled_quantity if self.filled_quantity else None,
            limit_price=asked.limit_price,
            trigger_price=asked.trigger_price,
            reduce_only=asked.reduce_only,
            time_in_force=asked.time_in_force,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperPosition:
    """Contracts of a swap, > 0 long, and the average price they were opened at."""

    quantity: Decimal
    entry_price: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """How much of what one quote offers was taken already: it is there once."""

    at: datetime
    buys: Decimal = ZERO
    sells: Decimal = ZERO

    def of(self, side: Side) -> Decimal:
        """Return what takers of one side took."""
        return self.buys if side is Side.BUY else self.sells

    def plus(self, side: Side, quantity: Decimal) -> Taken:
        """Return it with more taken."""
        if side is Side.BUY:
            return replace(self, buys=self.buys + quantity)
        return replace(self, sells=self.sells + quantity)


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperBook:
    """The whole of one account at one paper venue; `version` counts writes, `sequence` orders and fills."""

    version: int
    market_type: MarketType
    terms: PaperTerms
    opened_at: datetime
    balances: dict[str, Decimal]
    positions: dict[str, PaperPosition] = field(default_factory=dict)
    orders: dict[str, PaperOrder] = field(default_factory=dict)
    trades: tuple[VenueTrade, ...] = ()
    taken: dict[str, Taken] = field(default_factory=dict)
    sequence: int = 0

    @property
    def open_orders(self) -> tuple[PaperOrder, ...]:
        """Return what may fill, the oldest first."""
        return tuple(order for order in self.orders.values() if order.is_open)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the markets whose prices matter."""
        return tuple(sorted({order.terms.symbol for order in self.open_orders} | self.positions.keys()))

    def find(self, client_order_id: str) -> PaperOrder | None:
        """Return an order by the id it was sent under."""
        return self.orders.get(client_order_id)

    def with_order(self, order: PaperOrder) -> PaperBook:
        """Return the book with an order as it is now; of finished ones the oldest go."""
        orders = {**self.orders, order.terms.client_order_id: order}
        finished = [name for name, known in orders.items() if not known.is_open]
        for name in finished[: max(0, len(finished) - FINISHED_MAX)]:
            del orders[name]
        return replace(self, orders=orders)

    def with_balance(self, asset: str, change: Decimal) -> PaperBook:
        """Return the book with more or less of an asset."""
        total = self.balances.get(asset, ZERO) + change
        return replace(self, balances={**self.balances, asset: total})


def open_book(market_type: MarketType, balances: Mapping[str, Decimal], terms: PaperTerms, now: datetime) -> PaperBook:
    """Return the book of an account that has done nothing yet."""
    return PaperBook(version=0, market_type=market_type, terms=terms, opened_at=now, balances=dict(balances))


def held_of(book: PaperBook, instruments: Mapping[str, Instrument]) -> dict[str, Decimal]:
    """Return by asset what resting orders, and the margin of positions, hold of the wallet."""
    held: dict[str, Decimal] = {}
    for order in book.open_orders:
        instrument = instruments.get(order.terms.symbol)
        if instrument is not None:
            asset, amount = need_of(book, instrument, order.terms, order.left)
            held[asset] = held.get(asset, ZERO) + amount
    for symbol, position in book.positions.items():
        instrument = instruments.get(symbol)
        if instrument is not None:
            margin = abs(position.quantity) * position.entry_price * instrument.contract_size / book.terms.leverage
            held[instrument.settle_currency] = held.get(instrument.settle_currency, ZERO) + margin
    return held


def need_of(
    book: PaperBook, instrument: Instrument, order: NewVenueOrder, quantity: Decimal, price: Decimal | None = None
) -> tuple[str, Decimal]:
    """Return which asset an order needs, and how much: `price` stands in where the order names none."""
    own = order.limit_price or order.trigger_price or price or ZERO
    if instrument.market_type is MarketType.SPOT:
        if order.side is Side.SELL:
            return instrument.base_currency, quantity
        return instrument.quote_currency, quantity * own
    if order.reduce_only:
        return instrument.settle_currency, ZERO
    position = book.positions.get(order.symbol)
    opposite = abs(position.quantity) if position is not None and position.quantity * order.side.sign < 0 else ZERO
    return (
        instrument.settle_currency,
        max(quantity - opposite, ZERO) * own * instrument.contract_size / book.terms.leverage,
    )


def cut(amount: Decimal) -> Decimal:
    """Cut a fee to what a venue books."""
    return amount.quantize(ASSET_QUANTUM, ROUND_DOWN)


#: Orders that never rest.
IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def rests(order: NewVenueOrder) -> bool:
    """Tell whether what is not filled at once stays."""
    return order.type in {OrderType.LIMIT, OrderType.STOP_LIMIT} and order.time_in_force not in IMMEDIATE
