"""Put each fault of the simulation's list in, and note which history found it: ``python -m tests.proof.planted``.

Writes ``.local/planted.json``. `tests/simulation/test_simulation.py` holds the same in `make full`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench import record
from tests.simulation.planted import PLANTED

ROOT = Path(__file__).resolve().parents[2]
OUT, ONE = ROOT / ".local" / "planted.json", ROOT / ".local" / "planted-one.json"
FOUND_WITHIN = 600


def main() -> int:
    """Try each fault; 1 where one was not found."""
    report: dict[str, Any] = record.begin("python -m tests.proof.planted") | {"within": FOUND_WITHIN, "faults": []}
    for name, planted in PLANTED.items():
        command = [sys.executable, "-m", "tests.simulation", "--plant", name, "--seeds", str(FOUND_WITHIN)]
        subprocess.run([*command, "--out", str(ONE)], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "0"}, check=False)
        found = json.loads(ONE.read_text(encoding="utf-8"))["violations"]
        row: dict[str, Any] = {"fault": name, "breaks": sorted(planted.breaks)}
        if found:
            row |= {"found_by": found[0]["violation"].partition(":")[0], "history": found[0]["seed"]}
        report["faults"].append(row)
    ONE.unlink(missing_ok=True)
    OUT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row.get("found_by") in row["breaks"] for row in report["faults"]) else 1


if __name__ == "__main__":
    sys.exit(main())
