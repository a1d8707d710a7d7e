"""KILL_SWITCH_ENGAGED: any matching flag engaged denies, before everything else."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import PASSED, CheckResult, violated


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny while a flag matching the order (global, account, venue, strategy, symbol) is engaged."""
    for flag in ctx.kill_switches:
        if flag.engaged:
            name = flag.scope if flag.scope == "global" else f"{flag.scope} {flag.key}"
            return violated(f"kill switch ({name}) is engaged: {flag.reason or 'no reason given'}")
    return PASSED
