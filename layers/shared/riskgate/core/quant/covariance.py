"""Covariance matrices: sample and Ledoit-Wolf, and the factor a simulation needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import SMALLEST_SAMPLE, FloatArray, as_finite


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ShrunkCovariance:
    """Daily covariance shrunk towards a multiple of the identity; definite when the sample has any variance."""

    covariance: FloatArray
    shrinkage: float  # weight of the target, 0..1


def _as_sample(returns: ArrayLike) -> FloatArray:
    """Check a sample of at least two days."""
    sample = as_finite(returns, name="returns", ndim=2)
    if sample.shape[0] < SMALLEST_SAMPLE:
        raise ValueError("a covariance needs at least two days")
    return sample


def compute_sample_covariance(returns: ArrayLike) -> FloatArray:
    """Compute the sample covariance (ddof 1) of daily returns (n_days, n_assets), at least two days."""
    sample = _as_sample(returns)
    centred = sample - sample.mean(axis=0)
    covariance: FloatArray = centred.T @ centred / (sample.shape[0] - 1)
    return covariance


def compute_ledoit_wolf_covariance(returns: ArrayLike) -> ShrunkCovariance:
    """Compute the Ledoit-Wolf shrinkage covariance of daily returns (n_days, n_assets), at least two days.

    (1 - a) S + a mu I with S of ddof 0 and mu = trace(S) / n_assets.
    Source: Ledoit & Wolf (2004), J. Multivariate Analysis 88, 365-411, in the form of scikit-learn's
    `covariance.ledoit_wolf_shrinkage` (BSD 3-Clause); written anew from the formulas.
    """
    sample = _as_sample(returns)
    n, k = sample.shape
    centred = sample - sample.mean(axis=0)
    # Scaled to unit size: fourth powers of daily returns would lose digits, and of zero divide by it.
    scale = float(np.abs(centred).max())
    empirical = centred.T @ centred / n
    if k == 1 or scale == 0.0:
        return ShrunkCovariance(covariance=empirical, shrinkage=0.0)
    unit = centred / scale
    square = unit * unit
    second = unit.T @ unit / n
    mu = float(np.trace(second)) / k
    norm = float((second * second).sum())
    beta = (float((square.T @ square).sum()) / n - norm) / (k * n)
    delta = (norm - k * mu * mu) / k
    beta = min(max(beta, 0.0), max(delta, 0.0))
    shrinkage = beta / delta if beta > 0.0 else 0.0
    shrunk = (1.0 - shrinkage) * empirical
    shrunk[np.diag_indices(k)] += shrinkage * mu * scale * scale
    return ShrunkCovariance(covariance=shrunk, shrinkage=shrinkage)


def _as_square(matrix: ArrayLike) -> FloatArray:
    """Check a square matrix and return its symmetric part."""
    square = as_finite(matrix, name="matrix", ndim=2)
    if square.shape[0] != square.shape[1]:
        raise ValueError("matrix must be square")
    symmetric: FloatArray = (square + square.T) / 2.0
    return symmetric


def factor_covariance(covariance: ArrayLike) -> tuple[FloatArray, bool]:
    """Factor a covariance, singular ones included: L with L L' = covariance, and whether it was repaired.

    Repaired means that negative eigenvalues were set to zero. L is lower triangular where Cholesky succeeds, else
    from eigenvectors whose largest entry is made positive.
    """
    symmetric = _as_square(covariance)
    try:
        return np.linalg.cholesky(symmetric), False
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(symmetric)
    # The sign of an eigenvector is the library's whim; fixed here, so that seeds mean the same everywhere.
    signs = np.sign(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])])
    size = max(float(np.abs(values).max()), np.finfo(np.float64).tiny)
    broken = bool(values[0] < -1e-12 * size)
    factor: FloatArray = vectors * signs * np.sqrt(np.maximum(values, 0.0))
    return factor, broken
