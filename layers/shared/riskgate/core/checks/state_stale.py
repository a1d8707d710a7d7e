"""STATE_STALE: no new exposure on equity nobody confirmed lately."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most_old
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders when the last equity snapshot is older than the limit."""
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.limits.state_max_age_seconds is None:
        return DISABLED
    limit = ctx.limits.state_max_age_seconds
    return at_most_old(ctx.state.equity_at, limit, ctx.now, "age of the last equity snapshot")


CHECKS = (
    Check(
        DenyCode.STATE_STALE,
        check,
        exits=PASS,
        origin="FIA 3.1",
        limits=(Limit("state_max_age_seconds", 300, "seconds", kind="int | None"),),
    ),
)
