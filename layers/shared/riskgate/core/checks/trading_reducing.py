"""TRADING_REDUCING: after a breaker trips only orders that shrink a position pass."""

from __future__ import annotations

from riskgate.core.account import TradingState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import PASSED, CheckResult, violated


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny orders with any increasing part (flat, same direction, or crossing zero) while REDUCING."""
    if ctx.state.trading_state is not TradingState.REDUCING or ctx.is_reducing:
        return PASSED
    tripped = ", ".join(sorted(ctx.state.breakers)) or "operator"
    return violated(f"the account is REDUCING ({tripped} tripped): only orders that shrink a position pass")
