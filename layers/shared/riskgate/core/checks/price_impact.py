"""PRICE_IMPACT: no order at market that eats its way through the book."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import Check, Limit
from riskgate.core.checks.result import (
    DISABLED,
    NOT_APPLICABLE,
    CheckOutcome,
    CheckResult,
    at_most,
    at_most_old,
    violated,
    waived,
)
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO
from riskgate.core.order import OrderType
from riskgate.core.order_book import OrderBook, compute_impact

#: Rules from which on the order book counts.
BOOKS_SINCE = 4
_BPS = 10_000


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny orders at market whose average price, walking the book, is worse than the best by more than the limit.

    Up to a share of what rests at the best price an order needs no book. Exits pass with a warning.
    """
    limit = ctx.limits.price_impact_bps_max
    if limit is None:
        return DISABLED
    if ctx.order.type is not OrderType.MARKET or not ctx.is_valued:
        return NOT_APPLICABLE
    result = _hold(ctx, limit)
    if result.outcome is CheckOutcome.VIOLATED and ctx.is_reducing:
        return waived(f"an exit that nothing holds to a price: {result.message}")
    return result


def fresh_book(ctx: PreTradeContext) -> OrderBook | None:
    """Return the book that an order at market meets, None where there is none of now."""
    book = ctx.market.book
    if ctx.rules < BOOKS_SINCE or book is None or book.at is None or ctx.order.type is not OrderType.MARKET:
        return None
    age = at_most_old(book.at, ctx.limits.book_max_age_seconds, ctx.now, "")
    return book if age.outcome is CheckOutcome.PASSED else None


def _hold(ctx: PreTradeContext, limit: Decimal) -> CheckResult:
    quantity, book = ctx.increasing + ctx.reducing, fresh_book(ctx)
    touch = _touch(ctx, book)
    if touch is not None and quantity <= ctx.limits.price_impact_touch_fraction * touch:
        return at_most(ZERO, limit, "price impact", "bps")
    if book is None:
        return violated("the price impact is unknown: there is no order book of now", None, limit, "bps")
    impact = compute_impact(book.met_by(ctx.order.side), quantity)
    if impact is None:
        return violated("the price impact is unknown: the order book does not hold the quantity", None, limit, "bps")
    return at_most(impact * _BPS, limit, "price impact", "bps")


def _touch(ctx: PreTradeContext, book: OrderBook | None) -> Decimal | None:
    """Return what rests at the best price, as the order counts it: of the book, or of the quote without one."""
    if book is not None:
        levels = book.met_by(ctx.order.side)
        return levels[0].quantity if levels else ZERO
    units = ctx.quote.touch_quantity(ctx.order.side) if ctx.quote is not None else None
    return units / ctx.instrument.contract_size if units is not None and ctx.instrument is not None else None


CHECKS = (
    Check(
        DenyCode.PRICE_IMPACT,
        check,
        exits="pass, warned",
        origin="S1 liquidity, FIA 3.1",
        limits=(
            Limit("price_impact_bps_max", None, "bps"),
            Limit("price_impact_touch_fraction", Decimal(1), "fraction", kind="Decimal"),
            # Without a fresh book LIQUIDITY_INSUFFICIENT goes by less: neither direction is tighter in all.
            Limit("book_max_age_seconds", 60, "seconds", kind="int", tighter="unordered"),
        ),
        since=BOOKS_SINCE,
    ),
)
