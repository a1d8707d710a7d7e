"""VAR_LIMIT, STRESS_LIMIT: the book after the order in the stored scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from heapq import nsmallest
from itertools import repeat
from operator import add, mul

from riskgate.core.account.document import AccountState
from riskgate.core.account.leg_sums import UNKNOWN_SECTOR
from riskgate.core.checks.context import PreTradeContext, of_equity
from riskgate.core.checks.declaration import PASS, Check, Limit, hold_after
from riskgate.core.checks.result import CheckResult
from riskgate.core.codes import DenyCode
from riskgate.core.figures import CORRELATION_AGE_MAX, CorrelationRow, Extremes, RiskReport, is_current
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO

#: Lowest and highest simple return of an asset.
type Bound = tuple[Decimal, Decimal]

#: What bounds an asset that no scenario is known of: it may lose, or gain, all of its value.
UNBOUND: Bound = (-ONE, ONE)
#: Fewest scenario days for a quantile to be believed.
SCENARIOS_MIN = 60


def check_var(ctx: PreTradeContext) -> CheckResult:
    """Deny when historical VaR after the order (order statistic, one day) over equity exceeds the limit."""
    limit = ctx.limits.var_fraction_max
    return hold_after(ctx, limit, lambda c: of_equity(c, compute_var_after(c)), "VaR after the order over equity")


def check_stress(ctx: PreTradeContext) -> CheckResult:
    """Deny when the worst stress scenario's loss after the order over equity exceeds the limit."""
    limit, what = ctx.limits.stress_loss_fraction_max, "worst stress loss after the order over equity"
    return hold_after(ctx, limit, lambda c: of_equity(c, compute_stress_loss_after(c)), what)


def measure_var(state: AccountState, limits: Limits, report: RiskReport | None) -> Decimal | None:
    """Return the stored report's VaR over equity; without enough scenarios the whole gross exposure counts."""
    pnl = list_known(report)
    enough = len(pnl) >= SCENARIOS_MIN
    var = max(ZERO, -find_quantile(pnl, limits.var_confidence)) if enough else state.exposure.gross
    return of_equity(state, var)


def measure_stress(state: AccountState, _limits: Limits, report: RiskReport | None) -> Decimal | None:
    """Return the stored report's worst stress loss over equity; without scenarios the whole gross exposure counts."""
    pnl = report.stress_pnl if report is not None else {}
    return of_equity(state, max(ZERO, -min(pnl.values())) if pnl else state.exposure.gross)


def list_known(report: RiskReport | None) -> list[Decimal]:
    """Return the profit and loss of the scenario days on which every asset held has a return."""
    return [pnl for pnl in report.scenario_pnl if pnl is not None] if report is not None else []


def find_quantile(pnl: list[Decimal], confidence: Decimal) -> Decimal:
    """Return the profit and loss at the rank that a confidence stands for: VaR is what it loses."""
    rank = int((ONE - confidence) * len(pnl))
    return nsmallest(rank + 1, pnl)[rank]


def compute_var_after(ctx: PreTradeContext) -> Decimal:
    """Return VaR after the order in base currency, at least 0.

    The stored scenario profit and loss of the book is shifted by the candidate asset's change in
    exposure times its scenario returns, over the days on which both are known; exposure that changed in
    another asset since the report counts with that asset's worst day. Without scenarios, or with too few
    or too old ones, nothing bounds the loss: the whole gross exposure counts.
    """
    report, known = ctx.report, list_known(ctx.report)
    if report is None or len(known) < SCENARIOS_MIN:
        return ctx.exposure.gross
    pnl, uncovered = _list_pnl_after(ctx, report, known)
    return max(ZERO, uncovered - find_quantile(pnl, ctx.limits.var_confidence))


def is_var_within(limit: Decimal, one: PreTradeContext, other: PreTradeContext) -> bool:
    """Tell whether VaR is within a limit for every quantity between those of two contexts of the same order.

    On each day the profit and loss is linear in the quantity, so that the worse one of the two bounds it in between.
    False where that does not tell.
    """
    report, known = one.report, list_known(one.report)
    if report is None or len(known) < SCENARIOS_MIN:
        return False
    less, more = _list_pnl_after(one, report, known), _list_pnl_after(other, report, known)
    if not len(less[0]) == len(more[0]) == len(known):
        return False
    worst = find_quantile(list(map(min, less[0], more[0])), one.limits.var_confidence)
    loss = of_equity(one, max(ZERO, max(less[1], more[1]) - worst))
    return loss is not None and loss <= limit


def _list_pnl_after(ctx: PreTradeContext, report: RiskReport, known: list[Decimal]) -> tuple[list[Decimal], Decimal]:
    """Return the scenario profit and loss after the order, and what changes that it does not tell of may lose."""
    old, moves = _pair_days(report, ctx.market.correlation, known)
    extremes = _extremes(ctx)

    def bound(name: str) -> Bound:
        found = extremes.get(name)
        return (found.day_low, found.day_high) if found is not None else UNBOUND

    delta, uncovered = _split_changes(ctx, bound, covered=len(moves) >= SCENARIOS_MIN)
    return list(map(add, old, map(mul, repeat(delta), moves))) if delta else known, uncovered


