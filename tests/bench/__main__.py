"""Measure: ``python -m tests.bench [part ...]``; prints tables and writes ``.local/bench.json``.

Without parts it is the table of performance: each row beside its peer, with its target. Nothing here passes or fails on
time. `python -m tests.bench.page` makes the page of the documents from what a whole run wrote.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "layers" / "shared")) if path not in sys.path]

from tests.bench import record  # noqa: E402
from tests.bench.goals import GOALS  # noqa: E402

#: Further modules; each has `run`, which returns its tables.
PARTS = ("codec", "stages", "functions", "package", "split", "front_door", "webhook", "kill", "quant")
REPORT = ROOT / ".local" / "bench.json"


def main() -> int:
    """Run the named parts, the table of performance by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Performance suite of the risk gateway.")
    parser.add_argument(
        "parts", nargs="*", help=f"of the table: {', '.join(GOALS)} (default: all); further: {', '.join(PARTS)}"
    )
    named = parser.parse_args().parts
    if unknown := set(named) - {*GOALS, *PARTS}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    console = Console(width=max(Console().width, 190))
    command = " ".join(["make bench", *([f'PARTS="{" ".join(named)}"'] if named else [])])
    report: dict[str, Any] = record.begin(command) | {"goals": [], "sections": {}}
    for group in [group for group in GOALS if not named or group in named]:
        entries = record.judge(GOALS[group], import_module(f"tests.bench.{group}").measure())
        report["goals"] += entries
        console.print(build_goals(group, entries))
    for part in [part for part in PARTS if part in named]:
        for section in import_module(f"tests.bench.{part}").run():
            report["sections"][section.name] = section.as_json()
            console.print(build_table(section))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"written to {REPORT.relative_to(ROOT)}")
    return 0


def build_goals(group: str, entries: list[record.Entry]) -> Table:
    """Return rows of the table of performance."""
    notes = [f"{entry['key']}: {entry['note']}" for entry in entries if "note" in entry]
    table = Table(title=group.replace("_", " "), title_justify="left", caption="\n".join(notes), caption_justify="left")
    for name in record.HEADINGS:
        table.add_column(name, justify="left" if name in {"what", "peer", "met"} else "right", overflow="fold")
    for entry in entries:
        table.add_row(*record.list_cells(entry))
    return table


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
