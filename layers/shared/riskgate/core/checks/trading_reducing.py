"""TRADING_REDUCING: after a breaker trips only orders that shrink a position pass."""

from __future__ import annotations

from riskgate.core.account.document import TradingState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check
from riskgate.core.checks.result import PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.safeguards.breakers import list_covering


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny orders with any increasing part while the account, their symbol or their strategy is REDUCING.

    A hedge that lowers its asset's delta passes.
    """
    if ctx.is_reducing:
        return PASSED
    tripped = ", ".join(list_covering(ctx.state, ctx.order.key, ctx.order.strategy))
    if ctx.state.trading_state is TradingState.REDUCING:
        reducing = f"the account is REDUCING ({tripped or 'operator'} tripped)"
    elif tripped:
        reducing = f"{ctx.order.symbol} or the strategy is REDUCING ({tripped} tripped)"
    else:
        return PASSED
    if ctx.lowers_delta:
        return PASSED
    return violated(f"{reducing}: only orders that shrink a position pass")


CHECKS = (Check(DenyCode.TRADING_REDUCING, check, exits=PASS, origin="N"),)
