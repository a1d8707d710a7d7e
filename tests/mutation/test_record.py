"""What the record says of a sample: the first run's figure stays beside that of the last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import __main__ as mutation


def report(killed: int, survived: int, equivalent: int, seed: int = 1) -> dict[str, Any]:
    counts = {"killed": killed, "survived": survived, "equivalent": equivalent}
    return {"seed": seed, "sample": 100, "counts": counts, "killed_fraction": killed / 100, "mutants": [{"line": 1}]}


def test_record_when_a_sample_is_judged_again_then_what_fresh_dice_killed_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "record.json"
    monkeypatch.setattr(mutation, "RECORD", kept)

    def fresh(*counts: int, **changes: int) -> tuple[int, float]:
        mutation.keep("core", report(*counts, **changes))
        found = json.loads(kept.read_text(encoding="utf-8"))["core"]
        assert found["mutants"] == [{"line": 1}]
        low, high = found["fresh"]["interval"]
        assert low < found["fresh"]["killed_fraction"] < high
        return found["fresh"]["killed"], found["fresh"]["killed_fraction"]

    assert fresh(80, 20, 0) == (80, 0.8)
    # Twelve survivors got tests, four are none: they count for neither figure.
    assert fresh(92, 4, 4) == (80, 0.8333)
    assert fresh(92, 4, 4, seed=2) == (92, 0.9583)
