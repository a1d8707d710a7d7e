"""Maximum drawdown of compounded returns."""

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import FloatArray, as_finite


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


def compute_maximum_drawdown(returns: ArrayLike) -> float:
    """Compute the maximum drawdown of compounded simple returns as a fraction; a loss on the first day counts.

    1 - min over t of V[t] / max over s <= t of V[s], with V[0] = 1 at the first close: not negative (the
    literature's sign is), and above 1 where more than everything was lost.
    """
    path = compute_value_path(returns)
    return float(1.0 - (path / np.maximum.accumulate(path)).min())
