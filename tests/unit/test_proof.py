"""The page of proof follows from the kept records, and says so where there is none."""

from __future__ import annotations

import pytest

from tests.proof.page import PAGE, RECORDS, SECTIONS, read_records, render

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
