"""HEARTBEAT_MISSED: a strategy that fell silent adds no exposure."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most_old
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders of a strategy whose promised heartbeat is overdue."""
    heartbeat = ctx.state.heartbeats.get(ctx.order.strategy)
    if heartbeat is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    what = f"silence of strategy {ctx.order.strategy}"
    return at_most_old(heartbeat.at, heartbeat.interval_seconds, ctx.now, what)


CHECKS = (Check(DenyCode.HEARTBEAT_MISSED, check, exits=PASS, origin="S1 operational, FIA 1.4"),)
