"""What the order path needs of all this, precomputed: a report per account and a row per asset.

The gate adds the candidate's change in exposure times the asset's return to each stored profit and loss.
Positions are linear, so with the same days that is the full revaluation, but for the steps of the stored
numbers (`RETURN_QUANTUM`, `FRACTION_QUANTUM`): a test states and measures the error.
"""

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

import numpy as np

from riskgate.core.account.document import AccountState
from riskgate.core.account.leg_sums import UNKNOWN_SECTOR
from riskgate.core.correlations import (
    CORRELATION_ONE,
    UNDEFINED,
    VOLATILITY_MAX,
    VOLATILITY_ONE,
    Correlations,
)
from riskgate.core.figures import CorrelationRow, Extremes, RiskReport
from riskgate.core.market.closes import DailyCloses
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.border import to_float, to_pnl, to_statistic
from riskgate.core.quant.correlation import CorrelationMatrix, compute_correlation
from riskgate.core.quant.historical_shocks import HISTORICAL_SHOCKS
from riskgate.core.quant.portfolio import align_daily_closes, build_book, last_closed_day, list_covered
from riskgate.core.quant.returns import AlignedCloses, compute_log_returns, compute_simple_returns
from riskgate.core.quant.scenario_library import load_historical_scenarios
from riskgate.core.quant.scenarios import Scenario
from riskgate.core.quant.stress import apply_scenario
from riskgate.core.quant.stress_report import list_scenarios
from riskgate.core.scenario import OWN_PREFIX

RETURN_QUANTUM = Decimal("1e-7")
"""Step of the stored returns: the P&L of an exposure x is off by at most x times half of it."""
CORRELATION_QUANTUM = Decimal("0.000001")
"""Rounded towards more correlation: against the trader."""
CORRELATED_ASSETS_MAX = 500
"""Pairs of so many fit an item of DynamoDB, 400 KB."""


def build_gate_report(state: AccountState, closes: Mapping[str, DailyCloses], now: datetime) -> RiskReport:
    """Compute the scenario P&L of the book the gate sees: positions with all working orders filled.

    Exposure in an asset without enough history (or without closes) is left out of both: the gate counts what the
    report does not know as lost in full. Without scenario P&L where nothing held has a history.
    """
    held = {asset: value for asset, value in sorted(state.exposure.net_by_asset.items()) if value}
    aligned = align_daily_closes(closes, tuple(held), now)
    covered = list_covered(aligned)
    scenario_pnl: tuple[Decimal | None, ...] = ()
    if covered or not held:
        held = {asset: held[asset] for asset in covered}
        scenario_pnl = _list_day_pnl(aligned, held)
    scenarios = list_scenarios(state)
    cash = {scenario.name: scenario.resolve(state.base_currency)[0] for scenario in scenarios}
    return RiskReport(
        as_of=now,
        exposures=held,
        scenario_pnl=scenario_pnl,
        stress_pnl=_list_stress_pnl(state, held, scenarios, cash, now),
        scenario_day=last_closed_day(now),
        cash_shocks={name: Decimal(repr(shock)) for name, shock in cash.items() if shock},
        own_scenarios={OWN_PREFIX + name: scenario for name, scenario in sorted(state.stress_scenarios.items())},
    )


def _list_day_pnl(aligned: AlignedCloses, held: Mapping[str, Decimal]) -> tuple[Decimal | None, ...]:
    """List the P&L of an exposure per asset on each day; None where one of them has no return.

    A missing return is never read as zero, and an asset that is not held costs no day.
    """
    columns = [aligned.assets.index(asset) for asset in held]
    returns = compute_simple_returns(aligned.closes[:, columns])
    values = np.array([[to_float(value) for value in held.values()]], dtype=np.float64)
    missing = np.isnan(returns)
    pnl = (values.reshape(1, len(columns)) @ np.where(missing, 0.0, returns).T)[0]
    lacking = missing.any(axis=1)
    return tuple(None if lacks else to_pnl(float(value)) for value, lacks in zip(pnl, lacking, strict=True))


def _list_stress_pnl(
    state: AccountState,
    held: Mapping[str, Decimal],
    scenarios: Sequence[Scenario],
    cash: Mapping[str, float],
    now: datetime,
) -> dict[str, Decimal]:
    """Compute the P&L of positions and cash in each scenario, and of what working orders would add."""
    book = build_book(state, {}, now)
    position_value: dict[str, float] = {}
    for position in book.positions:
        position_value[position.asset] = position_value.get(position.asset, 0.0) + position.value
    sectors = {order.asset: order.sector for order in state.working_orders.values()}
    sectors |= {position.asset: position.sector for position in book.positions}
    pnl = {}
    for scenario in scenarios:
        result = apply_scenario(book, scenario)
        total = result.cash_pnl + sum(one.pnl for one in result.positions if one.asset in held)
        for asset, value in held.items():
            pending = to_float(value) - position_value.get(asset, 0.0)
            total += pending * (scenario.resolve(asset, sectors.get(asset) or UNKNOWN_SECTOR)[0] - cash[scenario.name])
        pnl[scenario.name] = to_pnl(total)
    return pnl


