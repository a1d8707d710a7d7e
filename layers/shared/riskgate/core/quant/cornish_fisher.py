"""Cornish-Fisher ("modified") VaR and expected shortfall, with the domain of the expansion."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray
from riskgate.core.quant.distributions import compute_normal_density, compute_normal_quantile
from riskgate.core.quant.moments import Moments


def compute_cornish_fisher_quantile(z: ArrayLike, skewness: ArrayLike, excess_kurtosis: ArrayLike) -> FloatArray:
    """Compute z + (z^2 - 1) S/6 + (z^3 - 3 z) K/24 - (2 z^3 - 5 z) S^2/36 from a standard normal quantile.

    Moments are 1/n moments; all three arrays broadcast.
    Source: Cornish & Fisher (1938); Zangari (1996); Favre & Galeano (2002), J. Alternative Investments 5.
    """
    z, s, k = np.asarray(z, np.float64), np.asarray(skewness, np.float64), np.asarray(excess_kurtosis, np.float64)
    cube = z * z * z
    expanded: FloatArray = z + (z * z - 1) * s / 6 + (cube - 3 * z) * k / 24 - (2 * cube - 5 * z) * s * s / 36
    return expanded


def check_cornish_fisher_domain(skewness: ArrayLike, excess_kurtosis: ArrayLike) -> BoolArray:
    """Tell where the expansion is an increasing function of z, and so a quantile function at all.

    Its derivative a z^2 + b z + c has a = K/8 - S^2/6, b = S/3, c = 1 - K/8 + 5 S^2/36 and must be
    non-negative: a > 0 and b^2 <= 4 a c, or a = b = 0 < c.
    Source: Maillard (2012), A user's guide to the Cornish Fisher expansion.
    """
    s, k = np.asarray(skewness, np.float64), np.asarray(excess_kurtosis, np.float64)
    a, b, c = k / 8 - s * s / 6, s / 3, 1 - k / 8 + 5 * s * s / 36
    valid: BoolArray = ((a > 0) & (b * b <= 4 * a * c)) | ((a == 0) & (b == 0) & (c > 0))
    return valid


def compute_cornish_fisher_tail(
    moments: Moments, tail_probabilities: Sequence[Fraction]
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Compute Cornish-Fisher ("modified") VaR and expected shortfall, and where they are valid.

    Both are (n_portfolios, n_levels), positive for losses; validity is (n_portfolios,). Outside the domain the VaR
    is the bare formula, which can be absurdly large or negative: flag or refuse it. Expected shortfall is held at
    the VaR there, because the integral of something that is no quantile function means nothing. It is the mean of
    the expansion over the tail: -m + s phi(z)/p (1 + z S/6 + (z^2 - 1) K/24 - (2 z^2 - 1) S^2/36).
    Source: as `compute_cornish_fisher_quantile`; truncated normal moments for the tail mean.
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
