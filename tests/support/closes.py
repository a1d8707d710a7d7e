"""Real daily closes for tests, moved to the test's own time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from riskgate.core.market.closes import DailyCloses

CLOSES = Path(__file__).parents[1] / "data" / "daily_closes.csv"
#: FTX fell this week: the window ends in a crash.
LAST_DAY = date(2022, 11, 10)
DAYS = 800


@cache
def read_closes() -> Mapping[str, Mapping[date, float]]:
    """Return every close of the data set by asset and day."""
    found: dict[str, dict[date, float]] = {}
    with CLOSES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row.pop("date"))
            for asset, close in row.items():
                if close:
                    found.setdefault(asset, {})[day] = float(close)
    return found


def series_of(asset: str, closes: Mapping[date, float]) -> DailyCloses:
    """Return closes as they are stored; they may have gaps."""
    first, last = min(closes), max(closes)
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return DailyCloses(
        asset=asset,
        symbol=f"{asset}/USDT",
        venue="binance",
        first_day=first,
        closes=tuple(closes.get(day) for day in days),
        as_of=datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1, minutes=10),
        asked_from=first,
    )


def load_closes(
    assets: Iterable[str], now: datetime, *, last_day: date = LAST_DAY, days: int = DAYS
) -> dict[str, DailyCloses]:
    """Return the closes up to `last_day` as if that had been yesterday."""
    shift = now.date() - timedelta(days=1) - last_day
    found = {}
    for asset in assets:
        kept = {day + shift: close for day, close in read_closes()[asset].items() if 0 <= (last_day - day).days < days}
        found[asset] = series_of(asset, kept)
    return found
