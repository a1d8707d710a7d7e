"""INSTRUMENT_NOT_FOUND: only symbols whose trading rules are known."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import Check
from riskgate.core.checks.result import PASSED, CheckResult, violated, waived
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny symbols the venue does not list, or lists as inactive; there only exits pass."""
    if ctx.instrument is None:
        return violated(f"{ctx.order.symbol} is not known at {ctx.order.venue}")
    if not ctx.instrument.active and ctx.exits_freely:
        return waived(f"{ctx.order.symbol} is not active at {ctx.order.venue}: it takes exits only")
    if not ctx.instrument.active:
        return violated(f"{ctx.order.symbol} is not active at {ctx.order.venue}")
    return PASSED


CHECKS = (Check(DenyCode.INSTRUMENT_NOT_FOUND, check, exits="pass while listed", origin="N"),)
