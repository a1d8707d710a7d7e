"""Everything the venue remembers, and the ids it hands out."""

from dataclasses import dataclass, field
from decimal import Decimal

from .accounts import HOUSE, Account, ApiKey
from .book import Book
from .clock import Clock
from .errors import invalid_symbol
from .instruments import Instrument, Market, default_instruments
from .money import ZERO
from .orders import AlgoOrder, Order, Trade
from .prices import PriceFeed

FIRST_ORDER_ID = 1_000_000_001
FIRST_TRADE_ID = 500_000_001
FIRST_ALGO_ID = 2_000_001
SETTLEMENT_ASSET = "USDT"
ONE = Decimal(1)


@dataclass(slots=True)
class Sequence:
    """A counter: ids never repeat while the venue lives."""

    value: int

    def next(self) -> int:
        """Return the next number."""
        self.value += 1
        return self.value - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Customs:
    """In what venues differ beyond the words they use.

    `unified`: accounts have one wallet. `ids_are_used_once`: a client order id never names a second order.
    `accepts_doomed`: an order that cannot rest or fill as it asks is accepted and ended, not refused.
    `triggers_hold_nothing`: what a conditional order needs is looked at when it fires.
    """

    unified: bool = False
    ids_are_used_once: bool = False
    accepts_doomed: bool = False
    triggers_hold_nothing: bool = False


@dataclass(slots=True)
class State:
    """The venue's state. Whoever reads or writes it holds the venue's lock.

    `event_ms` is the time of what happens now: the request's time, or an earlier instant while
    the past since the last request is being worked through.
    """

    clock: Clock
    feed: PriceFeed
    customs: Customs = field(default_factory=Customs)
    listing_lag_ms: int = 0
    instruments: dict[tuple[Market, str], Instrument] = field(default_factory=default_instruments)
    closed: set[tuple[Market, str]] = field(default_factory=set)
    books: dict[tuple[Market, str], Book] = field(default_factory=dict)
    settled_ms: dict[tuple[Market, str], int] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[str, tuple[Account, ApiKey]] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    algos: dict[int, AlgoOrder] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    funding_rates: dict[str, Decimal] = field(default_factory=dict)
    settled_rates: list[tuple[str, Decimal, int]] = field(default_factory=list)
    fees_collected: dict[str, Decimal] = field(default_factory=dict)
    order_ids: Sequence = field(default_factory=lambda: Sequence(FIRST_ORDER_ID))
    trade_ids: Sequence = field(default_factory=lambda: Sequence(FIRST_TRADE_ID))
    algo_ids: Sequence = field(default_factory=lambda: Sequence(FIRST_ALGO_ID))
    sequences: Sequence = field(default_factory=lambda: Sequence(1))
    event_ms: int = 0

    def __post_init__(self) -> None:
        """Open the house account, the synthetic book's owner."""
        self.accounts[HOUSE] = Account(HOUSE)
        self.event_ms = self.clock.now_ms()

    @property
    def house(self) -> Account:
        """Return the account on the other side of synthetic fills."""
        return self.accounts[HOUSE]

    def instrument(self, market: Market, symbol: str) -> Instrument:
        """Return a listed instrument; VenueError -1121 for another."""
        instrument = self.instruments.get((market, symbol))
        if instrument is None:
            raise invalid_symbol()
        return instrument

    def listed(self, market: Market) -> list[Instrument]:
        """Return the instruments of a market in listing order."""
        return [item for key, item in self.instruments.items() if key[0] == market]

    def book(self, instrument: Instrument) -> Book:
        """Return an instrument's book."""
        book = self.books.get(instrument.key)
        if book is None:
            book = self.books[instrument.key] = Book(instrument)
        return book

    def price(self, instrument: Instrument, at_ms: int | None = None) -> Decimal | None:
        """Return the last price at an instant (now by default); None while the market is shut."""
        if instrument.key in self.closed:
            return None
        return self.feed.price(instrument, self.event_ms if at_ms is None else at_ms)

    def mark(self, instrument: Instrument) -> Decimal:
        """Return the mark price; the last one known when the market is shut."""
        price = self.feed.price(instrument, self.event_ms)
        if price is not None:
            return price
        return self.book(instrument).mid or ZERO

    def dollars(self, asset: str) -> Decimal:
        """Return what an asset is worth in USDT, zero where nobody says so."""
        if asset == SETTLEMENT_ASSET:
            return ONE
        pair = self.instruments.get(("spot", f"{asset}{SETTLEMENT_ASSET}"))
        return ZERO if pair is None else self.mark(pair)

    def collect_fee(self, asset: str, amount: Decimal) -> None:
        """Add to the fees the venue has earned."""
        self.fees_collected[asset] = self.fees_collected.get(asset, ZERO) + amount
