"""Legs: what exposure is summed over. A market is a leg; of spot held per coin, all markets of a coin are one.

What a decision asks of a book again and again is found once: a `Book` is derived from an account's positions and
working orders, kept beside them as long as they are the same, and never stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import AccountState, Position, WorkingOrder
from riskgate.core.account.leg_sums import LegSums, sum_positions
from riskgate.core.account.stop_risk import measure_position
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO, with_risk_context
from riskgate.core.replacing import replace


class Book:
    """Positions and working orders by leg and by market, in the order of the document.

    Nothing in it changes but for what is found when it is first asked for.
    """

    __slots__ = (
        "_alone",
        "_end",
        "_markets",
        "_measured",
        "_orders_in",
        "_positions_in",
        "_reserved",
        "_sums",
        "orders",
        "positions",
    )

    def __init__(self, positions: Mapping[str, Position], orders: Mapping[str, WorkingOrder]) -> None:
        self.positions, self.orders = positions, orders
        # By venue and symbol: joining every order's key would take longer than anything else that is done with it.
        self._markets: dict[tuple[str, str], list[WorkingOrder]] | None = None
        self._orders_in: dict[str, list[WorkingOrder]] = {}
        self._positions_in: dict[str, list[Position]] = {}
        # With the strategies' parts they are of, and the orders that came since and are still to be added.
        self._sums: dict[str, tuple[Mapping[str, Mapping[str, Decimal]], LegSums, tuple[WorkingOrder, ...]]] = {}
        self._reserved: dict[tuple[str, str], Decimal] = {}
        self._end: tuple[tuple[str, ...], datetime | None] | None = None
        self._alone: tuple[bool, frozenset[str]] | None = None
        self._measured: dict[str, tuple[Decimal, Decimal]] = {}

    def moved(self, positions: Mapping[str, Position], orders: Mapping[str, WorkingOrder]) -> Book:
        """Return the book of other positions or other orders, with what is still true of it."""
        book = Book(positions, orders)
        if orders is self.orders:
            book._markets, book._orders_in = self._markets, self._orders_in
            book._reserved, book._end = self._reserved, self._end
        if positions is self.positions:
            book._positions_in, book._measured = self._positions_in, self._measured
        return book

    def with_order(self, orders: Mapping[str, WorkingOrder], order: WorkingOrder) -> Book:
        """Return the book with one more order, the last of `orders`."""
        book, market = Book(self.positions, orders), (order.venue, order.symbol)
        book._positions_in, book._measured, book._sums = self._positions_in, self._measured, dict(self._sums)
        if self._markets is not None:
            book._markets = self._markets | {market: [*self._markets.get(market, ()), order]}
        for leg, known in self._orders_in.items():
            book._orders_in[leg] = [*known, order] if _is_in(leg, *market) else known
        for leg, (parts, sums, more) in self._sums.items():
            if _is_in(leg, *market):
                book._sums[leg] = parts, sums, (*more, order)
        book._reserved = dict(self._reserved)
        wallet = order.venue, order.reserved_asset
        if wallet in book._reserved:
            book._reserved[wallet] += _reserved_units(order)
        if self._end is not None:
            kept, end = self._end
            own = end_of(order) if order.client_order_id not in kept else None
            book._end = kept, min((at for at in (end, own) if at is not None), default=None)
        return book

    @property
    def markets(self) -> Mapping[tuple[str, str], Sequence[WorkingOrder]]:
        """Return the working orders by venue and symbol."""
        if self._markets is None:
            found: dict[tuple[str, str], list[WorkingOrder]] = {}
            for order in self.orders.values():
                market = order.venue, order.symbol
                if market in found:
                    found[market].append(order)
                else:
                    found[market] = [order]
            self._markets = found
        return self._markets

    def orders_in(self, leg: str) -> Sequence[WorkingOrder]:
        """Return the working orders of a leg, by its name."""
        if not leg.endswith("/"):
            venue, _, symbol = leg.partition(":")
            return self.markets.get((venue, symbol), ())
        known = self._orders_in.get(leg)
        if known is None:
            found = [orders for market, orders in self.markets.items() if _is_in(leg, *market)]
            known = list(found[0]) if len(found) == 1 else []
            if len(found) > 1:
                known = [order for order in self.orders.values() if _is_in(leg, order.venue, order.symbol)]
            self._orders_in[leg] = known
        return known

    def positions_in(self, leg: str) -> Sequence[Position]:
        """Return the positions of a leg, by its name."""
        if not leg.endswith("/"):
            position = self.positions.get(leg)
            return () if position is None else (position,)
        known = self._positions_in.get(leg)
        if known is None:
            known = [p for key, p in self.positions.items() if key.startswith(leg) and ":" not in key[len(leg) :]]
            self._positions_in[leg] = known
        return known

    def group_coins(self) -> None:
        """Find positions and orders of all coins that are held in one pass, for whoever asks for many of them."""
        found: dict[str, list[Position]] = {}
        for key, position in self.positions.items():
            leg = _coin_of(key)
            if leg.endswith("/"):
                found.setdefault(leg, []).append(position)
        self._positions_in = found
        traded = {f"{venue}:{symbol.partition('/')[0]}/" for venue, symbol in self.markets if ":" not in symbol}
        for leg in found:
            if leg not in traded:
                self._orders_in[leg] = []

    def list_alone(self, *, holds_coins: bool) -> frozenset[str]:
        """Return the markets, by key, whose position is a leg of its own, and where no order works."""
        if self._alone is None or self._alone[0] is not holds_coins:
            busy = {f"{venue}:{symbol}" for venue, symbol in self.markets}
            alone = self.positions.keys() - busy
            if holds_coins:
                # A coin that nothing works in and that is held in one market.
                coins = {key: _coin_of(key) for key in self.positions}
                held, traded = Counter(coins.values()), {_coin_of(key) for key in busy}
                alone = {key for key in alone if held[coin := coins[key]] == 1 and coin not in traded}
            self._alone = holds_coins, frozenset(alone)
        return self._alone[1]

    def measure(self, key: str) -> tuple[Decimal, Decimal]:
        """Return the value and the risk of the position in a market, as `measure_position` does."""
        known = self._measured.get(key)
        if known is None:
            known = self._measured[key] = measure_position(self.positions[key])
        return known

    def sum_leg(self, leg: str, parts: Mapping[str, Mapping[str, Decimal]]) -> LegSums:
        """Return a leg added up; `parts` are the strategies' of positions by market key."""
        known = self._sums.get(leg)
        if known is None or known[0] is not parts:
            sums = _add_up(self.positions_in(leg), self.orders_in(leg), parts)
        elif known[2]:
            sums = _add_orders(known[1], known[2])
        else:
            return known[1]
        self._sums[leg] = parts, sums, ()
        return sums

    def sum_reserved(self, venue: str, asset: str) -> Decimal:
        """Return the units of an asset that working orders hold at a venue (swap: margin of increasing orders)."""
        known = self._reserved.get((venue, asset))
        if known is None:
            own = [o for o in self.orders.values() if o.reserved_asset == asset and o.venue == venue]
            known = self._reserved[venue, asset] = _sum_units(own)
        return known

    def find_end(self, kept: tuple[str, ...]) -> datetime | None:
        """Return when the clock releases the first working order that is not one of those kept; None for none."""
        if self._end is None or self._end[0] is not kept:
            names = frozenset(kept)
            ends = [end_of(order) for order in self.orders.values() if order.client_order_id not in names]
            self._end = kept, min((end for end in ends if end is not None), default=None)
        return self._end[1]


