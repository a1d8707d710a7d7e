"""Dirty closes: what is wrong with a series, and which of its closes are kept.

Nothing is repaired by inventing a price. A close that cannot be true is treated as missing, and a
missing close costs the returns that need it; each finding is a flag with the days it concerns.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from riskgate.core.market.closes import JUMP_RATIO
from riskgate.core.quant.arrays import BoolArray, DayArray, FloatArray
from riskgate.core.risk.report import DataFinding

OUTLIER_RATIO = 10.0
"""A close this many times both its neighbours (or their this-manieth part) is not believed."""
_LOG_STEP = 1e-12
DELISTED_AFTER_DAYS = 7
"""A series that ended this many days before the as-of day counts as delisted, not late."""
REPEATED_CLOSES = 3
"""This many equal closes in a row are reported: a vendor's rounding or a halted market."""


class FlagCode(StrEnum):
    """What can be wrong with a series of closes."""

    NO_DATA = "no_data"
    MISSING_DAYS = "missing_days"
    DUPLICATED_DAYS = "duplicated_days"
    CONTRADICTORY_DAYS = "contradictory_days"
    INVALID_PRICE = "invalid_price"
    OUTLIER = "outlier"
    LARGE_MOVE = "large_move"
    REPEATED_CLOSES = "repeated_closes"
    CONSTANT_SERIES = "constant_series"
    SHORT_HISTORY = "short_history"
    STALE_SERIES = "stale_series"
    DELISTED = "delisted"
    UNCONFIRMED_JUMP = "unconfirmed_jump"


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CloseSeries:
    """Closes of one asset as they came: any order, gaps, duplicates and bad values allowed."""

    asset: str
    days: DayArray  # (n,), datetime64[D]: UTC day of each close
    closes: FloatArray  # (n,): price in the base currency at 24:00 UTC of that day
    confirmed: frozenset[date] | None = None  # days whose jumps a person confirmed; None: every jump is believed

    @classmethod
    def of(
        cls, asset: str, days: ArrayLike, closes: ArrayLike, confirmed: frozenset[date] | None = None
    ) -> "CloseSeries":
        """Make a series from anything numpy reads as days and floats; None or NaN is no close.

        Raises ValueError if the lengths differ or a day is not a day.
        """
        stamps = np.asarray(days, dtype="datetime64[D]").reshape(-1)
        prices = np.asarray(closes, dtype=np.float64).reshape(-1)
        if stamps.shape != prices.shape or np.isnat(stamps).any():
            raise ValueError("need one valid day for each close")
        return cls(asset=asset, days=stamps, closes=prices, confirmed=confirmed)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CleanSeries:
    """Believable closes of one asset, one per day, ascending; `flags` says what was left out and why."""

    days: DayArray
    closes: FloatArray
    flags: tuple[DataFinding, ...]


def make_finding(asset: str, code: FlagCode, days: DayArray) -> DataFinding:
    """Make a finding about a set of days, possibly empty."""
    first, last = (days.min().item(), days.max().item()) if days.size else (None, None)
    return DataFinding(asset=asset, code=code.value, count=int(days.size), first_day=first, last_day=last)


def clean_series(series: CloseSeries, *, as_of: date) -> CleanSeries:
    """Clean one series up to the as-of day.

    The rule: later days are ignored; empty closes are missing; zero, negative and infinite prices are
    missing; a day given twice with one price counts once, with two prices it is missing; a close at
    least `OUTLIER_RATIO` times away from both neighbours in the same direction is missing. A move that
    large which stays is kept: it may be a collapse. Whether it is believed is `find_unconfirmed`'s question.
    """
    known = (series.days <= np.datetime64(as_of, "D")) & ~np.isnan(series.closes)
    order = np.argsort(series.days[known], kind="stable")
    days, closes = series.days[known][order], series.closes[known][order]
    flags: list[DataFinding] = []

    def drop(bad: BoolArray, code: FlagCode) -> None:
        nonlocal days, closes
        if bad.any():
            flags.append(make_finding(series.asset, code, np.unique(days[bad])))
            days, closes = days[~bad], closes[~bad]

    drop(~(np.isfinite(closes) & (closes > 0.0)), FlagCode.INVALID_PRICE)
    repeat, contradiction = _find_duplicates(days, closes)
    drop(contradiction, FlagCode.CONTRADICTORY_DAYS)
    drop(repeat[~contradiction], FlagCode.DUPLICATED_DAYS)
    outlier = _find_outliers(closes, math.log(OUTLIER_RATIO))
    drop(outlier, FlagCode.OUTLIER)
    return CleanSeries(days=days, closes=closes, flags=tuple(flags))


