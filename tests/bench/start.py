"""What a cold start costs: fresh processes that import a function and make its client, and bare ones, in turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.artifacts import get_build, get_site_packages, run_python
from tests.bench.measure import Measured, compare, median

PROCESSES = 9
FUNCTION = "OrderApiFunction"
MILLISECONDS = "ms CPU"
BARE = "import boto3\nboto3.client('dynamodb')"
CLIENT = "from riskgate.runtime import wiring\nwiring.deps()"
_TIMED = """
import time
started = time.process_time()
{code}
print((time.process_time() - started) * 1e3)
"""

#: Where to import from, and what to run.
type Case = tuple[Sequence[Path], str]


def measure() -> dict[str, Measured]:
    """Measure the rows of the start: what is built against boto3 as it is published, byte code of both as shipped."""
    paths = get_build().paths_of(FUNCTION)
    times = time_processes(
        {
            "bare": ([get_site_packages()], BARE),
            "import": (paths, "import app"),
            "client": (paths, f"import app\n{CLIENT}"),
            "layer": (paths[1:], BARE),
        }
    )
    note = f"the same client from the layer alone {median(times['layer']):.0f} {MILLISECONDS}"
    return {
        "start_import": compare(times["import"], times["bare"], MILLISECONDS),
        "start_client": compare(times["client"], times["bare"], MILLISECONDS, note),
    }


def time_processes(cases: Mapping[str, Case], processes: int = PROCESSES) -> dict[str, list[float]]:
    """Return the CPU milliseconds of each case in so many fresh processes; the cases take turns."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(processes):
        for name, (paths, code) in cases.items():
            times[name].append(float(run_python(paths, _TIMED.format(code=code)).stdout))
    return times
