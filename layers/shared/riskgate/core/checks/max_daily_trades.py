"""MAX_DAILY_TRADES: how many entries one UTC day may have."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny one approved increasing order more than the limit per UTC day."""
    limit = ctx.limits.daily_trades_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or (ctx.replaces is not None and ctx.replaces.counted):
        return NOT_APPLICABLE
    return at_most(ctx.state.day.approved_orders + 1, limit, "increasing orders today", "orders")
