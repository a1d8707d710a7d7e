"""What getting out costs: half the spread, its volatility, and the days an exit takes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite

SPREAD_SCALING = 3.0
"""Spread volatilities above the mean that count as the bad day; the source finds 2.0 to 4.5."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class LiquidityAdjustedVaR:
    """Market VaR plus the cost of closing at a bad spread.

    Attributes
    ----------
    market_var, liquidity_cost, liquidity_adjusted_var : float
        Money of the account's base currency; the cost is non-negative.
    cost_by_position : ndarray, shape (n_positions,), float64
        Money, non-negative; sums to the cost.
    """

    market_var: float
    liquidity_cost: float
    liquidity_adjusted_var: float
    cost_by_position: FloatArray


def compute_exit_cost(
    position_values: ArrayLike,
    spread_mean: ArrayLike,
    spread_volatility: ArrayLike | float = 0.0,
    *,
    scaling: float = SPREAD_SCALING,
    spread_multiplier: float = 1.0,
) -> FloatArray:
    """Compute the cost of closing each position at half of a wide spread.

    cost = |value| x 1/2 x multiplier x (mean + scaling x volatility); no more than the whole position.

    Parameters
    ----------
    position_values : array_like, shape (n_positions,), float64
        Signed values in money.
    spread_mean : array_like, shape (n_positions,), float64
        Mean of (ask - bid) / mid, fraction, non-negative.
    spread_volatility : array_like or float, shape (n_positions,), float64
        Standard deviation of that spread, fraction, non-negative.
    scaling : float
        Spread volatilities added to the mean, non-negative.
    spread_multiplier : float
        Of the whole spread; 10 for a market that has dried up.

    Returns
    -------
    ndarray, shape (n_positions,), float64
        Money, non-negative.

    Raises
    ------
    ValueError
        If an input is not finite or a spread, scaling or multiplier is negative.

    Source
    ------
    Bangia, Diebold, Schuermann & Stroughair (1999), Modeling liquidity risk, Risk 12 (exogenous spread).
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
    *,
    scaling: float = SPREAD_SCALING,
) -> LiquidityAdjustedVaR:
    """Add the cost of liquidity to a market VaR.

    Spreads widen when prices fall, so the two bad days are taken to be the same one: they add up.

    Parameters
    ----------
    market_var : float
        Money, positive for a loss.
    position_values : array_like, shape (n_positions,), float64
        Signed values in money.
    spread_mean, spread_volatility : array_like, shape (n_positions,), float64
        Of (ask - bid) / mid, fractions, non-negative.
    scaling : float
        Spread volatilities added to the mean.

    Returns
    -------
    LiquidityAdjustedVaR

    Raises
    ------
    ValueError
        If an input is not finite or negative where it must not be.

    Source
    ------
    Bangia, Diebold, Schuermann & Stroughair (1999).
    """
    market = float(as_finite(market_var, name="market_var", ndim=0))
    costs = compute_exit_cost(position_values, spread_mean, spread_volatility, scaling=scaling)
    total = float(costs.sum())
    return LiquidityAdjustedVaR(
        market_var=market,
        liquidity_cost=total,
        liquidity_adjusted_var=market + total,
        cost_by_position=costs,
    )


def compute_exit_days(
    quantities: ArrayLike, daily_volumes: ArrayLike, *, participation_fraction: float = 0.1
) -> FloatArray:
    """Compute how many days closing each position takes at a share of the daily volume.

    Parameters
    ----------
    quantities : array_like, shape (n_positions,), float64
        Signed base units.
    daily_volumes : array_like, shape (n_positions,), float64
        Base units traded in 24 hours, positive.
    participation_fraction : float
        Share of the volume one takes, above 0 and at most 1.

    Returns
    -------
    ndarray, shape (n_positions,), float64
        Days, non-negative.

    Raises
    ------
    ValueError
        If an input is not finite, a volume is not positive or the share is out of range.
    """
    held = as_finite(quantities, name="quantities", ndim=1)
    volume = as_finite(daily_volumes, name="daily_volumes", ndim=1)
    if (volume <= 0).any() or not 0.0 < participation_fraction <= 1.0:
        raise ValueError("volumes must be positive and the share above 0 and at most 1")
    days: FloatArray = np.abs(held) / (participation_fraction * volume)
    return days
