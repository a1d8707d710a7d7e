"""What every function's cold start costs, each with the layers that the template gives it, and what is dear in the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.artifacts import get_build, get_site_packages, run_python
from tests.bench.measure import Row, Section, median
from tests.bench.start import BARE, CLIENT, FUNCTION, MILLISECONDS, Case, time_processes

PROCESSES, MODULES_SHOWN = 3, 10


def run() -> list[Section]:
    """Measure the import of each function."""
    build = get_build()
    cases: dict[str, Case] = {"bare": ([get_site_packages()], BARE)}
    cases |= {name: (build.paths_of(name), "import app") for name in build.functions}
    times = time_processes(cases, PROCESSES)
    base = median(times.pop("bare"))
    rows = [
        Row(
            name=name,
            value=median(values),
            unit=MILLISECONDS,
            reference_name="bare boto3 client",
            reference=base,
        )
        for name, values in times.items()
    ]
    modules = _list_costly(build.paths_of(FUNCTION))
    notes = [f"Median of {PROCESSES} fresh processes each, taking turns. Dearest packages of {FUNCTION}:"]
    notes += [f"{cost:6.1f} ms  {name}" for name, cost in modules.items()]
    return [Section(name="functions", title="Cold starts", rows=rows, notes=notes, details={"modules_own_ms": modules})]


def _list_costly(paths: Sequence[Path]) -> dict[str, float]:
    """Return the top-level packages whose modules' own import time is largest, in milliseconds of wall time."""
    report = run_python(paths, f"import app\n{CLIENT}", "-X", "importtime").stderr
    costs: dict[str, float] = {}
    for line in report.splitlines():
        own, separator, rest = line.removeprefix("import time:").partition("|")
        if not separator or not own.strip().isdigit():
            continue
        module = rest.partition("|")[2].strip()
        parts = module.split(".")
        # Our own code by sub-package, everything else by package.
        name = ".".join(parts[:2]) if parts[0] == "riskgate" else parts[0]
        costs[name] = costs.get(name, 0.0) + int(own) / 1000
    largest = sorted(costs.items(), key=lambda entry: -entry[1])[:MODULES_SHOWN]
    return {name: round(cost, 1) for name, cost in largest}
