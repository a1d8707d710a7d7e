"""The measuring code: ratios of the same round, median with least and most, targets, the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.bench import engine, handler, page, record
from tests.bench.goals import GOALS, Goal
from tests.bench.measure import Measured, compare, measure_rounds
from tests.bench.reasons import REASONS
from tests.bench.recorded import RecordedTables

AT_MOST = Goal(key="share", what="a share", peer="a peer", bound=0.8)
AT_LEAST = Goal(key="rate", what="a rate", bound=0.6, unit="per second", is_least=True, wish=1)


def spin(times: int) -> Callable[[], object]:
    return lambda: sum(range(times))


def test_compare_then_each_round_is_held_against_the_same_round() -> None:
    assert list(compare([2, 9, 4], [1, 3, 4], "µs").figures) == [2, 3, 1]


def test_compare_when_rounds_differ_or_are_none_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare([1, 2], [1], "µs")
    with pytest.raises(ValueError, match="nothing"):
        compare([], [], "µs")


@pytest.mark.parametrize(
    ("goal", "figure", "is_met"),
    [(AT_MOST, 0.8, True), (AT_MOST, 0.81, False), (AT_LEAST, 0.6, True), (AT_LEAST, 0.59, False)],
)
def test_goal_then_it_knows_whether_it_is_met(goal: Goal, figure: float, is_met: bool) -> None:
    assert goal.is_met(figure) is is_met


def test_record_then_it_holds_median_least_and_most_and_what_they_come_from() -> None:
    found = {"share": compare([1, 3, 2], [2, 2, 2], "µs CPU", "a note"), "beside": Measured(figures=[1])}
    assert record.judge([AT_MOST], found) == [
        {
            "key": "share",
            "what": "a share",
            "peer": "a peer",
            "figure": {"unit": "×", "median": 1, "min": 0.5, "max": 1.5},
            "target": "≤ 0.8",
            "met": False,
            "ours": {"median": 2, "unit": "µs CPU"},
            "theirs": {"median": 2, "unit": "µs CPU"},
            "note": "a note",
        }
    ]


def test_record_when_a_goal_was_not_measured_then_it_is_refused() -> None:
    with pytest.raises(KeyError, match="rate"):
        record.judge([AT_LEAST], {})


def test_cells_then_they_stand_under_their_headings() -> None:
    (alone,) = record.judge([AT_LEAST], {"rate": Measured(figures=[0.7])})
    cells = dict(zip(record.HEADINGS, record.list_cells(alone), strict=True))
    assert cells["figure"] == "0.70 per second"
    assert cells["target"] == "≥ 0.6 (better: 1)"
    assert (cells["met"], cells["min – max"], cells["ours"]) == ("yes", "", "")


def test_rounds_then_every_function_has_all_and_more_work_takes_longer() -> None:
    times = measure_rounds({"small": spin(10), "large": spin(50_000)}, rounds=3, seconds=0.002)
    assert {name: len(rounds) for name, rounds in times.items()} == {"small": 3, "large": 3}
    assert min(times["large"]) > max(times["small"])


def test_engine_then_a_check_is_held_against_a_check_and_growth_against_itself() -> None:
    names = ("evaluate", "apply", "apply, figures", "apply, 1 position", "apply, positions", "apply, marks",
             "apply, orders", "evaluate, figures", "context", "correlation")  # fmt: skip
    ours = [{"checks": 60, "times": dict.fromkeys(names, 120.0) | {"apply, orders": 360.0, "context": 12.0}}]
    found = engine.judge(ours, [{"0": [12.0, 12.0, 500.0], "500": [24.0]}])
    assert found["evaluate_check"].figures == [2.0]
    assert found["apply_empty"].figures == [10.0]
    assert (found["growth_orders"].figures, found["growth_orders"].peer) == ([3.0], [2.0])
    assert found["share_correlation"].figures == [1.1]


def test_recorded_tables_when_read_again_then_they_find_another_version_of_the_account() -> None:
    now = datetime.now(UTC)
    responses = handler.list_responses(handler.BOOKS[0], now)
    asked = {
        "RequestItems": {"state": {"Keys": [{"pk": responses["state"][0]["pk"], "sk": responses["state"][0]["sk"]}]}}
    }
    tables = RecordedTables(responses)
    read = [tables.batch_get_item(**asked)["Responses"]["state"][0]["version"] for _ in range(2)]
    assert read[0] != read[1]


def test_goals_then_each_has_its_own_key_and_what_it_says() -> None:
    goals = [goal for several in GOALS.values() for goal in several]
    assert len({goal.key for goal in goals}) == len({goal.what for goal in goals}) == len(goals)


def test_page_and_readme_then_they_are_what_the_record_says() -> None:
    run = page.read_record()
    assert page.PAGE.read_text(encoding="utf-8") == page.render(run), "python -m tests.bench.page"
    readme = page.README.read_text(encoding="utf-8")
    assert readme == page.replace_summary(readme, run), "python -m tests.bench.page"
    assert page.BEGIN in readme


def test_record_then_it_has_every_goal_by_its_target_of_today() -> None:
    kept = {entry["key"]: entry for entry in page.read_record()["goals"]}
    goals = {goal.key: goal for several in GOALS.values() for goal in several}
    assert kept.keys() == goals.keys()
    for key, goal in goals.items():
        assert kept[key]["target"] == goal.target
        assert kept[key]["met"] == goal.is_met(kept[key]["figure"]["median"])


def test_record_when_a_target_is_missed_then_it_has_its_reason() -> None:
    missed = {entry["key"] for entry in page.read_record()["goals"] if not entry["met"]}
    assert missed <= REASONS.keys()


def test_page_when_a_row_misses_its_target_then_it_says_so_with_figure_and_reason() -> None:
    run = page.read_record()
    goals = [entry | {"met": entry["key"] != "apply_empty"} for entry in run["goals"]]
    text = page.render(run | {"goals": goals}).partition("## What misses its target")[2]
    (row,) = re.findall(r"^- \*\*(.*)", text.partition("\n## ")[0], flags=re.MULTILINE)
    assert row.startswith("apply: settle")
    assert REASONS["apply_empty"] in row
