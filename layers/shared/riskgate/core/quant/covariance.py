"""The sample covariance, and the factor of it that a simulation needs."""

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import SMALLEST_SAMPLE, FloatArray, as_finite


def compute_sample_covariance(returns: ArrayLike) -> FloatArray:
    """Compute the sample covariance (ddof 1) of daily returns (n_days, n_assets), at least two days."""
    sample = as_finite(returns, name="returns", ndim=2)
    if sample.shape[0] < SMALLEST_SAMPLE:
        raise ValueError("a covariance needs at least two days")
    centred = sample - sample.mean(axis=0)
    covariance: FloatArray = centred.T @ centred / (sample.shape[0] - 1)
    return covariance


def factor_covariance(covariance: ArrayLike) -> tuple[FloatArray, bool]:
    """Factor a covariance, singular ones included: L with L L' = covariance, and whether it was repaired.

    Repaired means that negative eigenvalues were set to zero. L is lower triangular where Cholesky succeeds, else
    from eigenvectors whose largest entry is made positive.
    """
    square = as_finite(covariance, name="covariance", ndim=2)
    symmetric = (square + square.T) / 2.0
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
