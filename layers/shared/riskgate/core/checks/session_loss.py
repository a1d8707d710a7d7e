"""DAILY_LOSS, WEEKLY_DRAWDOWN, MAX_DRAWDOWN: no new exposure once a loss limit is reached."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from riskgate.core.account.document import AccountState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, below, violated
from riskgate.core.codes import DenyCode
from riskgate.core.figures import RiskReport
from riskgate.core.limits import Limits
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


def _measure(code: DenyCode, state: AccountState, limits: Limits, _report: RiskReport | None) -> Decimal | None:
    """Return the loss now, or the one that tripped its breaker while that is tripped."""
    breaker = state.breakers.get(code.value)
    return breaker.observed if breaker is not None else observe_loss(state, limits, code)[0]


def _check(ctx: PreTradeContext, code: DenyCode, what: str) -> CheckResult:
    if ctx.is_reducing:
        return NOT_APPLICABLE
    breaker = ctx.state.breakers.get(code.value)
    if breaker is not None:
        clears = f"on {breaker.clears_on}" if breaker.clears_on is not None else "when a person resets it"
        at = f" at {breaker.observed * 100:.2f} %" if breaker.observed is not None else ""
        tripped = f"{code.value} tripped{at} and clears {clears}"
        return violated(tripped, breaker.observed, breaker.limit, "fraction")
    observed, limit = observe_loss(ctx.state, ctx.limits, code)
    if limit is None:
        return DISABLED
    return below(observed, limit, what)


CHECKS = (
    Check(
        DenyCode.DAILY_LOSS,
        check_daily_loss,
        exits=PASS,
        origin="S1, S2",
        limits=(Limit("daily_loss_fraction_max", Decimal("0.03"), "fraction"),),
        measure=partial(_measure, DenyCode.DAILY_LOSS),
        is_running=True,
    ),
    Check(
        DenyCode.WEEKLY_DRAWDOWN,
        check_weekly_drawdown,
        exits=PASS,
        origin="S1",
        limits=(Limit("weekly_drawdown_fraction_max", Decimal("0.08"), "fraction"),),
        measure=partial(_measure, DenyCode.WEEKLY_DRAWDOWN),
        is_running=True,
    ),
    Check(
        DenyCode.MAX_DRAWDOWN,
        check_max_drawdown,
        exits=PASS,
        origin="S1",
        limits=(Limit("drawdown_fraction_max", Decimal("0.20"), "fraction"),),
        measure=partial(_measure, DenyCode.MAX_DRAWDOWN),
        is_running=True,
    ),
)
