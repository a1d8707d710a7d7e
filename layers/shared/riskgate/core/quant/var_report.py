"""The VaR report of one account: every estimator on today's book, its parts, and what the data lack.

Positions in an asset without 60 daily returns are left out of the sample and counted as lost in full on
top of every figure: unknown risk is never small risk.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.backtest_report import BACKTEST_DAYS, report_book_backtest, report_own_backtest
from riskgate.core.quant.border import to_float, to_loss, to_pnl, to_statistic
from riskgate.core.quant.correlation import compute_correlation
from riskgate.core.quant.decomposition import compute_incremental_var, decompose_historical, decompose_normal
from riskgate.core.quant.drawdown import compute_maximum_drawdown
from riskgate.core.quant.inputs import RiskInputs
from riskgate.core.quant.liquidity import compute_exit_cost
from riskgate.core.quant.portfolio import (
    Portfolio,
    align_daily_closes,
    count_returns,
    last_closed_day,
    list_covered,
    read_portfolio,
    read_spread,
)
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.returns import WINDOW_DAYS, AlignedCloses, ReturnSample, compute_log_returns, select_sample
from riskgate.core.quant.var_figures import CONFIDENCES, list_figures
from riskgate.core.risk.report import (
    BacktestFigure,
    CorrelationTable,
    DataFinding,
    DayPnl,
    LiquidityFigure,
    PositionRisk,
    ReportInputs,
    ReportStatus,
    UncoveredPosition,
    VarReport,
)

COMPONENT_CONFIDENCE = 0.95


def build_var_report(inputs: RiskInputs) -> VarReport:
    """Compute the VaR report: ``no_positions``, or ``insufficient_data`` where no asset held has enough history."""
    state, now = inputs.state, inputs.now
    portfolio = read_portfolio(state)
    aligned = align_daily_closes(inputs.closes, portfolio.assets, now)
    covered = list_covered(aligned)
    sample = select_sample(aligned, covered) if covered else None
    status, reason = _judge(portfolio, sample)
    uncovered = _list_uncovered(portfolio, aligned, covered)
    if status is ReportStatus.OK and (uncovered or aligned.flags):
        status, reason = ReportStatus.PARTIAL, _list_doubts(aligned.flags)
    frame = VarReport(
        account_id=state.account_id,
        as_of=now,
        status=status,
        reason=reason,
        base_currency=state.base_currency,
        equity=state.equity,
        gross=to_loss(float(np.abs(portfolio.values).sum())),
        net=to_pnl(float(portfolio.values.sum())),
        inputs=describe_inputs(inputs),
        uncovered=uncovered,
        backtests=report_own_backtest(inputs.history, state, now),
        findings=aligned.flags,
    )
    if not isinstance(sample, ReturnSample):
        return frame
    return _fill(frame, inputs, portfolio.select(covered), sample, aligned)


def _judge(portfolio: Portfolio, sample: ReturnSample | InsufficientData | None) -> tuple[ReportStatus, str]:
    """Judge whether there is anything to compute, and say why not."""
    if not portfolio.positions:
        return ReportStatus.NO_POSITIONS, "the account holds no positions"
    if sample is None:
        return ReportStatus.INSUFFICIENT_DATA, "insufficient data: no asset held has 60 daily returns up to last week"
    if isinstance(sample, InsufficientData):
        return ReportStatus.INSUFFICIENT_DATA, sample.reason
    return ReportStatus.OK, ""


def _list_doubts(findings: Sequence[DataFinding]) -> str:
    """Say which assets' closes are in doubt, and of what."""
    doubts: dict[str, list[str]] = {}
    for finding in findings:
        doubts.setdefault(finding.asset, []).append(finding.code)
    return "daily closes: " + "; ".join(f"{asset} {', '.join(codes)}" for asset, codes in sorted(doubts.items()))


def _fill(
    frame: VarReport, inputs: RiskInputs, portfolio: Portfolio, sample: ReturnSample, aligned: AlignedCloses
) -> VarReport:
    """Compute the figures of the positions that have a sample."""
    scale = to_float(inputs.state.equity) if inputs.state.equity > 0 else float(np.abs(portfolio.values).sum())
    column = {asset: index for index, asset in enumerate(sample.assets)}
    returns = sample.returns[:, [column[position.asset] for position in portfolio.positions]]
    weights = portfolio.values / scale
    lost = to_float(sum((abs(row.value) for row in frame.uncovered), Decimal(0)))
    pnl = returns @ weights
    figures = list_figures(
        sample, _sum_by_asset(portfolio, sample.assets) / scale, scale=scale, lost=lost, state=inputs.state,
        seed=int(inputs.now.timestamp()),
    )  # fmt: skip
    market = [float(figure.var) - lost for figure in figures[: len(CONFIDENCES)] if figure.var is not None]
    return replace(
        frame,
        figures=figures,
        positions=_list_positions(portfolio, returns, weights, scale),
        liquidity=_list_liquidity(inputs, portfolio, market),
        backtests=(*_backtest_book(inputs, portfolio, sample.assets, scale), *frame.backtests),
        correlation=describe_correlation(aligned, sample.assets),
        pnl=tuple(
            DayPnl(day=day.item(), pnl=to_pnl(float(value)))
            for day, value in zip(sample.days, pnl * scale, strict=True)
        ),
        drawdown_fraction=to_loss(compute_maximum_drawdown(pnl)),
    )


