"""Reverse stress: the smallest shock that breaches the drawdown limit, ruins or liquidates an account.

Linear positions make the loss linear in the shock, so the answers are closed forms, not searches.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.quant.arrays import BoolArray, FloatArray, as_finite
from riskgate.core.quant.stress_book import StressBook, StressPosition
from riskgate.core.scenario import FIATS, STABLECOINS

UNIFORM = "uniform"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReverseStress:
    """The smallest shock of one factor that does each kind of harm.

    Attributes
    ----------
    factor : str
        ``uniform`` (every coin by the same fraction) or the factor's name.
    exposure : float
        P&L per unit of shock, base currency, signed.
    drawdown_shock, ruin_shock, liquidation_shock : float or None
        Simple returns: negative for a fall; 0 if the harm is already done; None if no shock of this
        factor does it (a price cannot fall below zero). A tie goes to the fall.
    """

    factor: str
    exposure: float
    drawdown_shock: float | None
    ruin_shock: float | None
    liquidation_shock: float | None


def compute_breaching_shock(exposure: float, room: float) -> float | None:
    """Compute the smallest shock that loses a given amount.

    Parameters
    ----------
    exposure : float
        P&L per unit of shock, base currency, signed.
    room : float
        Loss that does the harm, base currency.

    Returns
    -------
    float or None
        -room / exposure; 0 if there is no room left, None if it would take a fall below -1 or the
        factor does not move the account.

    Raises
    ------
    ValueError
        If an input is not finite.
    """
    if not (math.isfinite(exposure) and math.isfinite(room)):
        raise ValueError("exposure and room must be finite")
    if room <= 0.0:
        return 0.0
    if exposure == 0.0:
        return None
    shock = -room / exposure
    return shock if math.isfinite(shock) and shock >= -1.0 else None


def compute_breaching_shocks(exposures: ArrayLike, rooms: ArrayLike) -> tuple[FloatArray, BoolArray]:
    """Compute the smallest breaching shocks of many accounts and factors.

    Parameters
    ----------
    exposures : array_like, shape (n_accounts, n_factors), float64
        P&L per unit of shock, base currency, signed.
    rooms : array_like, shape (n_accounts,), float64
        Loss that does the harm, base currency.

    Returns
    -------
    tuple of ndarray of float64 and ndarray of bool, both of shape (n_accounts, n_factors)
        Shocks, and where one exists; elsewhere the shock is 0 and means nothing.

    Raises
    ------
    ValueError
        If an input is not finite.
    """
    slope = as_finite(exposures, name="exposures", ndim=2)
    room = as_finite(rooms, name="rooms", ndim=1)[:, np.newaxis]
    with np.errstate(over="ignore"):
        shock = np.divide(-room, slope, out=np.full_like(slope, -np.inf), where=slope != 0.0)
    shock = np.where(room <= 0.0, 0.0, shock)
    reachable = np.isfinite(shock) & (shock >= -1.0)
    return np.where(reachable, shock, 0.0), reachable


def compute_reverse_stress(
    book: StressBook, *, drawdown_fraction_max: float, factors: Sequence[str] | None = None, by_sector: bool = False
) -> tuple[ReverseStress, ...]:
    """Compute the smallest uniform and per-factor shocks that harm an account.

    Parameters
    ----------
    book : StressBook
        Account. Cash and stablecoins stand still; depegs have scenarios of their own.
    drawdown_fraction_max : float
        Fall from the peak that stops trading, above 0 and at most 1; reached is breached.
    factors : sequence of str, optional
        Assets (or sectors) to look at; by default all in the book.
    by_sector : bool
        Factors are sectors, not assets.

    Returns
    -------
    tuple of ReverseStress
        The uniform shock first, then factors by name.

    Raises
    ------
    ValueError
        If the limit is out of range.
    """
    if not 0.0 < drawdown_fraction_max <= 1.0:
        raise ValueError("drawdown_fraction_max must be above 0 and at most 1")

    members: dict[str, set[str]] = {}
    for position in book.positions:
        if position.asset not in STABLECOINS | FIATS:
            members.setdefault(position.sector if by_sector else position.asset, set()).add(position.key)
    room = book.equity - book.peak_equity * (1.0 - drawdown_fraction_max)
    names = sorted(members) if factors is None else factors
    everything = {key for keys in members.values() for key in keys}
    return (
        _reverse(book, UNIFORM, everything, room),
        *(_reverse(book, name, members.get(name, set()), room) for name in names),
    )


def _reverse(book: StressBook, factor: str, moved: set[str], room: float) -> ReverseStress:
    """Compute one factor's shocks; `moved` are the keys of the positions it moves."""
    exposure = sum(p.value for p in book.positions if p.key in moved)
    return ReverseStress(
        factor=factor,
        exposure=exposure,
        drawdown_shock=compute_breaching_shock(exposure, room),
        ruin_shock=compute_breaching_shock(exposure, book.equity),
        liquidation_shock=_find_liquidation(book, moved),
    )


def _find_liquidation(book: StressBook, moved: set[str]) -> float | None:
    """Find the smallest shock that liquidates a venue's cross margin or an isolated swap."""
    shocks: list[float] = []
    for venue in book.venues:
        swaps = [p for p in book.positions if p.is_swap and p.venue == venue and p.quantity]
        collateral = sum(c.value for c in book.cash if c.venue == venue and c.is_collateral)
        collateral -= sum(p.isolated_margin for p in swaps if p.isolated_margin is not None)
        pools = [([p for p in swaps if p.isolated_margin is None], collateral)]
        pools += [([p], p.isolated_margin) for p in swaps if p.isolated_margin is not None]
        for pool, balance in pools:
            shock = _liquidate_pool(pool, balance, moved)
            if shock is not None:
                shocks.append(shock)
    return min(shocks, key=lambda shock: (abs(shock), shock), default=None)


def _liquidate_pool(pool: Sequence[StressPosition], collateral: float, moved: set[str]) -> float | None:
    """Compute the smallest shock at which a pool's balance meets its maintenance margin."""
    if not pool:
        return None
    balance = collateral + sum(p.unrealized_pnl for p in pool)
    maintenance = sum(p.maintenance_margin_fraction * abs(p.value) for p in pool)
    hit = [p for p in pool if p.key in moved]
    # Per unit of shock the balance moves by the value, the maintenance margin by its fraction of it.
    slope = sum(p.value - p.maintenance_margin_fraction * abs(p.value) for p in hit)
    return compute_breaching_shock(slope, balance - maintenance)
