"""STATE_STALE: no new exposure on equity nobody confirmed lately."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders when the last equity snapshot is older than the limit."""
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.limits.state_max_age_seconds is None:
        return DISABLED
    age = Decimal(int((ctx.now - ctx.state.equity_at).total_seconds() * 1000)) / 1000
    return at_most(age, ctx.limits.state_max_age_seconds, "age of the last equity snapshot", "seconds")
