"""STRATEGY_UNKNOWN: once an account has registered its strategies, only those add exposure."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders of a strategy that is not registered, once the account has registered any."""
    registered = ctx.limits.strategies
    if not ctx.limits.strategies_known_only or registered is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    if ctx.order.strategy not in registered:
        return violated(f"strategy {ctx.order.strategy or 'without a name'} is not registered")
    return PASSED


CHECKS = (
    Check(
        DenyCode.STRATEGY_UNKNOWN,
        check,
        exits=PASS,
        origin="R15(5)",
        limits=(
            Limit("strategies", None, kind="dict[str, StrategyRules] | None", tighter="never"),
            Limit("strategies_known_only", True, kind="bool", tighter="true"),
        ),
        since=2,
    ),
)
