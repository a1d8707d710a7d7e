"""The quantitative core's own benchmark, in a process with one numerical thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.local.settings import ROOT
from tests.bench.measure import Row, Section

MODULE = "tests.bench.quant.quant_bench"
#: A function of this size has one processor to itself.
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run() -> list[Section]:
    """Run the benchmark and take over its rows; each group's first line is the reference of the others."""
    with tempfile.TemporaryDirectory() as folder:
        report_file = Path(folder) / "quant.json"
        subprocess.run(
            [sys.executable, "-m", MODULE, "--json", str(report_file)],
            check=True,
            cwd=ROOT,
            env={**os.environ, **THREADS, "PYTHONPATH": f"{ROOT / 'layers' / 'shared'}{os.pathsep}{ROOT}"},
            stdout=subprocess.DEVNULL,
        )
        report = json.loads(report_file.read_text(encoding="utf-8"))
    first: dict[str, dict[str, object]] = {}
    rows = []
    for row in report["rows"]:
        base = first.setdefault(row["group"], row)
        rows.append(
            Row(
                name=f"{row['group']}: {row['name']}",
                value=row["best_ms"],
                unit="ms",
                reference_name=str(base["name"]) if row["ratio"] is not None else "",
                reference=row["best_ms"] / row["ratio"] if row["ratio"] else None,
                note=row["note"],
            )
        )
    peaks = ", ".join(f"{name} {peak:.0f} MB" for name, peak in report["peak_mb"].items())
    shape = ", ".join(f"{count} {name}" for name, count in report["shape"].items())
    return [Section(name="quant", title="Quantitative core", rows=rows, notes=[shape, f"Peak memory: {peaks}."])]