def _find_duplicates(days: DayArray, closes: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Find repeats of a day after its first close, and all closes of days that contradict themselves."""
    unique, start, group = np.unique(days, return_index=True, return_inverse=True)
    repeat = np.ones(days.size, dtype=np.bool_)
    repeat[start] = False
    clash = ~np.isclose(closes, closes[start][group], rtol=1e-9, atol=0.0)
    contradictory = np.zeros(unique.size, dtype=np.bool_)
    contradictory[group[clash]] = True
    return repeat, contradictory[group]


def _find_outliers(closes: FloatArray, threshold: float) -> BoolArray:
    """Find closes that jump away from both neighbours and come back."""
    move = np.diff(np.log(closes))
    outlier = np.zeros(closes.size, dtype=np.bool_)
    up = (move[:-1] >= threshold) & (move[1:] <= -threshold)
    down = (move[:-1] <= -threshold) & (move[1:] >= threshold)
    # Of two candidates side by side the second is only the way back from the first.
    previous = -1
    for index in np.flatnonzero(up | down) + 1:
        if index - 1 != previous:
            outlier[index] = True
            previous = int(index)
    return outlier


def find_unconfirmed(series: CloseSeries, days: DayArray, closes: FloatArray) -> DayArray:
    """Find the days of a window (NaN: no close) on which the price jumps and stays, and nobody confirmed that.

    A collapse looks like a redenomination or a wrong decimal, and one of the two makes every figure wrong.
    """
    if series.confirmed is None:
        return days[:0]
    seen = np.flatnonzero(~np.isnan(closes))
    jumps = np.abs(np.diff(np.log(closes[seen]))) >= math.log(JUMP_RATIO) - _LOG_STEP
    found = days[seen][1:][jumps]
    return found[[day.item() not in series.confirmed for day in found]]


def describe_window(asset: str, days: DayArray, closes: FloatArray) -> Iterator[DataFinding]:
    """Describe an asset's closes (NaN where there is none) on the consecutive days of a window."""
    seen = np.flatnonzero(~np.isnan(closes))
    if seen.size == 0:
        yield make_finding(asset, FlagCode.NO_DATA, days)
        return
    first, last = int(seen[0]), int(seen[-1])
    if first > 0:
        yield make_finding(asset, FlagCode.SHORT_HISTORY, days[:first])
    gap = np.isnan(closes[first : last + 1])
    if gap.any():
        yield make_finding(asset, FlagCode.MISSING_DAYS, days[first : last + 1][gap])
    late = days.size - 1 - last
    if late:
        code = FlagCode.DELISTED if late >= DELISTED_AFTER_DAYS else FlagCode.STALE_SERIES
        yield make_finding(asset, code, days[last + 1 :])
    move = np.abs(np.diff(np.log(closes[seen])))
    large = move >= math.log(OUTLIER_RATIO)
    if large.any():
        yield make_finding(asset, FlagCode.LARGE_MOVE, days[seen][1:][large])
    if seen.size > 1 and not move.any():
        yield make_finding(asset, FlagCode.CONSTANT_SERIES, days[seen])
    elif move.size:
        length = REPEATED_CLOSES - 1
        still = np.convolve(move == 0.0, np.ones(length)) >= length
        if still.any():
            yield make_finding(asset, FlagCode.REPEATED_CLOSES, days[seen][1:][still[: move.size]])
