"""Run a range of seeds in one process, and add up what they came to.

Beside the command line: what a pool's process runs it has to import, and nothing imports a package's ``__main__``.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from typing import Any

#: After so many histories what they left behind is collected: looking for it all along takes a twelfth of the time.
COLLECT_EVERY = 10


class Total:
    """What all histories came to."""

    def __init__(self) -> None:
        self.injected: Counter[str] = Counter()
        self.evaluated: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        #: The traces of all histories, in any order.
        self.trace = 0
        self.cpu_seconds = 0.0

    def add(self, found: dict[str, Any]) -> None:
        """Add what a part of them came to."""
        self.injected.update(found["injected"])
        self.evaluated.update(found["evaluated"])
        self.counts.update(found["counts"])
        self.trace ^= found["trace"]
        self.cpu_seconds += found["cpu_seconds"]


def run_range(
    first: int, count: int, planted: str = "", without: frozenset[str] = frozenset(), *, only_releases: bool = False
) -> dict[str, Any]:
    """Run some seeds, or those of them in which a release rolls, all of them without some actors and faults.

    Returns what they came to; failing ones are shrunk.
    """
    from tests.simulation.gateway import installed  # noqa: PLC0415 as below
    from tests.simulation.history import prepare  # noqa: PLC0415 what is imported reads the hash seed
    from tests.simulation.planted import PLANTED, planting  # noqa: PLC0415 as above
    from tests.simulation.release import release_of, run_history  # noqa: PLC0415 as above
    from tests.simulation.shrink import command_of, shrink  # noqa: PLC0415 as above
    from tests.simulation.world import Plan  # noqa: PLC0415 as above

    total, failed = Total(), []
    without |= PLANTED[planted].without if planted else frozenset()
    started = time.process_time()
    prepare()
    gc.freeze()
    gc.disable()
    with planting(planted), installed():
        for seed in range(first, first + count):
            if seed % COLLECT_EVERY == 0:
                gc.collect()
            plan = Plan(seed=seed, without=without)
            if only_releases and release_of(plan) is None:
                continue
            report = run_history(plan)
            total.injected += report.injected
            total.evaluated += report.evaluated
            total.counts += report.counters
            total.counts["histories"] += 1
            total.trace ^= report.trace
            if report.violation and planted:
                failed.append({"seed": seed, "violation": report.violation, "command": ""})
                break
            if report.violation:
                small = shrink(report, run_history)
                failed.append({"seed": seed, "violation": small.violation, "command": command_of(small.plan)})
    parts = {"injected": total.injected, "evaluated": total.evaluated, "counts": total.counts}
    found: dict[str, Any] = {name: dict(counter) for name, counter in parts.items()}
    return found | {"failed": failed, "trace": total.trace, "cpu_seconds": time.process_time() - started}
