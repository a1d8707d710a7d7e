"""Match a venue's books with ours: orders, fills, positions, balances; say what disagrees and what may be repaired.

Three sides are compared: what the venue says, our order items and account document, and our permits (an order that
the gateway did not send, or that was not approved, is rogue wherever it is seen).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.breaks import Finding
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.instrument import Instrument, MarketType, market_key
from riskgate.core.money import quantize_money
from riskgate.core.venues.model import (
    UnreadableRow,
    VenueBalance,
    VenueFunding,
    VenueOrder,
    VenuePosition,
    VenueTrade,
)

#: An order touched later than this before the venue was read may still be on its way into one of the books.
GRACE_SECONDS = 60
#: An order that should have left, or whose fate should be known, is stale after this.
STALE_SECONDS = 180
#: Where an instrument names no step: the smallest amount venues count in.
AMOUNT_QUANTUM = Decimal("1e-8")


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueBook:
    """All that one venue said in one reading.

    `orders` are those that work and those made since `since`; `absent` are our orders (client order ids) that the venue
    surely does not know. `unreadable` are the rows that nobody can read: of `unsure`, our orders and keys of the
    venue's, nothing is known, and a balance or position that is not here may stand in such a row unless
    `has_all_balances`, `has_all_positions`.
    """

    venue: str
    market_type: MarketType
    since: datetime
    read_at: datetime
    orders: tuple[VenueOrder, ...] = ()
    trades: tuple[VenueTrade, ...] = ()
    balances: tuple[VenueBalance, ...] = ()
    positions: tuple[VenuePosition, ...] = ()
    funding: tuple[VenueFunding, ...] = ()
    absent: frozenset[str] = frozenset()
    unreadable: tuple[UnreadableRow, ...] = ()
    unsure: frozenset[str] = frozenset()
    has_all_balances: bool = True
    has_all_positions: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnBook:
    """Our side, read after the venue's, so that nothing the venue knows can be missing here.

    `ids` maps a venue's name for an order (see `client_key`, `exchange_key`) to our client order id.
    """

    state: AccountState
    records: Mapping[str, OrderRecord] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)

    def record_of(self, client_id: str | None, symbol: str, exchange_order_id: str) -> OrderRecord | None:
        """Return our order behind one of the venue's: by client order id first, then by the exchange's."""
        name = self.ids.get(client_key(client_id)) if client_id else None
        name = name or self.ids.get(exchange_key(symbol, exchange_order_id))
        return self.records.get(name) if name is not None else None

    def step(self, market: str) -> Decimal:
        """Return the smallest quantity that counts in a market."""
        instrument = self.instruments.get(market)
        return instrument.step_size if instrument is not None and instrument.step_size > 0 else AMOUNT_QUANTUM

    def tick(self, market: str) -> Decimal:
        """Return the smallest price difference that counts in a market."""
        instrument = self.instruments.get(market)
        return instrument.tick_size if instrument is not None and instrument.tick_size > 0 else AMOUNT_QUANTUM

    def value(self, market: str, quantity: Decimal, price: Decimal | None) -> Decimal | None:
        """Return a quantity's worth in base currency, None where nothing prices or converts it."""
        instrument, held = self.instruments.get(market), self.state.positions.get(market)
        if price is None and held is not None:
            price = held.mark_price
        if price is None:
            return None
        settle = instrument.settle_currency if instrument is not None else held.settle_currency if held else ""
        rate = self.state.rate(settle)
        if rate is None:
            return None
        size = instrument.contract_size if instrument is not None else held.contract_size if held else Decimal(1)
        return abs(quantize_money(quantity * price * size * rate))


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What the venue's final word lets us put right by ourselves: its fills of an order, and that the order ended.

    `accepted_as` is the exchange's id of an order we were in doubt about; `closed_as` None where it works on.
    """

    client_order_id: str
    trades: tuple[VenueTrade, ...] = ()
    accepted_as: str | None = None
    closed_as: OrderStatus | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Outcome of matching: what disagrees, what may be repaired, and how much was compared."""

    findings: tuple[Finding, ...] = ()
    repairs: tuple[Repair, ...] = ()
    compared: int = 0
    matched: int = 0

    def __add__(self, other: Match) -> Match:
        return Match(
            findings=self.findings + other.findings,
            repairs=self.repairs + other.repairs,
            compared=self.compared + other.compared,
            matched=self.matched + other.matched,
        )


def client_key(client_order_id: str) -> str:
    """Return the name of an order by the client order id that the venue has."""
    return f"client {client_order_id}"


def exchange_key(symbol: str, exchange_order_id: str) -> str:
    """Return the name of an order by the exchange's own id, which is unique within a market."""
    return f"exchange {symbol} {exchange_order_id}"


def keep_confirmed(first: tuple[Finding, ...], second: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return what two readings a moment apart both show, as the later one shows it.

    Books move while they are read; what is only on its way looks different the second time.
    """
    marks = {finding.break_id: finding.mark for finding in first}
    return tuple(finding for finding in second if marks.get(finding.break_id) == finding.mark)


def known_symbols(state: AccountState, venue: str) -> set[str]:
    """Return the markets of a venue that an account holds, works, traded lately, or disagrees about."""
    markets = {*state.positions, *(order.key for order in state.working_orders.values())}
    markets |= {trade.key for trade in state.closed_trades}
    markets |= {item.finding.market for item in state.reconciliation.open.values()}
    return {market.partition(":")[2] for market in markets if market.startswith(f"{venue}:")}


def market_of_asset(own: OwnBook, book: VenueBook, asset: str) -> str:
    """Return the market whose base an asset is, where one is known; else an empty text."""
    symbols = known_symbols(own.state, book.venue)
    symbols |= {order.symbol for order in book.orders} | {trade.symbol for trade in book.trades}
    found = sorted(symbol for symbol in symbols if symbol.partition("/")[0] == asset)
    return market_key(book.venue, found[0]) if found else ""
