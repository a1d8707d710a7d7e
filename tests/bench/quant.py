"""The quantitative core's own benchmark, in a process with one numerical thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from infra.local.settings import ROOT
from tests.bench.measure import Row, Section

MODULE = "tests.bench.quant_core"
#: A function of this size has one processor to itself.
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run() -> list[Section]:
    """Run the benchmark and take over its rows."""
    done = subprocess.run(
        [sys.executable, "-m", MODULE],
        check=True,
        cwd=ROOT,
        env={**os.environ, **THREADS, "PYTHONPATH": f"{ROOT / 'layers' / 'shared'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
    )
    report = json.loads(done.stdout)
    rows = [Row(**row) for row in report["rows"]]
    return [Section(name="quant", title="Quantitative core", rows=rows, notes=report["notes"])]
