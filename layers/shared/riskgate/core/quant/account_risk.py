"""VaR and expected shortfall of all accounts in one pass, each on its own sample of days.

An account's sample is the days on which every asset it holds has a return: a missing return is never
read as zero, and an asset the account does not hold costs it nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import SMALLEST_SAMPLE, BoolArray, FloatArray, IntArray, as_finite, as_panel
from riskgate.core.quant.moments import check_constant
from riskgate.core.quant.quantiles import compute_tail_probability
from riskgate.core.quant.results import MINIMUM_OBSERVATIONS, InsufficientData, TailRisk
from riskgate.core.quant.tail_model import TailModel, TailTable, compute_tail_table
from riskgate.core.quant.tail_risk import list_flags

type Group = tuple[IntArray, IntArray | None]
"""Accounts, and the days they share (None: all)."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class AccountTailRisk:
    """VaR and expected shortfall of many accounts, as fractions of the account's value, positive for losses.

    Figures are infinite where data are insufficient, so that a comparison with a limit fails closed; read one
    account through `account`.
    """

    model: TailModel
    confidences: tuple[float, ...]
    horizon_days: int
    minimum_observations: int
    observations: IntArray  # (n_accounts,): days on which every asset the account holds has a return
    sufficient: BoolArray
    var_fraction: FloatArray  # (n_accounts, n_levels)
    es_fraction: FloatArray  # (n_accounts, n_levels)
    flagged: BoolArray  # (n_accounts,): the method's own reservation, see `TailTable`
    constant: BoolArray  # (n_accounts,): the portfolio never moves

    def account(self, index: int, *, level: int = 0) -> TailRisk | InsufficientData:
        """Return the figures of one account at one level, or the statement that there are none."""
        observations = int(self.observations[index])
        if not self.sufficient[index]:
            return InsufficientData(
                what=f"{self.model.name} tail risk",
                observations=observations,
                minimum_observations=self.minimum_observations,
            )
        p = compute_tail_probability(self.confidences[level])
        return TailRisk(
            method=self.model.name,
            confidence=self.confidences[level],
            horizon_days=self.horizon_days,
            observations=observations,
            var_fraction=float(self.var_fraction[index, level]),
            es_fraction=float(self.es_fraction[index, level]),
            flags=list_flags(
                self.model,
                observations * p,
                self.horizon_days,
                constant=bool(self.constant[index]),
                flagged=bool(self.flagged[index]),
            ),
        )


def compute_account_tail_risk(
    returns: ArrayLike,
    weights: ArrayLike,
    *,
    confidences: Sequence[float] = (0.95, 0.99),
    model: TailModel | None = None,
    horizon_days: int = 1,
    minimum_observations: int = MINIMUM_OBSERVATIONS,
) -> AccountTailRisk:
    """Compute VaR and expected shortfall of all accounts, each on the days all assets it holds have returns.

    `returns` are simple daily returns (n_days, n_assets), oldest first, NaN where one is missing; `weights`
    (n_accounts, n_assets) are signed position value / account value today, applied to every day. Raises
    ValueError if shapes disagree or a weight or a return is not finite.
    """
    model = model or TailModel()
    tails = [compute_tail_probability(level) for level in confidences]
    pnl, valid = compute_account_returns(returns, weights)
    observations = count_days(pnl, valid)
    minimum = max(minimum_observations, SMALLEST_SAMPLE)
    groups = [g for g in group_by_sample(valid, pnl.shape[0]) if observations[g[0][0]] >= minimum]
    table, constant = _estimate_groups(pnl, groups, tails, model, horizon_days)
    return AccountTailRisk(
        model=model, confidences=tuple(float(level) for level in confidences), horizon_days=horizon_days,
        minimum_observations=minimum, observations=observations, sufficient=observations >= minimum,
        var_fraction=table.var_fraction, es_fraction=table.es_fraction, flagged=table.flagged, constant=constant,
    )  # fmt: skip


def _estimate_groups(
    pnl: FloatArray, groups: Sequence[Group], tails: Sequence[Fraction], model: TailModel, horizon_days: int
) -> tuple[TailTable, BoolArray]:
    """Estimate each group of accounts on its sample; accounts in none keep infinity. Reorders `pnl`."""
    var, es = np.full((2, pnl.shape[0], len(tails)), np.inf)
    flagged, constant = np.zeros((2, pnl.shape[0]), dtype=np.bool_)
    for members, sample in groups:
        rows = pnl if sample is None else pnl[np.ix_(members, sample)]
        constant[members] = check_constant(rows)
        table = compute_tail_table(rows, tails, model=model, horizon_days=horizon_days, overwrite=True)
        var[members], es[members], flagged[members] = table.var_fraction, table.es_fraction, table.flagged
    return TailTable(var_fraction=var, es_fraction=es, flagged=flagged), constant


def compute_account_returns(returns: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, BoolArray | None]:
    """Compute each account's daily return from today's weights (arrays as for `compute_account_tail_risk`).

    Returns the portfolio returns (n_accounts, n_days), and of the same shape the days on which all held assets
    have a return (None: all days); what stands on another day means nothing.
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


def count_days(pnl: FloatArray, valid: BoolArray | None) -> IntArray:
    """Count the days each account can use: `pnl` and `valid` from `compute_account_returns`."""
    if valid is None:
        return np.full(pnl.shape[0], pnl.shape[1], dtype=np.int64)
    counts: IntArray = np.count_nonzero(valid, axis=1).astype(np.int64)
    return counts


def group_by_sample(valid: BoolArray | None, n_accounts: int) -> list[Group]:
    """Group accounts that share the same sample of days: account indices, and their day indices (None: all days)."""
    if valid is None:
        return [(np.arange(n_accounts), None)] if n_accounts else []
    groups: dict[bytes, list[int]] = {}
    for account, pattern in enumerate(np.packbits(valid, axis=1)):
        groups.setdefault(pattern.tobytes(), []).append(account)
    return [(np.array(members), np.flatnonzero(valid[members[0]])) for members in groups.values()]
