"""VAR_LIMIT, STRESS_LIMIT: the book after the order in the stored scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from riskgate.core.account.exposure import UNKNOWN_SECTOR
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.result import DISABLED, NOT_APPLICABLE, CheckResult, at_most
from riskgate.core.figures import CORRELATION_AGE_MAX, CorrelationRow, Extremes, RiskReport, is_current
from riskgate.core.money import ONE, ZERO

#: Lowest and highest simple return of an asset.
type Bound = tuple[Decimal, Decimal]

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
    exposure times its scenario returns, over the days on which both are known; exposure that changed in
    another asset since the report counts with that asset's worst day. Without scenarios, or with too few
    or too old ones, nothing bounds the loss: the whole gross exposure counts.
    """
    report = ctx.report
    if report is None:
        return ctx.exposure.gross
    known = [pnl for pnl in report.scenario_pnl if pnl is not None]
    if len(known) < SCENARIOS_MIN:
        return ctx.exposure.gross
    paired = _pair_days(report, ctx.market.correlation)
    bounds = {name: (of.day_low, of.day_high) for name, of in _extremes(ctx).items()}
    delta, uncovered = _changes(ctx, report, bounds, covered=len(paired) >= SCENARIOS_MIN)
    pnl = sorted([old + delta * move for old, move in paired] if delta else known)
    rank = int((ONE - ctx.limits.var_confidence) * len(pnl))
    return max(ZERO, uncovered - pnl[rank])


def compute_stress_loss_after(ctx: PreTradeContext) -> Decimal:
    """Return the worst scenario's loss after the order in base currency, at least 0; no scenarios: all is lost."""
    report = ctx.report
    if report is None or not report.stress_pnl:
        return ctx.exposure.gross
    shocks = _shocks_of(ctx, report)
    bounds = _bound_stress(ctx, report)
    delta, uncovered = _changes(ctx, report, bounds, covered=shocks.keys() >= report.stress_pnl.keys())
    worst = min(pnl + delta * shocks.get(name, ZERO) for name, pnl in report.stress_pnl.items())
    return max(ZERO, uncovered - worst)


def _pair_days(report: RiskReport, row: CorrelationRow | None) -> list[tuple[Decimal, Decimal]]:
    """Return the book's profit and loss with the asset's return on each day that both know.

    The two may have been written on different sides of midnight: they are matched by their days.
    """
    if row is None or len(row.scenario_returns) != len(report.scenario_pnl):
        return []
    pnl, moves = report.scenario_pnl, row.scenario_returns
    if report.scenario_day != row.scenario_day:
        if report.scenario_day is None or row.scenario_day is None:
            return []
        later = (row.scenario_day - report.scenario_day).days
        pnl = pnl[max(later, 0) : max(len(pnl) + min(later, 0), 0)]
        moves = moves[max(-later, 0) : max(len(moves) + min(-later, 0), 0)]
    return [(old, move) for old, move in zip(pnl, moves, strict=True) if old is not None and move is not None]


def _shocks_of(ctx: PreTradeContext, report: RiskReport) -> dict[str, Decimal]:
    """Return what a unit of the candidate asset gains in each scenario over the cash it is bought with."""
    row, leg = ctx.market.correlation, ctx.leg_after
    shocks = dict(row.stress_shocks) if row is not None else {}
    shocks |= {name: own.shock_of(leg.asset, leg.sector) for name, own in report.own_scenarios.items()}
    return {name: shock - report.cash_shocks.get(name, ZERO) for name, shock in shocks.items()}


def _extremes(ctx: PreTradeContext) -> Mapping[str, Extremes]:
    row = ctx.market.correlation
    return row.extremes if row is not None and is_current(row.as_of, ctx.now, CORRELATION_AGE_MAX) else {}


def _bound_stress(ctx: PreTradeContext, report: RiskReport) -> dict[str, Bound]:
    """Return the lowest and highest return of each asset over cash in any scenario, the account's own included."""
    cash = (ZERO, *report.cash_shocks.values())
    sectors = {p.asset: p.sector for p in ctx.state.positions.values()} | ctx.state.sectors
    bounds = {}
    for name, of in _extremes(ctx).items():
        own = [
            scenario.shock_of(name, sectors.get(name) or UNKNOWN_SECTOR) for scenario in report.own_scenarios.values()
        ]
        bounds[name] = (min([of.stress_low, *own]) - max(cash), max([of.stress_high, *own]) - min(cash))
    return bounds


def _changes(
    ctx: PreTradeContext, report: RiskReport, bounds: Mapping[str, Bound], *, covered: bool
) -> tuple[Decimal, Decimal]:
    """Return the candidate asset's change in exposure since the report, and what other changes may lose at most.

    Exposure that changed in another asset loses what that asset's worst scenario takes; in an asset whose
    scenarios are not known it counts as lost in full.
    """
    asset = ctx.leg_after.asset
    delta = uncovered = ZERO
    for name in {*report.exposures, *ctx.exposure.net_by_asset}:
        change = ctx.exposure.net_by_asset.get(name, ZERO) - report.exposures.get(name, ZERO)
        if name == asset and covered:
            delta = change
        else:
            low, high = bounds.get(name, (-ONE, ONE)) if name != asset else (-ONE, ONE)
            uncovered += max(ZERO, change * -low if change > 0 else -change * high)
    return delta, uncovered
