"""Prices of instruments in venue time: a replayed path, or a price set by hand."""

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from .closes import ClosePath
from .instruments import Instrument, Market
from .money import ceil_to, nearest_to

# Quoted in these, an instrument's price is the base asset's USD close as it stands.
_DOLLARS = frozenset({"USDT", "USD"})


@dataclass(frozen=True, slots=True)
class Segment:
    """From `venue_ms` on, the path runs from `path_ms` at `speed` path seconds per second."""

    venue_ms: int
    path_ms: int
    speed: Decimal

    def path_at(self, venue_ms: int) -> int:
        """Return the path's instant that belongs to an instant of the venue."""
        return self.path_ms + int((venue_ms - self.venue_ms) * self.speed)

    def venue_at(self, path_ms: int) -> int:
        """Return the first venue instant at which the path has reached `path_ms`."""
        return self.venue_ms + int(ceil_to((path_ms - self.path_ms) / self.speed, Decimal(1)))


class PriceFeed:
    """Map venue time to prices.

    Before the first segment the path runs one to one, so that the venue has as much history as
    the closes go back.
    """

    def __init__(self, closes: ClosePath, venue_ms: int, path_ms: int, speed: Decimal) -> None:
        self._closes = closes
        self._segments = [Segment(venue_ms, path_ms, speed)]
        self._overrides: dict[tuple[Market, str], list[tuple[int, Decimal | None]]] = {}

    @property
    def segment(self) -> Segment:
        """Return the segment in force now."""
        return self._segments[-1]

    def jump(self, venue_ms: int, path_ms: int, speed: Decimal | None = None) -> None:
        """Continue the path from another instant, at the same speed unless one is given."""
        kept = self.segment.speed if speed is None else speed
        self._segments.append(Segment(venue_ms, path_ms, kept))

    def restart(self, venue_ms: int, path_ms: int, speed: Decimal) -> None:
        """Run from another instant as if the path had always been there: history changes too."""
        self._segments = [Segment(venue_ms, path_ms, speed)]

    def set_price(self, instrument: Instrument, venue_ms: int, price: Decimal | None) -> None:
        """Hold an instrument at a price from now on; None returns it to the path."""
        self._overrides.setdefault(instrument.key, []).append((venue_ms, price))

    def _segment_at(self, venue_ms: int) -> Segment:
        index = bisect_right(self._segments, venue_ms, key=lambda item: item.venue_ms)
        if index:
            return self._segments[index - 1]
        first = self._segments[0]
        return Segment(first.venue_ms, first.path_ms, Decimal(1))

    def path_ms(self, venue_ms: int) -> int:
        """Return the path's instant at a venue instant."""
        return self._segment_at(venue_ms).path_at(venue_ms)

    def _override(self, instrument: Instrument, venue_ms: int) -> Decimal | None:
        events = self._overrides.get(instrument.key, [])
        index = bisect_right(events, venue_ms, key=lambda item: item[0])
        return events[index - 1][1] if index else None

    def _path_price(self, instrument: Instrument, path_ms: int) -> Decimal | None:
        base = self._closes.price(instrument.base, path_ms)
        if base is None or instrument.quote in _DOLLARS:
            return base
        quote = self._closes.price(instrument.quote, path_ms)
        return None if quote is None else base / quote

    def price(self, instrument: Instrument, venue_ms: int) -> Decimal | None:
        """Return the last price at an instant, on the tick, or None when there is no market."""
        price = self._override(instrument, venue_ms)
        if price is None:
            price = self._path_price(instrument, self.path_ms(venue_ms))
        return None if price is None else self._on_tick(instrument, price)

    @staticmethod
    def _on_tick(instrument: Instrument, price: Decimal) -> Decimal:
        return max(nearest_to(price, instrument.tick), instrument.tick)

    def bends(self, instrument: Instrument, after_ms: int, until_ms: int) -> list[int]:
        """Return the venue instants in (after, until) at which the running path changes slope.

        Only the segment and override in force at `until` count: whatever changes them is settled
        when it happens.
        """
        if self._override(instrument, until_ms) is not None:
            return []
        segment = self._segment_at(until_ms)
        if segment.speed <= 0:
            return []
        start, end = segment.path_at(after_ms), segment.path_at(until_ms)
        assets = [instrument.base]
        if instrument.quote not in _DOLLARS:
            assets.append(instrument.quote)
        knots = {knot for asset in assets for knot in self._closes.knots(asset, start, end)}
        instants = {segment.venue_at(knot) for knot in knots}
        return sorted(at for at in instants if after_ms < at < until_ms)

    def knots_between(self, from_path_ms: int, to_path_ms: int) -> list[int]:
        """Return the daily closes of any asset on the way, for stepping along the path."""
        knots = {knot for asset in self._closes.assets for knot in self._closes.knots(asset, from_path_ms, to_path_ms)}
        return sorted(knots - {to_path_ms})

    def extremes(
        self, instrument: Instrument, from_ms: int, until_ms: int
    ) -> tuple[Decimal, Decimal, Decimal, Decimal] | None:
        """Return open, high, low and close over an interval, or None without a market in it."""
        opened, closed = self.price(instrument, from_ms), self.price(instrument, until_ms)
        seen = [opened]
        seen += [self.price(instrument, at) for at in self._instants(instrument, from_ms, until_ms)]
        for at, price in self._overrides.get(instrument.key, []):
            if from_ms < at <= until_ms and price is not None:
                seen.append(self._on_tick(instrument, price))
        for segment in self._segments:
            held = self._override(instrument, segment.venue_ms) is not None
            if from_ms < segment.venue_ms <= until_ms and not held:
                price = self._path_price(instrument, segment.path_ms)
                seen.append(None if price is None else self._on_tick(instrument, price))
        prices = [price for price in [*seen, closed] if price is not None]
        if not prices:
            return None
        return (
            prices[0] if opened is None else opened,
            max(prices),
            min(prices),
            prices[-1] if closed is None else closed,
        )

    def _instants(self, instrument: Instrument, from_ms: int, until_ms: int) -> list[int]:
        """Return the instants inside an interval where a price could be extreme."""
        starts = [segment.venue_ms for segment in self._segments]
        starts += [at for at, _ in self._overrides.get(instrument.key, [])]
        inner = {at + delta for at in starts for delta in (-1, 0) if from_ms < at <= until_ms}
        borders = sorted({from_ms, until_ms, *(at for at in inner if from_ms <= at <= until_ms)})
        for left, right in pairwise(borders):
            inner.update(self.bends(instrument, left, right))
        return sorted(at for at in inner if from_ms <= at <= until_ms)
