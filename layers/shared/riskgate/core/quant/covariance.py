"""The sample covariance, and the factor of it that a simulation needs."""

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import SMALLEST_SAMPLE, FloatArray, as_finite


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
