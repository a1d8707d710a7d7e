"""SPREAD_TOO_WIDE: no market order into an empty book."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most, violated
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing market orders while (ask - bid) / mid exceeds the limit; a one-sided quote is too wide."""
    limit, quote = ctx.limits.spread_fraction_max, ctx.quote
    if limit is None:
        return DISABLED
    if ctx.order.type not in {OrderType.MARKET, OrderType.STOP} or ctx.is_reducing or quote is None:
        return NOT_APPLICABLE
    if quote.bid is None or quote.ask is None:
        return violated("the quote is one-sided: the spread is unknown", None, limit, "fraction")
    return at_most((quote.ask - quote.bid) * 2 / (quote.ask + quote.bid), limit, "spread over mid")


CHECKS = (
    Check(
        DenyCode.SPREAD_TOO_WIDE,
        check,
        exits=PASS,
        origin="S1 liquidity, FIA 3.1",
        limits=(Limit("spread_fraction_max", Decimal("0.01"), "fraction"),),
    ),
)
