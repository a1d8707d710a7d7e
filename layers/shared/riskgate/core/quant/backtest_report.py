"""Backtests as a report: the model on the book's history, and what was reported against what happened."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from riskgate.core.account.document import AccountState
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.backtest import TRAFFIC_LIGHT_DAYS, Backtest, compute_rolling_forecast, evaluate_forecasts
from riskgate.core.quant.border import to_float, to_loss, to_pnl, to_statistic
from riskgate.core.quant.results import InsufficientData
from riskgate.core.quant.returns import WINDOW_DAYS, ReturnSample
from riskgate.core.quant.var_figures import CONFIDENCES
from riskgate.core.risk.report import BacktestDay, BacktestFigure, VarRecord

BACKTEST_DAYS = WINDOW_DAYS + TRAFFIC_LIGHT_DAYS
"""Returns wanted for a full window before each of 250 forecasts."""
BOOK: Final = "book"
REPORTED: Final = "reported"
DAY_MIN, DAY_MAX = timedelta(hours=20), timedelta(hours=28)
"""Two records this far apart are a day apart; a job that failed for hours costs the pair, not the truth."""


def report_book_backtest(history: ReturnSample, pnl: FloatArray, scale: float) -> tuple[BacktestFigure, ...]:
    """Backtest historical VaR on what today's book would have made; the 95 % figure lists its days.

    `pnl` is the book's return on each day of `history`, `scale` the money of a return of one.
    """
    figures = []
    for confidence in CONFIDENCES:
        forecast = compute_rolling_forecast(pnl, confidence=confidence)
        if isinstance(forecast, InsufficientData):
            figures.append(_make_figure(BOOK, confidence, forecast, ()))
            continue
        outcomes, dates = pnl[WINDOW_DAYS:], [day.item() for day in history.days[WINDOW_DAYS:]]
        days = _list_days(dates, outcomes * scale, forecast * scale) if confidence == CONFIDENCES[0] else ()
        found = evaluate_forecasts(outcomes, forecast, confidence=confidence)
        figures.append(_make_figure(BOOK, confidence, found, days))
    return tuple(figures)


def _list_days(dates: Sequence[date], pnl: FloatArray, var: FloatArray) -> tuple[BacktestDay, ...]:
    """List the days that have both an outcome and a forecast."""
    return tuple(
        BacktestDay(
            day=day,
            pnl=to_pnl(float(outcome)),
            var=to_loss(float(forecast)),
            is_exception=bool(outcome < -forecast),
        )
        for day, outcome, forecast in zip(dates, pnl, var, strict=True)
        if np.isfinite(outcome) and np.isfinite(forecast)
    )


def report_own_backtest(history: Sequence[VarRecord], state: AccountState, now: datetime) -> tuple[BacktestFigure, ...]:
    """Hold what was reported against what the account then made, transfers neutral.

    `history` has one record per day, oldest first; today's does not count yet. The account's present equity is
    the outcome of the last record.
    """
    earlier = [record for record in history if record.as_of < now]
    ends = [(r.as_of, r.equity - r.transferred) for r in earlier] + [(now, state.equity - state.transferred)]
    outcomes = [
        to_float(after - before) if DAY_MIN <= later - sooner <= DAY_MAX else np.nan
        for (sooner, before), (later, after) in pairwise(ends)
    ]
    figures = []
    for confidence, forecasts in zip(
        CONFIDENCES, ([r.var_95 for r in earlier], [r.var_99 for r in earlier]), strict=True
    ):
        reported = np.array([np.nan if var is None else to_float(var) for var in forecasts], dtype=np.float64)
        realised = np.array(outcomes, dtype=np.float64)
        found = evaluate_forecasts(realised, reported, confidence=confidence)
        dates = [record.day for record in earlier]
        days = _list_days(dates, realised, reported) if confidence == CONFIDENCES[0] else ()
        figures.append(_make_figure(REPORTED, confidence, found, days))
    return tuple(figures)


def _make_figure(
    what: Literal["book", "reported"],
    confidence: float,
    found: Backtest | InsufficientData,
    days: tuple[BacktestDay, ...],
) -> BacktestFigure:
    level = Decimal(repr(confidence))
    if isinstance(found, InsufficientData):
        return BacktestFigure(
            what=what, confidence=level, observations=found.observations, days=days, reason=found.reason
        )
    return BacktestFigure(
        what=what,
        confidence=level,
        observations=found.observations,
        exceptions=found.exceptions,
        expected_exceptions=to_statistic(found.expected_exceptions),
        kupiec_statistic=to_statistic(found.unconditional_coverage.statistic),
        kupiec_p_value=to_statistic(found.unconditional_coverage.p_value),
        independence_statistic=to_statistic(found.independence.statistic),
        independence_p_value=to_statistic(found.independence.p_value),
        conditional_coverage_statistic=to_statistic(found.conditional_coverage.statistic),
        conditional_coverage_p_value=to_statistic(found.conditional_coverage.p_value),
        zone=found.zone.value,
        green_max=found.bounds.green_max,
        yellow_max=found.bounds.yellow_max,
        days=days,
    )
