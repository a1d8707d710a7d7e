"""HEARTBEAT_MISSED: a strategy that fell silent adds no exposure."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most_old, violated
from riskgate.core.codes import DenyCode
from riskgate.core.limits import rules_of
from riskgate.core.safeguards.heartbeats import choose_interval


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders of a strategy whose promised or registered heartbeat is overdue."""
    strategy = ctx.order.strategy
    heartbeat, longest = ctx.state.heartbeats.get(strategy), rules_of(ctx.limits, strategy).heartbeat_seconds
    if heartbeat is None and longest is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if heartbeat is None:
        return violated(f"strategy {strategy} has to send heartbeats and has sent none")
    silence = choose_interval(ctx.limits, strategy, heartbeat.interval_seconds)
    return at_most_old(heartbeat.at, silence, ctx.now, f"silence of strategy {strategy}")


CHECKS = (Check(DenyCode.HEARTBEAT_MISSED, check, exits=PASS, origin="S1 operational, FIA 1.4"),)
