"""Backtests: rolling forecasts over history, and any VaR against what then happened."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite
from riskgate.core.quant.coverage_tests import (
    LikelihoodRatio,
    compute_conditional_coverage,
    compute_independence,
    compute_unconditional_coverage,
    count_transitions,
)
from riskgate.core.quant.quantiles import Confidence, compute_tail_probability
from riskgate.core.quant.results import InsufficientData, check_sample
from riskgate.core.quant.returns import WINDOW_DAYS
from riskgate.core.quant.tail_model import Method, compute_tail_table
from riskgate.core.quant.traffic_light import Zone, ZoneBounds, compute_zone_bounds

TRAFFIC_LIGHT_DAYS = 250
"""Basel's sample: the last 250 days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """How forecasts stood up to what happened."""

    observations: int  # days with a forecast and an outcome
    exceptions: int  # days with a loss beyond the VaR (strictly)
    expected_exceptions: float  # observations x (1 - confidence)
    unconditional_coverage: LikelihoodRatio  # Kupiec
    independence: LikelihoodRatio  # Christoffersen
    conditional_coverage: LikelihoodRatio  # their sum over all observations
    zone: Zone  # of the last 250 days
    bounds: ZoneBounds  # of their number


def compute_rolling_forecast(
    returns: ArrayLike, *, confidence: Confidence, method: Method = Method.HISTORICAL
) -> FloatArray | InsufficientData:
    """Compute a VaR forecast, positive for a loss, for every day that has a full window before it.

    The day itself is never in its window. `returns` (n_days,) are simple daily portfolio returns at today's weights,
    oldest first; forecasts have shape (n_days - `WINDOW_DAYS`,).
    """
    values = as_finite(returns, name="returns", ndim=1)
    if values.size <= WINDOW_DAYS:
        return InsufficientData(
            what="rolling VaR forecast", observations=values.size, minimum_observations=WINDOW_DAYS + 1
        )
    windows = np.lib.stride_tricks.sliding_window_view(values, WINDOW_DAYS)[:-1]
    forecasts: FloatArray = compute_tail_table(
        windows, [compute_tail_probability(confidence)], method=method
    ).var_fraction[:, 0]
    return forecasts


def evaluate_forecasts(
    outcomes: ArrayLike, forecasts: ArrayLike, *, confidence: Confidence
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
    kept = ~(np.isnan(pnl) | np.isnan(var))
    observations = int(np.count_nonzero(kept))
    if lacking := check_sample("VaR backtest", observations):
        return lacking
    hit = pnl[kept] < -var[kept]
    exceptions, recent = int(np.count_nonzero(hit)), hit[-TRAFFIC_LIGHT_DAYS:]
    bounds = compute_zone_bounds(recent.size, confidence)
    return Backtest(
        observations=observations,
        exceptions=exceptions,
        expected_exceptions=float(observations * compute_tail_probability(confidence)),
        unconditional_coverage=compute_unconditional_coverage(observations, exceptions, confidence),
        independence=compute_independence(count_transitions(hit)),
        conditional_coverage=compute_conditional_coverage(hit, confidence),
        zone=bounds.classify(int(np.count_nonzero(recent))),
        bounds=bounds,
    )
