"""The stress report of one account: every scenario on today's book, and the shocks that would harm it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.limits import Limits
from riskgate.core.quant.border import to_float, to_loss, to_pnl, to_statistic
from riskgate.core.quant.historical_shocks import HISTORICAL_SHOCKS
from riskgate.core.quant.hypothetical import GAP_FRACTION, run_hypothetical
from riskgate.core.quant.inputs import RiskInputs
from riskgate.core.quant.portfolio import (
    MAINTENANCE_MARGIN_FRACTION,
    align_daily_closes,
    build_book,
    list_covered,
)
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.returns import ReturnSample, select_sample
from riskgate.core.quant.reverse_stress import ReverseStress, compute_reverse_stress
from riskgate.core.quant.scenario_library import load_historical_scenarios
from riskgate.core.quant.scenarios import Scenario
from riskgate.core.quant.stress import ASSUMED_SPREAD_FRACTION, PositionPnl, StressResult, apply_scenario
from riskgate.core.quant.stress_book import StressBook
from riskgate.core.quant.var_report import describe_inputs
from riskgate.core.risk.report import (
    PositionLoss,
    ReportStatus,
    ReverseFigure,
    ScenarioFigure,
    StressReport,
    SwapMarginFigure,
    VenueMarginFigure,
)
from riskgate.core.scenario import OWN_PREFIX, StressScenario

RUIN_FRACTION = 1.0
ASSUMPTIONS = (
    f"a swap's maintenance margin is {MAINTENANCE_MARGIN_FRACTION:.0%} of its notional",
    "all swaps of a venue share their margin",
    f"a position whose spread is not known is closed at a spread of {ASSUMED_SPREAD_FRACTION:.0%}",
    f"stops fill {GAP_FRACTION:.0%} beyond their price, and a position without a stop loses its whole value",
    "shocks are simple returns in US dollars; stablecoins and currencies move only where a scenario says so",
)


def build_stress_report(inputs: RiskInputs) -> StressReport:
    """Compute the stress report of an account; scenarios that need a history the book does not have say so."""
    state = inputs.state
    book = build_book(state, inputs.quotes, inputs.now)
    scenarios = [
        *(_make_figure(apply_scenario(book, one), one.source) for one in list_scenarios(state, state.sectors)),
        *_run_hypothetical(book, inputs),
    ]
    losing = [figure for figure in scenarios if figure.pnl is not None and figure.pnl < 0]
    return StressReport(
        account_id=state.account_id,
        as_of=inputs.now,
        status=_judge(state, scenarios),
        base_currency=state.base_currency,
        equity=state.equity,
        peak_equity=state.peak_equity,
        inputs=describe_inputs(inputs),
        worst=min(losing, key=lambda figure: figure.pnl or 0, default=_NOTHING).name,
        scenarios=tuple(scenarios),
        reverse=tuple(_make_reverse(one) for one in _reverse(book, inputs.limits)),
        assumptions=ASSUMPTIONS,
    )


def _judge(state: AccountState, scenarios: Sequence[ScenarioFigure]) -> ReportStatus:
    """Judge whether every scenario has a result."""
    if not state.positions:
        return ReportStatus.NO_POSITIONS
    return ReportStatus.OK if all(figure.pnl is not None for figure in scenarios) else ReportStatus.PARTIAL


_NOTHING = ScenarioFigure(name="", source="", pnl=None)


def list_scenarios(state: AccountState, sectors: Mapping[str, str] | None = None) -> tuple[Scenario, ...]:
    """List the scenarios that are a shock per asset: the gateway's, then the account's own.

    With `sectors` (by asset), assets without history take their sector's median.
    """
    own = (Scenario.of(one, name=OWN_PREFIX + name) for name, one in sorted(state.stress_scenarios.items()))
    return (*load_historical_scenarios(HISTORICAL_SHOCKS, sectors=sectors), *own)


def run_scenario(inputs: RiskInputs, scenario: StressScenario) -> ScenarioFigure:
    """Revalue an account under one scenario that is not stored."""
    made = Scenario.of(scenario)
    return _make_figure(apply_scenario(build_book(inputs.state, inputs.quotes, inputs.now), made), made.source)


def _run_hypothetical(book: StressBook, inputs: RiskInputs) -> list[ScenarioFigure]:
    """Run the stresses that depend on the book; an asset without history leaves some without a result."""
    assets = sorted({position.asset for position in book.positions})
    aligned = align_daily_closes(inputs.closes, assets, inputs.now)
    short = tuple(asset for asset in assets if asset not in list_covered(aligned))
    sample: ReturnSample | InsufficientData
    if short or not assets:
        sample = InsufficientData(what="stressed covariance", observations=0, minimum_observations=60, assets=short)
    else:
        sample = select_sample(aligned, assets)
    names = ("correlations_0.9", "volatility_x3")
    figures = []
    for position, result in enumerate(run_hypothetical(book, sample)):
        if isinstance(result, InsufficientData):
            if not assets:
                continue
            figures.append(ScenarioFigure(name=names[position], source="hypothetical", pnl=None, reason=result.reason))
        else:
            figures.append(_make_figure(result, "hypothetical"))
    return figures


def _reverse(book: StressBook, limits: Limits) -> Sequence[ReverseStress]:
    """Find the shocks that breach the drawdown limit; without one, those that leave nothing."""
    limit = limits.drawdown_fraction_max
    maximum = to_float(limit) if limit is not None else RUIN_FRACTION
    return compute_reverse_stress(book, drawdown_fraction_max=min(maximum, RUIN_FRACTION))


def _make_reverse(found: ReverseStress) -> ReverseFigure:
    return ReverseFigure(
        factor=found.factor,
        exposure=to_pnl(found.exposure),
        drawdown_shock=_maybe(found.drawdown_shock),
        ruin_shock=_maybe(found.ruin_shock),
        liquidation_shock=_maybe(found.liquidation_shock),
    )


def _maybe(value: float | None) -> Decimal | None:
    return to_statistic(value) if value is not None else None


def _make_figure(result: StressResult, source: str) -> ScenarioFigure:
    """Convert a result, rounded against the trader."""
    drawdown = result.drawdown_fraction_after
    return ScenarioFigure(
        name=result.scenario,
        source=source,
        pnl=to_pnl(result.pnl),
        loss_fraction=to_loss(result.loss_fraction) if result.loss_fraction is not None else None,
        equity_after=to_pnl(result.equity_after),
        drawdown_fraction_after=to_loss(drawdown) if drawdown is not None else None,
        is_ruined=result.is_ruined,
        has_liquidation=result.has_liquidation,
        cash_pnl=to_pnl(result.cash_pnl),
        exit_cost=to_loss(result.exit_cost),
        coverage=result.coverage,
        worst_positions=tuple(_make_loss(one) for one in result.worst_positions),
        positions=tuple(_make_loss(one) for one in result.positions),
        venues=tuple(
            VenueMarginFigure(
                venue=one.venue,
                margin_balance=to_pnl(one.margin_balance),
                maintenance_margin=to_loss(one.maintenance_margin),
                is_liquidated=one.is_liquidated,
            )
            for one in result.venues
            if one.maintenance_margin > 0.0
        ),
        swaps=tuple(
            SwapMarginFigure(
                key=one.key,
                liquidation_distance_fraction=(
                    to_pnl(one.liquidation_distance_fraction) if one.liquidation_distance_fraction is not None else None
                ),
                liquidation_price=_maybe(one.liquidation_price),
            )
            for one in result.swaps
        ),
    )


def _make_loss(one: PositionPnl) -> PositionLoss:
    return PositionLoss(key=one.key, pnl=to_pnl(one.pnl), shock_fraction=to_pnl(one.shock_fraction))
