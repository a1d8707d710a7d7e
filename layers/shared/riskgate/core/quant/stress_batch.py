"""Scenario P&L of all accounts in one pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, IntArray, as_finite

NO_SETTLEMENT = -1
"""Settlement index of a spot position: nothing but its own asset moves it."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class BatchStress:
    """Scenario P&L of many accounts, base currency, signed; 0 for an account without positions."""

    account_pnl: FloatArray  # (n_accounts, n_scenarios)
    position_pnl: FloatArray  # (n_positions, n_scenarios), in the order given
    worst_position: IntArray  # (n_accounts, n_scenarios): index of the lowest, the first of equals; -1 for none
    has_positions: BoolArray


def compute_scenario_pnl(
    values: ArrayLike,
    account_index: ArrayLike,
    asset_index: ArrayLike,
    shocks: ArrayLike,
    *,
    n_accounts: int,
    settlement_index: ArrayLike | None = None,
) -> BatchStress:
    """Compute the P&L of every position and account in every scenario.

    Positions are signed values with the account of each, ascending, and the row of `shocks` (n_assets,
    n_scenarios) of its asset and of what a swap settles in (-1 for spot; default all spot). Equal to
    `stress.apply_scenario` without exit costs and unrealised P&L. Raises ValueError if shapes disagree, an input
    is not finite, an index is out of range or accounts are not in order.
    """
    held = as_finite(values, name="values", ndim=1)
    table = as_finite(shocks, name="shocks", ndim=2)
    owner = np.asarray(account_index, dtype=np.int64)
    asset = np.asarray(asset_index, dtype=np.int64)
    if owner.shape != held.shape or asset.shape != held.shape:
        raise ValueError("need one account and one asset per position")
    if held.size and not (owner[0] >= 0 and owner[-1] < n_accounts and (np.diff(owner) >= 0).all()):
        raise ValueError("account_index must be ascending and below n_accounts")
    if held.size and not (asset.min() >= 0 and asset.max() < table.shape[0]):
        raise ValueError("asset_index must name a row of shocks")
    move = table[asset]
    if settlement_index is not None:
        move -= _look_up_settlement(held, np.asarray(settlement_index, dtype=np.int64), table)
    move *= held[:, np.newaxis]
    return _summarise(move, owner, n_accounts)


def _look_up_settlement(held: FloatArray, settlement: IntArray, table: FloatArray) -> FloatArray:
    """Look up the move of what each swap settles in; 0 for spot."""
    if settlement.shape != held.shape or (
        held.size and not (settlement.min() >= NO_SETTLEMENT and settlement.max() < table.shape[0])
    ):
        raise ValueError("settlement_index must name a row of shocks for each position, or -1")
    # Index -1 reads the row of zeros put last.
    moves: FloatArray = np.vstack((table, np.zeros(table.shape[1])))[settlement]
    return moves


def _summarise(pnl: FloatArray, owner: IntArray, n_accounts: int) -> BatchStress:
    """Sum positions by account and find the worst of each."""
    total = np.zeros((n_accounts, pnl.shape[1]))
    worst = np.full((n_accounts, pnl.shape[1]), -1, dtype=np.int64)
    present, start, size = np.unique(owner, return_index=True, return_counts=True)
    if present.size and pnl.shape[1]:
        total[present] = np.add.reduceat(pnl, start, axis=0)
        lowest = np.minimum.reduceat(pnl, start, axis=0)
        row, column = np.nonzero(pnl == np.repeat(lowest, size, axis=0))
        # Backwards, so that the first of equals is written last.
        worst[owner[row[::-1]], column[::-1]] = row[::-1]
    has_positions = np.zeros(n_accounts, dtype=np.bool_)
    has_positions[present] = True
    return BatchStress(account_pnl=total, position_pnl=pnl, worst_position=worst, has_positions=has_positions)
