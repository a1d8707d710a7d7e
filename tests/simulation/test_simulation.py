"""Histories of the whole gateway keep every invariant; each fault put in on purpose is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.planted import PLANTED

ROOT = Path(__file__).resolve().parents[2]
#: What `make test` runs, and what `make full` does: in parts, which workers share.
FEW, MANY, PARTS = 15, 2_000, 2
#: Within so many histories each fault that is put in shows.
FOUND_WITHIN = 600


def run(folder: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    """Run histories in a process of their own, whose sets have one order; return its status, text and counts."""
    out = folder / "sim.json"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "shared"), str(ROOT / "infra" / "client" / "src")])
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--out", str(out), *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    counts: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    return done.returncode, done.stdout + done.stderr, counts


def test_histories_when_few_then_every_invariant_holds(tmp_path: Path) -> None:
    status, text, counts = run(tmp_path, "--seeds", str(FEW), "--jobs", "2")
    assert status == 0, text
    assert counts["histories"] == FEW
    assert counts["violations"] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_histories_when_many_then_every_invariant_holds_and_every_fault_happened(tmp_path: Path, part: int) -> None:
    count = MANY // PARTS
    status, text, counts = run(tmp_path, "--seeds", str(count), "--first", str(FEW + part * count), "--jobs", "1")
    assert status == 0, text
    from tests.simulation.faults import RATES  # noqa: PLC0415 beside what uses it

    # A fault that never happened, an invariant that nobody looked at, would show nothing.
    assert set(counts["faults_injected"]) == set(RATES)
    wanted = {
        "I1",
        "I2",
        "I3",
        "I4",
        "I5",
        "I6",
        "I7",
        "I8",
        "I10",
        "I11",
        "I12",
        "I13",
        "I14",
        "I15",
        "V1",
        "V3",
        "X1",
        "X2",
        "R1",
        "R2",
        "R3",
        "R4",
        "S1",
        "S2",
        "D1",
        "F1",
        "K1",
        "K2",
        "K3",
        "M1",
        "T1",
        "T2",
        "T3",
        "H1",
        "H2",
        "H3",
        "H4",
        "H5",
    }
    assert wanted <= set(counts["invariants_evaluated"])
    assert counts["counts"]["venue_fills"] > count / 4
    assert counts["counts"]["venue_stops"] > count / 20
    happened = ("shorts_held", "venue_funding", "hedge order approved", "hedge order denied")
    assert [name for name in happened if not counts["counts"].get(name)] == []


@pytest.mark.long
def test_history_when_run_again_then_it_is_the_same(tmp_path: Path) -> None:
    first, second = (run(tmp_path, "--seeds", "20", "--first", "7000", "--jobs", jobs)[2] for jobs in "12")
    timed: dict[str, Any] = {"runs": [], "cpu_seconds": 0}
    assert first | timed == second | timed


@pytest.mark.long
def test_history_when_others_ran_before_it_then_it_is_the_same(tmp_path: Path) -> None:
    whole, *parts = (
        int(run(tmp_path, "--seeds", count, "--first", first, "--jobs", "1")[2]["trace"], 16)
        for first, count in (("7020", "12"), ("7020", "9"), ("7029", "3"))
    )
    assert whole == parts[0] ^ parts[1]
    assert whole not in {0, *parts}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) for name in PLANTED])
def test_fault_when_put_in_then_found(tmp_path: Path, name: str) -> None:
    status, text, counts = run(tmp_path, "--plant", name, "--seeds", str(FOUND_WITHIN))
    assert status == 1, text
    [found] = counts["violations"]
    assert found["violation"].partition(":")[0] in PLANTED[name].breaks, found
