"""What a cold start costs: fresh processes that import a function and make its client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infra.local.settings import ROOT
from tests.bench.artifacts import get_build, get_site_packages, run_python
from tests.bench.measure import Row, Section, median

PROCESSES = 7
MODULES_SHOWN = 10
BARE = "import boto3\nboto3.client('dynamodb')"
_TIMED = """
import time
started = time.process_time()
{code}
print((time.process_time() - started) * 1e3)
"""
_CLIENT = "from riskgate.runtime import wiring\nwiring.deps()"


def run() -> list[Section]:
    """Measure the start of the order function and of the others."""
    build, stock = get_build(), get_site_packages()
    shared = build.layers["SharedLayer"]
    order = build.functions["OrderApiFunction"]
    source = [ROOT, ROOT / "layers" / "shared", stock]
    cases: dict[str, tuple[Sequence[Path], str]] = {
        "bare": ([stock], BARE),
        "bare, layer": ([shared], BARE),
        "order_api: import": ([order, shared], "import app"),
        "order_api: import and client": ([order, shared], f"import app\n{_CLIENT}"),
        "order_api: import, from source": (source, "import functions.order_api.app"),
        "order_api: import, libraries alone": ([shared], _LIBRARIES),
    }
    for name, folder in build.functions.items():
        if folder != order:
            cases[f"{name}: import"] = ([folder, shared], "import app")
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(PROCESSES):
        for name, (paths, code) in cases.items():
            times[name].append(float(run_python(paths, _TIMED.format(code=code)).stdout))
    base = median(times["bare"])
    rows = [
        Row(
            name="bare boto3.client('dynamodb') of the layer" if name == "bare, layer" else name,
            value=median(values),
            unit="ms CPU",
            reference_name="bare boto3 client, stock",
            reference=base,
        )
        for name, values in times.items()
        if name != "bare"
    ]
    notes = [
        f"Median of {PROCESSES} fresh processes each, taking turns; byte code as shipped (from source: as cached).",
        "Stock: boto3 as published, with byte code, all services' data.",
    ]
    modules = _list_costly(order, shared)
    notes += [f"{cost:6.1f} ms  {name}" for name, cost in modules.items()]
    return [Section(name="init", title="Cold start", rows=rows, notes=notes, details={"modules_own_ms": modules})]


_LIBRARIES = """import boto3, msgspec, pydantic
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver"""


def _list_costly(order: Path, shared: Path) -> dict[str, float]:
    """Return the top-level packages whose modules' own import time is largest, in milliseconds of wall time."""
    report = run_python([order, shared], f"import app\n{_CLIENT}", "-X", "importtime").stderr
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
