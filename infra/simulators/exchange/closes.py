"""Daily closes from a CSV file and the straight lines between them."""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

DAY_MS = 86_400_000


class ClosePath:
    """Price of each asset in USD over time, linear between daily closes.

    The close of a date is the price at the end of that UTC day. Before an asset's first close and
    after its last one there is no price.
    """

    def __init__(self, knots: dict[str, list[tuple[int, Decimal]]]) -> None:
        self._times = {asset: [at for at, _ in series] for asset, series in knots.items()}
        self._values = {asset: [value for _, value in series] for asset, series in knots.items()}

    @classmethod
    def from_csv(cls, path: Path) -> ClosePath:
        """Read `date,ASSET,...` with ISO dates; an empty cell is an unknown close."""
        knots: dict[str, list[tuple[int, Decimal]]] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                day = datetime.fromisoformat(row.pop("date")).replace(tzinfo=UTC)
                close_ms = int(day.timestamp()) * 1000 + DAY_MS
                for asset, text in row.items():
                    if text:
                        knots.setdefault(asset, []).append((close_ms, Decimal(text)))
        return cls(knots)

    @property
    def assets(self) -> list[str]:
        """Return the assets with at least one close."""
        return list(self._times)

    def price(self, asset: str, at_ms: int) -> Decimal | None:
        """Return the price in USD at an instant of the path, or None outside the asset's life."""
        times = self._times.get(asset)
        if not times or not times[0] <= at_ms <= times[-1]:
            return None
        values = self._values[asset]
        right = bisect_left(times, at_ms)
        if times[right] == at_ms:
            return values[right]
        left_ms, right_ms = times[right - 1], times[right]
        fraction = Decimal(at_ms - left_ms) / (right_ms - left_ms)
        return values[right - 1] + (values[right] - values[right - 1]) * fraction

    def knots(self, asset: str, after_ms: int, until_ms: int) -> list[int]:
        """Return the instants of the closes in (after, until]: where the line may bend."""
        times = self._times.get(asset, [])
        return times[bisect_right(times, after_ms) : bisect_right(times, until_ms)]
