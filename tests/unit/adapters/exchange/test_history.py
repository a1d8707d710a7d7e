"""History is complete whatever pages a venue gives, and says so where it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.adapters.exchange.history import DAY_MS, History, HistoryStuck
from riskgate.core.errors import VenueAnswerInvalid

type Rows = list[dict[str, Any]]


def rows_at(times: Sequence[int]) -> Rows:
    return [{"id": f"{number:04d}", "timestamp": at} for number, at in enumerate(sorted(times))]


def venue(rows: Rows, page_size: int, *, newest: bool, ignores_end: bool = False) -> Callable[[int, int], Rows]:
    """A venue that gives the oldest or the newest rows of a period, at most a page."""

    def fetch(low: int, high: int) -> Rows:
        found = [row for row in rows if low <= row["timestamp"] and (ignores_end or row["timestamp"] <= high)]
        return found[-page_size:] if newest else found[:page_size]

    return fetch


def read(
    fetch: Callable[[int, int], Rows],
    start: int,
    end: int,
    limit: int | None,
    days: int | None = None,
    *,
    thorough: bool = False,
) -> Any:
    history = History(fetch=fetch, identity=lambda row: str(row["id"]), limit=limit, span_days=days, thorough=thorough)
    return history.read(start, end)


@given(
    times=st.lists(st.integers(0, 5 * DAY_MS), max_size=60, unique=True),
    page_size=st.integers(2, 20),
    newest=st.booleans(),
    is_limit_known=st.booleans(),
    days=st.sampled_from([None, 1, 2]),
)
def test_history_when_paged_then_every_row_once_by_time(
    times: list[int], page_size: int, newest: bool, is_limit_known: bool, days: int | None
) -> None:
    rows = rows_at(times)
    limit = page_size if is_limit_known else None
    assert read(venue(rows, page_size, newest=newest), 0, 5 * DAY_MS, limit, days) == rows


@given(
    times=st.lists(st.integers(0, 5 * DAY_MS), max_size=60, unique=True),
    cut=st.integers(2, 20),
    newest=st.booleans(),
    days=st.sampled_from([None, 1, 2]),
)
def test_history_when_the_venue_cuts_pages_shorter_than_it_says_then_complete_all_the_same(
    times: list[int], cut: int, newest: bool, days: int | None
) -> None:
    rows = rows_at(times)
    assert read(venue(rows, cut, newest=newest), 0, 5 * DAY_MS, 1_000, days, thorough=True) == rows


@given(
    times=st.lists(st.integers(0, 40), max_size=40),
    page_size=st.integers(1, 12),
    newest=st.booleans(),
)
def test_history_when_rows_share_milliseconds_then_complete_or_stuck(
    times: list[int], page_size: int, newest: bool
) -> None:
    rows = rows_at(times)
    crowded = {at for at in times if times.count(at) >= page_size}
    history = History(fetch=venue(rows, page_size, newest=newest), identity=lambda row: str(row["id"]), limit=page_size)
    stuck_at: int | None = None
    found: Rows = []
    try:
        found = list(history.read(0, 40))
    except HistoryStuck as stuck:
        stuck_at = stuck.at_ms
    assert found == rows if stuck_at is None else stuck_at in crowded


def test_history_when_asked_within_then_bounds_are_included_and_periods_do_not_exceed_the_span() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(low: int, high: int) -> Rows:
        asked.append((low, high))
        return []

    assert read(fetch, 100, 100 + 2 * DAY_MS, 10, 1) == []
    assert asked == [(100, 99 + DAY_MS), (100 + DAY_MS, 99 + 2 * DAY_MS), (100 + 2 * DAY_MS, 100 + 2 * DAY_MS)]


def test_history_when_only_one_page_then_asked_once() -> None:
    asked: list[int] = []

    def fetch(low: int, _high: int) -> Rows:
        asked.append(low)
        return rows_at([5, 6])

    assert len(read(fetch, 0, 10, 100)) == 2
    assert asked == [0]


@pytest.mark.parametrize("limit", [3, None])
def test_history_when_newest_first_and_end_is_ignored_then_refused(limit: int | None) -> None:
    rows = rows_at([at * 10_000 for at in range(10)])
    with pytest.raises(VenueAnswerInvalid, match="ignores the end"):
        read(venue(rows, 3, newest=True, ignores_end=True), 0, 100_000, limit)


@pytest.mark.parametrize("newest", [True, False])
def test_history_when_a_short_page_is_doubted_and_the_end_is_ignored_then_what_there_is(newest: bool) -> None:
    rows = rows_at([at * 10_000 for at in range(10)])
    assert read(venue(rows, 50, newest=newest, ignores_end=True), 0, 100_000, 100, thorough=True) == rows


@pytest.mark.parametrize(
    "row",
    [{"id": "1"}, {"id": "1", "timestamp": None}, {"id": "1", "timestamp": "soon"}, {"id": "1", "timestamp": True}],
)
def test_history_when_row_has_no_time_then_refused(row: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        read(lambda _low, _high: [row], 0, 10, 100)


def test_history_when_pages_never_end_then_refused() -> None:
    numbers = iter(range(10**9))
    with pytest.raises(VenueAnswerInvalid, match="pages do not end"):
        read(lambda low, high: [{"id": str(next(numbers)), "timestamp": (low + high) // 2}], 0, 10**12, None)
