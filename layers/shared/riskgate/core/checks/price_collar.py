"""PRICE_COLLAR: fat fingers and broken prices stop here."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import FREE_EXITS_SINCE, PreTradeContext
from riskgate.core.checks.declaration import Check, Limit
from riskgate.core.checks.result import (
    DISABLED,
    NOT_APPLICABLE,
    CheckOutcome,
    CheckResult,
    at_most,
    at_most_old,
    waived,
)
from riskgate.core.codes import DenyCode
from riskgate.core.limits import exit_bound
from riskgate.core.side import Side


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny a price further from the reference than the band; market orders by their expected fill.

    A stop that is not triggered yet is compared with its own trigger, since it will execute there; an entry's trigger
    with the quote. Exits are held to a price only where they name one and the quote is fresh.
    """
    limits = ctx.limits
    band = limits.price_collar_fraction_max
    if ctx.is_reducing:
        band = exit_bound(band, limits.price_collar_reducing_fraction_max)
    if band is None:
        return DISABLED
    waits = _waits(ctx)
    price = ctx.order.price if ctx.order.type.has_limit_price else ctx.order.trigger_price if waits else ctx.price
    reference = _reference(ctx, waits=waits)
    if price is None or not reference:
        return NOT_APPLICABLE
    result = at_most(abs(price - reference) / reference, band, "distance of the price from the reference")
    if result.outcome is not CheckOutcome.VIOLATED:
        return (_check_trigger(ctx) if waits else None) or result
    if ctx.exits_freely and _has_no_reference(ctx):
        return waived(f"an exit that nothing holds to a price: {result.message}")
    return result


def _check_trigger(ctx: PreTradeContext) -> CheckResult | None:
    """Return the violation of an entry whose trigger is far from the market: it would wait unseen at any price."""
    trigger, quote = ctx.order.trigger_price, ctx.quote.reference if ctx.quote is not None else None
    band = exit_bound(ctx.limits.price_collar_fraction_max, ctx.limits.price_collar_reducing_fraction_max)
    if ctx.rules < FREE_EXITS_SINCE or ctx.is_reducing or trigger is None or not quote or band is None:
        return None
    result = at_most(abs(trigger - quote) / quote, band, "distance of the trigger from the quote")
    return result if result.outcome is CheckOutcome.VIOLATED else None


def _has_no_reference(ctx: PreTradeContext) -> bool:
    """Tell whether an exit is held to no price: at market, or where the quote is too old to compare with."""
    limits = ctx.limits
    limit = exit_bound(limits.quote_max_age_seconds, limits.quote_max_age_reducing_seconds)
    if not ctx.order.type.has_limit_price or ctx.quote is None:
        return True
    return limit is not None and at_most_old(ctx.quote.at, limit, ctx.now, "").outcome is CheckOutcome.VIOLATED


def _reference(ctx: PreTradeContext, *, waits: bool) -> Decimal | None:
    if ctx.quote is None:
        return None
    return ctx.order.trigger_price if waits else ctx.quote.reference


def _waits(ctx: PreTradeContext) -> bool:
    """Tell whether the order has a trigger that the market has not reached."""
    order, quote = ctx.order, ctx.quote
    if not order.type.has_trigger_price or order.trigger_price is None:
        return False
    touch = quote.touch(order.side) if quote is not None else None
    if touch is None:
        return True
    return touch < order.trigger_price if order.side is Side.BUY else touch > order.trigger_price


CHECKS = (
    Check(
        DenyCode.PRICE_COLLAR,
        check,
        exits="limit orders, 20 % of a fresh quote",
        origin="R15(1)(a), FIA 1.3",
        limits=(
            Limit("price_collar_fraction_max", Decimal("0.05"), "fraction"),
            Limit("price_collar_reducing_fraction_max", Decimal("0.20"), "fraction"),
        ),
    ),
)
