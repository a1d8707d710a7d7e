"""POSITION_SIZE: one market's position, working orders filled."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when |position after, working orders filled| over equity exceeds the limit."""
    limit = ctx.limits.position_size_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(ctx.fraction_of_equity(ctx.leg_after.gross), limit, "position after the order over equity")
