"""A paper venue behind the seam to venues: its book in the state table, its prices those the gateway stores anyway."""

# ruff: noqa: ARG002 the seam names what a real venue is asked with

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.adapters.exchange.client_order_ids import to_client_order_id, to_order_id
from riskgate.app.ports.store import Store
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import InvalidRequest, NotFound, OutcomeUnknown, Transient, VersionConflict
from riskgate.core.instrument import Instrument, MarketType, Quote, market_key
from riskgate.core.money import ZERO
from riskgate.core.order_book import OrderBook
from riskgate.core.paper.book import PaperBook, PaperOrder, held_of
from riskgate.core.paper.matching import PaperMarket, advance, cancel_order, place_order
from riskgate.core.venues.model import (
    AccountSetup,
    Candle,
    KeyPermissions,
    NewVenueOrder,
    UnreadableRow,
    VenueBalance,
    VenueClock,
    VenueFunding,
    VenueOrder,
    VenueOrderRef,
    VenuePosition,
    VenueStatus,
    VenueTrade,
    VenueTransfer,
)

#: The form of client order ids: 32 hex digits.
_FORM = "paper"
#: Lost races before a call gives up: every reader writes what its quotes have filled.
_ATTEMPTS_MAX = 8
_ARRIVAL_SECONDS_MAX = 5.0


