"""Historical simulation: plain, age-weighted and EWMA-filtered, vectorised over portfolios."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_rows
from riskgate.core.quant.quantiles import compute_tail_weights, locate_quantile, select_worst

EWMA_DECAY = 0.94
"""RiskMetrics' daily decay factor."""
AGE_DECAY = 0.98
"""Decay of the age weights; Boudoukh, Richardson & Whitelaw use 0.97 to 0.99."""

type TailPair = tuple[FloatArray, FloatArray]


def compute_historical_tail(
    returns: ArrayLike, tail_probabilities: Sequence[Fraction], *, overwrite: bool = False
) -> TailPair:
    """Compute historical VaR and expected shortfall of many portfolios at several levels.

    VaR is the order statistic (``order_statistic_MFE``, the (floor(np) + 1)-th largest loss), expected shortfall
    the exact one of Acerbi & Tasche. `returns` are simple portfolio returns, (n_days,) or (n_portfolios, n_days);
    `overwrite` partitions a matrix the caller owns in place. Both figures are (n_portfolios, n_levels), positive for
    losses.
    Source: Jorion (2007), ch. 10; McNeil, Frey & Embrechts (2015), 2.2 and 9.2; Acerbi & Tasche (2002).
    """
    rows = as_rows(returns)
    count = rows.shape[1]
    places = [locate_quantile(count, p) for p in tail_probabilities]
    worst = select_worst(rows, max(places) + 1, overwrite=overwrite)
    weights = [compute_tail_weights(count, p) for p in tail_probabilities]
    # 0.0 - x, because -x of a zero return would be the negative zero.
    var: FloatArray = 0.0 - worst[:, places]
    es = 0.0 - np.stack([worst[:, : shares.size] @ shares for shares in weights], axis=1)
    # True in exact arithmetic; rounding of a tail of equal losses must not break it.
    return var, np.maximum(es, var)


def compute_age_weights(count: int, decay: float) -> FloatArray:
    """Compute the probability weight of each day, oldest first: weights that grow by 1 / `decay` and sum to 1.

    Raises ValueError if `decay` is not strictly between 0 and 1 (1 is plain historical simulation).
    Source: Boudoukh, Richardson & Whitelaw (1998), Risk 11, 64-67.
    """
    if not 0.0 < decay < 1.0:
        raise ValueError("decay must lie strictly between 0 and 1")
    weights = decay ** np.arange(count - 1, -1, -1, dtype=np.float64)
    normalised: FloatArray = weights / weights.sum()
    return normalised


def compute_age_weighted_tail(
    returns: ArrayLike, tail_probabilities: Sequence[Fraction], *, decay: float = AGE_DECAY
) -> TailPair:
    """Compute age-weighted historical VaR and expected shortfall; shapes as for `compute_historical_tail`.

    Weights probabilities, not returns. VaR is the smallest observed loss l with P(loss > l) <= p: with
    equal weights that is ``order_statistic_MFE``. (The authors interpolate; an observed loss is kept.)
    Source: Boudoukh, Richardson & Whitelaw (1998), Risk 11, 64-67; tail mean after Acerbi & Tasche (2002).
    """
    rows = as_rows(returns)
    weights = compute_age_weights(rows.shape[1], decay)
    order = np.argsort(rows, axis=1, kind="stable")
    ascending = np.take_along_axis(rows, order, axis=1)
    mass = weights[order]
    cumulative = np.cumsum(mass, axis=1)
    cumulative[:, -1] = 1.0
    line = np.arange(rows.shape[0])
    var = np.empty((rows.shape[0], len(tail_probabilities)))
    es = np.empty_like(var)
    for level, probability in enumerate(tail_probabilities):
        p = float(probability)
        index = np.argmax(cumulative > p, axis=1)
        before = cumulative[line, index] - mass[line, index]
        loss_at = 0.0 - ascending[line, index]
        beyond = np.where(np.arange(rows.shape[1]) < index[:, np.newaxis], mass * ascending, 0.0).sum(axis=1)
        var[:, level] = loss_at
        es[:, level] = np.maximum(((p - before) * loss_at - beyond) / p, loss_at)
    return var, es


def compute_ewma_variances(returns: ArrayLike) -> FloatArray:
    """Compute the zero-mean EWMA variance known before each day, and the forecast for the next.

    v[0] is the mean square of the window; v[i + 1] = decay v[i] + (1 - decay) r[i]^2. Shape
    (n_portfolios, n_days + 1): the last column is the forecast for the day after the sample.
    Source: J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th ed. (1996), ch. 5.
    """
    rows = as_rows(returns)
    squares = rows * rows
    variances = np.empty((rows.shape[0], rows.shape[1] + 1))
    variances[:, 0] = squares.mean(axis=1)
    for day in range(rows.shape[1]):
        variances[:, day + 1] = EWMA_DECAY * variances[:, day] + (1.0 - EWMA_DECAY) * squares[:, day]
    return variances


def compute_filtered_tail(returns: ArrayLike, tail_probabilities: Sequence[Fraction]) -> TailPair:
    """Compute EWMA-filtered historical VaR and expected shortfall; shapes as for `compute_historical_tail`.

    Every return is rescaled by the ratio of tomorrow's forecast volatility to the volatility known
    before its own day; then plain historical simulation. All zero gives zero.
    Source: Hull & White (1998), J. Risk 1, 5-19; Barone-Adesi, Giannopoulos & Vosper (1999).
    """
    rows = as_rows(returns)
    variances = compute_ewma_variances(rows)
    known, forecast = variances[:, :-1], variances[:, -1:]
    ratio = np.divide(forecast, known, out=np.ones_like(known), where=known > 0.0)
    return compute_historical_tail(rows * np.sqrt(ratio), tail_probabilities, overwrite=True)
