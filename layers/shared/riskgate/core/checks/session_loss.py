"""DAILY_LOSS, WEEKLY_DRAWDOWN, MAX_DRAWDOWN: no new exposure once a loss limit is reached."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, below, violated
from riskgate.core.codes import DenyCode
from riskgate.core.safeguards.breakers import observe_loss


def check_daily_loss(ctx: PreTradeContext) -> CheckResult:
    """Deny when the day's loss reached its limit, or its breaker is tripped."""
    return _check(ctx, DenyCode.DAILY_LOSS, "the day's loss over the day's baseline")


def check_weekly_drawdown(ctx: PreTradeContext) -> CheckResult:
    """Deny when the fall from the week's peak reached its limit, or its breaker is tripped."""
    return _check(ctx, DenyCode.WEEKLY_DRAWDOWN, "drawdown from the week's peak")


def check_max_drawdown(ctx: PreTradeContext) -> CheckResult:
    """Deny when the fall from the peak reached its limit, or its breaker is tripped."""
    return _check(ctx, DenyCode.MAX_DRAWDOWN, "drawdown from the peak")


def _check(ctx: PreTradeContext, code: DenyCode, what: str) -> CheckResult:
    observed, limit = observe_loss(ctx.state, ctx.limits, code)
    if ctx.is_reducing:
        return NOT_APPLICABLE
    breaker = ctx.state.breakers.get(code.value)
    if breaker is not None:
        clears = f"on {breaker.clears_on}" if breaker.clears_on is not None else "when a person resets it"
        at = f" at {breaker.observed * 100:.2f} %" if breaker.observed is not None else ""
        tripped = f"{code.value} tripped{at} and clears {clears}"
        return violated(tripped, breaker.observed, breaker.limit, "fraction")
    if limit is None:
        return DISABLED
    return below(observed, limit, what)
