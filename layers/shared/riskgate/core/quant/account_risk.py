"""Daily returns of many accounts in one pass, each on its own sample of days.

An account's sample is the days on which every asset it holds has a return: a missing return is never
read as zero, and an asset the account does not hold costs it nothing.
"""

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, as_finite, as_panel


def compute_account_returns(returns: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, BoolArray | None]:
    """Compute each account's daily return from today's weights: signed values (n_accounts, n_assets) per unit.

    `returns` are simple daily returns (n_days, n_assets), NaN where one is missing. Returns the portfolio returns
    (n_accounts, n_days), and of the same shape the days on which all held assets have a return (None: all days);
    what stands on another day means nothing. Raises ValueError if shapes disagree or a weight is not finite.
    """
    held = as_finite(weights, name="weights", ndim=2)
    daily = as_panel(returns, columns=held.shape[1])
    missing = np.isnan(daily)
    if not missing.any():
        return held @ daily.T, None
    pnl = held @ np.where(missing, 0.0, daily).T
    gappy = missing.any(axis=0)
    blocked = (held[:, gappy] != 0.0).astype(np.float32) @ missing[:, gappy].T.astype(np.float32)
    return pnl, blocked == 0.0