def build_correlation_rows(closes: Mapping[str, DailyCloses], now: datetime) -> tuple[CorrelationRow, ...]:
    """Compute the row of each asset: correlations, scenario returns, stress shocks, and everybody's extremes.

    An asset without a history in a scenario takes the scenario's default, since sectors are an account's. Empty
    when all closes ended a week ago.
    """
    assets = tuple(sorted(closes))
    aligned = align_daily_closes(closes, assets, now)
    covered = list_covered(aligned)
    if not covered:
        return ()
    matrix = compute_correlation(compute_log_returns(aligned.closes), assets)
    returns = compute_simple_returns(aligned.closes)
    scenarios = load_historical_scenarios(HISTORICAL_SHOCKS)
    shocks = {asset: {one.name: Decimal(repr(one.resolve(asset)[0])) for one in scenarios} for asset in assets}
    extremes = {asset: _bound(returns[:, assets.index(asset)], tuple(shocks[asset].values())) for asset in covered}
    return tuple(
        _make_row(matrix, index, returns[:, index], shocks[asset], extremes, now) for index, asset in enumerate(assets)
    )


def build_correlations(closes: Mapping[str, DailyCloses], now: datetime) -> Correlations | None:
    """Compute the correlations between all assets with enough history, None where there is none to speak of.

    Of more assets than an item holds, the last by name are left out: the gate does not know them.
    """
    aligned = align_daily_closes(closes, tuple(sorted(closes)), now)
    covered = list_covered(aligned)
    if not covered:
        return None
    columns = [aligned.assets.index(asset) for asset in covered[:CORRELATED_ASSETS_MAX]]
    found = compute_correlation(compute_log_returns(aligned.closes[:, columns]), covered[:CORRELATED_ASSETS_MAX])
    steps = np.where(found.defined, np.rint(found.matrix * CORRELATION_ONE), UNDEFINED)
    volatilities = np.minimum(np.rint(found.volatilities * VOLATILITY_ONE), VOLATILITY_MAX)
    return Correlations(
        as_of=now,
        assets=found.assets,
        volatilities=array("I", map(int, volatilities)),
        pairs=array("h", map(int, steps[np.tril_indices(len(columns), -1)])),
    )


def _bound(returns: FloatArray, shocks: Sequence[Decimal]) -> Extremes:
    """Bound what an asset does: widened by the step of the stored returns, and never the wrong way round."""
    return Extremes(
        day_low=min(to_pnl(float(np.nanmin(returns)), RETURN_QUANTUM), Decimal(0)),
        day_high=max(-to_pnl(-float(np.nanmax(returns)), RETURN_QUANTUM), Decimal(0)),
        stress_low=min(shocks),
        stress_high=max(shocks),
    )


def _make_row(
    matrix: CorrelationMatrix,
    index: int,
    returns: FloatArray,
    shocks: Mapping[str, Decimal],
    extremes: Mapping[str, Extremes],
    now: datetime,
) -> CorrelationRow:
    """Convert one row; an undefined pair is left out, and the gate counts it as fully correlated."""
    defined = [other for other in range(len(matrix.assets)) if matrix.defined[index, other]]
    names = [matrix.assets[other] for other in defined]
    return CorrelationRow(
        asset=matrix.assets[index],
        as_of=now,
        correlations={
            name: _round_up(float(matrix.matrix[index, other])) for name, other in zip(names, defined, strict=True)
        },
        volatilities={
            name: to_statistic(float(matrix.volatilities[other])) for name, other in zip(names, defined, strict=True)
        },
        observations={name: int(matrix.observations[index, other]) for name, other in zip(names, defined, strict=True)},
        scenario_returns=tuple(
            None if np.isnan(value) else to_statistic(float(value), RETURN_QUANTUM) for value in returns
        ),
        stress_shocks=dict(shocks),
        scenario_day=last_closed_day(now),
        extremes=dict(extremes),
    )


def _round_up(value: float) -> Decimal:
    """Round a correlation towards 1."""
    return Decimal(repr(value)).quantize(CORRELATION_QUANTUM, ROUND_CEILING)
