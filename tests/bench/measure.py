"""Time functions side by side, and keep what was found as rows of a table."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

#: CPU time one round of a function takes at least: far above the clock's resolution.
ROUND_SECONDS = 0.01
ROUNDS = 9
CALLS_MAX = 20_000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found of one goal, round by round.

    `figures` is what is held against the target; `ours` and `peer` are what it comes from, both in `unit`.
    """

    figures: Sequence[float]
    ours: Sequence[float] = ()
    peer: Sequence[float] = ()
    unit: str = ""
    note: str = ""


def compare(ours: Sequence[float], peer: Sequence[float], unit: str, note: str = "") -> Measured:
    """Return ours over the peer's, each round of one beside the same round of the other.

    Raises
    ------
    ValueError : they had not as many rounds, or none.
    """
    if not ours:
        raise ValueError("nothing was measured")
    figures = [one / other for one, other in zip(ours, peer, strict=True)]
    return Measured(figures=figures, ours=ours, peer=peer, unit=unit, note=note)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. `ratio` is value / reference, both in `unit`; notes say what a figure contains."""

    name: str
    value: float
    unit: str
    reference_name: str = ""
    reference: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return value / reference; None for a figure that stands alone."""
        return self.value / self.reference if self.reference else None

    def as_json(self) -> dict[str, Any]:
        """Return the row as a JSON object."""
        row: dict[str, Any] = {"name": self.name, "value": round(self.value, 4), "unit": self.unit}
        if self.reference:
            row |= {
                "reference_name": self.reference_name,
                "reference": round(self.reference, 4),
                "ratio": round(self.value / self.reference, 4),
            }
        return row | ({"note": self.note} if self.note else {})


@dataclass(frozen=True, kw_only=True)
class Section:
    """One table: rows, and what a reader must know to judge them."""

    name: str
    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the section as a JSON object."""
        return {
            "title": self.title,
            "rows": [row.as_json() for row in self.rows],
            "notes": list(self.notes),
            **self.details,
        }


def measure_rounds(
    functions: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS, seconds: float = ROUND_SECONDS
) -> dict[str, list[float]]:
    """Return the CPU time of one call of each function in each round, in microseconds.

    The functions take turns, so that a change of the machine's speed meets all alike. What the bench itself made is
    kept from the garbage collector, which would walk it in everybody's turn.

    Parameters
    ----------
    functions : mapping of name to function without arguments.
    rounds : int, how often each takes its turn.
    seconds : float, CPU time that a turn takes at least.
    """
    calls = {name: _count_calls(function, seconds) for name, function in functions.items()}
    times: dict[str, list[float]] = {name: [] for name in functions}
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            for name, function in functions.items():
                times[name].append(_time_calls(function, calls[name]) * 1e6)
    finally:
        gc.unfreeze()
    return times


def measure_cpu(functions: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the CPU time of one call of each function, in microseconds: the median of its rounds."""
    return {name: median(times) for name, times in measure_rounds(functions, rounds=rounds).items()}


def _count_calls(function: Callable[[], object], seconds: float) -> int:
    """Return how many calls fill a round."""
    function()
    one = max(_time_calls(function, 3), 1e-7)
    return min(CALLS_MAX, max(1, ceil(seconds / one)))


def _time_calls(function: Callable[[], object], calls: int) -> float:
    started = time.thread_time()
    for _ in range(calls):
        function()
    return (time.thread_time() - started) / calls


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the smallest of the values that at least `fraction` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(fraction * len(ordered)) - 1)]


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)
