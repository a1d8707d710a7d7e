"""Daily closes of one asset: UTC days in a row, gaps explicit, what was stored is never silently replaced."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import isfinite

from riskgate.core.replacing import replace

#: Older days are let go: about four years are kept.
DAYS_MAX = 1_500
#: A close this many times the one before it, or less than this part of it, is stored and reported.
LARGE_MOVE_RATIO = 2
#: A close this many times the last one before it, or less than this part of it, that does not come back the next day:
#: a collapse, or another unit (a redenomination, a wrong decimal). A person must say which.
JUMP_RATIO = 5
#: Closes that differ by less than this part are the same.
_SAME_PARTS = 10**9
#: The latest findings that are kept.
FLAGS_MAX = 100
#: How far back an asset that is new is asked for: more than a year of returns, with room for gaps.
BACKFILL_DAYS = 500
#: Days that are asked for again with every new one: to see changes, and gaps that closed late.
OVERLAP_DAYS = 7
_DAY = timedelta(days=1)


class CloseFault(StrEnum):
    """Why a close wants a look."""

    #: The venue now tells another close of a past day; the stored one stays.
    CHANGED = "changed"
    #: More than `LARGE_MOVE_RATIO` away from the close before it; it is stored, since markets do crash.
    LARGE_MOVE = "large_move"


class JumpMeaning(StrEnum):
    """What a jump of a series is, as a person confirmed it."""

    #: The price moved: its returns count.
    PRICE = "price"
    #: The closes from that day on are in another unit: those before it do not count.
    UNIT = "unit"


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseFlag:
    """One finding: `kept` is the stored close, `compared` what the venue says now, or the close before."""

    day: date
    fault: CloseFault
    kept: float
    compared: float
    flagged_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyCloses:
    """Daily closes of one asset from one market: ``closes[i]`` is that of UTC day ``first_day + i``."""

    asset: str
    symbol: str
    venue: str
    first_day: date
    closes: tuple[float | None, ...]  # in the symbol's quote currency; None without a candle, but not at either end
    as_of: datetime  # when the venue was last asked
    asked_from: date  # the earliest day the venue was ever asked for: before `first_day` it has nothing
    flags: tuple[CloseFlag, ...] = ()  # oldest first
    jumps: dict[date, JumpMeaning] = field(default_factory=dict)  # those that a person confirmed, by their first day

    def __post_init__(self) -> None:
        """Refuse what is no positive price, and gaps at the ends."""
        if not all(close is None or (isfinite(close) and close > 0) for close in self.closes):
            raise ValueError(f"a close of {self.asset} is not a positive number")
        if self.closes and None in {self.closes[0], self.closes[-1]}:
            raise ValueError(f"the closes of {self.asset} begin or end with a gap")

    @property
    def last_day(self) -> date:
        """Return the day of the last close; the day before `first_day` when there are none."""
        return self.first_day + timedelta(days=len(self.closes) - 1)

    @property
    def gaps(self) -> tuple[date, ...]:
        """Return the days between the first and the last close that have none."""
        return tuple(self.first_day + timedelta(days=i) for i, close in enumerate(self.closes) if close is None)

    def find_jump(self, day: date) -> tuple[float, float] | None:
        """Return the last close before a day and the day's own where the series jumps there, or None."""
        known = self.by_day()
        earlier = [close for at, close in known.items() if at < day]
        if day not in known or not earlier:
            return None
        before, after = earlier[-1], known[day]
        return (before, after) if max(before, after) >= JUMP_RATIO * min(before, after) else None

    def by_day(self) -> dict[date, float]:
        """Return the closes that exist by their day, in order."""
        days = ((self.first_day + timedelta(days=i), close) for i, close in enumerate(self.closes))
        return {day: close for day, close in days if close is not None}


def merge_closes(stored: DailyCloses, found: Mapping[date, float], *, as_of: datetime, asked_from: date) -> DailyCloses:
    """Add closes of closed days that the same market told now to a series, and report what contradicts it."""
    known = stored.by_day()
    merged = dict(sorted({**found, **known}.items()))
    flags = [*_changes(known, found, as_of), *_large_moves(merged, known, as_of)]
    reported = {(flag.day, flag.fault, flag.compared) for flag in stored.flags}
    news = tuple(flag for flag in flags if (flag.day, flag.fault, flag.compared) not in reported)
    first = max(min(merged, default=asked_from), max(merged, default=asked_from) - (DAYS_MAX - 1) * _DAY)
    # A gap just there must not begin the series.
    first = next((day for day in merged if day >= first), first)
    last = max(merged, default=first - _DAY)
    return replace(
        stored,
        first_day=first,
        closes=tuple(merged.get(first + timedelta(days=i)) for i in range((last - first).days + 1)),
        as_of=as_of,
        asked_from=min(stored.asked_from, asked_from),
        flags=(*stored.flags, *news)[-FLAGS_MAX:],
    )


def first_day_to_ask(stored: DailyCloses | None, today: date) -> date | None:
    """Return the first day to ask the venue for, up to the day before `today` (UTC); None when there is none."""
    back_fill = today - BACKFILL_DAYS * _DAY
    if stored is None or stored.asked_from > back_fill:
        return back_fill
    recent = today - OVERLAP_DAYS * _DAY
    if stored.last_day >= today - _DAY and not any(day >= recent for day in stored.gaps):
        return None
    return max(min(recent, stored.last_day), back_fill)


def _changes(known: Mapping[date, float], found: Mapping[date, float], at: datetime) -> Iterator[CloseFlag]:
    for day in sorted(known.keys() & found.keys()):
        kept, told = known[day], found[day]
        if abs(kept - told) * _SAME_PARTS > kept:
            yield CloseFlag(day=day, fault=CloseFault.CHANGED, kept=kept, compared=told, flagged_at=at)


def _large_moves(merged: Mapping[date, float], known: Mapping[date, float], at: datetime) -> Iterator[CloseFlag]:
    for (_, before), (day, close) in pairwise(merged.items()):
        is_large = close > before * LARGE_MOVE_RATIO or before > close * LARGE_MOVE_RATIO
        if is_large and day not in known:
            yield CloseFlag(day=day, fault=CloseFault.LARGE_MOVE, kept=close, compared=before, flagged_at=at)