def _sum_by_asset(portfolio: Portfolio, assets: Sequence[str]) -> FloatArray:
    column = {asset: index for index, asset in enumerate(assets)}
    totals = np.zeros(len(assets))
    np.add.at(totals, [column[position.asset] for position in portfolio.positions], portfolio.values)
    return totals


def _list_positions(
    portfolio: Portfolio, returns: FloatArray, weights: FloatArray, scale: float
) -> tuple[PositionRisk, ...]:
    """Decompose VaR and expected shortfall by position."""
    tail = decompose_historical(returns, weights, confidence=COMPONENT_CONFIDENCE)
    normal = decompose_normal(returns, weights, confidence=COMPONENT_CONFIDENCE)
    closing = compute_incremental_var(returns, weights, -np.diag(weights), confidence=COMPONENT_CONFIDENCE)
    return tuple(
        PositionRisk(
            key=position.key,
            asset=position.asset,
            value=to_pnl(float(portfolio.values[i])),
            marginal_var=to_statistic(float(normal.marginal_var[0, i])),
            component_var=to_loss(float(tail.component_var[0, i]) * scale),
            component_es=to_loss(float(tail.component_es[0, i]) * scale),
            component_var_normal=to_loss(float(normal.component_var[0, i]) * scale),
            closing_var_change=to_loss(float(closing[i]) * scale),
        )
        for i, position in enumerate(portfolio.positions)
    )


def _list_liquidity(inputs: RiskInputs, portfolio: Portfolio, market: Sequence[float]) -> tuple[LiquidityFigure, ...]:
    """Add the cost of getting out at a bad spread, for the positions whose spread is known."""
    seen = {position.key: _list_spreads(inputs, position.key) for position in portfolio.positions}
    known = [i for i, position in enumerate(portfolio.positions) if seen[position.key]]
    if not known:
        return ()
    spreads = [seen[portfolio.positions[i].key] for i in known]
    cost = float(
        compute_exit_cost(
            portfolio.values[known],
            [float(np.mean(row)) for row in spreads],
            [float(np.std(row, ddof=1)) if len(row) > 1 else 0.0 for row in spreads],
        ).sum()
    )
    return tuple(
        LiquidityFigure(
            confidence=Decimal(repr(confidence)),
            market_var=to_loss(var),
            liquidity_cost=to_loss(cost),
            liquidity_adjusted_var=to_loss(var + cost),
            spread_observations=min(len(row) for row in spreads),
            unknown=tuple(key for key, row in seen.items() if not row),
        )
        for confidence, var in zip(CONFIDENCES, market, strict=True)
    )


def _list_spreads(inputs: RiskInputs, key: str) -> list[float]:
    """List the spreads seen on earlier days and now; none without one now."""
    present = read_spread(inputs.quotes.get(key), inputs.now)
    if present is None:
        return []
    today = inputs.now.date()
    earlier = [r.spreads[key] for r in inputs.history[-WINDOW_DAYS:] if key in r.spreads and r.day < today]
    return [to_float(spread) for spread in (*earlier, present)]


def _backtest_book(
    inputs: RiskInputs, portfolio: Portfolio, assets: Sequence[str], scale: float
) -> tuple[BacktestFigure, ...]:
    """Backtest the first figure's model on what today's book would have made."""
    aligned = align_daily_closes(inputs.closes, assets, inputs.now, window_days=BACKTEST_DAYS)
    history = select_sample(aligned, assets)
    if isinstance(history, InsufficientData):
        return ()
    return report_book_backtest(history, history.returns @ (_sum_by_asset(portfolio, assets) / scale), scale)


def describe_inputs(inputs: RiskInputs) -> ReportInputs:
    """Describe what a report is computed from."""
    return ReportInputs(
        state_version=inputs.state.version,
        marks_at=min((position.marked_at for position in read_portfolio(inputs.state).positions), default=None),
        closes_day=last_closed_day(inputs.now),
        closes_as_of=min((series.as_of for series in inputs.closes.values()), default=None),
        window_days=WINDOW_DAYS,
        engine_version=inputs.engine_version,
    )


def _list_uncovered(
    portfolio: Portfolio, aligned: AlignedCloses, covered: Sequence[str]
) -> tuple[UncoveredPosition, ...]:
    counts = count_returns(aligned)
    return tuple(
        UncoveredPosition(
            key=position.key, asset=position.asset, value=to_pnl(float(value)), observations=counts[position.asset]
        )
        for position, value in zip(portfolio.positions, portfolio.values, strict=True)
        if position.asset not in covered
    )


def describe_correlation(aligned: AlignedCloses, assets: Sequence[str]) -> CorrelationTable:
    """Describe how the assets move together."""
    columns = [aligned.assets.index(asset) for asset in assets]
    found = compute_correlation(compute_log_returns(aligned.closes[:, columns]), assets)
    return CorrelationTable(
        assets=tuple(assets),
        matrix=tuple(
            tuple(to_statistic(float(value)) if known else None for value, known in zip(row, defined, strict=True))
            for row, defined in zip(found.matrix, found.defined, strict=True)
        ),
        volatilities=tuple(to_statistic(float(value)) for value in found.volatilities),
    )
