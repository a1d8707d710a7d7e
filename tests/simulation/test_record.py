"""Records of runs are added where they are of the same code and of other seeds, and of nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulation import record


def made(first: int, histories: int, **changes: Any) -> dict[str, Any]:
    one: dict[str, Any] = {
        "code": "c0de",
        "runs": [{"first": first, "histories": histories, "seconds": 1.5}],
        "histories": histories,
        "cpu_seconds": 2.5,
        "trace": f"{first + 1:016x}",
        "violations": [],
        "faults_injected": {"db.slow": histories},
        "invariants_evaluated": {"I1": 2, f"I{first}": 1},
        "counts": {"steps": 7},
    }
    return one | changes


def test_records_when_of_other_seeds_then_their_counts_are_added_and_their_runs_joined() -> None:
    whole = record.add(record.add(made(10, 10), made(40, 5)), made(20, 20, violations=[{"seed": 21}]))
    assert whole["runs"] == [{"first": 10, "histories": 35, "seconds": 4.5}]
    assert (whole["histories"], whole["cpu_seconds"]) == (35, 7.5)
    assert whole["faults_injected"] == {"db.slow": 35}
    assert whole["invariants_evaluated"] == {"I1": 6, "I10": 1, "I20": 1, "I40": 1}
    assert whole["violations"] == [{"seed": 21}]
    assert whole["trace"] == f"{11 ^ 41 ^ 21:016x}"


@pytest.mark.parametrize("first", [5, 10, 19])
def test_records_when_a_seed_is_in_both_then_refused(first: int) -> None:
    with pytest.raises(ValueError, match="in both"):
        record.add(made(10, 10), made(first, 10))


def test_records_when_of_other_code_then_refused() -> None:
    with pytest.raises(ValueError, match="not of the same code"):
        record.add(made(0, 10), made(10, 10, code="other"))


def test_record_when_written_then_added_to_what_is_there_only_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sim.json"
    record.write(path, made(0, 10), adds=True)
    record.write(path, made(10, 10), adds=True)
    assert json.loads(path.read_text(encoding="utf-8"))["histories"] == 20
    record.write(path, made(30, 1), adds=False)
    assert json.loads(path.read_text(encoding="utf-8"))["histories"] == 1


def test_digest_when_sources_are_the_same_then_the_same() -> None:
    assert record.digest_code() == record.digest_code()
    assert len(record.digest_code()) == 16
