"""What a trade or a reading takes of what is held, and from whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ZERO


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding:
    """What one strategy holds in one market, signed."""

    strategy: str
    instrument: Instrument
    quantity: Decimal

    @property
    def pool(self) -> tuple[str, str]:
        """Return what it is part of: on spot the coin at its venue, else its market alone."""
        return pool_of(self.instrument)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenHolding:
    """A position as a venue or whoever reads it shows it; prices in quote currency, no strategy where none is named."""

    instrument: Instrument
    quantity: Decimal
    average_price: Decimal
    strategy: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """An account as it was seen and believed: whatever differs from the book is taken over at no profit.

    `wallets` are units by venue and asset, `excludes` the venues it says nothing of, `sequence` its place in the log;
    the first reading of an account `is_opening`. `rates` are base currency per unit of others.
    """

    at: datetime
    held: tuple[SeenHolding, ...] = ()
    wallets: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    excludes: frozenset[str] = frozenset()
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    is_opening: bool = False
    sequence: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Contracts that a strategy's book gains (> 0) or loses; without a price they leave at their cost."""

    strategy: str
    instrument: Instrument
    signed: Decimal
    price: Decimal | None = None


def pool_of(instrument: Instrument) -> tuple[str, str]:
    """Return the name of what a market's holdings are part of."""
    is_spot = instrument.market_type is MarketType.SPOT
    return instrument.venue, f"{instrument.base_currency}/" if is_spot else instrument.symbol


def plan_takes(
    held: Iterable[Holding], strategy: str, instrument: Instrument, signed: Decimal
) -> tuple[list[Change], Decimal]:
    """Return what a trade closes of the holdings of its pool, and what of it is left.

    Its own market's go first, then the largest of the others'; in a market those of its own strategy, then the largest.
    """
    against = [h for h in held if h.pool == pool_of(instrument) and h.quantity * signed < 0]
    totals: dict[str, Decimal] = {}
    for one in against:
        totals[one.instrument.key] = totals.get(one.instrument.key, ZERO) + abs(one.quantity)

    def place(one: Holding) -> tuple[object, ...]:
        key = one.instrument.key
        return (key != instrument.key, -totals[key], key, one.strategy != strategy, -abs(one.quantity), one.strategy)

    changes, left = [], signed
    for one in sorted(against, key=place):
        part = min(abs(left), abs(one.quantity)).copy_sign(signed)
        if part:
            changes.append(Change(strategy=one.strategy, instrument=one.instrument, signed=part))
        left -= part
    return changes, left


def plan_adoption(reading: Reading, held: Sequence[Holding], *, by_strategy: bool) -> Iterator[Change]:
    """Yield what makes the book equal to a reading: of spot each coin's wallet, of swaps each market."""
    seen: dict[tuple[str, str], list[SeenHolding]] = {}
    for one in reading.held:
        seen.setdefault(pool_of(one.instrument), []).append(one)
    ours: dict[tuple[str, str], list[Holding]] = {}
    for holding in held:
        ours.setdefault(holding.pool, []).append(holding)
    for pool in sorted({*seen, *ours}):
        if pool[0] not in reading.excludes:
            yield from _adopt(reading, seen.get(pool, []), ours.get(pool, []), by_strategy=by_strategy)


def _adopt(
    reading: Reading, seen: Sequence[SeenHolding], ours: Sequence[Holding], *, by_strategy: bool
) -> Iterator[Change]:
    difference = _find_total(reading, seen, ours) - sum((one.quantity for one in ours), ZERO)
    if not difference:
        return
    largest = max(seen, key=lambda one: abs(one.quantity), default=None)
    known = max(ours, key=lambda one: abs(one.quantity), default=None)
    model = largest.instrument if largest is not None else known.instrument if known is not None else None
    assert model is not None  # noqa: S101 one of the two names the pool
    named = largest.strategy if largest is not None and by_strategy else None
    strategy = named if named is not None else known.strategy if known is not None and by_strategy else ""
    changes, left = plan_takes(ours, strategy, model, difference)
    yield from changes
    if left:
        price = largest.average_price if largest is not None else None
        yield Change(strategy=strategy, instrument=model, signed=left, price=price)


def _find_total(reading: Reading, seen: Sequence[SeenHolding], ours: Sequence[Holding]) -> Decimal:
    """Return the units a reading shows: a spot wallet has them to the last, however small."""
    instrument = seen[0].instrument if seen else ours[0].instrument
    total = sum((one.quantity for one in seen), ZERO)
    if instrument.market_type is not MarketType.SPOT:
        return total
    return reading.wallets.get(instrument.venue, {}).get(instrument.base_currency, ZERO) or total
