"""The measuring code of load and drills: an open loop, what is a late approval, whether memory grows."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.load import memory
from tests.load.arrivals import draw_instants, run_open
from tests.load.judge import APPROVED, DENIED, Asked, Drill, find_late

ASKED = Asked(
    account_id="a",
    client_order_id="o-1",
    strategy="trend",
    symbol="BTC/USDT",
    venue="binance",
    sent_at=11.0,
    answered_at=12.0,
    outcome=DENIED,
)
DRILL = Drill(
    scope="global",
    key="",
    acknowledged_at=10.0,
    heads_read_at=10.1,
    heads={"a": 5},
    last_heads={"a": 9},
    released_at=20.0,
)


def test_instants_then_they_are_a_poisson_process_of_the_seed() -> None:
    first, second = (list(draw_instants(random.Random(3), 50, 200)) for _ in range(2))  # noqa: S311 a load
    assert first == second == sorted(first)
    assert len(first) == pytest.approx(50 * 200, rel=0.05)
    gaps = [later - earlier for earlier, later in pairwise(first)]
    # Of an exponential distribution the deviation is the mean.
    mean = sum(gaps) / len(gaps)
    assert (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5 == pytest.approx(mean, rel=0.1)


def test_open_loop_when_one_answer_is_late_then_the_wait_behind_it_is_counted() -> None:
    """One connection, whose first answer takes ten seconds: those meant for seconds one and two waited nine and eight."""
    now, moved = [0.0], threading.Lock()

    def act(number: int) -> tuple[str, str]:
        with moved:
            now[0] += 10 if number == 0 else 0
        return "order", "201"

    samples = run_open([0.0, 1.0, 2.0], act, workers=1, clock=lambda: now[0], sleep=lambda _: None)
    assert [round(sample.latency) for sample in samples] == [10, 9, 8]
    assert [round(sample.service) for sample in samples] == [10, 0, 0]


def test_approval_when_sent_after_the_acknowledgement_then_late() -> None:
    assert list(find_late(DRILL, [ASKED], {})) == []
    assert len(list(find_late(DRILL, [replace(ASKED, outcome=APPROVED)], {}))) == 1


@pytest.mark.parametrize(("sequence", "late"), [(5, 0), (6, 1), (9, 1), (10, 0)])
def test_approval_when_its_entry_stands_behind_the_acknowledgement_then_late(sequence: int, late: int) -> None:
    """Whenever it was sent, and even where its answer never came."""
    under_way = replace(ASKED, sent_at=9.0, outcome="undecided")
    assert DRILL.was_under_way(under_way)
    assert len(list(find_late(DRILL, [under_way], {"a": {"o-1": sequence}}))) == late


@pytest.mark.parametrize(
    ("scope", "key", "covered"),
    [
        ("global", "", True),
        ("account", "a", True),
        ("account", "b", False),
        ("strategy", "trend", True),
        ("strategy", "grid", False),
        ("venue", "binance", True),
        ("symbol", "BTC/USDT", True),
        ("symbol", "ETH/USDT", False),
    ],
)
def test_drill_then_it_covers_what_its_switch_does(scope: str, key: str, covered: bool) -> None:
    drill = replace(DRILL, scope=scope, key=key)
    assert bool(list(find_late(drill, [replace(ASKED, outcome=APPROVED)], {}))) is covered


def test_approval_when_answered_after_the_release_then_not_late() -> None:
    assert list(find_late(DRILL, [replace(ASKED, outcome=APPROVED, answered_at=21.0)], {"a": {"o-1": 10}})) == []


def series(rise_kb_per_second: float, jump_kb: int = 0, step_kb: int = 0) -> memory.Series:
    return [
        (at, int(100_000 + rise_kb_per_second * at + (jump_kb if at == 150 else 0) + (step_kb if at >= 150 else 0)))
        for at in range(0, 305, 5)
    ]


@pytest.mark.parametrize(
    ("rise", "jump", "step", "faults"),
    [
        (0, 0, 0, 0),
        (0, 50_000, 0, 0),
        (0, 0, 40_000, 0),
        (20, 0, 0, 0),
        (45, 0, 0, 1),
        (45, 0, 40_000, 1),
        (-100, 0, 0, 0),
    ],
)
def test_memory_when_it_grows_from_third_to_third_then_a_fault_and_one_step_is_none(
    rise: float, jump: int, step: int, faults: int
) -> None:
    """Over the 245 judged seconds the thirds' middles are two thirds apart: 5 % of 100 MB are 31 KB a second."""
    rows = memory.describe({1: series(rise, jump, step), 2: series(0)}, {1: "order-api", 2: "order-api"})
    assert [row["workers"] for row in rows] == [2]
    assert len(memory.find_faults(rows)) == faults


def test_memory_when_a_process_is_young_then_it_is_not_judged_and_that_is_a_fault() -> None:
    assert memory.describe({1: series(100)[:15]}, {1: "order-api"}) == []
    assert len(memory.find_faults([])) == 1
    [other] = memory.describe({1: series(0)}, {1: "monitor"})
    assert len(memory.find_faults([other])) == 1
