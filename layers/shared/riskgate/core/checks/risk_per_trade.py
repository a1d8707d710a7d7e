"""RISK_PER_TRADE: what one trade may lose down to its stop."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when |price - stop| x increasing quantity (no stop: the whole notional) over equity exceeds the limit."""
    if ctx.limits.risk_per_trade_fraction_max is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    risk = ctx.fraction_of_equity(ctx.risk)
    return at_most(risk, ctx.limits.risk_per_trade_fraction_max, "risk of the trade over equity")
