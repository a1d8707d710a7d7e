"""Array types of the package and the checks every entry point makes of its input."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int64]
type BoolArray = NDArray[np.bool_]
type DayArray = NDArray[np.datetime64]

SMALLEST_SAMPLE = 2
"""Fewest observations a variance is defined for."""
_PANEL_DIMENSIONS = 2


def as_finite(values: ArrayLike, *, name: str, ndim: int | None = None) -> FloatArray:
    """Convert to float64; raises ValueError for NaN, infinity or another number of dimensions than `ndim`."""
    array = np.asarray(values, dtype=np.float64)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), not {array.ndim}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite: NaN and infinity are no observations")
    return array


def as_rows(returns: ArrayLike, *, name: str = "returns") -> FloatArray:
    """Convert portfolio returns, (n_days,) or (n_portfolios, n_days), to finite rows: one per portfolio."""
    array = np.asarray(returns, dtype=np.float64)
    if array.ndim == 1:
        array = array[np.newaxis, :]
    return as_finite(array, name=name, ndim=2)


def as_panel(returns: ArrayLike, *, columns: int) -> FloatArray:
    """Convert asset returns to a float64 panel (n_days, columns) in which NaN marks a missing return."""
    panel = np.asarray(returns, dtype=np.float64)
    if panel.ndim != _PANEL_DIMENSIONS or panel.shape[1] != columns:
        raise ValueError(f"returns must be (n_days, {columns}): one column per asset")
    if np.isinf(panel).any():
        raise ValueError("returns must not be infinite")
    return panel
