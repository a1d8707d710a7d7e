"""TRADING_HALTED: nothing but cancels and an operator's exits while the account is halted."""

from __future__ import annotations

from riskgate.core.account.document import TradingState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny every order while the account is HALTED, but an operator's exit."""
    if ctx.is_operator_exit:
        return NOT_APPLICABLE
    if ctx.state.trading_state is TradingState.HALTED:
        return violated("the account is HALTED: only cancels and an operator's exits pass")
    return PASSED


CHECKS = (Check(DenyCode.TRADING_HALTED, check, exits=CHECKED, origin="S1, N"),)
