"""The record of a run: each goal with what was found, as JSON and as rows of a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.goals import Goal
from tests.bench.measure import Measured, median

HEADINGS = ("what", "peer", "ours", "peer's", "figure", "min – max", "target", "met")
DIGITS = 4

#: One goal of a record.
type Entry = dict[str, Any]


def judge(goals: Iterable[Goal], found: Mapping[str, Measured]) -> list[Entry]:
    """Return the goals with their figures. What was measured and is no goal is left out.

    Raises
    ------
    KeyError : a goal was not measured.
    """
    return [_judge(goal, found[goal.key]) for goal in goals]


def _judge(goal: Goal, found: Measured) -> Entry:
    figure = median(found.figures)
    entry: Entry = {
        "key": goal.key,
        "what": goal.what,
        "peer": goal.peer,
        "figure": {
            "unit": goal.unit,
            "median": round(figure, DIGITS),
            "min": round(min(found.figures), DIGITS),
            "max": round(max(found.figures), DIGITS),
        },
        "target": goal.target,
        "met": goal.is_met(figure),
    }
    for name, values in (("ours", found.ours), ("theirs", found.peer)):
        if values:
            entry[name] = {"median": round(median(values), DIGITS), "unit": found.unit}
    return entry | ({"note": found.note} if found.note else {})


def describe_machine() -> dict[str, Any]:
    """Return what the figures were measured on, and how busy it was."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _find_processor(),
        "cpus": os.cpu_count(),
        "load_1_minute": round(os.getloadavg()[0], 2),
    }


def _find_processor() -> str:
    """Return the processor's name, empty where the system does not tell."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def begin(command: str) -> dict[str, Any]:
    """Return the head of a record."""
    return {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "command": command,
        "machine": describe_machine(),
    }


def list_cells(entry: Entry) -> Sequence[str]:
    """Return an entry's cells under `HEADINGS`."""
    figure = entry["figure"]
    unit = figure["unit"]
    spread = (
        "" if figure["min"] == figure["max"] else f"{format_figure(figure['min'])} – {format_figure(figure['max'])}"
    )
    return (
        entry["what"],
        entry["peer"],
        _format_amount(entry.get("ours")),
        _format_amount(entry.get("theirs")),
        f"{format_figure(figure['median'])} {unit}",
        spread,
        entry["target"],
        "yes" if entry["met"] else "no",
    )


def format_figure(value: float) -> str:
    """Return a figure with three digits that count."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _format_amount(amount: Mapping[str, Any] | None) -> str:
    return f"{format_figure(amount['median'])} {amount['unit']}" if amount is not None else ""