class PaperExchange:
    """One paper venue of one account. Every call first brings its book up to the stored quotes."""

    def __init__(
        self,
        account_id: str,
        venue: str,
        market_type: MarketType,
        *,
        books: DynamoPaperBooks,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self.venue = venue
        self.market_type = market_type
        self._account_id = account_id
        self._books = books
        self._store = store
        self._clock = clock

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of an order id."""
        return to_client_order_id(_FORM, order_id, revision)

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the gateway's order id behind a client order id."""
        return to_order_id(_FORM, client_order_id)

    def arrival_seconds_max(self, *, has_trigger: bool) -> float:
        """Return how long an order may be under way: as long as a write to its book is tried."""
        del has_trigger
        return _ARRIVAL_SECONDS_MAX

    def create_order(self, order: NewVenueOrder) -> VenueOrder:
        """Place an order once: its id tells."""

        def place(book: PaperBook, markets: Mapping[str, PaperMarket]) -> tuple[PaperBook, PaperOrder]:
            return place_order(book, order, markets, self._clock())

        return self._change(place, order.symbol).to_venue_order()

    def cancel_order(self, ref: VenueOrderRef) -> VenueOrder:
        """Cancel an order, unless a quote filled it before."""

        def cancel(book: PaperBook, _: Mapping[str, PaperMarket]) -> tuple[PaperBook, PaperOrder]:
            found = _find(book, ref)
            if found is None:
                raise NotFound("the venue knows no such order", code="ORDER_NOT_FOUND")
            return cancel_order(book, found.terms.client_order_id, self._clock())

        return self._change(cancel).to_venue_order()

    def get_order(self, ref: VenueOrderRef) -> VenueOrder | None:
        """Return an order as it is now."""
        found = _find(self._current()[0], ref)
        return found.to_venue_order() if found is not None else None

    def list_open_orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return what may fill, waiting triggers too."""
        book, _ = self._current()
        return tuple(o.to_venue_order() for o in book.open_orders if symbol in {None, o.terms.symbol})

    def list_orders(self, symbol: str | None, since: datetime) -> tuple[VenueOrder, ...]:
        """Return the orders made since an instant, as far as they are kept."""
        book, _ = self._current()
        found = (o for o in book.orders.values() if o.created_at >= since and symbol in {None, o.terms.symbol})
        return tuple(order.to_venue_order() for order in found)

    def list_trades(self, symbol: str | None, since: datetime, *, thorough: bool = False) -> tuple[VenueTrade, ...]:
        """Return the fills since an instant, as far as they are kept."""
        book, _ = self._current()
        return tuple(t for t in book.trades if t.executed_at >= since and symbol in {None, t.symbol})

    def take_unreadable(self) -> tuple[UnreadableRow, ...]:
        """Return nothing: what the book holds can be read."""
        return ()

    def list_balances(self) -> tuple[VenueBalance, ...]:
        """Return what is held; unrealized profit and loss of swaps are in it."""
        book, markets = self._current()
        held = held_of(book, {symbol: market.instrument for symbol, market in markets.items()})
        totals = dict(book.balances)
        for position in self._positions(book, markets):
            settle = markets[position.symbol].instrument.settle_currency
            totals[settle] = totals.get(settle, ZERO) + (position.unrealized_pnl or ZERO)
        return tuple(
            VenueBalance(
                asset=asset, total=total, free=max(total - held.get(asset, ZERO), ZERO), used=held.get(asset, ZERO)
            )
            for asset, total in sorted(totals.items())
            if total or held.get(asset)
        )

    def list_positions(self) -> tuple[VenuePosition, ...]:
        """Return open positions at the stored prices."""
        return self._positions(*self._current())

    def list_quotes(self, symbols: Sequence[str]) -> tuple[Quote, ...]:
        """Return the stored quotes."""
        return tuple(m.quote for m in self._markets(symbols).values() if m.quote is not None)

    def list_funding(self, since: datetime) -> tuple[VenueFunding, ...]:
        """Return nothing: a paper venue pays no funding."""
        return ()

    def list_funding_rates(self, symbols: Sequence[str]) -> Mapping[str, Decimal]:
        """Return nothing: a paper venue pays no funding."""
        return {}

    def list_transfers(self, since: datetime) -> tuple[VenueTransfer, ...]:
        """Return nothing: its money neither comes nor goes."""
        return ()

    def has_market(self, symbol: str) -> bool:
        """Tell whether the gateway knows the market's trading rules."""
        return symbol in self._markets([symbol])

    def get_clock(self) -> VenueClock:
        """Return our own time."""
        return VenueClock(server_at=self._clock(), skew_seconds=ZERO, round_trip_seconds=ZERO)

    def get_status(self) -> VenueStatus:
        """Tell that it works wherever the database does."""
        return VenueStatus(is_ok=True, detail="paper")

    def get_account_setup(self) -> AccountSetup:
        """Tell that a market has one position, and the wallet is its own."""
        return AccountSetup(is_hedged=False, wallet_id=f"paper:{self._account_id}:{self.venue}")

    def get_key_permissions(self) -> KeyPermissions:
        """Tell that nothing can be withdrawn."""
        return KeyPermissions(can_trade=True, can_withdraw=False, can_transfer=False)

    def list_instruments(self) -> tuple[Instrument, ...]:
        """Refuse: trading rules are the real venue's."""
        _refuse()

    def get_order_book(self, symbol: str, levels: int | None = None) -> OrderBook:
        """Refuse: market data are the real venue's."""
        _refuse()

    def list_candles(
        self, symbol: str, timeframe: str, since: datetime, until: datetime | None = None
    ) -> tuple[Candle, ...]:
        """Refuse: market data are the real venue's."""
        _refuse()

    def _current(self) -> tuple[PaperBook, dict[str, PaperMarket]]:
        """Return the book as the stored quotes leave it, and the markets it is in."""
        found: dict[str, PaperMarket] = {}

        def look(book: PaperBook, markets: Mapping[str, PaperMarket]) -> tuple[PaperBook, PaperBook]:
            found.update(markets)
            return book, book

        try:
            return self._change(look), found
        except OutcomeUnknown as error:
            # A look that may have been written down did no more than the next one would.
            raise Transient(error.detail) from error

    def _change[A](
        self, change: Callable[[PaperBook, Mapping[str, PaperMarket]], tuple[PaperBook, A]], *symbols: str
    ) -> A:
        for _ in range(_ATTEMPTS_MAX):
            stored = self._books.get(self._account_id, self.venue)
            if stored is None:
                raise Transient("the paper venue's book was not opened", code="PAPER_BOOK_MISSING")
            markets = self._markets([*stored.symbols, *symbols])
            book, answer = change(advance(stored, markets, self._clock()), markets)
            if book == stored:
                return answer
            try:
                self._books.put(self._account_id, self.venue, replace(book, version=stored.version + 1))
            except VersionConflict:
                continue
            return answer
        raise Transient("others changed the paper book every time", code="CONTENTION")

    def _markets(self, symbols: Sequence[str]) -> dict[str, PaperMarket]:
        named = tuple((self.venue, symbol) for symbol in dict.fromkeys(symbols))
        if not named:
            return {}
        found = self._store.read(ReadRequest(account_id=self._account_id, markets=named, books=named))
        keys = {symbol: market_key(self.venue, symbol) for _, symbol in named}
        return {
            symbol: PaperMarket(
                instrument=found.instruments[key], quote=found.quotes.get(key), book=found.books.get(key)
            )
            for symbol, key in keys.items()
            if key in found.instruments and found.instruments[key].market_type is self.market_type
        }

    def _positions(self, book: PaperBook, markets: Mapping[str, PaperMarket]) -> tuple[VenuePosition, ...]:
        positions = []
        for symbol, held in sorted(book.positions.items()):
            market = markets.get(symbol)
            mark = market.quote.reference if market is not None and market.quote is not None else None
            gain = None
            if market is not None and mark is not None:
                gain = (mark - held.entry_price) * held.quantity * market.instrument.contract_size
            positions.append(
                VenuePosition(
                    symbol=symbol,
                    quantity=held.quantity,
                    entry_price=held.entry_price,
                    mark_price=mark,
                    unrealized_pnl=gain,
                    leverage=book.terms.leverage,
                )
            )
        return tuple(positions)


def _find(book: PaperBook, ref: VenueOrderRef) -> PaperOrder | None:
    found = book.find(ref.client_order_id)
    if found is None and ref.exchange_order_id is not None:
        orders = (order for order in book.orders.values() if order.exchange_order_id == ref.exchange_order_id)
        found = next(orders, None)
    return found


def _refuse() -> NoReturn:
    raise InvalidRequest("a paper venue has no market data of its own: they are the real venue's", code="PAPER_VENUE")
