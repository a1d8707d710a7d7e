"""Maximum drawdown of a value path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite


@dataclass(frozen=True, kw_only=True, slots=True)
class MaximumDrawdown:
    """Deepest fall from a peak: 0 if none fell, above 1 when the value turns negative."""

    drawdown_fraction: float
    peak_index: int  # position in the value path; 0 is the start, before the first return
    trough_index: int


def compute_maximum_drawdown(returns: ArrayLike) -> MaximumDrawdown:
    """Compute the maximum drawdown of compounded simple returns; a loss on the first day counts.

    1 - min over t of V[t] / max over s <= t of V[s], with V[0] = 1 at the first close: not negative (the
    literature's sign is), and above 1 where more than everything was lost.
    """
    return find_maximum_drawdown(compute_value_path(returns))


def compute_value_path(returns: ArrayLike) -> FloatArray:
    """Compute the value of what begins at 1 and is reinvested in full, shape (n_days + 1,); `returns` may be empty.

    A day that loses everything, or more, is the last: the path stays where it fell to, for there is nothing left
    that could gain or lose.
    """
    path = np.concatenate(([1.0], np.cumprod(1.0 + as_finite(returns, name="returns", ndim=1))))
    ruined = np.flatnonzero(path <= 0.0)
    if ruined.size:
        path[ruined[0] :] = path[ruined[0]]
    return path


def find_maximum_drawdown(values: ArrayLike) -> MaximumDrawdown:
    """Find the maximum drawdown of a path of values, oldest first; raises ValueError unless the first is positive."""
    path = as_finite(values, name="values", ndim=1)
    if path.size == 0 or path[0] <= 0.0:
        raise ValueError("a value path must start with a positive value")
    peak = np.maximum.accumulate(path)
    trough = int(np.argmin(path / peak))
    return MaximumDrawdown(
        drawdown_fraction=float(1.0 - path[trough] / peak[trough]),
        peak_index=int(np.argmax(path[: trough + 1])),
        trough_index=trough,
    )
