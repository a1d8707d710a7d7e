"""A market's resting orders, and what it costs to take from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import batched

from riskgate.core.money import ONE, ZERO
from riskgate.core.replacing import replace
from riskgate.core.side import Side


@dataclass(frozen=True, kw_only=True, slots=True)
class BookLevel:
    """One price level: quantity in contracts for swaps, base units for spot."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderBook:
    """Resting orders by price, best first; `at` is None where the venue does not date its book."""

    symbol: str
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    at: datetime | None = None
    contract_size: Decimal = ONE

    def met_by(self, side: Side) -> tuple[BookLevel, ...]:
        """Return the levels that a taker of `side` meets: the asks for a buy, the bids for a sell."""
        return self.asks if side is Side.BUY else self.bids

    def cut(self, side: Side) -> OrderBook:
        """Return the book with nothing but what a taker of `side` meets."""
        return replace(self, bids=()) if side is Side.BUY else replace(self, asks=())

    def merged(self, levels_max: int) -> OrderBook:
        """Return the book in at most so many levels a side, two or more.

        The best stays as it is; the others are put together, each group at its worst price: never better than the book.
        """
        return replace(self, bids=_merge(self.bids, levels_max), asks=_merge(self.asks, levels_max))

    def depth(self, band_fraction: Decimal) -> tuple[Decimal, Decimal]:
        """Return the base units resting within a band (a fraction, both ends included) of best bid and best ask.

        Never more than what rests, since the book may be cut off.
        """
        bids = [level for level in self.bids if level.price >= self.bids[0].price * (1 - band_fraction)]
        asks = [level for level in self.asks if level.price <= self.asks[0].price * (1 + band_fraction)]
        return self._sum(bids), self._sum(asks)

    def depth_met_by(self, side: Side) -> Decimal:
        """Return all base units that a taker of `side` meets, as far as the book was read."""
        return self._sum(self.met_by(side))

    def _sum(self, levels: Sequence[BookLevel]) -> Decimal:
        return sum((level.quantity for level in levels), ZERO) * self.contract_size


def compute_impact(levels: Sequence[BookLevel], quantity: Decimal) -> Decimal | None:
    """Return by what fraction of the best price the average price of taking `quantity` > 0 is worse than it.

    None where the levels do not hold as much.
    """
    left, cost = quantity, ZERO
    for level in levels:
        taken = min(left, level.quantity)
        cost += taken * abs(level.price - levels[0].price)
        left -= taken
        if not left:
            return cost / quantity / levels[0].price
    return None


def _merge(levels: tuple[BookLevel, ...], levels_max: int) -> tuple[BookLevel, ...]:
    if len(levels) <= levels_max:
        return levels
    size = -(-(len(levels) - 1) // (levels_max - 1))
    groups = batched(levels[1:], size, strict=False)
    sums = [BookLevel(price=group[-1].price, quantity=sum((x.quantity for x in group), ZERO)) for group in groups]
    return (levels[0], *sums)
