"""Daily closes: what is added, what is missing, and what contradicts what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.market.closes import (
    BACKFILL_DAYS,
    DAYS_MAX,
    FLAGS_MAX,
    OVERLAP_DAYS,
    CloseFault,
    DailyCloses,
    first_day_to_ask,
    merge_closes,
)

DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)
NOW = datetime(2026, 3, 4, 0, 5, tzinfo=UTC)

prices = st.floats(min_value=1e-8, max_value=1e8, allow_nan=False)
days = st.integers(min_value=0, max_value=400).map(lambda offset: FIRST + timedelta(days=offset))
histories = st.dictionaries(days, prices, max_size=40)


def empty(asset: str = "BTC") -> DailyCloses:
    return DailyCloses(
        asset=asset, symbol=f"{asset}/USDT", venue="binance", first_day=FIRST, closes=(), as_of=NOW, asked_from=FIRST
    )


def series(*closes: float | None) -> DailyCloses:
    return replace(empty(), closes=closes)


def merge(stored: DailyCloses, found: dict[date, float], at: datetime = NOW) -> DailyCloses:
    return merge_closes(stored, found, as_of=at, asked_from=FIRST)


def test_merge_when_days_are_new_then_appended_and_gaps_are_explicit() -> None:
    merged = merge(series(100.0, 101.0), {FIRST + 4 * DAY: 104.0, FIRST + 2 * DAY: 102.0})
    assert merged.closes == (100.0, 101.0, 102.0, None, 104.0)
    assert merged.gaps == (FIRST + 3 * DAY,)
    assert (merged.first_day, merged.last_day, merged.flags) == (FIRST, FIRST + 4 * DAY, ())


def test_merge_when_a_gap_is_filled_later_then_it_is_gone() -> None:
    merged = merge(series(100.0, None, 102.0), {FIRST + DAY: 101.0})
    assert (merged.closes, merged.gaps) == ((100.0, 101.0, 102.0), ())


def test_merge_when_history_is_older_than_what_is_stored_then_put_before_it() -> None:
    merged = merge_closes(series(100.0), {FIRST - 2 * DAY: 98.0}, as_of=NOW, asked_from=FIRST - 9 * DAY)
    assert (merged.first_day, merged.closes, merged.asked_from) == (
        FIRST - 2 * DAY,
        (98.0, None, 100.0),
        FIRST - 9 * DAY,
    )


def test_merge_when_a_past_close_changed_then_the_stored_one_stays_and_is_reported_once() -> None:
    changed = {FIRST + DAY: 150.0}
    merged = merge(series(100.0, 101.0, 102.0), changed)
    assert merged.closes == (100.0, 101.0, 102.0)
    (flag,) = merged.flags
    assert (flag.day, flag.fault, flag.kept, flag.compared) == (FIRST + DAY, CloseFault.CHANGED, 101.0, 150.0)
    assert merge(merged, changed, NOW + DAY).flags == (flag,)
    assert len(merge(merged, {FIRST + DAY: 151.0}, NOW + DAY).flags) == 2


@pytest.mark.parametrize(("close", "is_large"), [(200.0, False), (200.1, True), (50.0, False), (49.9, True)])
def test_merge_when_a_close_leaps_then_stored_and_reported(close: float, is_large: bool) -> None:
    merged = merge(series(100.0), {FIRST + DAY: close})
    assert merged.closes == (100.0, close)
    assert [flag.fault for flag in merged.flags] == [CloseFault.LARGE_MOVE] * is_large


def test_merge_when_nothing_was_found_then_nothing_but_the_time_changes() -> None:
    assert merge(series(1.0, None, 2.0), {}, NOW + DAY) == replace(series(1.0, None, 2.0), as_of=NOW + DAY)
    assert merge(empty(), {}).closes == ()


def test_merge_when_longer_than_what_is_kept_then_the_oldest_go_and_no_gap_begins_it() -> None:
    history = {FIRST + timedelta(days=i): 100.0 for i in range(DAYS_MAX + 5) if i != 5}
    merged = merge(empty(), history)
    assert merged.first_day == FIRST + 6 * DAY
    assert len(merged.closes) == DAYS_MAX - 1


def test_merge_when_much_is_reported_then_the_latest_findings_are_kept() -> None:
    stored = series(*[100.0] * (FLAGS_MAX + 1))
    merged = merge(stored, {FIRST + timedelta(days=i): 200.0 for i in range(FLAGS_MAX + 1)})
    assert [flag.day for flag in merged.flags] == [FIRST + timedelta(days=i) for i in range(1, FLAGS_MAX + 1)]


@pytest.mark.parametrize("closes", [(0.0,), (-1.0,), (float("nan"),), (float("inf"),), (None, 1.0), (1.0, None)])
def test_series_when_it_holds_what_is_no_price_then_refused(closes: tuple[float | None, ...]) -> None:
    with pytest.raises(ValueError, match="closes? of BTC"):
        series(*closes)


@given(first=histories, second=histories)
def test_merge_when_repeated_then_the_same_and_nothing_known_is_lost(
    first: dict[date, float], second: dict[date, float]
) -> None:
    once = merge(merge(empty(), first), second)
    assert once.by_day() == dict(sorted({**second, **first}.items()))
    assert merge(once, second) == once
    assert len(once.closes) == len(once.by_day()) + len(once.gaps)


TODAY = date(2026, 3, 4)
BACK = TODAY - BACKFILL_DAYS * DAY
RECENT = TODAY - OVERLAP_DAYS * DAY


@pytest.mark.parametrize(
    ("last", "gap", "asked_from", "ask_from"),
    [
        (TODAY - DAY, None, BACK, None),
        (TODAY - 2 * DAY, None, BACK, RECENT),
        (TODAY - 20 * DAY, None, BACK, TODAY - 20 * DAY),
        (TODAY - DAY, RECENT, BACK, RECENT),
        (TODAY - DAY, RECENT - DAY, BACK, None),
        (TODAY - DAY, None, BACK + DAY, BACK),
        (BACK - DAY, None, BACK - 9 * DAY, BACK),
    ],
)
def test_history_when_asked_for_then_from_what_is_missing_and_what_may_change_still(
    last: date, gap: date | None, asked_from: date, ask_from: date | None
) -> None:
    first = last - 12 * DAY
    closes = tuple(None if first + day * DAY == gap else 100.0 for day in range(13))
    stored = replace(empty(), first_day=first, closes=closes, asked_from=asked_from)
    assert first_day_to_ask(stored, TODAY) == ask_from


def test_history_when_nothing_is_stored_then_all_of_it() -> None:
    assert first_day_to_ask(None, TODAY) == BACK
    assert first_day_to_ask(replace(empty(), asked_from=BACK), TODAY) == FIRST - DAY, "the venue had nothing"


@pytest.mark.parametrize(
    ("closes", "day", "jump"),
    [
        ((100.0, 500.0), 1, (100.0, 500.0)),
        ((100.0, 499.9), 1, None),
        ((100.0, 20.0), 1, (100.0, 20.0)),
        ((100.0, 20.1), 1, None),
        ((100.0, None, 900.0), 2, (100.0, 900.0)),
        ((100.0, None, 900.0), 1, None),
        ((100.0, 900.0), 0, None),
        ((100.0, 900.0), 2, None),
    ],
)
def test_jump_when_looked_for_then_against_the_last_close_before(
    closes: tuple[float | None, ...], day: int, jump: tuple[float, float] | None
) -> None:
    assert series(*closes).find_jump(FIRST + day * DAY) == jump
