"""HEARTBEAT_MISSED: a strategy that fell silent adds no exposure."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders of a strategy whose promised heartbeat is overdue."""
    heartbeat = ctx.state.heartbeats.get(ctx.order.strategy)
    if heartbeat is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    age = Decimal(int((ctx.now - heartbeat.at).total_seconds() * 1000)) / 1000
    what = f"silence of strategy {ctx.order.strategy}"
    return at_most(age, heartbeat.interval_seconds, what, "seconds")
