"""KILL_SWITCH_ENGAGED: any matching flag engaged denies, before everything else."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny while a flag that matches the order in any scope is engaged; an operator's exit passes."""
    if ctx.is_operator_exit:
        return NOT_APPLICABLE
    for flag in ctx.kill_switches:
        if flag.engaged:
            name = flag.scope if flag.scope == "global" else f"{flag.scope} {flag.key}"
            return violated(f"kill switch ({name}) is engaged: {flag.reason or 'no reason given'}")
    return PASSED


CHECKS = (Check(DenyCode.KILL_SWITCH_ENGAGED, check, exits=CHECKED, origin="S2, R12, FIA 1.5"),)
