"""NET_DELTA: the book's direction."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny when |sum of signed values| over equity exceeds the limit, in the worst order of fills."""
    limit = ctx.limits.net_delta_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(ctx.fraction_of_equity(ctx.exposure.net_worst), limit, "net delta after the order over equity")
