"""Backtests: rolling forecasts over history, and an account's own reported VaR against its P&L."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import SMALLEST_SAMPLE, BoolArray, FloatArray, IntArray, as_finite
from riskgate.core.quant.coverage_tests import (
    LikelihoodRatio,
    Transitions,
    compute_conditional_coverage,
    compute_independence,
    compute_unconditional_coverage,
    count_transitions,
)
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability
from riskgate.core.quant.results import MINIMUM_OBSERVATIONS, InsufficientData, check_sample
from riskgate.core.quant.returns import WINDOW_DAYS
from riskgate.core.quant.tail_model import TailModel, compute_tail_table
from riskgate.core.quant.traffic_light import TrafficLight, compute_traffic_light

TRAFFIC_LIGHT_DAYS = 250
"""Basel's sample: the last 250 days."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Backtest:
    """How forecasts stood up to what happened.

    Attributes
    ----------
    confidence : float
        Level of the VaR.
    observations, exceptions : int
        Forecasts compared, and days with a loss beyond the VaR (strictly).
    dropped : int
        Days left out because the forecast or the outcome was missing.
    exception_indices : ndarray, shape (exceptions,), int64
        Positions of the exceptions among all days given.
    expected_exceptions : float
        observations x (1 - confidence).
    unconditional_coverage, independence, conditional_coverage : LikelihoodRatio
        Kupiec; Christoffersen; their sum over all observations.
    conditional_coverage_strict : LikelihoodRatio
        The same without the first observation in Kupiec's part.
    transitions : Transitions
        Counts behind the independence test.
    traffic_light : TrafficLight
        Of the whole sample.
    traffic_light_recent : TrafficLight
        Of the last 250 days (all of them when there are fewer).
    worst_window_exceptions : int
        Most exceptions in any 250 consecutive days.
    mean_excess : float
        Mean loss beyond the VaR on exception days, in the unit of the input; 0 without exceptions.
    """

    confidence: float
    observations: int
    exceptions: int
    dropped: int
    exception_indices: IntArray
    expected_exceptions: float
    unconditional_coverage: LikelihoodRatio
    independence: LikelihoodRatio
    conditional_coverage: LikelihoodRatio
    conditional_coverage_strict: LikelihoodRatio
    transitions: Transitions
    traffic_light: TrafficLight
    traffic_light_recent: TrafficLight
    worst_window_exceptions: int
    mean_excess: float


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RollingForecast:
    """One-day VaR forecasts, each from the days before its own.

    Attributes
    ----------
    start : int
        Index of the first day forecast: the window's length.
    var_fraction : ndarray, shape (n_days - start,), float64
        Fractions, positive for losses.
    flagged : ndarray, shape (n_days - start,), bool
        The model's own reservation (`TailTable.flagged`).
    """

    start: int
    var_fraction: FloatArray
    flagged: BoolArray


