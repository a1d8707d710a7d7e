"""Stress tests: a book revalued under scenarios, position by position, with margin afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskgate.core.quant.liquidity import compute_exit_cost
from riskgate.core.quant.margin import ShockedState, SwapMargin, VenueMargin, compute_margins
from riskgate.core.quant.scenarios import Scenario, ShockSource, compute_coverage
from riskgate.core.quant.stress_book import StressBook
from riskgate.core.risk.report import ScenarioCoverage

ASSUMED_SPREAD_FRACTION = 0.01
"""Spread of a position none is known for: the widest the gate lets a market order cross."""
WORST_POSITIONS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class PositionPnl:
    """What a scenario does to one position."""

    key: str
    asset: str
    pnl: float  # base currency, signed, exit cost included
    shock_fraction: float  # simple return of the asset
    source: ShockSource


@dataclass(frozen=True, kw_only=True, slots=True)
class StressResult:
    """What a scenario does to an account; money in base currency."""

    scenario: str
    pnl: float  # signed, positions + cash; `exit_cost` (non-negative) is already inside
    loss_fraction: float | None  # of equity before, 0 for a gain; None without positive equity
    equity_after: float
    drawdown_fraction_after: float | None  # fall from the peak; None without a positive peak
    is_ruined: bool
    positions: tuple[PositionPnl, ...]
    worst_positions: tuple[PositionPnl, ...]  # losers, worst first, at most five
    cash_pnl: float
    exit_cost: float
    coverage: ScenarioCoverage
    venues: tuple[VenueMargin, ...]
    swaps: tuple[SwapMargin, ...]

    @property
    def has_liquidation(self) -> bool:
        """Tell whether the shock liquidates a venue's cross margin or an isolated swap."""
        return any(venue.is_liquidated for venue in self.venues) or any(
            swap.liquidation_distance_fraction == 0.0 for swap in self.swaps
        )


def apply_scenario(book: StressBook, scenario: Scenario) -> StressResult:
    """Revalue a book under one scenario.

    A spot position moves by value x shock; a linear swap by value x (shock - settlement shock) plus its
    unrealised P&L x settlement shock, which is exact for a contract quoted in a coin that moves too;
    a balance by value x shock. Exit costs are taken on the values after the move.
    """
    resolved = [scenario.resolve(position.asset, position.sector) for position in book.positions]
    shocks = np.array([shock for shock, _ in resolved], dtype=np.float64)
    # What a swap settles in may move too; 0 for spot.
    settlement = np.array(
        [scenario.resolve(p.quote_asset)[0] if p.is_swap else 0.0 for p in book.positions], dtype=np.float64
    )
    pnl = book.values * (shocks - settlement) + book.unrealized * settlement
    costs = np.zeros_like(pnl)
    assumed: tuple[str, ...] = ()
    if scenario.spread_multiplier is not None:
        assumed = tuple(p.key for p in book.positions if p.spread_fraction is None)
        spreads = [ASSUMED_SPREAD_FRACTION if p.spread_fraction is None else p.spread_fraction for p in book.positions]
        costs = compute_exit_cost(book.values * (1.0 + shocks), spreads, spread_multiplier=scenario.spread_multiplier)
    cash = [balance.value * scenario.resolve(balance.asset)[0] for balance in book.cash]
    state = ShockedState(
        position_pnl=pnl - costs,
        cash_pnl=np.array(cash, dtype=np.float64),
        price_factors=1.0 + shocks,
        quote_factors=1.0 + settlement,
        closed=np.full(shocks.shape, scenario.spread_multiplier is not None),
    )
    sources = [source for _, source in resolved]
    coverage = compute_coverage(book, sources, assumed_spread_keys=assumed)
    return summarise_stress(
        book, scenario.name, state, sources=sources, coverage=coverage, exit_cost=float(costs.sum())
    )


def summarise_stress(
    book: StressBook,
    name: str,
    state: ShockedState,
    *,
    sources: Sequence[ShockSource],
    coverage: ScenarioCoverage,
    exit_cost: float = 0.0,
) -> StressResult:
    """Turn a shocked state into a result with totals, worst positions and margins."""
    positions = _list_positions(book, state, sources)
    losers = sorted((p for p in positions if p.pnl < 0.0), key=lambda p: (p.pnl, p.key))
    cash_pnl = float(state.cash_pnl.sum())
    pnl = float(state.position_pnl.sum()) + cash_pnl
    after = book.equity + pnl
    venues, swaps = compute_margins(book, state)
    return StressResult(
        scenario=name,
        pnl=pnl,
        loss_fraction=max(-pnl, 0.0) / book.equity if book.equity > 0.0 else None,
        equity_after=after,
        drawdown_fraction_after=1.0 - after / book.peak_equity if book.peak_equity > 0.0 else None,
        is_ruined=after <= 0.0,
        positions=positions,
        worst_positions=tuple(losers[:WORST_POSITIONS]),
        cash_pnl=cash_pnl,
        exit_cost=exit_cost,
        coverage=coverage,
        venues=venues,
        swaps=swaps,
    )


def _list_positions(book: StressBook, state: ShockedState, sources: Sequence[ShockSource]) -> tuple[PositionPnl, ...]:
    return tuple(
        PositionPnl(
            key=position.key,
            asset=position.asset,
            pnl=float(state.position_pnl[i]),
            shock_fraction=float(state.price_factors[i] - 1.0),
            source=sources[i],
        )
        for i, position in enumerate(book.positions)
    )
