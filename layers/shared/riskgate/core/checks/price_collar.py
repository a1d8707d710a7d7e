"""PRICE_COLLAR: fat fingers and broken prices stop here."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.limits import exit_bound
from riskgate.core.order import OrderType
from riskgate.core.side import Side


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny a price further from the reference than the band; market orders by their expected fill.

    A stop that is not triggered yet is compared with its own trigger, since it will execute there.
    """
    limits = ctx.limits
    band = limits.price_collar_fraction_max
    if ctx.is_reducing:
        band = exit_bound(band, limits.price_collar_reducing_fraction_max)
    if band is None:
        return DISABLED
    price = ctx.order.price if ctx.order.type.has_limit_price else ctx.price
    reference = _reference(ctx)
    if price is None or not reference:
        return NOT_APPLICABLE
    return at_most(abs(price - reference) / reference, band, "distance of the price from the reference")


def _reference(ctx: PreTradeContext) -> Decimal | None:
    order, quote = ctx.order, ctx.quote
    if quote is None:
        return None
    touch = quote.touch(order.side)
    if order.type in {OrderType.STOP, OrderType.STOP_LIMIT} and order.trigger_price is not None:
        is_buy = order.side is Side.BUY
        triggered = touch is not None and (touch >= order.trigger_price if is_buy else touch <= order.trigger_price)
        if not triggered:
            return order.trigger_price
    return quote.reference


CHECKS = (
    Check(
        DenyCode.PRICE_COLLAR,
        check,
        exits="20 %",
        origin="R15(1)(a), FIA 1.3",
        limits=(
            Limit("price_collar_fraction_max", Decimal("0.05"), "fraction"),
            Limit("price_collar_reducing_fraction_max", Decimal("0.20"), "fraction"),
        ),
    ),
)
