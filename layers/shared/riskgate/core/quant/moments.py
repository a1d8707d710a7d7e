"""Sample moments of daily portfolio returns, vectorised over portfolios."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, as_rows

# Spread below which a series counts as constant: a few hundred roundings of its own size.
_CONSTANT_TOLERANCE = 1e-13


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Moments:
    """Sample moments of daily portfolio returns, each of shape (n_portfolios,)."""

    mean: FloatArray
    standard_deviation: FloatArray  # ddof 1; exactly 0 for a constant series
    skewness: FloatArray  # from 1/n moments (biased); 0 for a constant series
    excess_kurtosis: FloatArray  # from 1/n moments (biased); 0 for a constant series

    def over_horizon(self, horizon_days: int) -> "Moments":
        """Aggregate over independent, equal days: mean x h, sd x sqrt(h), skew / sqrt(h), kurtosis / h."""
        root = float(np.sqrt(horizon_days))
        return Moments(
            mean=self.mean * horizon_days,
            standard_deviation=self.standard_deviation * root,
            skewness=self.skewness / root,
            excess_kurtosis=self.excess_kurtosis / horizon_days,
        )


def check_constant(returns: ArrayLike) -> BoolArray:
    """Tell which rows of (n_days,) or (n_portfolios, n_days) never move, up to rounding."""
    rows = as_rows(returns)
    low, high = rows.min(axis=1), rows.max(axis=1)
    constant: BoolArray = high - low <= _CONSTANT_TOLERANCE * np.maximum(np.abs(low), np.abs(high))
    return constant


def compute_moments(returns: ArrayLike) -> Moments:
    """Compute mean, standard deviation, skewness and excess kurtosis of at least two days.

    A constant series has zero spread, skewness and excess kurtosis, never NaN.
    """
    rows = as_rows(returns)
    mean = rows.mean(axis=1)
    centred = rows - mean[:, np.newaxis]
    constant = check_constant(rows)
    # Scaled to a largest deviation of 1, so that fourth powers neither overflow nor vanish.
    scale = np.where(constant, 1.0, np.abs(centred).max(axis=1))
    unit = centred / scale[:, np.newaxis]
    square = unit * unit
    m2 = np.where(constant, 1.0, square.mean(axis=1))
    m3, m4 = (square * unit).mean(axis=1), (square * square).mean(axis=1)
    spread = scale * np.sqrt(m2 * (rows.shape[1] / (rows.shape[1] - 1.0)))
    return Moments(
        mean=mean,
        standard_deviation=np.where(constant, 0.0, spread),
        skewness=np.where(constant, 0.0, m3 / m2**1.5),
        excess_kurtosis=np.where(constant, 0.0, m4 / (m2 * m2) - 3.0),
    )
