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
    """How forecasts stood up to what happened."""

    confidence: float
    observations: int
    exceptions: int  # days with a loss beyond the VaR (strictly)
    dropped: int  # days without a forecast or an outcome
    exception_indices: IntArray  # positions among all days given
    expected_exceptions: float  # observations x (1 - confidence)
    unconditional_coverage: LikelihoodRatio  # Kupiec
    independence: LikelihoodRatio  # Christoffersen
    conditional_coverage: LikelihoodRatio  # their sum over all observations
    conditional_coverage_strict: LikelihoodRatio  # the same without the first observation in Kupiec's part
    transitions: Transitions
    traffic_light: TrafficLight
    traffic_light_recent: TrafficLight  # of the last 250 days
    worst_window_exceptions: int  # most in any 250 consecutive days
    mean_excess: float  # mean loss beyond the VaR on exception days, in the unit of the input


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RollingForecast:
    """One-day VaR forecasts, each from the days before its own; both arrays have shape (n_days - start,)."""

    start: int  # index of the first day forecast: the window's length
    var_fraction: FloatArray  # positive for losses
    flagged: BoolArray  # see `TailTable`


def compute_rolling_forecast(
    returns: ArrayLike,
    *,
    confidence: Confidence,
    model: TailModel | None = None,
    window_days: int = WINDOW_DAYS,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> RollingForecast | InsufficientData:
    """Compute a VaR forecast for every day that has a full window before it; the day itself is never in its window.

    `returns` (n_days,) are simple daily portfolio returns at today's weights, oldest first.
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
    """Backtest a model on simple daily portfolio returns (n_days,), oldest first, by rolling forecasts."""
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

    `outcomes` are signed, `forecasts` positive for a loss, both (n_days,) in the same unit; NaN marks a day
    without one. Raises ValueError if the lengths differ or a value is infinite.
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
