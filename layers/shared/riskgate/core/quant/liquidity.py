"""What getting out costs: half the spread, and its volatility."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite

SPREAD_SCALING = 3.0
"""Spread volatilities above the mean that count as the bad day; the source finds 2.0 to 4.5."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class LiquidityAdjustedVaR:
    """Market VaR plus the cost of closing at a bad spread, base currency; the cost is non-negative."""

    market_var: float
    liquidity_cost: float
    liquidity_adjusted_var: float
    cost_by_position: FloatArray  # (n_positions,): sums to the cost


def compute_exit_cost(
    position_values: ArrayLike,
    spread_mean: ArrayLike,
    spread_volatility: ArrayLike | float = 0.0,
    *,
    scaling: float = SPREAD_SCALING,
    spread_multiplier: float = 1.0,
) -> FloatArray:
    """Compute the cost of closing each position at half of a wide spread, in money.

    cost = |value| x 1/2 x multiplier x (mean + scaling x volatility); no more than the whole position. Values are
    signed money; mean and volatility of (ask - bid) / mid are non-negative fractions; all have shape
    (n_positions,). The multiplier widens the whole spread: 10 for a market that has dried up. Raises ValueError if
    an input is not finite or a spread, scaling or multiplier is negative.
    Source: Bangia, Diebold, Schuermann & Stroughair (1999), Modeling liquidity risk, Risk 12 (exogenous spread).
    """
    values = as_finite(position_values, name="position_values", ndim=1)
    mean = as_finite(spread_mean, name="spread_mean")
    volatility = as_finite(spread_volatility, name="spread_volatility")
    if (mean < 0).any() or (volatility < 0).any() or scaling < 0 or spread_multiplier < 0:
        raise ValueError("spreads, their volatility, scaling and multiplier must not be negative")
    half = np.minimum(0.5 * spread_multiplier * (mean + scaling * volatility), 1.0)
    cost: FloatArray = np.abs(values) * half
    return cost


def compute_liquidity_adjusted_var(
    market_var: float,
    position_values: ArrayLike,
    spread_mean: ArrayLike,
    spread_volatility: ArrayLike,
) -> LiquidityAdjustedVaR:
    """Add the cost of liquidity to a market VaR (money, positive for a loss); inputs as `compute_exit_cost`.

    Spreads widen when prices fall, so the two bad days are taken to be the same one: they add up.
    Source: Bangia, Diebold, Schuermann & Stroughair (1999).
    """
    market = float(as_finite(market_var, name="market_var", ndim=0))
    costs = compute_exit_cost(position_values, spread_mean, spread_volatility)
    total = float(costs.sum())
    return LiquidityAdjustedVaR(
        market_var=market,
        liquidity_cost=total,
        liquidity_adjusted_var=market + total,
        cost_by_position=costs,
    )
