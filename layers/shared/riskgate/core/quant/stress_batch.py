"""Scenario P&L of all accounts in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, IntArray, as_finite
from riskgate.core.quant.scenarios import Scenario

NO_SETTLEMENT = -1
"""Settlement index of a spot position: nothing but its own asset moves it."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class BatchStress:
    """Scenario P&L of many accounts.

    Attributes
    ----------
    account_pnl : ndarray, shape (n_accounts, n_scenarios), float64
        Base currency, signed; 0 for an account without positions, and it says so below.
    position_pnl : ndarray, shape (n_positions, n_scenarios), float64
        In the order given.
    worst_position : ndarray, shape (n_accounts, n_scenarios), int64
        Index of the position with the lowest P&L, the first of equals; -1 without positions.
    has_positions : ndarray, shape (n_accounts,), bool
        False where there is nothing to stress.
    """

    account_pnl: FloatArray
    position_pnl: FloatArray
    worst_position: IntArray
    has_positions: BoolArray


def build_shock_matrix(scenarios: Sequence[Scenario], assets: Sequence[str], sectors: Sequence[str]) -> FloatArray:
    """Build the table of shocks once for all accounts.

    Parameters
    ----------
    scenarios : sequence of Scenario, length n_scenarios
        Spread multipliers are not part of it.
    assets, sectors : sequence of str, length n_assets
        Assets (settlement coins included) and the sector of each.

    Returns
    -------
    ndarray, shape (n_assets, n_scenarios), float64
        Simple returns, fractions.
    """
    return np.array(
        [
            [scenario.resolve(asset, sector)[0] for scenario in scenarios]
            for asset, sector in zip(assets, sectors, strict=True)
        ],
        dtype=np.float64,
    ).reshape(len(assets), len(scenarios))


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

    Parameters
    ----------
    values : array_like, shape (n_positions,), float64
        Signed position values, base currency.
    account_index, asset_index : array_like, shape (n_positions,), int64
        Account of each position, ascending; row of `shocks` of its asset.
    shocks : array_like, shape (n_assets, n_scenarios), float64
        From `build_shock_matrix`.
    n_accounts : int
        Number of accounts.
    settlement_index : array_like, shape (n_positions,), int64, optional
        Row of what a swap settles in, -1 for spot; default all spot.

    Returns
    -------
    BatchStress
        Equal to `stress.apply_scenario` without exit costs and unrealised P&L.

    Raises
    ------
    ValueError
        If shapes disagree, an input is not finite, an index is out of range or accounts are not in order.
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
