"""Fill paper orders: at once against what a quote offers, later when a newer quote comes to them.

What a market offers is its order book where one was read, else the quote: the quantity at the best price, and the rest
of the known depth at the edge of the band that the depth was counted in. Each offer can be taken once. A resting order
fills at its own price, by no more than the market brings to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, Rejected, Transient
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.money import ONE, ZERO, is_multiple
from riskgate.core.order import TimeInForce
from riskgate.core.order_book import BookLevel, OrderBook
from riskgate.core.paper.book import PaperBook, PaperOrder, Taken, held_of, need_of, rests
from riskgate.core.paper.fills import book_fill
from riskgate.core.replacing import replace
from riskgate.core.side import Side
from riskgate.core.venues.model import LiquidityRole, NewVenueOrder

#: An order that takes needs a price of now: nothing fills against an older one.
QUOTE_AGE_MAX = timedelta(seconds=180)
_MINUTES_OF_A_DAY = 24 * 60
#: What the depth beyond the best price costs more, where no book says.
DEPTH_BAND_FRACTION = Decimal("0.001")


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperMarket:
    """What is known of one market when orders are matched."""

    instrument: Instrument
    quote: Quote | None = None
    book: OrderBook | None = None

    def is_priced(self, now: datetime) -> bool:
        """Tell whether there is a price of now."""
        return self.quote is not None and now - self.quote.at <= QUOTE_AGE_MAX

    def offers(self, side: Side) -> tuple[BookLevel, ...]:
        """Return what a taker of `side` meets, best first, in the market's own units."""
        quote = self.quote
        touch = quote.touch(side) if quote is not None else None
        if quote is None or touch is None:
            return ()
        if self.book is not None and self.book.at is not None and self.book.at >= quote.at:
            return self.book.met_by(side)
        size = self.instrument.contract_size
        depth = quote.ask_depth if side is Side.BUY else quote.bid_depth
        best = quote.touch_quantity(side)
        if depth is None and best is None:
            # A minute's part of the day's volume: more does not pass in the time between two quotes.
            depth = quote.volume_24h / _MINUTES_OF_A_DAY if quote.volume_24h is not None else None
        first = best if best is not None else depth
        if first is None:
            return ()
        levels = [BookLevel(price=touch, quantity=first / size)]
        if depth is not None and depth > first:
            edge = touch * (ONE + side.sign * DEPTH_BAND_FRACTION)
            levels.append(BookLevel(price=edge, quantity=(depth - first) / size))
        return tuple(levels)


def place_order(
    book: PaperBook, order: NewVenueOrder, markets: Mapping[str, PaperMarket], now: datetime
) -> tuple[PaperBook, PaperOrder]:
    """Take an order in, and fill what fills at once. An id that is known returns the order it belongs to.

    Raises InvalidRequest: off the grid, or a market that is not listed; Rejected: a venue would refuse it; Transient:
    there is no price of now to fill it at.
    """
    known = book.find(order.client_order_id)
    if known is not None:
        return book, known
    market = markets.get(order.symbol)
    if market is None or market.instrument.market_type is not book.market_type:
        raise InvalidRequest("the venue lists no such market", code="SYMBOL_UNKNOWN")
    _require_grid(market.instrument, order)
    if not market.is_priced(now) and not rests(order) and order.trigger_price is None:
        raise Transient("there is no price of now", code="QUOTE_MISSING")
    order = _reduce(book, order)
    _require_funds(book, order, markets, now)
    placed = PaperOrder(
        exchange_order_id=str(book.sequence + 1),
        terms=order,
        status=OrderStatus.SUBMITTED,
        created_at=now,
        updated_at=now,
        is_waiting=order.trigger_price is not None,
    )
    if order.post_only and _takes(placed, market, now):
        raise Rejected("the order would take liquidity", venue_code="POST_ONLY")
    if order.time_in_force is TimeInForce.FOK and _reachable(book, placed, market, now) < order.quantity:
        placed = replace(placed, status=OrderStatus.EXPIRED)
        return replace(book, sequence=book.sequence + 1).with_order(placed), placed
    book = replace(book, sequence=book.sequence + 1).with_order(placed)
    book = _work(book, placed, market, now)
    return book, book.orders[order.client_order_id]


def cancel_order(book: PaperBook, client_order_id: str, now: datetime) -> tuple[PaperBook, PaperOrder]:
    """Cancel an order that is open; one that ended stays as it is."""
    order = book.orders[client_order_id]
    if not order.is_open:
        return book, order
    ended = replace(order, status=OrderStatus.CANCELLED, updated_at=now)
    return book.with_order(ended), ended


def advance(book: PaperBook, markets: Mapping[str, PaperMarket], now: datetime) -> PaperBook:
    """Bring a book up to the quotes: what expires ends, stops wake up, resting orders fill when the market came.

    The same quotes again change nothing.
    """
    for order in sorted(book.open_orders, key=_priority):
        expires_at = order.terms.expires_at
        if expires_at is not None and expires_at <= now:
            book = book.with_order(replace(order, status=OrderStatus.EXPIRED, updated_at=now))
            continue
        market = markets.get(order.terms.symbol)
        if market is None or not market.is_priced(now):
            continue
        book = _work(book, book.orders[order.terms.client_order_id], market, now)
    return book


def _priority(order: PaperOrder) -> Decimal:
    """Return what puts the better of two resting prices first; among equals the older one stays so."""
    return -order.terms.side.sign * (order.limit_price or ZERO)