def compute_stress_loss_after(ctx: PreTradeContext) -> Decimal:
    """Return the worst scenario's loss after the order in base currency, at least 0; no scenarios: all is lost."""
    report = ctx.report
    if report is None or not report.stress_pnl:
        return ctx.exposure.gross
    shocks = _shocks_of(ctx, report)
    bound = partial(_bound_stress, ctx, report, _extremes(ctx))
    delta, uncovered = _split_changes(ctx, bound, covered=shocks.keys() >= report.stress_pnl.keys())
    worst = min(pnl + delta * shocks.get(name, ZERO) for name, pnl in report.stress_pnl.items())
    return max(ZERO, uncovered - worst)


def _pair_days(
    report: RiskReport, row: CorrelationRow | None, known: list[Decimal]
) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
    """Return the book's profit and loss, and the asset's return, on each day that both know.

    `known` is the profit and loss of all days that have one. The two may have been written on different sides of
    midnight: they are matched by their days.
    """
    if row is None or len(row.scenario_returns) != len(report.scenario_pnl):
        return (), ()
    pnl, moves = report.scenario_pnl, row.scenario_returns
    if report.scenario_day != row.scenario_day:
        if report.scenario_day is None or row.scenario_day is None:
            return (), ()
        later = (row.scenario_day - report.scenario_day).days
        pnl = pnl[max(later, 0) : max(len(pnl) + min(later, 0), 0)]
        moves = moves[max(-later, 0) : max(len(moves) + min(-later, 0), 0)]
    returns = [move for move in moves if move is not None]
    if pnl is report.scenario_pnl and len(pnl) == len(known) == len(returns):
        return known, returns
    paired = [(old, move) for old, move in zip(pnl, moves, strict=True) if old is not None and move is not None]
    return [old for old, _ in paired], [move for _, move in paired]


def _shocks_of(ctx: PreTradeContext, report: RiskReport) -> dict[str, Decimal]:
    """Return what a unit of the candidate asset gains in each scenario over the cash it is bought with."""
    row, leg = ctx.market.correlation, ctx.leg_after
    shocks = dict(row.stress_shocks) if row is not None else {}
    shocks |= {name: own.shock_of(leg.asset, leg.sector) for name, own in report.own_scenarios.items()}
    return {name: shock - report.cash_shocks.get(name, ZERO) for name, shock in shocks.items()}


def _extremes(ctx: PreTradeContext) -> Mapping[str, Extremes]:
    row = ctx.market.correlation
    return row.extremes if row is not None and is_current(row.as_of, ctx.now, CORRELATION_AGE_MAX) else {}


def _bound_stress(ctx: PreTradeContext, report: RiskReport, extremes: Mapping[str, Extremes], name: str) -> Bound:
    """Return the lowest and highest return of an asset over cash in any scenario, the account's own included."""
    found = extremes.get(name)
    if found is None:
        return UNBOUND
    cash = (ZERO, *report.cash_shocks.values())
    sector = _find_sector(ctx.state, name) if report.own_scenarios else UNKNOWN_SECTOR
    own = [scenario.shock_of(name, sector) for scenario in report.own_scenarios.values()]
    return min([found.stress_low, *own]) - max(cash), max([found.stress_high, *own]) - min(cash)


def _find_sector(state: AccountState, asset: str) -> str:
    """Return an asset's sector: the account's word, else that of its latest position."""
    if asset in state.sectors:
        return state.sectors[asset] or UNKNOWN_SECTOR
    held = [position.sector for position in state.positions.values() if position.asset == asset]
    return (held[-1] if held else None) or UNKNOWN_SECTOR


def _split_changes(ctx: PreTradeContext, bound: Callable[[str], Bound], *, covered: bool) -> tuple[Decimal, Decimal]:
    """Return the candidate asset's change in exposure since the report, and what other changes may lose at most.

    Exposure that changed in another asset loses what that asset's worst scenario takes; in an asset whose
    scenarios are not known it counts as lost in full.
    """
    asset = ctx.leg_after.asset
    delta = uncovered = ZERO
    for name, change in ctx.changes:
        if name == asset and covered:
            delta = change
        else:
            low, high = bound(name) if name != asset else UNBOUND
            uncovered += max(ZERO, change * -low if change > 0 else -change * high)
    return delta, uncovered


CHECKS = (
    Check(
        DenyCode.VAR_LIMIT,
        check_var,
        exits=PASS,
        origin="S1, R15(4)",
        limits=(
            Limit("var_fraction_max", Decimal("0.10"), "fraction"),
            Limit(
                "var_confidence", Decimal("0.95"), "fraction", kind="Decimal", tighter="higher", lowest=Decimal("0.5")
            ),
        ),
        measure=measure_var,
    ),
    Check(
        DenyCode.STRESS_LIMIT,
        check_stress,
        exits=PASS,
        origin="S1, R15(4)",
        limits=(Limit("stress_loss_fraction_max", Decimal("0.50"), "fraction"),),
        measure=measure_stress,
    ),
)
