"""LEVERAGE: gross exposure as a multiple of equity."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when gross exposure over equity exceeds the leverage limit."""
    limit = ctx.limits.leverage_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(ctx.fraction_of_equity(ctx.exposure.gross), limit, "leverage after the order", "times")
