"""Cornish-Fisher ("modified") VaR and expected shortfall, with the domain of the expansion."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray
from riskgate.core.quant.distributions import compute_normal_density, compute_normal_quantile
from riskgate.core.quant.moments import Moments


def compute_cornish_fisher_quantile(z: ArrayLike, skewness: ArrayLike, excess_kurtosis: ArrayLike) -> FloatArray:
    """Compute the Cornish-Fisher expansion of a standard quantile.

    Parameters
    ----------
    z, skewness, excess_kurtosis : array_like, broadcastable, float64
        Standard normal quantile (negative for losses) and 1/n moments.

    Returns
    -------
    ndarray, float64
        z + (z^2 - 1) S / 6 + (z^3 - 3 z) K / 24 - (2 z^3 - 5 z) S^2 / 36.

    Source
    ------
    Cornish & Fisher (1938); Zangari (1996); Favre & Galeano (2002), J. Alternative Investments 5.
    """
    z, s, k = np.asarray(z, np.float64), np.asarray(skewness, np.float64), np.asarray(excess_kurtosis, np.float64)
    cube = z * z * z
    expanded: FloatArray = z + (z * z - 1) * s / 6 + (cube - 3 * z) * k / 24 - (2 * cube - 5 * z) * s * s / 36
    return expanded


def check_cornish_fisher_domain(skewness: ArrayLike, excess_kurtosis: ArrayLike) -> BoolArray:
    """Tell where the expansion is an increasing function of z, and so a quantile function at all.

    Parameters
    ----------
    skewness, excess_kurtosis : array_like, broadcastable, float64
        1/n moments.

    Returns
    -------
    ndarray, bool
        True inside the domain. Its derivative a z^2 + b z + c has a = K/8 - S^2/6, b = S/3,
        c = 1 - K/8 + 5 S^2/36 and must be non-negative: a > 0 and b^2 <= 4 a c, or a = b = 0 < c.

    Source
    ------
    Maillard (2012), A user's guide to the Cornish Fisher expansion.
    """
    s, k = np.asarray(skewness, np.float64), np.asarray(excess_kurtosis, np.float64)
    a, b, c = k / 8 - s * s / 6, s / 3, 1 - k / 8 + 5 * s * s / 36
    valid: BoolArray = ((a > 0) & (b * b <= 4 * a * c)) | ((a == 0) & (b == 0) & (c > 0))
    return valid


def compute_cornish_fisher_tail(
    moments: Moments, tail_probabilities: Sequence[Fraction]
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Compute Cornish-Fisher ("modified") VaR and expected shortfall, and where they are valid.

    Parameters
    ----------
    moments : Moments
        Of the horizon wanted.
    tail_probabilities : sequence of Fraction, length n_levels
        p = 1 - confidence.

    Returns
    -------
    tuple of three ndarray
        VaR and expected shortfall, shape (n_portfolios, n_levels), float64, positive for losses; and
        shape (n_portfolios,), bool, True inside the domain. Outside it the VaR is the bare formula,
        which can be absurdly large or negative: flag or refuse it. Expected shortfall is held at the
        VaR there, because the integral of something that is no quantile function means nothing.

    Notes
    -----
    Expected shortfall is the mean of the expansion over the tail, in closed form:
    -m + s phi(z)/p (1 + z S/6 + (z^2 - 1) K/24 - (2 z^2 - 1) S^2/36).

    Source
    ------
    As `compute_cornish_fisher_quantile`; truncated normal moments for the tail mean.
    """
    p = np.array([float(q) for q in tail_probabilities])
    z = np.array([compute_normal_quantile(q) for q in p])
    density = np.array([compute_normal_density(q) for q in z])
    s, k = moments.skewness[:, np.newaxis], moments.excess_kurtosis[:, np.newaxis]
    mean, spread = moments.mean[:, np.newaxis], moments.standard_deviation[:, np.newaxis]
    var = -(mean + compute_cornish_fisher_quantile(z, s, k) * spread)
    tail = density / p * (1 + z * s / 6 + (z * z - 1) * k / 24 - (2 * z * z - 1) * s * s / 36)
    es = np.maximum(spread * tail - mean, var)
    return var, es, check_cornish_fisher_domain(moments.skewness, moments.excess_kurtosis)
