"""What getting out costs: half the spread, and its volatility."""

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite

SPREAD_SCALING = 3.0
"""Spread volatilities above the mean that count as the bad day; the source finds 2.0 to 4.5."""


def compute_exit_cost(
    position_values: ArrayLike,
    spread_mean: ArrayLike,
    spread_volatility: ArrayLike | float = 0.0,
    *,
    spread_multiplier: float = 1.0,
) -> FloatArray:
    """Compute the cost of closing each position at half of a wide spread, in money.

    cost = |value| x 1/2 x multiplier x (mean + 3 x volatility); no more than the whole position. Values are
    signed money; mean and volatility of (ask - bid) / mid are non-negative fractions; all have shape
    (n_positions,). The multiplier widens the whole spread: 10 for a market that has dried up. Added to a market VaR
    it makes a liquidity-adjusted one: spreads widen when prices fall, so the two bad days are taken to be the same.
    Raises ValueError if an input is not finite or a spread or multiplier is negative.
    Source: Bangia, Diebold, Schuermann & Stroughair (1999), Modeling liquidity risk, Risk 12 (exogenous spread).
    """
    values = as_finite(position_values, name="position_values", ndim=1)
    mean = as_finite(spread_mean, name="spread_mean")
    volatility = as_finite(spread_volatility, name="spread_volatility")
    if (mean < 0).any() or (volatility < 0).any() or spread_multiplier < 0:
        raise ValueError("spreads, their volatility and multiplier must not be negative")
    half = np.minimum(0.5 * spread_multiplier * (mean + SPREAD_SCALING * volatility), 1.0)
    cost: FloatArray = np.abs(values) * half
    return cost
