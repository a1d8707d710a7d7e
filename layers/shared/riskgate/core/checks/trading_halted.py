"""TRADING_HALTED: nothing but cancels while the account is halted."""

from __future__ import annotations

from riskgate.core.account import TradingState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import PASSED, CheckResult, violated


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny every order while the account is HALTED."""
    if ctx.state.trading_state is TradingState.HALTED:
        return violated("the account is HALTED: only cancels pass")
    return PASSED
