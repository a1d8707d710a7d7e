"""Load and soak: ``python -m tests.load [--minutes 30] [--rate 4]``; writes ``.local/soak.json``.

An open loop on the local stack. In the end all invariants are held against everything that the tables have.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "layers" / "shared")) if path not in sys.path]

from tests.bench import record  # noqa: E402
from tests.bench.measure import percentile  # noqa: E402
from tests.bots.on_stack import gateway_on_stack  # noqa: E402
from tests.load import memory  # noqa: E402
from tests.load.arrivals import Sample, draw_instants, run_open  # noqa: E402
from tests.load.place import MARKET, Place, fresh_quotes, running_place  # noqa: E402
from tests.load.traffic import Traffic  # noqa: E402
from tests.support.invariants import Tables  # noqa: E402

REPORT = ROOT / ".local" / "soak.json"
WARM_UP_SECONDS = 30.0
SYMBOL = "BTC/USDT"


def main() -> int:
    """Run the load; 1 where an invariant does not hold, memory grows, or nobody can tell."""
    options = _parse()
    begun = record.begin(f"make soak MINUTES={options.minutes:g}")
    with running_place() as place, tempfile.TemporaryDirectory() as folder, place.client() as client:
        accounts = place.open_accounts(client, "soak", options.accounts + 1)
        gateway = gateway_on_stack(place.stack, Path(folder))
        gateway.open()
        gateway.loosen()
        front = gateway.place("soak")
        with fresh_quotes(place, MARKET | {(gateway.venues["spot"], SYMBOL): gateway.prices["BTC"]}):
            traffic = Traffic(client=client, accounts=accounts, front=front, seed=options.seed)
            _run(traffic, options, seconds=WARM_UP_SECONDS)
            traffic.answers.clear()
            with memory.Watch(place.emulator_group) as watch:
                samples = _run(traffic, options, seconds=options.minutes * 60)
        report = (
            begun | _describe(options, samples, traffic) | {"memory": memory.describe(watch.series, watch.functions)}
        )
        report["memory_faults"] = memory.find_faults(report["memory"])
        report["invariants"] = _check(place)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{json.dumps(report, indent=1)}\nwritten to {REPORT.relative_to(ROOT)}\n")
    return 1 if report["invariants"]["violations"] or report["memory_faults"] else 0


def _run(traffic: Traffic, options: argparse.Namespace, *, seconds: float) -> list[Sample]:
    instants = list(draw_instants(random.Random(options.seed), options.rate, seconds))  # noqa: S311 a load, no secret
    return run_open(instants, traffic.act, workers=options.workers)


def _describe(options: argparse.Namespace, samples: Sequence[Sample], traffic: Traffic) -> dict[str, Any]:
    kinds = sorted({sample.kind for sample in samples})
    return {
        "minutes": options.minutes,
        "per_second": options.rate,
        "seed": options.seed,
        "accounts": options.accounts + 2,
        "arrivals": len(samples),
        "kinds": {kind: _describe_kind([s for s in samples if s.kind == kind]) for kind in kinds},
        "answers": [
            {"kind": kind, "answer": answer, "count": number}
            for (kind, answer), number in sorted(traffic.answers.items())
        ],
    }


def _describe_kind(samples: Sequence[Sample]) -> dict[str, Any]:
    outcomes = Counter(sample.outcome for sample in samples)
    figures: dict[str, Any] = {"arrivals": len(samples), "outcomes": dict(sorted(outcomes.items()))}
    for name in ("latency", "service"):
        times = [getattr(sample, name) * 1000 for sample in samples]
        figures[f"{name}_ms"] = {
            "p50": round(percentile(times, 0.5), 1),
            "p95": round(percentile(times, 0.95), 1),
            "p99": round(percentile(times, 0.99), 1),
            "max": round(max(times), 1),
        }
    return figures


def _check(place: Place) -> dict[str, Any]:
    """Hold every invariant against all that is stored, of every account of the stack."""
    client, names = place.tables, place.stack["tables"]
    tables = Tables.load(client, **names)
    return {
        "accounts": len({*tables.accounts, *tables.chains}),
        "orders": sum(len(orders) for orders in tables.orders.values()),
        "entries": sum(len(chain) for chain in tables.chains.values()),
        "violations": place.find_violations(),
    }


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description="Load and soak on the local stack.")
    parser.add_argument("--minutes", type=float, default=2, help="how long")
    parser.add_argument("--rate", type=float, default=1, help="arrivals a second")
    parser.add_argument("--accounts", type=int, default=8, help="accounts beside the hot one and the front door's")
    parser.add_argument("--workers", type=int, default=64, help="arrivals under way at once")
    parser.add_argument("--seed", type=int, default=1, help="of the clock and of what arrives")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