def compute_rolling_forecast(
    returns: ArrayLike,
    *,
    confidence: Confidence,
    model: TailModel | None = None,
    window_days: int = WINDOW_DAYS,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> RollingForecast | InsufficientData:
    """Compute a VaR forecast for every day that has a full window before it.

    Parameters
    ----------
    returns : array_like, shape (n_days,), float64
        Simple daily portfolio returns at today's weights, oldest first.
    confidence : float, Decimal or Fraction
        Strictly between 0 and 1.
    model : TailModel, optional
        Default: historical, order statistic.
    window_days : int
        Days each forecast reads; the day itself is never among them.
    minimum_observations : int
        Shortest window that gives a forecast.

    Returns
    -------
    RollingForecast or InsufficientData

    Raises
    ------
    ValueError
        If a return is not finite.
    """
    model = model or TailModel()
    values = as_finite(returns, name="returns", ndim=1)
    if window_days < max(minimum_observations, SMALLEST_SAMPLE) or values.size <= window_days:
        return InsufficientData(
            what="rolling VaR forecast",
            observations=min(values.size, window_days),
            minimum_observations=max(minimum_observations, window_days + 1),
        )
    windows = np.lib.stride_tricks.sliding_window_view(values, window_days)[:-1]
    table = compute_tail_table(windows, [compute_tail_probability(confidence)], model=model)
    return RollingForecast(start=window_days, var_fraction=table.var_fraction[:, 0], flagged=table.flagged)


def run_backtest(
    returns: ArrayLike,
    *,
    confidence: Confidence,
    model: TailModel | None = None,
    window_days: int = WINDOW_DAYS,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> Backtest | InsufficientData:
    """Backtest a model on a history of portfolio returns by rolling forecasts.

    Parameters
    ----------
    returns : array_like, shape (n_days,), float64
        Simple daily portfolio returns, oldest first.
    confidence : float, Decimal or Fraction
        Strictly between 0 and 1.
    model : TailModel, optional
        Default: historical, order statistic.
    window_days : int
        Days each forecast reads.
    minimum_observations : int
        Of a window, and of the forecasts compared.

    Returns
    -------
    Backtest or InsufficientData
        Indices count from the first return given.

    Raises
    ------
    ValueError
        If a return is not finite.
    """
    forecast = compute_rolling_forecast(
        returns,
        confidence=confidence,
        model=model,
        window_days=window_days,
        minimum_observations=minimum_observations,
    )
    if isinstance(forecast, InsufficientData):
        return forecast
    values = as_finite(returns, name="returns", ndim=1)
    reported = np.concatenate((np.full(forecast.start, np.nan), forecast.var_fraction))
    return evaluate_forecasts(values, reported, confidence=confidence, minimum_observations=minimum_observations)


def evaluate_forecasts(
    outcomes: ArrayLike,
    forecasts: ArrayLike,
    *,
    confidence: Confidence,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> Backtest | InsufficientData:
    """Evaluate reported VaR against realised P&L, whoever made the forecasts.

    Parameters
    ----------
    outcomes : array_like, shape (n_days,), float64
        Realised P&L, signed, money or fraction; NaN marks a day without one.
    forecasts : array_like, shape (n_days,), float64
        VaR reported before each day, same unit, positive for a loss; NaN marks a day without one.
    confidence : float, Decimal or Fraction
        Level of the forecasts.
    minimum_observations : int
        Days with both below which there is no verdict.

    Returns
    -------
    Backtest or InsufficientData

    Raises
    ------
    ValueError
        If the lengths differ or a value is infinite.
    """
    pnl, var = np.asarray(outcomes, dtype=np.float64), np.asarray(forecasts, dtype=np.float64)
    if pnl.ndim != 1 or pnl.shape != var.shape:
        raise ValueError("need one forecast per outcome")
    if np.isinf(pnl).any() or np.isinf(var).any():
        raise ValueError("outcomes and forecasts must not be infinite")
    kept = np.flatnonzero(~(np.isnan(pnl) | np.isnan(var)))
    if lacking := check_sample("VaR backtest", int(kept.size), minimum_observations):
        return lacking
    excess = -pnl[kept] - var[kept]
    hit = pnl[kept] < -var[kept]
    return _summarise(hit, excess, kept, int(pnl.size - kept.size), confidence)


def _summarise(hit: BoolArray, excess: FloatArray, kept: IntArray, dropped: int, confidence: Confidence) -> Backtest:
    """Run the tests on a series of exceptions."""
    observations, exceptions = int(hit.size), int(np.count_nonzero(hit))
    recent = hit[-TRAFFIC_LIGHT_DAYS:]
    running = np.concatenate(([0], np.cumsum(hit)))
    length = min(TRAFFIC_LIGHT_DAYS, observations)
    transitions = count_transitions(hit)
    return Backtest(
        confidence=float(confidence),
        observations=observations,
        exceptions=exceptions,
        dropped=dropped,
        exception_indices=kept[hit],
        expected_exceptions=float(observations * compute_tail_probability(confidence)),
        unconditional_coverage=compute_unconditional_coverage(observations, exceptions, confidence),
        independence=compute_independence(transitions),
        conditional_coverage=compute_conditional_coverage(hit, confidence),
        conditional_coverage_strict=compute_conditional_coverage(hit, confidence, strict=True),
        transitions=transitions,
        traffic_light=compute_traffic_light(observations, exceptions, confidence),
        traffic_light_recent=compute_traffic_light(int(recent.size), int(np.count_nonzero(recent)), confidence),
        worst_window_exceptions=int((running[length:] - running[:-length]).max()),
        mean_excess=float(excess[hit].mean()) if exceptions else 0.0,
    )