def book_of(state: AccountState) -> Book:
    """Return an account's book."""
    known: Book | None = getattr(state, "_book", None)
    if known is not None and known.positions is state.positions and known.orders is state.working_orders:
        return known
    positions, orders = state.positions, state.working_orders
    book = Book(positions, orders) if known is None else known.moved(positions, orders)
    object.__setattr__(state, "_book", book)
    return book


def put_order(state: AccountState, order: WorkingOrder) -> AccountState:
    """Return the account with one more working order, or with an order as it is now."""
    orders = {**state.working_orders, order.client_order_id: order}
    after = replace(state, working_orders=orders)
    if order.client_order_id not in state.working_orders:
        object.__setattr__(after, "_book", book_of(state).with_order(orders, order))
    return after


def end_of(order: WorkingOrder) -> datetime | None:
    """Return when the clock releases a working order that is not kept; None: nothing but somebody's word does."""
    return order.reserved_until or order.expires_at


def find_leg(state: AccountState, key: str) -> str:
    """Return the name of a market's leg: its key; of spot held per coin, venue and coin with a slash."""
    return _coin_of(key) if state.holds_coins else key


def orders_of(state: AccountState, key: str) -> Sequence[WorkingOrder]:
    """Return the working orders of one market."""
    venue, _, symbol = key.partition(":")
    return book_of(state).markets.get((venue, symbol), ())


def positions_of(state: AccountState, leg: str) -> Sequence[Position]:
    """Return the positions of a leg, by its name."""
    return book_of(state).positions_in(leg)


def working_in(state: AccountState, leg: str) -> Sequence[WorkingOrder]:
    """Return the working orders of a leg, by its name."""
    return book_of(state).orders_in(leg)


def sum_leg(state: AccountState, leg: str) -> LegSums:
    """Return a leg as it is now added up, by its name."""
    return book_of(state).sum_leg(leg, state.position_parts)


def sum_legs(state: AccountState) -> Iterator[LegSums]:
    """Yield all legs added up, in the order of their names."""
    keys = sorted({*state.positions, *(f"{venue}:{symbol}" for venue, symbol in book_of(state).markets)})
    legs = dict.fromkeys(find_leg(state, key) for key in keys)
    book = book_of(state)
    if state.holds_coins:
        book.group_coins()
    return (book.sum_leg(leg, state.position_parts) for leg in legs)


def _coin_of(key: str) -> str:
    """Return what names the leg of a market where spot is held per coin."""
    coin, slash, rest = key.partition("/")
    return coin + slash if slash and ":" not in rest else key


def _is_in(leg: str, venue: str, symbol: str) -> bool:
    """Tell whether a market is one of a leg."""
    if not leg.endswith("/"):
        return leg == f"{venue}:{symbol}"
    return ":" not in symbol and f"{venue}:{symbol}".startswith(leg)


# What is kept is rounded as decisions round, whoever asks first.
@with_risk_context
def _add_up(
    positions: Sequence[Position], orders: Sequence[WorkingOrder], parts: Mapping[str, Mapping[str, Decimal]]
) -> LegSums:
    return sum_positions(positions, parts).add(orders)


@with_risk_context
def _add_orders(sums: LegSums, orders: Sequence[WorkingOrder]) -> LegSums:
    return sums.add(orders)


@with_risk_context
def _sum_units(orders: Sequence[WorkingOrder]) -> Decimal:
    return sum(map(_reserved_units, orders), ZERO)


def _reserved_units(order: WorkingOrder) -> Decimal:
    units = order.quantity if order.market_type is MarketType.SPOT else order.increasing_quantity
    return units * order.unit_reserved
