"""Run the performance suite: ``python -m tests.bench [section ...]``; writes ``.local/bench.json``.

Nothing here passes or fails on time. The figures are for comparison with the reference beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "shared")]

#: Modules in the order they run; each has `run`, which returns its tables.
PARTS = ("core", "decision", "start", "package", "stack", "front_door", "webhook", "kill", "quant")
REPORT = ROOT / ".local" / "bench.json"


def main() -> int:
    """Run the named parts, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Performance suite of the risk gateway.")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all by default")
    named = parser.parse_args().parts
    if unknown := set(named) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    console = Console(width=max(Console().width, 150))
    report: dict[str, Any] = {"measured_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "machine": describe_machine()}
    sections: dict[str, Any] = {}
    for part in [part for part in PARTS if not named or part in named]:
        for section in import_module(f"tests.bench.{part}").run():
            sections[section.name] = section.as_json()
            console.print(build_table(section))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report | {"sections": sections}, indent=2) + "\n", encoding="utf-8")
    console.print(f"written to {REPORT.relative_to(ROOT)}")
    return 0


def describe_machine() -> dict[str, Any]:
    """Return what the figures were measured on, and how busy it was."""
    return {
        "python": platform.python_version(),
        "architecture": platform.machine(),
        "cpus": os.cpu_count(),
        "load_1_minute": round(os.getloadavg()[0], 2),
    }


def build_table(section: Any) -> Table:
    """Return a section as a table."""
    table = Table(title=section.title, title_justify="left", caption="\n".join(section.notes), caption_justify="left")
    for name in ("what", "value", "unit", "ratio", "to", "note"):
        table.add_column(name, justify="right" if name in {"value", "ratio"} else "left", overflow="fold")
    for row in section.rows:
        ratio = f"{row.ratio:.3f}" if row.ratio is not None else ""
        against = f"{row.reference_name} ({row.reference:,.2f})" if row.reference else ""
        table.add_row(row.name, f"{row.value:,.2f}", row.unit, ratio, against, row.note)
    return table


if __name__ == "__main__":
    sys.exit(main())