def _work(book: PaperBook, order: PaperOrder, market: PaperMarket, now: datetime) -> PaperBook:
    """Wake an order up where its trigger is met, and fill what the market offers it."""
    quote, name = market.quote, order.terms.client_order_id
    if quote is None or not market.is_priced(now):
        return book
    is_new = order.filled_quantity == ZERO and order.updated_at == now
    if order.is_waiting:
        if not _is_triggered(order.terms, quote):
            return book
        order, is_new = replace(order, is_waiting=False, updated_at=now), True
        book = book.with_order(order)
    elif not is_new and quote.at <= order.created_at:
        # It has seen this quote when it came.
        return book
    role = LiquidityRole.TAKER if is_new else LiquidityRole.MAKER
    book = _take(book, order, market, role, now)
    order = book.orders[name]
    if order.is_open and not rests(order.terms):
        ended = OrderStatus.EXPIRED
        book = book.with_order(replace(order, status=ended, updated_at=now))
    return book


def _take(book: PaperBook, order: PaperOrder, market: PaperMarket, role: LiquidityRole, now: datetime) -> PaperBook:
    quote, asked = market.quote, order.terms
    assert quote is not None  # noqa: S101 the caller looked
    taken = book.taken.get(asked.symbol)
    if taken is None or taken.at < quote.at:
        taken = Taken(at=quote.at)
    used, name = taken.of(asked.side), asked.client_order_id
    for level in market.offers(asked.side):
        spent = min(used, level.quantity)
        used -= spent
        offered = _floor(level.quantity - spent, market.instrument)
        if offered <= 0:
            continue
        order = book.orders[name]
        if not _accepts(order, level.price) or not order.is_open:
            break
        quantity = min(order.left, offered, _reducible(book, order))
        if quantity <= 0:
            break
        price = level.price if role is LiquidityRole.TAKER else (order.limit_price or level.price)
        book = book_fill(book, order, market.instrument, quantity=quantity, price=price, role=role, now=now)
        taken = taken.plus(asked.side, quantity)
    return replace(book, taken={**book.taken, asked.symbol: taken})


def _reachable(book: PaperBook, order: PaperOrder, market: PaperMarket, now: datetime) -> Decimal:
    if not market.is_priced(now):
        return ZERO
    total = sum((o.quantity for o in market.offers(order.terms.side) if _accepts(order, o.price)), ZERO)
    taken = book.taken.get(order.terms.symbol)
    is_of_now = taken is not None and market.quote is not None and taken.at == market.quote.at
    return _floor(total - (taken.of(order.terms.side) if taken is not None and is_of_now else ZERO), market.instrument)


def _takes(order: PaperOrder, market: PaperMarket, now: datetime) -> bool:
    offers = market.offers(order.terms.side) if market.is_priced(now) else ()
    return bool(offers) and _accepts(order, offers[0].price)


def _accepts(order: PaperOrder, price: Decimal) -> bool:
    limit = order.limit_price
    return limit is None or (limit - price) * order.terms.side.sign >= 0


def _is_triggered(order: NewVenueOrder, quote: Quote) -> bool:
    """Tell whether a stop fires: by the last trade, else by the price it would trade at."""
    price = quote.last if quote.last is not None else quote.touch(order.side)
    trigger = order.trigger_price
    return price is not None and trigger is not None and (price - trigger) * order.side.sign >= 0


def _reducible(book: PaperBook, order: PaperOrder) -> Decimal:
    if not order.terms.reduce_only or book.market_type is MarketType.SPOT:
        return order.left
    position = book.positions.get(order.terms.symbol)
    if position is None or position.quantity * order.terms.side.sign >= 0:
        return ZERO
    return abs(position.quantity)


def _reduce(book: PaperBook, order: NewVenueOrder) -> NewVenueOrder:
    """Refuse a reduce-only order that has nothing to reduce."""
    if order.reduce_only and book.market_type is MarketType.SWAP:
        position = book.positions.get(order.symbol)
        if position is None or position.quantity * order.side.sign >= 0:
            raise Rejected("the order would not reduce a position", venue_code="REDUCE_ONLY")
    return order


def _require_grid(instrument: Instrument, order: NewVenueOrder) -> None:
    prices = [price for price in (order.limit_price, order.trigger_price) if price is not None]
    least = instrument.quantity_min or ZERO
    if not is_multiple(order.quantity, instrument.step_size) or order.quantity < least or order.quantity <= 0:
        raise InvalidRequest("the quantity is off the venue's grid", code="QUANTITY_INVALID")
    if not all(is_multiple(price, instrument.tick_size) for price in prices):
        raise InvalidRequest("a price is off the venue's grid", code="PRICE_INVALID")


def _require_funds(book: PaperBook, order: NewVenueOrder, markets: Mapping[str, PaperMarket], now: datetime) -> None:
    market = markets[order.symbol]
    worst, left = None, order.quantity
    for offer in market.offers(order.side) if market.is_priced(now) else ():
        worst, left = offer.price, left - offer.quantity
        if left <= 0:
            break
    asset, need = need_of(book, market.instrument, order, order.quantity, worst)
    held = held_of(book, {symbol: known.instrument for symbol, known in markets.items()})
    if need > book.balances.get(asset, ZERO) - held.get(asset, ZERO):
        raise Rejected("insufficient balance", venue_code="INSUFFICIENT_BALANCE")


def _floor(quantity: Decimal, instrument: Instrument) -> Decimal:
    step = instrument.step_size
    return quantity // step * step if step else quantity
