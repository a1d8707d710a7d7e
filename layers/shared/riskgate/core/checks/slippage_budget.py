"""SLIPPAGE_BUDGET: stop adding when fills keep costing more than decided."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import PASS, Check, Limit
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, PASSED, CheckResult, at_most
from riskgate.core.codes import DenyCode
from riskgate.core.money import ZERO


def compute_slippage(state: AccountState) -> Decimal | None:
    """Return what the recent fills cost more than decided, in basis points; None without fills."""
    notional = sum((sample.notional for sample in state.slippage), ZERO)
    cost = sum((sample.cost for sample in state.slippage), ZERO)
    return max(cost, ZERO) * 10_000 / notional if notional else None


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny increasing orders while the account's recent fills cost more than the budget, weighted by notional."""
    budget = ctx.limits.slippage_budget_bps_max
    if budget is None:
        return DISABLED
    if ctx.is_reducing:
        return NOT_APPLICABLE
    slippage = compute_slippage(ctx.state)
    return PASSED if slippage is None else at_most(slippage, budget, "rolling slippage", "bps")


CHECKS = (
    Check(
        DenyCode.SLIPPAGE_BUDGET,
        check,
        exits=PASS,
        origin="S1 execution",
        limits=(Limit("slippage_budget_bps_max", Decimal(50), "bps"),),
        measure=lambda state, _limits, _report: compute_slippage(state) or ZERO,
    ),
)
