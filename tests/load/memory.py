"""Memory of the emulator's function workers, sampled from /proc, and whether it grows."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

#: Of a worker: seconds since the start, and resident kilobytes.
type Series = list[tuple[float, int]]

EVERY_SECONDS = 5.0
#: A worker imports, connects and fills its caches first; what follows is judged, in thirds. What leaks grows from the
#: first to the second and on to the last; what a function loads with the first call that needs it, it loads once.
YOUNG_SECONDS = 60.0
SAMPLES_MIN = 12
#: Growth that is noise of the allocator: twice the lesser of the two between thirds.
NOISE = 0.05


def list_workers(group: int) -> dict[int, str]:
    """Return the function of each worker process in the emulator's process group, by pid."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):  # it ended meanwhile
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[2]) != group or fields[0] == "Z":
                continue
            variables = (folder / "environ").read_bytes().split(b"\0")
            names = [
                one.partition(b"=")[2].decode() for one in variables if one.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")
            ]
            if names:
                found[int(folder.name)] = names[0]
    return found


def read_resident_kb(pid: int) -> int | None:
    """Return a process's resident memory in kilobytes, None where it has ended."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return None


@dataclass
class Watch:
    """Samples every worker until it is stopped."""

    group: int
    series: dict[int, Series] = field(default_factory=dict)
    functions: dict[int, str] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        started = time.monotonic()
        while not self._stop.is_set():
            workers = list_workers(self.group)
            self.functions |= workers
            for pid in workers:
                kilobytes = read_resident_kb(pid)
                if kilobytes is not None:
                    self.series.setdefault(pid, []).append((time.monotonic() - started, kilobytes))
            self._stop.wait(EVERY_SECONDS)


def describe(series: Mapping[int, Series], functions: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return a row for each function whose workers lived long enough: the one that grew most of them."""
    rows: dict[str, dict[str, Any]] = {}
    for pid, whole in series.items():
        judged = [sample for sample in whole if sample[0] >= whole[0][0] + YOUNG_SECONDS]
        if len(judged) < SAMPLES_MIN:
            continue
        third = len(judged) // 3
        parts = (judged[:third], judged[third:-third], judged[-third:])
        first, middle, last = (median(kilobytes for _, kilobytes in part) for part in parts)
        growth = 2 * min(middle - first, last - middle) / first
        row = rows.setdefault(functions[pid], {"function": functions[pid], "workers": 0, "growth_fraction": -1.0})
        row["workers"] += 1
        if growth > row["growth_fraction"]:
            row |= {
                "growth_fraction": round(growth, 4),
                "first_third_mb": round(first / 1024, 1),
                "last_third_mb": round(last / 1024, 1),
                "minutes": round((judged[-1][0] - judged[0][0]) / 60, 1),
                "flat": growth <= NOISE,
            }
    return [rows[name] for name in sorted(rows)]


def find_faults(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each function that grows, and one where no process of the order path was there to judge."""
    faults = [f"{row['function']} grows by {row['growth_fraction']:.1%}" for row in rows if not row["flat"]]
    if not any("order" in row["function"] for row in rows):
        faults.append("no process of the order path lived long enough to be judged")
    return faults
