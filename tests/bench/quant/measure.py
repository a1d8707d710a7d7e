"""Timing for benchmarks: rows of a table, repeated and interleaved measurements, peak memory."""

import gc
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table: wall time in milliseconds, and that of the thing it is measured against."""

    group: str
    name: str
    median_ms: float
    best_ms: float
    ratio: float | None = None
    note: str = ""


def measure(function: Callable[[], object], *, repeats: int) -> tuple[float, float]:
    """Time a function: median and best of `repeats`, in milliseconds, after one call to warm up."""
    function()
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), min(times)


def measure_together(functions: dict[str, Callable[[], object]], *, repeats: int) -> dict[str, tuple[float, float]]:
    """Time several functions in turn, round by round, so that a busy machine slows all of them alike."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append((time.perf_counter() - start) * 1e3)
    return {name: (statistics.median(values), min(values)) for name, values in times.items()}


def make_row(
    group: str, name: str, times: tuple[float, float], against: tuple[float, float] | None = None, note: str = ""
) -> Row:
    """Make a line; the ratio is of the best times, which other work on the machine disturbs least."""
    ratio = times[1] / against[1] if against is not None else None
    return Row(group=group, name=name, median_ms=times[0], best_ms=times[1], ratio=ratio, note=note)


def scale(times: tuple[float, float], factor: float) -> tuple[float, float]:
    """Scale times measured on a part to the whole."""
    return times[0] * factor, times[1] * factor


def import_optional(name: str) -> Any:
    """Import a library that is there to be compared with; None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ImportError:
            return None


def measure_peak(function: Callable[[], object]) -> float:
    """Measure the most memory a call holds, in MB."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def format_table(report: dict[str, Any]) -> str:
    """Format the figures as a table."""
    lines = [f"{'group':<11}{'what':<56}{'median ms':>11}{'best ms':>10}{'ratio':>9}  note"]
    for row in report["rows"]:
        ratio = f"{row['ratio']:9.2f}" if row["ratio"] is not None else " " * 9
        lines.append(
            f"{row['group']:<11}{row['name']:<56}{row['median_ms']:>11.3f}{row['best_ms']:>10.3f}{ratio}  {row['note']}"
        )
    peaks = ", ".join(f"{name} {value:.0f} MB" for name, value in report["peak_mb"].items())
    return "\n".join([*lines, f"peak memory: {peaks}; ratio of best times, to the first line of the group"])
