"""KILL_SWITCH_UNREADABLE: a flag nobody can read is an engaged flag."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny while the global flag is missing, or any matching flag is not a boolean; an operator's exit passes."""
    if ctx.is_operator_exit:
        return NOT_APPLICABLE
    if not any(flag.scope == "global" for flag in ctx.kill_switches):
        return violated("the global kill switch does not exist: treated as engaged")
    for flag in ctx.kill_switches:
        if flag.engaged is None:
            return violated(f"kill switch ({flag.scope}) is missing or not a boolean: treated as engaged")
    return PASSED


CHECKS = (Check(DenyCode.KILL_SWITCH_UNREADABLE, check, exits=CHECKED, origin="fail closed"),)
