"""Run pytest in a process of its own, on a gateway with a fault in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutation import replaced

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "mutants"
#: What takes longer hangs: a fault may have made a loop without an end.
HANGS_AFTER_SECONDS = 300.0


def run_pytest(
    environment: dict[str, str], plugin: str, arguments: Iterable[str], **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run pytest with one of this package's plugins, single and in order."""
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", plugin]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "shared")])
    # A summary is cut to the width of the terminal, and tells then no more why.
    wide = {"COLUMNS": "1000", "PYTHONPATH": paths}
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=os.environ | wide | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


def in_own_process(sources: Mapping[str, str], tests: Sequence[str]) -> dict[str, Any]:
    """Return what became of modules with other texts: killed by which test, or not."""
    with TemporaryDirectory() as folder:
        written = Path(folder) / "sources.json"
        written.write_text(json.dumps(sources), encoding="utf-8")
        try:
            done = run_pytest(
                {replaced.VARIABLE: str(written)},
                "tests.mutation.replaced",
                ["-x", *tests],
                timeout=HANGS_AFTER_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return {"outcome": "killed", "by": "time limit"}
    if done.returncode == 0:
        return {"outcome": "survived", "tests": len(tests)}
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    by, _, why = (lines[0].split(" ", 1)[1] if lines else "import").partition(" - ")
    return {"outcome": "killed", "by": by, "why": why[:120]}
