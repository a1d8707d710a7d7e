"""SLIPPAGE_BUDGET: stop adding when fills keep costing more than decided."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, at_most
from riskgate.core.money import ZERO


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders while the account's recent fills cost more than the budget, weighted by notional."""
    budget = ctx.limits.slippage_budget_bps_max
    if budget is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    notional = sum((sample.notional for sample in ctx.state.slippage), ZERO)
    if not notional:
        return PASSED
    cost = sum((sample.cost for sample in ctx.state.slippage), ZERO)
    return at_most(max(cost, ZERO) * 10_000 / notional, budget, "rolling slippage", "bps")
