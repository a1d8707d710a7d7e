"""The book as stress tests see it: positions, cash and margin, as floats in the base currency."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from riskgate.core.instrument import MarketType
from riskgate.core.quant.arrays import BoolArray, FloatArray


def _check_finite(owner: object) -> None:
    """Refuse NaN and infinity in any float field."""
    for one in fields(owner):  # type: ignore[arg-type]
        value = getattr(owner, one.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{one.name} must be finite")


@dataclass(frozen=True, kw_only=True, slots=True)
class StressPosition:
    """One position: spot inventory or a linear swap."""

    key: str  # ``venue:symbol``, unique in the book
    asset: str
    quote_asset: str  # what a swap is margined and settled in
    venue: str
    sector: str
    market_type: MarketType
    quantity: float  # base units, negative for a short (contracts x contract size for a swap)
    mark_price: float  # base currency per unit, positive
    stop_loss_price: float | None = None
    spread_fraction: float | None = None  # (ask - bid) / mid, where known
    maintenance_margin_fraction: float = 0.0  # of the notional, swaps only, 0 <= f < 1
    unrealized_pnl: float = 0.0  # of a swap, base currency, signed
    isolated_margin: float | None = None  # collateral set aside for this swap; None for cross margin

    def __post_init__(self) -> None:
        """Refuse what cannot be valued."""
        _check_finite(self)
        if self.mark_price <= 0.0:
            raise ValueError("mark_price must be positive: an unpriced position has no stress")
        if self.stop_loss_price is not None and self.stop_loss_price <= 0.0:
            raise ValueError("stop_loss_price must be positive")
        if self.spread_fraction is not None and self.spread_fraction < 0.0:
            raise ValueError("spread_fraction must not be negative")
        if not 0.0 <= self.maintenance_margin_fraction < 1.0:
            raise ValueError("maintenance_margin_fraction must be at least 0 and below 1")

    @property
    def value(self) -> float:
        """Signed value in the base currency."""
        return self.quantity * self.mark_price

    @property
    def is_swap(self) -> bool:
        """Tell a swap from spot inventory."""
        return self.market_type is MarketType.SWAP


@dataclass(frozen=True, kw_only=True, slots=True)
class CashBalance:
    """A balance of a currency or stablecoin."""

    asset: str
    venue: str
    value: float  # base currency, negative for a loan; collateral includes what isolated positions set aside
    is_collateral: bool = False  # True when it margins the venue's swaps

    def __post_init__(self) -> None:
        _check_finite(self)


@dataclass(frozen=True, kw_only=True)
class StressBook:
    """An account at one instant, base currency."""

    equity: float
    peak_equity: float  # high-water mark, at least the equity
    base_currency: str = "USDT"
    positions: tuple[StressPosition, ...] = ()
    cash: tuple[CashBalance, ...] = ()
    venue_equity: Mapping[str, float] = field(default_factory=dict)  # where the account knows it better than its parts

    def __post_init__(self) -> None:
        """Refuse a book that contradicts itself."""
        _check_finite(self)
        if len({position.key for position in self.positions}) != len(self.positions):
            raise ValueError("every position must have its own key")
        if self.peak_equity < self.equity:
            raise ValueError("peak_equity must be at least equity")
        if not all(math.isfinite(value) for value in self.venue_equity.values()):
            raise ValueError("venue_equity must be finite")

    @cached_property
    def values(self) -> FloatArray:
        """Signed position values, shape (n_positions,), base currency."""
        return np.array([position.value for position in self.positions], dtype=np.float64)

    @cached_property
    def swaps(self) -> BoolArray:
        """Which positions are swaps, shape (n_positions,)."""
        return np.array([position.is_swap for position in self.positions], dtype=np.bool_)

    @cached_property
    def unrealized(self) -> FloatArray:
        """Unrealised P&L of swaps, 0 for spot, shape (n_positions,), base currency."""
        return np.array([p.unrealized_pnl if p.is_swap else 0.0 for p in self.positions], dtype=np.float64)

    @property
    def venues(self) -> tuple[str, ...]:
        """Venues with a position, a balance or reported equity, sorted."""
        found = {p.venue for p in self.positions} | {c.venue for c in self.cash} | set(self.venue_equity)
        return tuple(sorted(found))

    def compute_venue_equity(self, venue: str) -> float:
        """Compute what is held at a venue: reported equity, or cash + spot + unrealised P&L of swaps."""
        if venue in self.venue_equity:
            return self.venue_equity[venue]
        cash = sum(c.value for c in self.cash if c.venue == venue)
        held = sum(p.unrealized_pnl if p.is_swap else p.value for p in self.positions if p.venue == venue)
        return cash + held
