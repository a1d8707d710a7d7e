"""SYMBOL_NOT_PERMITTED: the account's own venues, allow and deny lists per account and strategy."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import NOT_APPLICABLE, PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode
from riskgate.core.limits import rules_of


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny venues the account does not trade at, and symbols its or the strategy's lists exclude."""
    limits, symbol = ctx.limits, ctx.order.symbol
    if ctx.is_reducing:
        # A symbol banned after the position was opened must not trap it.
        return NOT_APPLICABLE
    if all(venue.venue != ctx.order.venue for venue in ctx.state.venues):
        return violated(f"{ctx.order.venue} is not a venue of the account")
    if symbol in limits.symbols_denied:
        return violated(f"{symbol} is on the account's deny list")
    if limits.symbols_allowed is not None and symbol not in limits.symbols_allowed:
        return violated(f"{symbol} is not on the account's allow list")
    strategy = ctx.order.strategy
    if limits.strategy_symbols is not None and symbol not in limits.strategy_symbols.get(strategy, (symbol,)):
        return violated(f"{symbol} is not permitted to strategy {strategy}")
    registered = rules_of(limits, strategy).symbols
    if registered is not None and symbol not in registered:
        return violated(f"{symbol} is not registered for strategy {strategy}")
    return PASSED


CHECKS = (
    Check(
        DenyCode.SYMBOL_NOT_PERMITTED,
        check,
        exits=PASS,
        origin="R15(5)",
        limits=(
            Limit("symbols_allowed", None, kind="tuple[str, ...] | None", tighter="subset"),
            Limit("symbols_denied", (), kind="tuple[str, ...]", tighter="superset"),
            Limit("strategy_symbols", None, kind="dict[str, tuple[str, ...]] | None", tighter="never"),
        ),
    ),
)
