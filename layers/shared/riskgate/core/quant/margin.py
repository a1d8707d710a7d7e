"""Margin after a shock: what is left at each venue, and how far each swap is from liquidation.

Linear swaps. A cross-margined swap shares its venue's collateral; an isolated one has its own. The
maintenance margin is a fraction of the notional (one tier). Values are in the base currency.
"""

from dataclasses import dataclass

from riskgate.core.quant.arrays import BoolArray, FloatArray
from riskgate.core.quant.stress_book import StressBook, StressPosition


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ShockedState:
    """A book after a shock; arrays have shape (n_positions,), but for the cash."""

    position_pnl: FloatArray  # base currency, exit costs included
    cash_pnl: FloatArray  # (n_balances,): change of each balance
    price_factors: FloatArray  # 1 + simple return of the position's asset
    quote_factors: FloatArray  # 1 + simple return of what a swap settles in; 1 for spot
    closed: BoolArray  # positions that no longer exist


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueMargin:
    """Cross margin of one venue, base currency."""

    venue: str
    margin_balance: float  # collateral plus unrealised P&L of cross-margined swaps
    maintenance_margin: float
    is_liquidated: bool  # the balance no longer exceeds the maintenance margin of open swaps


@dataclass(frozen=True, kw_only=True, slots=True)
class SwapMargin:
    """Distance of one swap from liquidation; its margin is the venue's cross margin, or its own isolated one.

    The distance is the adverse move of its own price that liquidates it, all else standing: 0 if it already is,
    None if no fall to zero does.
    """

    key: str
    margin_balance: float
    maintenance_margin: float
    liquidation_distance_fraction: float | None
    liquidation_price: float | None  # that price, base currency


def compute_liquidation_move(
    value: float, maintenance_fraction: float, margin_balance: float, maintenance_margin: float
) -> float | None:
    """Compute the signed price move that brings the margin balance down to the maintenance margin.

    `value` is the signed position value, not zero; balance and margin are of the pool the position is margined
    from, this position included. A simple return: not positive for a long, not negative for a short, 0 if
    liquidated already; None if even a fall to zero is survived.
    Source: balance + v x = maintenance + f |v| x solved for x: a long by -(B - M) / (|v| (1 - f)), a short by
    (B - M) / (|v| (1 + f)). The rule of exchanges with linear contracts in one tier.
    """
    room = margin_balance - maintenance_margin
    if room <= 0.0:
        return 0.0
    if value < 0.0:
        return room / (-value * (1.0 + maintenance_fraction))
    move = -room / (value * (1.0 - maintenance_fraction))
    return move if move > -1.0 else None


def compute_margins(book: StressBook, state: ShockedState) -> tuple[tuple[VenueMargin, ...], tuple[SwapMargin, ...]]:
    """Compute the margin of each venue with collateral or swaps, and of each open swap, after a shock."""
    venues: list[VenueMargin] = []
    swaps: list[SwapMargin] = []
    for venue in book.venues:
        at_venue = [(i, p) for i, p in enumerate(book.positions) if p.is_swap and p.venue == venue]
        collateral = [
            held.value + float(state.cash_pnl[i])
            for i, held in enumerate(book.cash)
            if held.venue == venue and held.is_collateral
        ]
        if not at_venue and not collateral:
            continue
        balance = sum(collateral) + sum(_contribution(position, state, i) for i, position in at_venue)
        maintenance = sum(_maintenance(p, state, i) for i, p in at_venue if p.isolated_margin is None)
        venues.append(
            VenueMargin(
                venue=venue,
                margin_balance=balance,
                maintenance_margin=maintenance,
                is_liquidated=maintenance > 0.0 and balance <= maintenance,
            )
        )
        swaps += [
            _describe_swap(position, state, i, balance, maintenance)
            for i, position in at_venue
            if not state.closed[i] and position.quantity != 0.0
        ]
    return tuple(venues), tuple(swaps)


def _contribution(position: StressPosition, state: ShockedState, index: int) -> float:
    """Compute what a swap adds to its venue's cross margin: an open isolated one takes its margin out."""
    if position.isolated_margin is not None and not state.closed[index]:
        return -position.isolated_margin * float(state.quote_factors[index])
    return position.unrealized_pnl + float(state.position_pnl[index])


def _maintenance(position: StressPosition, state: ShockedState, index: int) -> float:
    """Compute a swap's maintenance margin after the shock; 0 if it was closed."""
    if state.closed[index]:
        return 0.0
    return position.maintenance_margin_fraction * abs(position.value) * float(state.price_factors[index])


def _describe_swap(
    position: StressPosition, state: ShockedState, index: int, balance: float, maintenance: float
) -> SwapMargin:
    if position.isolated_margin is not None:
        own = position.isolated_margin * float(state.quote_factors[index])
        balance = own + position.unrealized_pnl + float(state.position_pnl[index])
        maintenance = _maintenance(position, state, index)
    factor = float(state.price_factors[index])
    value = position.value * factor
    move = (
        compute_liquidation_move(value, position.maintenance_margin_fraction, balance, maintenance) if value else None
    )
    return SwapMargin(
        key=position.key,
        margin_balance=balance,
        maintenance_margin=maintenance,
        liquidation_distance_fraction=None if move is None else abs(move),
        liquidation_price=None if move is None else position.mark_price * factor * (1.0 + move),
    )
