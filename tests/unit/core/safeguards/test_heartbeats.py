"""Signs of life: when one is overdue, and which are worth a record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from riskgate.core.account.parts import Heartbeat
from riskgate.core.figures import CLOCK_SKEW_SECONDS_MAX
from riskgate.core.limits import StrategyRules
from riskgate.core.safeguards.heartbeats import choose_interval, is_overdue, list_overdue, needs_recording
from tests.support.builders import NOW, SECOND, build_account, build_limits

TINY = timedelta(microseconds=1)
SKEW = CLOCK_SKEW_SECONDS_MAX * SECOND


@pytest.mark.parametrize(("registered", "interval"), [(None, 60), (59, 59), (60, 60), (61, 60)])
def test_interval_when_registered_then_the_shorter(registered: int | None, interval: int) -> None:
    limits = build_limits(strategies={"trend": StrategyRules(heartbeat_seconds=registered)})
    assert choose_interval(limits, "trend", 60) == interval
    assert choose_interval(limits, "grid", 60) == 60


@pytest.mark.parametrize(
    ("ago", "overdue"),
    [(timedelta(), False), (60 * SECOND, False), (60 * SECOND + TINY, True), (-SKEW, False), (-SKEW - TINY, True)],
)
def test_beat_when_older_than_promised_or_of_the_future_then_overdue(ago: timedelta, overdue: bool) -> None:
    beats = {"b": Heartbeat(at=NOW - ago, interval_seconds=60), "a": Heartbeat(at=NOW - 2 * ago, interval_seconds=120)}
    assert is_overdue(beats["b"], NOW) is overdue
    late = [name for name, _ in list_overdue(beats, NOW)]
    assert ("b" in late) is overdue
    assert late == sorted(late)


def test_beats_when_overdue_then_listed_by_name() -> None:
    late, good = Heartbeat(at=NOW - 61 * SECOND, interval_seconds=60), Heartbeat(at=NOW, interval_seconds=60)
    assert list(list_overdue({"b": late, "c": good, "a": late}, NOW)) == [("a", late), ("b", late)]


@pytest.mark.parametrize(
    ("ago", "interval", "needed"),
    [
        (timedelta(), 60, False),
        (30 * SECOND - TINY, 60, False),
        (30 * SECOND, 60, True),
        (61 * SECOND, 60, True),
        (timedelta(), 59, True),
        (timedelta(), 61, True),
        (-SKEW - TINY, 60, True),
        (-SKEW, 60, False),
    ],
)
def test_beat_when_it_changes_no_more_than_a_recent_time_then_not_recorded(
    ago: timedelta, interval: int, needed: bool
) -> None:
    state = build_account(heartbeats={"trend": Heartbeat(at=NOW - ago, interval_seconds=60)})
    assert needs_recording(state, "trend", interval, NOW) is needed
    assert needs_recording(state, "grid", interval, NOW) is True
