"""TOTAL_OPEN_RISK: what the book loses if every stop is hit."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when the sum of risk to stops (no stop: the whole value) over equity exceeds the limit."""
    limit = ctx.limits.open_risk_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(
        ctx.fraction_of_equity(ctx.exposure.open_risk), limit, "risk to all stops after the order over equity"
    )
