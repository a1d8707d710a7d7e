"""SYMBOL_NOT_PERMITTED: allow and deny lists per account and strategy."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import CheckResult, DISABLED, NOT_APPLICABLE, PASSED, violated


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny symbols on the deny list, or missing from the account's or the strategy's allow list."""
    limits, symbol = ctx.limits, ctx.order.symbol
    if limits.symbols_allowed is None and not limits.symbols_denied and limits.strategy_symbols is None:
        return DISABLED
    if ctx.is_reducing:
        # A symbol banned after the position was opened must not trap it.
        return NOT_APPLICABLE
    if symbol in limits.symbols_denied:
        return violated(f"{symbol} is on the account's deny list")
    if limits.symbols_allowed is not None and symbol not in limits.symbols_allowed:
        return violated(f"{symbol} is not on the account's allow list")
    strategy = ctx.order.strategy
    if limits.strategy_symbols is not None and symbol not in limits.strategy_symbols.get(strategy, (symbol,)):
        return violated(f"{symbol} is not permitted to strategy {strategy}")
    return PASSED
