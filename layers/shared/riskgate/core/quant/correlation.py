"""Correlation of log returns with gaps, pair by pair, and of a candidate with a book."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, IntArray, as_panel

MINIMUM_PAIRS = 30
"""Common days two assets need before their correlation is believed."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CorrelationMatrix:
    """Pearson correlations with what stands behind them; square arrays are (n_assets, n_assets).

    Undefined pairs hold 1.0: too little is known, so two positions in the same direction count as one.
    """

    assets: tuple[str, ...]
    matrix: FloatArray  # between -1 and 1, unit diagonal, finite
    defined: BoolArray  # False with too few common days or no movement; the diagonal is the asset's own
    observations: IntArray  # common days of each pair
    volatilities: FloatArray  # (n_assets,): daily standard deviations (ddof 1); 0 where fewer than two returns


def compute_correlation(returns: ArrayLike, assets: Sequence[str]) -> CorrelationMatrix:
    """Compute Pearson correlations of log daily returns (NaN: missing), each pair over the days both have one.

    With gaps the matrix need not be positive semidefinite.
    """
    sample = as_panel(returns, columns=len(assets))
    count, cross, spread, moving = _sum_pairs(sample)
    defined = (count >= MINIMUM_PAIRS) & moving & moving.T
    scale = np.sqrt(np.where(defined, spread * spread.T, 1.0))
    matrix = np.where(defined, np.clip(cross / scale, -1.0, 1.0), 1.0)
    np.fill_diagonal(matrix, 1.0)
    variance = np.diag(spread) / np.maximum(np.diag(count) - 1.0, 1.0)
    return CorrelationMatrix(
        assets=tuple(assets),
        matrix=matrix,
        defined=defined,
        observations=count.astype(np.int64),
        volatilities=np.sqrt(np.where(np.diag(moving), variance, 0.0)),
    )


def _sum_pairs(sample: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    """Sum over the days each pair shares: days, products, squares of the first; does the first move."""
    present = ~np.isnan(sample)
    mask = present.astype(np.float64)
    known = np.where(present, sample, 0.0)
    count = mask.T @ mask
    common = np.maximum(count, 1.0)
    # Centred first, so that the sums below do not cancel; row i of each is asset i over i's days with j.
    centred = np.where(present, sample - known.sum(axis=0) / np.maximum(mask.sum(axis=0), 1.0), 0.0)
    first, second = centred.T @ mask, (centred * centred).T @ mask
    cross = centred.T @ centred - first * first.T / common
    spread = np.maximum(second - first * first / common, 0.0)
    largest = np.max(np.abs(known), axis=0, initial=0.0)
    moving = spread > common * (1e-13 * largest[:, np.newaxis]) ** 2
    return count, cross, spread, moving


def compute_book_correlation(
    correlations: CorrelationMatrix, exposures: ArrayLike, candidate: str, *, side: int
) -> float | None:
    """Compute the correlation of a candidate position with the current book.

    corr = side * sum_j x_j s_j rho_cj / sqrt(x' C x), with x the signed exposures in the matrix's order, C the
    covariance s_i rho_ij s_j, and side +1 for a buy, -1 for a sell; a candidate that hedges has a negative
    correlation. None when it cannot be known: the candidate or an asset of the book lacks data, or the book is
    empty or does not move. Raises ValueError if the candidate is not in the matrix or shapes disagree.
    """
    book = np.asarray(exposures, dtype=np.float64)
    if candidate not in correlations.assets or book.shape != (len(correlations.assets),):
        raise ValueError("need one exposure per asset and a candidate among them")
    row = correlations.assets.index(candidate)
    held = np.flatnonzero(book)
    needed = np.append(held, row)
    if not correlations.defined[np.ix_(needed, needed)].all():
        return None
    weighted = book * correlations.volatilities
    variance = float(weighted @ correlations.matrix @ weighted)
    gross = float(np.abs(weighted).sum())
    if variance <= (1e-9 * gross) ** 2:
        return None
    alignment = side * float(correlations.matrix[row] @ weighted) / math.sqrt(variance)
    return min(max(alignment, -1.0), 1.0)
