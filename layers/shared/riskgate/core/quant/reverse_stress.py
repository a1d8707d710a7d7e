"""Reverse stress: the smallest shock that breaches the drawdown limit, ruins or liquidates an account.

Linear positions make the loss linear in the shock, so the answers are closed forms, not searches.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from riskgate.core.quant.stress_book import StressBook, StressPosition
from riskgate.core.scenario import FIATS, STABLECOINS

UNIFORM = "uniform"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReverseStress:
    """The smallest shock of one factor that does each kind of harm.

    Shocks are simple returns: negative for a fall; 0 if the harm is already done; None if no shock of this
    factor does it (a price cannot fall below zero). A tie goes to the fall.
    """

    factor: str  # ``uniform`` (every coin by the same fraction) or the asset
    exposure: float  # P&L per unit of shock, base currency, signed
    drawdown_shock: float | None
    ruin_shock: float | None
    liquidation_shock: float | None


def compute_breaching_shock(exposure: float, room: float) -> float | None:
    """Compute the smallest shock that loses `room`: -room / exposure, both in base currency.

    0 if there is no room left, None if it would take a fall below -1 or the factor does not move the account.
    """
    if not (math.isfinite(exposure) and math.isfinite(room)):
        raise ValueError("exposure and room must be finite")
    if room <= 0.0:
        return 0.0
    if exposure == 0.0:
        return None
    shock = -room / exposure
    return shock if math.isfinite(shock) and shock >= -1.0 else None


def compute_reverse_stress(book: StressBook, *, drawdown_fraction_max: float) -> tuple[ReverseStress, ...]:
    """Compute the smallest shocks that harm an account: the uniform one first, then asset by asset.

    Cash and stablecoins stand still; depegs have scenarios of their own. The limit is the fall from the peak that
    stops trading, above 0 and at most 1; reached is breached.
    """
    if not 0.0 < drawdown_fraction_max <= 1.0:
        raise ValueError("drawdown_fraction_max must be above 0 and at most 1")
    members: dict[str, set[str]] = {}
    for position in book.positions:
        if position.asset not in STABLECOINS | FIATS:
            members.setdefault(position.asset, set()).add(position.key)
    room = book.equity - book.peak_equity * (1.0 - drawdown_fraction_max)
    everything = set().union(*members.values())
    return (
        _reverse(book, UNIFORM, everything, room),
        *(_reverse(book, asset, keys, room) for asset, keys in sorted(members.items())),
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
