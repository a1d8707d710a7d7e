"""STATE_STALE: no new exposure on equity nobody confirmed lately, or that a strange reading makes doubtful."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most_old, violated
from riskgate.core.codes import DenyCode
from riskgate.core.safeguards.breakers import SECOND_LOOK_SINCE


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders when the last equity snapshot is older than the limit, or waits for a second look."""
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.state.unconfirmed is not None and ctx.rules >= SECOND_LOOK_SINCE:
        return violated(f"a reading waits for a second one to confirm it: {ctx.state.unconfirmed.reason}")
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
