"""The page of proof follows from the kept records, and says so where there is none."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.proof.faults import FAULTS
from tests.proof.page import PAGE, RECORDS, SECTIONS, read_records, render
from tests.proof.sections import keep_simulation
from tests.support.bad_input.kind import Group
from tests.support.bad_input.table import KINDS, requests_of

TESTS = Path(__file__).parents[1]
COMMAND = "`python -m tests.proof` writes it"


def test_page_then_it_is_what_the_records_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(read_records()), COMMAND


def test_records_then_each_has_its_section() -> None:
    assert {path.stem for path in RECORDS.glob("*.json")} <= {section.key for section in SECTIONS}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_section_when_there_is_no_record_then_it_names_the_command(section: object) -> None:
    text = render(dict.fromkeys(read_records()))
    assert f"No run is recorded yet: `{section.command}`." in text  # type: ignore[attr-defined]


def test_records_then_no_run_on_it_found_a_violation() -> None:
    """A run that did is no proof: it is a fault to be mended."""
    records = read_records()
    simulation, soak, drills, chaos = (records[name] or {} for name in ("sim", "soak", "drills", "chaos"))
    assert simulation.get("violations", []) == []
    assert soak.get("invariants", {}).get("violations", []) == []
    assert [line for name, run in drills.items() if name != "planted" for line in run["late"]] == []
    # A drill that sees nothing where there is something would prove nothing.
    assert "planted" not in drills or drills["planted"]["late"]
    assert chaos.get("violations", []) == []
    assert [name for name, row in chaos.get("scenarios", {}).items() if "failed" in row] == []


def test_histories_when_sources_change_then_what_held_of_earlier_ones_is_still_told() -> None:
    first = keep_simulation({"code": "a", "histories": 3}, None)
    assert keep_simulation({"code": "a", "histories": 5}, first) == {"code": "a", "histories": 5, "earlier": []}
    second = keep_simulation({"code": "b", "histories": 2}, first)
    assert second["earlier"] == [{"code": "a", "histories": 3}]
    third = keep_simulation({"code": "b", "histories": 9}, second)
    assert (third["histories"], third["earlier"]) == (9, [{"code": "a", "histories": 3}])


def test_faults_then_each_names_tests_that_exist_or_says_why_only_aws_could() -> None:
    assert len(FAULTS) >= 55
    for fault in FAULTS:
        assert fault.tests or fault.aws_only, fault.name
        assert [test for test in fault.tests if not is_test(test)] == [], fault.name
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)


def is_test(node: str) -> bool:
    """Tell whether there is such a test: file, and names behind each other."""
    path, *names = node.split("::")
    file = TESTS / path
    if not file.is_file() or not names[-1].startswith("test_"):
        return False
    found: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body
    for name in names:
        inner = [one for one in found if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name == name]
        if not inner:
            return False
        found = inner[0].body
    return True


def test_kinds_then_numbered_from_one_on_without_a_repetition() -> None:
    assert [kind.number for kind in KINDS] == list(range(1, len(KINDS) + 1))
    assert len({(kind.group, kind.name) for kind in KINDS}) == len(KINDS) >= 125
    assert {kind.group for kind in KINDS} == set(Group)
    assert all(kind.status < 500 for kind in KINDS)
    assert all(list(requests_of(kind)) for kind in KINDS)
