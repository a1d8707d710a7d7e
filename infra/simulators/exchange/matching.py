"""Matching: a taker against the book, and resting orders against a moved synthetic book."""

from decimal import Decimal
from typing import Protocol

from .book import Book, Quote
from .money import ZERO, floor_to
from .orders import Order, SelfTradePrevention, Side, Status


class Execution(Protocol):
    """What matching asks of the engine."""

    def fill(self, *, maker: Order | None, taker: Order | None, price: Decimal, quantity: Decimal) -> None:
        """Book a fill; None stands for the synthetic side."""

    def end(self, order: Order, status: Status) -> None:
        """Take an order out of the market."""

    def reducible(self, order: Order) -> Decimal:
        """Return how much of an order its reduce-only flag allows to fill now."""

    def position_to_reduce(self, order: Order) -> Decimal:
        """Return the quantity the account holds against an order, zero when it holds none."""


def wanted(taker: Order, price: Decimal) -> Decimal:
    """Return the quantity a taker would take at a price."""
    if taker.quote_budget is None:
        return taker.remaining
    return floor_to((taker.quote_budget - taker.quote_executed) / price, taker.instrument.step)


def _is_self_trade(taker: Order, quote: Quote) -> bool:
    """Tell whether a quote belongs to the taker's account and the taker minds."""
    return (
        quote.order is not None
        and quote.order.account_id == taker.account_id
        and taker.self_trade_prevention is not SelfTradePrevention.NONE
    )


def _prevent_self_trade(taker: Order, maker: Order, execution: Execution) -> None:
    """Expire the order or orders that the taker's mode names."""
    mode = taker.self_trade_prevention
    if mode is not SelfTradePrevention.EXPIRE_TAKER:
        execution.end(maker, Status.EXPIRED_IN_MATCH)
    if mode is not SelfTradePrevention.EXPIRE_MAKER:
        execution.end(taker, Status.EXPIRED_IN_MATCH)


def match_taker(book: Book, taker: Order, execution: Execution) -> None:
    """Trade an arriving order, in place, in price-time priority until it is done or nothing crosses."""
    while taker.is_open:
        quote = book.best(taker.side.opposite)
        if quote is None or not taker.accepts(quote.price):
            return
        maker = quote.order
        if maker is not None and _is_self_trade(taker, quote):
            _prevent_self_trade(taker, maker, execution)
            continue
        offered = quote.quantity if maker is None else execution.reducible(maker)
        if maker is not None and offered <= 0:
            execution.end(maker, Status.EXPIRED)
            continue
        quantity = min(wanted(taker, quote.price), execution.reducible(taker), offered)
        if quantity <= 0:
            return
        if quote.level is not None:
            quote.level.quantity -= quantity
        execution.fill(maker=maker, taker=taker, price=quote.price, quantity=quantity)


def reachable(book: Book, taker: Order, execution: Execution) -> tuple[Decimal, Decimal]:
    """Return the (quantity, cost) an arriving order would trade at once.

    Serves fill-or-kill, post-only and the funds check of market orders; changes nothing.
    """
    quantity, cost = ZERO, ZERO
    target = None if taker.quote_budget is not None else execution.reducible(taker)
    reduced: dict[str, Decimal] = {}
    for quote in book.quotes(taker.side.opposite):
        if not taker.accepts(quote.price):
            break
        if _is_self_trade(taker, quote):
            if taker.self_trade_prevention is SelfTradePrevention.EXPIRE_MAKER:
                continue
            break
        offered = _offered(quote, execution, reduced)
        if offered <= 0:
            continue
        if target is not None:
            take = min(offered, target - quantity)
        else:
            budget = (taker.quote_budget or ZERO) - cost
            take = min(offered, floor_to(budget / quote.price, taker.instrument.step))
        if take <= 0:
            break
        quantity += take
        cost += take * quote.price
        if quote.order is not None and quote.order.reduce_only:
            owner = quote.order.account_id
            reduced[owner] = reduced.get(owner, ZERO) + take
    return quantity, cost


def _offered(quote: Quote, execution: Execution, reduced: dict[str, Decimal]) -> Decimal:
    """Return what a quote would fill, given what its owner's reduce-only orders filled before."""
    order = quote.order
    if order is None:
        return quote.quantity
    allowed = execution.reducible(order)
    if not order.reduce_only:
        return allowed
    # Several reduce-only orders share one position: `allowed` counts it for each of them.
    position = execution.position_to_reduce(order) - reduced.get(order.account_id, ZERO)
    return min(allowed, position)


def would_take(book: Book, order: Order) -> bool:
    """Tell whether an order would trade on arrival: what post-only forbids."""
    quote = book.best(order.side.opposite)
    return quote is not None and order.accepts(quote.price)


def match_resting(book: Book, execution: Execution) -> None:
    """Fill resting orders that the synthetic book has moved through, at their own prices.

    The synthetic side is the taker; it brings no more quantity than its levels hold, so a large
    resting order is filled in parts as the price moves on.
    """
    for side in Side:
        while True:
            orders, levels = book.orders(side), book.levels(side.opposite)
            if not orders or not levels or not orders[0].accepts(levels[0].price):
                break
            order, level = orders[0], levels[0]
            quantity = min(execution.reducible(order), level.quantity)
            if quantity <= 0:
                execution.end(order, Status.EXPIRED)
                continue
            level.quantity -= quantity
            execution.fill(maker=order, taker=None, price=order.price, quantity=quantity)
