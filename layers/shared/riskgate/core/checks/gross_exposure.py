"""GROSS_EXPOSURE: the sum of all positions' absolute values."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when the sum of |value| over equity exceeds the limit."""
    limit = ctx.limits.gross_exposure_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(ctx.fraction_of_equity(ctx.exposure.gross), limit, "gross exposure after the order over equity")
