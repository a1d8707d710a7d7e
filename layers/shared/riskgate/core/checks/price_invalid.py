"""PRICE_INVALID: prices on the tick grid and within the instrument's bounds."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Instrument
from riskgate.core.money import is_multiple, plain


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny a limit or trigger price that is not positive, off tick, or outside the instrument's bounds."""
    prices = [p for p in (ctx.order.price, ctx.order.trigger_price) if p is not None]
    if ctx.instrument is None or not prices:
        return NOT_APPLICABLE
    for price in prices:
        problem = _check_price(price, ctx.instrument)
        if problem is not None:
            return problem
    return PASSED


def _check_price(price: Decimal, instrument: Instrument) -> CheckResult | None:
    if price <= 0:
        return violated("the price is not positive", price, None, "price")
    if not is_multiple(price, instrument.tick_size):
        tick = plain(instrument.tick_size)
        return violated(f"the price is not a multiple of the tick {tick}", price, instrument.tick_size, "price")
    if instrument.price_min is not None and price < instrument.price_min:
        return violated("the price is below the instrument's minimum", price, instrument.price_min, "price")
    if instrument.price_max is not None and price > instrument.price_max:
        return violated("the price is above the instrument's maximum", price, instrument.price_max, "price")
    return None


CHECKS = (Check(DenyCode.PRICE_INVALID, check, exits=CHECKED, origin="N"),)
