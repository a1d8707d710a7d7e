"""VAR_LIMIT, STRESS_LIMIT: the book after the order in the stored scenarios."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.money import ONE, ZERO

#: Fewest scenario days for a quantile to be believed.
SCENARIOS_MIN = 60


def check_var(ctx: PreTradeContext) -> CheckResult:
    """Deny when historical VaR after the order (order statistic, one day) over equity exceeds the limit."""
    limit = ctx.limits.var_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    return at_most(ctx.fraction_of_equity(compute_var_after(ctx)), limit, "VaR after the order over equity")


def check_stress(ctx: PreTradeContext) -> CheckResult:
    """Deny when the worst stress scenario's loss after the order over equity exceeds the limit."""
    limit = ctx.limits.stress_loss_fraction_max
    if limit is None:
        return DISABLED
    if ctx.is_reducing or not ctx.is_valued:
        return NOT_APPLICABLE
    loss = ctx.fraction_of_equity(compute_stress_loss_after(ctx))
    return at_most(loss, limit, "worst stress loss after the order over equity")


def compute_var_after(ctx: PreTradeContext) -> Decimal:
    """Return VaR after the order in base currency, at least 0.

    The stored scenario profit and loss of the book is shifted by the candidate asset's change in
    exposure times its scenario returns. Without scenarios nothing bounds the loss: the whole gross
    exposure counts.
    """
    report = ctx.report
    if report is None or len(report.scenario_pnl) < SCENARIOS_MIN:
        return ctx.exposure.gross
    row = ctx.market.correlation
    delta, uncovered = _changes(ctx, covered=row is not None and len(row.scenario_returns) == len(report.scenario_pnl))
    pnl = list(report.scenario_pnl)
    if delta and row is not None:
        pnl = [old + delta * move for old, move in zip(pnl, row.scenario_returns, strict=True)]
    pnl.sort()
    rank = int((ONE - ctx.limits.var_confidence) * len(pnl))
    return max(ZERO, uncovered - pnl[rank])


def compute_stress_loss_after(ctx: PreTradeContext) -> Decimal:
    """Return the worst scenario's loss after the order in base currency, at least 0; no scenarios: all is lost."""
    report = ctx.report
    if report is None or not report.stress_pnl:
        return ctx.exposure.gross
    row = ctx.market.correlation
    shocks = row.stress_shocks if row is not None else {}
    delta, uncovered = _changes(ctx, covered=shocks.keys() >= report.stress_pnl.keys())
    worst = min(pnl + delta * shocks.get(name, ZERO) for name, pnl in report.stress_pnl.items())
    return max(ZERO, uncovered - worst)


def _changes(ctx: PreTradeContext, *, covered: bool) -> tuple[Decimal, Decimal]:
    """Return the candidate asset's change in exposure since the report, and the changes no scenario covers.

    Exposure that changed in other assets, or in an asset without scenarios, counts as lost in full.
    """
    report, asset = ctx.report, ctx.leg_after.asset
    assert report is not None  # noqa: S101 both callers checked
    delta = uncovered = ZERO
    for name in {*report.exposures, *ctx.exposure.net_by_asset}:
        change = ctx.exposure.net_by_asset.get(name, ZERO) - report.exposures.get(name, ZERO)
        if name == asset and covered:
            delta = change
        else:
            uncovered += abs(change)
    return delta, uncovered
