"""Order book of one instrument: users' resting orders and the synthetic liquidity between them."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .instruments import Instrument
from .money import BPS, ZERO, ceil_to, floor_to
from .orders import Order, Side


@dataclass(slots=True)
class Level:
    """Synthetic liquidity left at one price; `sequence` is its place in time priority."""

    price: Decimal
    quantity: Decimal
    sequence: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Liquidity a taker could hit: a user's resting order, or a synthetic level."""

    price: Decimal
    quantity: Decimal
    sequence: int
    order: Order | None
    level: Level | None


def synthetic_levels(instrument: Instrument, mid: Decimal, side: Side, sequence: int) -> list[Level]:
    """Build one side of the synthetic book around a price, best level first."""
    profile = instrument.liquidity
    levels: list[Level] = []
    for index in range(profile.levels):
        distance = (profile.spread_bps / 2 + profile.level_gap_bps * index) / BPS
        if side is Side.BUY:
            price = floor_to(mid * (1 - distance), instrument.tick)
            # With no spread both sides would meet at the mid: bids stay one tick below it.
            price = min(price, (levels[-1].price if levels else mid) - instrument.tick)
            if price < instrument.tick:
                break
        else:
            price = ceil_to(mid * (1 + distance), instrument.tick)
            if levels:
                price = max(price, levels[-1].price + instrument.tick)
        quantity = floor_to(profile.level_notional / price, instrument.step)
        levels.append(Level(price, max(quantity, instrument.step), sequence))
    return levels


def _priority(order: Order) -> tuple[Decimal, int]:
    """Return the sort key of price-time priority, best first on either side."""
    return (-order.price if order.side is Side.BUY else order.price), order.sequence


class Book:
    """Resting orders in price-time priority, merged with synthetic levels.

    The synthetic levels are rebuilt whenever the path's price changes, and get their place in
    time then: resting orders placed before rank ahead of them at the same price, later ones
    behind.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.mid: Decimal | None = None
        self._orders: dict[Side, list[Order]] = {Side.BUY: [], Side.SELL: []}
        self._levels: dict[Side, list[Level]] = {Side.BUY: [], Side.SELL: []}

    def refresh(self, mid: Decimal | None, sequence: int) -> None:
        """Rebuild the synthetic levels around a price; None takes them away."""
        self.mid = mid
        for side in Side:
            self._levels[side] = [] if mid is None else synthetic_levels(self.instrument, mid, side, sequence)

    def orders(self, side: Side) -> list[Order]:
        """Return resting orders of a side, best first."""
        return list(self._orders[side])

    def levels(self, side: Side) -> list[Level]:
        """Return synthetic levels of a side with quantity left, best first."""
        return [level for level in self._levels[side] if level.quantity > 0]

    def add(self, order: Order) -> None:
        """Let an order rest."""
        insort(self._orders[order.side], order, key=_priority)

    def remove(self, order: Order) -> None:
        """Take an order out of the book if it rests there."""
        side = self._orders[order.side]
        self._orders[order.side] = [other for other in side if other is not order]

    def quotes(self, side: Side) -> Iterator[Quote]:
        """Yield the liquidity of a side in price-time priority."""
        sign = -1 if side is Side.BUY else 1
        candidates = [Quote(order.price, order.remaining, order.sequence, order, None) for order in self._orders[side]]
        candidates += [Quote(level.price, level.quantity, level.sequence, None, level) for level in self.levels(side)]
        yield from sorted(candidates, key=lambda quote: (sign * quote.price, quote.sequence))

    def best(self, side: Side) -> Quote | None:
        """Return the liquidity of a side that trades first."""
        return next(self.quotes(side), None)

    def depth(self, side: Side, limit: int) -> list[tuple[Decimal, Decimal]]:
        """Return aggregated (price, quantity) levels of a side, best first."""
        totals: dict[Decimal, Decimal] = {}
        for quote in self.quotes(side):
            totals[quote.price] = totals.get(quote.price, ZERO) + quote.quantity
        return list(totals.items())[:limit]
