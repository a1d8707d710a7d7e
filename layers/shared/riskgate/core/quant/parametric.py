"""Parametric VaR and expected shortfall: normal and Student t."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray
from riskgate.core.quant.distributions import (
    compute_normal_density,
    compute_normal_quantile,
    compute_student_t_density,
    compute_student_t_quantile,
)
from riskgate.core.quant.historical import TailPair
from riskgate.core.quant.moments import Moments

_KURTOSIS_MINIMUM = 6e-6  # a million degrees of freedom: the normal distribution to six digits


def compute_normal_tail(moments: Moments, tail_probabilities: Sequence[Fraction]) -> TailPair:
    """Compute normal VaR = -(m + z_p s) and expected shortfall = -m + s phi(z_p) / p.

    `moments` are of the horizon wanted; both figures (n_portfolios, n_levels), positive for losses.
    Source: Jorion (2007), ch. 5; McNeil, Frey & Embrechts (2015), example 2.14.
    """
    p = np.array([float(q) for q in tail_probabilities])
    z = np.array([compute_normal_quantile(q) for q in p])
    density = np.array([compute_normal_density(q) for q in z])
    mean, spread = moments.mean[:, np.newaxis], moments.standard_deviation[:, np.newaxis]
    return -spread * z - mean, spread * (density / p) - mean


def estimate_degrees_of_freedom(excess_kurtosis: ArrayLike) -> FloatArray:
    """Estimate Student t degrees of freedom by matching the kurtosis: 4 + 6 / K; 0 marks the normal limit.

    The excess kurtosis of a t distribution is 6 / (nu - 4) for nu > 4; not positive kurtosis has none.
    """
    k = np.asarray(excess_kurtosis, dtype=np.float64)
    heavy = k > _KURTOSIS_MINIMUM
    fitted: FloatArray = np.where(heavy, 4.0 + 6.0 / np.where(heavy, k, 1.0), 0.0)
    return fitted


def compute_student_t_tail(
    moments: Moments, tail_probabilities: Sequence[Fraction]
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Compute Student t VaR and expected shortfall with the sample's mean, variance and kurtosis.

    The third array, (n_portfolios,), tells where the normal limit stood in (kurtosis not above normal).
    Source: McNeil, Frey & Embrechts (2015), example 2.15: ES_t = f(q)/p (nu + q^2)/(nu - 1), unit variance
    by sqrt((nu - 2)/nu).
    """
    degrees = estimate_degrees_of_freedom(moments.excess_kurtosis)
    normal = degrees == 0.0
    var, es = compute_normal_tail(moments, tail_probabilities)
    for row in np.flatnonzero(~normal):
        nu = float(degrees[row])
        unit = float(moments.standard_deviation[row]) * ((nu - 2.0) / nu) ** 0.5
        for level, probability in enumerate(tail_probabilities):
            p = float(probability)
            q = compute_student_t_quantile(p, nu)
            tail = compute_student_t_density(q, nu) / p * (nu + q * q) / (nu - 1.0)
            var[row, level] = -unit * q - moments.mean[row]
            es[row, level] = unit * tail - moments.mean[row]
    return var, es, normal
