"""Write the page of performance from what a whole run of ``make bench`` wrote: ``python -m tests.bench.page``.

The run is kept beside the page as `performance.json`. The main rows stand in the README too.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.goals import GOALS
from tests.bench.reasons import REASONS
from tests.bench.record import HEADINGS, Entry, list_cells

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".local" / "bench.json"
RECORD, PAGE = ROOT / "infra" / "docs" / "performance.json", ROOT / "infra" / "docs" / "performance.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- performance: python -m tests.bench.page -->\n", "<!-- /performance -->"
TITLES = {
    "engine": "The engine",
    "handler": "The handler",
    "start": "Cold start",
    "end_to_end": "End to end",
}
_RIGHT = frozenset({"ours", "peer's", "figure", "min – max", "target"})
_SHORT = ("what", "peer", "figure", "target", "met")

_HEAD = """# Performance

Written by `python -m tests.bench.page` from [one run](performance.json) of `{command}` on {when}: {machine}.

Every row stands beside its peer in the same run. The two take turns, round by round, and a figure is the median of the
rounds' ratios, with the least and the most. Times are CPU time but for those end to end. **{met} of {all} targets are met.**
"""

_NOTES = """## How it is measured

- **The engine** (`tests/bench/engine.py`): a fresh process of ours and one of NautilusTrader's by turns. Its RiskEngine has
  a cash account, a limit on the order's value and all checks on, and passes a limit buy within it. `apply` is all that a
  decision does to an account: settle, mark, run the breakers, evaluate every check, reserve, note the levels.
- **The handler** (`tests/bench/handler.py`): from API Gateway's event to the answer, against a server on the loopback that
  answers recorded bodies. The typical handler (`tests/bench/typical.py`) has the Powertools resolver with validation, a
  pydantic body, Logger, Metrics and boto3: one BatchGetItem, one TransactWriteItems of three items, one limit. The parts of
  our handler are shares of the typical one as a whole. Every decision reads another version of the account.
- **Gate figures** (`tests/bench/gate_figures.py`): computed by the risk jobs' own code from real closes. 17 coins give 100
  or 200 assets: each further one is a coin's series some weeks earlier.
- **Cold start** (`tests/bench/start.py`): fresh processes that import what is built and shipped; the bare client is boto3 as
  published, with byte code.
- **End to end** (`tests/bench/end_to_end.py`): on the local stack, whose emulator is most of what a client waits for. The
  bare route is a function without an authorizer that writes three items in one transaction.
"""


def main() -> int:
    """Keep the last run and write what follows from it."""
    run = json.loads(RUN.read_text(encoding="utf-8"))
    goals = {goal.key: goal for several in GOALS.values() for goal in several}
    if missing := goals.keys() - {row["key"] for row in run["goals"]}:
        sys.stderr.write(f"the last run is not whole, `make bench` is: {', '.join(sorted(missing))}\n")
        return 1
    for row in run["goals"]:
        row |= {"what": goals[row["key"]].what, "peer": goals[row["key"]].peer}
    RECORD.write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(render(run), encoding="utf-8")
    README.write_text(replace_summary(README.read_text(encoding="utf-8"), run), encoding="utf-8")
    return 0


def read_record() -> dict[str, Any]:
    """Return the run that is kept."""
    record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def render(run: Mapping[str, Any]) -> str:
    """Return the page of a run."""
    entries = {entry["key"]: entry for entry in run["goals"]}
    head = _HEAD.format(
        command=run["command"],
        when=run["measured_at"],
        machine=_describe(run["machine"]),
        met=sum(entry["met"] for entry in entries.values()),
        all=len(entries),
    )
    parts = [head]
    for group, goals in GOALS.items():
        rows = [entries[goal.key] for goal in goals]
        parts.append(f"## {TITLES[group]}\n\n{_write_table(HEADINGS, rows)}{_write_notes(rows)}")
    parts.append(_write_missed(entries.values()))
    parts.append(_NOTES)
    return "\n".join(part for part in parts if part)


def replace_summary(text: str, run: Mapping[str, Any]) -> str:
    """Return the README with the main rows of a run between its marks."""
    entries = {entry["key"]: entry for entry in run["goals"]}
    main = [entries[goal.key] for several in GOALS.values() for goal in several if goal.is_main]
    return re.sub(
        f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: _write_table(_SHORT, main), text, flags=re.DOTALL
    )


def _describe(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cpus']} cores of {machine['processor']} ({machine['architecture']}, {machine['system']}), "
        f"Python {machine['python']}, a load of {machine['load_1_minute']:g} as it began"
    )


def _write_table(headings: Sequence[str], entries: Iterable[Entry]) -> str:
    lines = [headings, ["---:" if name in _RIGHT else "---" for name in headings]]
    for entry in entries:
        cells = dict(zip(HEADINGS, list_cells(entry), strict=True))
        lines.append([cells[name] if name != "met" or entry["met"] else "**no**" for name in headings])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _write_notes(entries: Iterable[Entry]) -> str:
    notes = [f"- {entry['what']}: {entry['note']}\n" for entry in entries if "note" in entry]
    return "\n" + "".join(notes) if notes else ""


def _write_missed(entries: Iterable[Entry]) -> str:
    missed = [entry for entry in entries if not entry["met"]]
    if not missed:
        return ""
    lines = []
    for entry in missed:
        cells = dict(zip(HEADINGS, list_cells(entry), strict=True))
        reason = REASONS.get(entry["key"], "")
        lines.append(f"- **{entry['what']}**: {cells['figure']}, target {cells['target']}. {reason}".rstrip() + "\n")
    return f"## What misses its target\n\n{''.join(lines)}"


if __name__ == "__main__":
    sys.exit(main())
