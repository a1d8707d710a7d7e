"""NO_REFERENCE_PRICE: an order nobody can value is denied, never valued at zero."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders without a quote to value or compare them, or without a rate into base currency."""
    if ctx.instrument is None or ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.price is None or ctx.quote is None or ctx.quote.reference is None:
        return violated(f"there is no quote for {ctx.order.symbol} at {ctx.order.venue}")
    if ctx.order.type is OrderType.MARKET and ctx.quote.touch(ctx.order.side) is None:
        return violated(f"there is no {'ask' if ctx.order.side == 'buy' else 'bid'} to value the market order at")
    # The rate a position was once valued at may serve its exit, but no new exposure.
    if ctx.state.rate(ctx.instrument.settle_currency) is None:
        currencies = f"{ctx.instrument.settle_currency} into {ctx.state.base_currency}"
        return violated(f"there is no conversion rate of {currencies}")
    return PASSED


CHECKS = (Check(DenyCode.NO_REFERENCE_PRICE, check, exits=PASS, origin="S2"),)
