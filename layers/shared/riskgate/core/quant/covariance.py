"""Covariance matrices: sample, EWMA and Ledoit-Wolf, and repair to the nearest semidefinite matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import SMALLEST_SAMPLE, FloatArray, as_finite
from riskgate.core.quant.historical import EWMA_DECAY


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ShrunkCovariance:
    """Covariance shrunk towards a multiple of the identity.

    Attributes
    ----------
    covariance : ndarray, shape (n_assets, n_assets), float64
        Daily, positive definite when the sample has any variance.
    shrinkage : float
        Weight of the target, between 0 and 1.
    """

    covariance: FloatArray
    shrinkage: float


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RepairedMatrix:
    """A symmetric matrix made positive semidefinite.

    Attributes
    ----------
    matrix : ndarray, shape (n, n), float64
        Symmetric, no eigenvalue below zero beyond rounding.
    distance : float
        Frobenius distance to the symmetric part of the input; 0 if nothing was changed.
    """

    matrix: FloatArray
    distance: float

    @property
    def repaired(self) -> bool:
        """Tell whether anything was changed."""
        return self.distance > 0.0


def _as_sample(returns: ArrayLike) -> FloatArray:
    """Check a sample of at least two days."""
    sample = as_finite(returns, name="returns", ndim=2)
    if sample.shape[0] < SMALLEST_SAMPLE:
        raise ValueError("a covariance needs at least two days")
    return sample


def compute_sample_covariance(returns: ArrayLike, *, ddof: int = 1) -> FloatArray:
    """Compute the sample covariance matrix.

    Parameters
    ----------
    returns : array_like, shape (n_days, n_assets), float64
        Daily returns, fractions, at least two days.
    ddof : int
        1 unbiased (default), 0 maximum likelihood.

    Returns
    -------
    ndarray, shape (n_assets, n_assets), float64
        Daily covariance.

    Raises
    ------
    ValueError
        If a return is not finite or there are fewer than two days.
    """
    sample = _as_sample(returns)
    centred = sample - sample.mean(axis=0)
    covariance: FloatArray = centred.T @ centred / (sample.shape[0] - ddof)
    return covariance


def compute_ewma_covariance(returns: ArrayLike, *, decay: float = EWMA_DECAY) -> FloatArray:
    """Compute the zero-mean EWMA covariance forecast for the day after the sample.

    S[0] = R'R / n over the window, S[t + 1] = decay S[t] + (1 - decay) r[t] r[t]'. For any weights w
    its w' S w is the forecast variance of `historical.compute_ewma_variances` on the portfolio.

    Parameters
    ----------
    returns : array_like, shape (n_days, n_assets), float64
        Daily returns, oldest first, at least two days.
    decay : float
        0 < decay < 1.

    Returns
    -------
    ndarray, shape (n_assets, n_assets), float64
        Daily covariance, positive semidefinite.

    Raises
    ------
    ValueError
        If a return is not finite or `decay` is out of range.

    Source
    ------
    J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th ed. (1996), ch. 5.
    """
    if not 0.0 < decay < 1.0:
        raise ValueError("decay must lie strictly between 0 and 1")
    sample = _as_sample(returns)
    count = sample.shape[0]
    weights = (1.0 - decay) * decay ** np.arange(count - 1, -1, -1, dtype=np.float64)
    weights += decay**count / count  # what is left of the seed, spread over the window
    covariance: FloatArray = (sample * weights[:, np.newaxis]).T @ sample
    return covariance


def compute_ledoit_wolf_covariance(returns: ArrayLike) -> ShrunkCovariance:
    """Compute the Ledoit-Wolf shrinkage covariance.

    Parameters
    ----------
    returns : array_like, shape (n_days, n_assets), float64
        Daily returns, at least two days; centred on their means here.

    Returns
    -------
    ShrunkCovariance
        (1 - a) S + a mu I with S of ddof 0 and mu = trace(S) / n_assets.

    Raises
    ------
    ValueError
        If a return is not finite or there are fewer than two days.

    Source
    ------
    Ledoit & Wolf (2004), J. Multivariate Analysis 88, 365-411, in the form of scikit-learn's
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


def repair_covariance(matrix: ArrayLike) -> RepairedMatrix:
    """Find the nearest positive semidefinite matrix in the Frobenius norm.

    Parameters
    ----------
    matrix : array_like, shape (n, n), float64
        Any square matrix; its symmetric part is repaired.

    Returns
    -------
    RepairedMatrix

    Raises
    ------
    ValueError
        If the matrix is not square or not finite.

    Source
    ------
    Higham (1988), Linear Algebra and its Applications 103, 103-118: set negative eigenvalues to zero.
    """
    square = _as_square(matrix)
    if square.size == 0 or np.linalg.eigvalsh(square)[0] >= 0.0:
        return RepairedMatrix(matrix=square, distance=0.0)
    nearest = _project_semidefinite(square)
    return RepairedMatrix(matrix=nearest, distance=float(np.linalg.norm(nearest - square)))


def _as_square(matrix: ArrayLike) -> FloatArray:
    """Check a square matrix and return its symmetric part."""
    square = as_finite(matrix, name="matrix", ndim=2)
    if square.shape[0] != square.shape[1]:
        raise ValueError("matrix must be square")
    symmetric: FloatArray = (square + square.T) / 2.0
    return symmetric


def _project_semidefinite(symmetric: FloatArray) -> FloatArray:
    """Set the negative eigenvalues of a symmetric matrix to zero."""
    values, vectors = np.linalg.eigh(symmetric)
    projected = (vectors * np.maximum(values, 0.0)) @ vectors.T
    balanced: FloatArray = (projected + projected.T) / 2.0
    return balanced


def repair_correlation(matrix: ArrayLike, *, tolerance: float = 1e-10, iterations: int = 1000) -> RepairedMatrix:
    """Find the nearest correlation matrix in the Frobenius norm.

    Parameters
    ----------
    matrix : array_like, shape (n, n), float64
        Estimated correlations, for example pairwise ones that do not fit together.
    tolerance : float
        Relative change at which the iteration stops.
    iterations : int
        Most rounds; the last iterate is then scaled to a unit diagonal.

    Returns
    -------
    RepairedMatrix
        Unit diagonal, entries between -1 and 1.

    Raises
    ------
    ValueError
        If the matrix is not square or not finite.

    Source
    ------
    Higham (2002), IMA J. Numerical Analysis 22, 329-343, algorithm 3.3: alternating projections with
    Dykstra's correction.
    """
    square = _as_square(matrix)
    if square.size == 0 or (
        np.array_equal(np.diag(square), np.ones(square.shape[0])) and np.linalg.eigvalsh(square)[0] >= 0.0
    ):
        return RepairedMatrix(matrix=square, distance=0.0)
    current, correction = square.copy(), np.zeros_like(square)
    for _ in range(iterations):
        adjusted = current - correction
        projected = _project_semidefinite(adjusted)
        correction = projected - adjusted
        following = projected.copy()
        np.fill_diagonal(following, 1.0)
        change = float(np.linalg.norm(following - current))
        current = following
        if change <= tolerance * float(np.linalg.norm(current)):
            break
    # One last projection and rescaling: semidefinite and of unit diagonal to rounding, not to tolerance.
    nearest = _project_semidefinite(current)
    root = np.sqrt(np.maximum(np.diag(nearest), np.finfo(np.float64).tiny))
    nearest = np.clip(nearest / np.outer(root, root), -1.0, 1.0)
    np.fill_diagonal(nearest, 1.0)
    return RepairedMatrix(matrix=nearest, distance=float(np.linalg.norm(nearest - square)))


def factor_covariance(covariance: ArrayLike) -> tuple[FloatArray, bool]:
    """Factor a covariance matrix for simulation, singular ones included.

    Parameters
    ----------
    covariance : array_like, shape (n_assets, n_assets), float64
        Symmetric; negative eigenvalues are set to zero.

    Returns
    -------
    tuple of ndarray, shape (n_assets, n_assets), float64, and bool
        L with L L' = covariance (repaired if the flag is True). Lower triangular where Cholesky
        succeeds, else from eigenvectors whose largest entry is made positive.

    Raises
    ------
    ValueError
        If the matrix is not square or not finite.
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
