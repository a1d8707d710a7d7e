"""Drills of the kill switch under load: ``python -m tests.load.drills --kills 200 --on engine``; writes ``.local/drills.json``.

Each drill engages a switch while clients hammer, notes when it was acknowledged, and releases it. See `judge` for what
counts as late. ``engine`` has the gateway's use cases in this process, eight instances in threads, on DynamoDB Local;
commits are held back at random there, so that many are under way at each acknowledgement. ``stack`` has the route of the
deployed gateway.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "layers" / "shared")) if path not in sys.path]

from tests.bench import record  # noqa: E402
from tests.bench.measure import percentile  # noqa: E402
from tests.load.hammer import STRATEGIES, Ground, Hammer  # noqa: E402
from tests.load.judge import DENIED, Drill, find_late  # noqa: E402

REPORT = ROOT / ".local" / "drills.json"
#: Commits on the engine, at most: longer than a switch takes, so that its condition alone can stop them.
HELD_BACK_SECONDS = 0.6
#: After so many drills the record is written.
TELLS_EVERY = 50
QUANTILES = {"p50": 0.5, "p95": 0.95, "max": 1.0}


def main() -> int:
    """Hold the drills; 1 where one found a late approval."""
    options = _parse()
    name = "planted" if options.plant else options.on
    begun = record.begin(f"make drills KILLS={options.kills} ON={options.on}")
    with _choose_ground(options) as ground, Hammer(ground) as hammer:
        for drills in hold_drills(ground, hammer, options.kills, options.minutes * 60):
            report = begun | describe(ground, drills, hammer) | {"plant": options.plant, "ended": False}
            write(name, report)
    # The stack's ground has held everything stored against the invariants by now.
    report["ended"] = True
    write(name, report)
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    return 1 if report["late"] else 0


def write(name: str, report: dict[str, Any]) -> None:
    """Put what drills came to beside those held elsewhere."""
    known: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(known | {name: report}, indent=1) + "\n", encoding="utf-8")


def hold_drills(ground: Ground, hammer: Hammer, kills: int, seconds: float) -> Iterator[list[Drill]]:
    """Engage and release a switch so many times, each scope in its turn; fewer where the time is over before.

    Yields all drills held so far, each time some more are: a run that dies leaves what it had found.
    """
    drills: list[Drill] = []
    until = time.monotonic() + seconds
    for turn in range(kills):
        if drills and time.monotonic() > until:
            break
        hammer.wait(None, len(ground.accounts))
        drills.append(_hold(ground, hammer, *_list_flags(ground)[turn % 5]))
        if len(drills) % TELLS_EVERY == 0:
            yield drills
    hammer.end()
    yield drills


def _list_flags(ground: Ground) -> Sequence[tuple[str, str]]:
    return (
        ("global", ""),
        ("account", ground.accounts[0]),
        ("strategy", STRATEGIES[0]),
        ("venue", ground.venue),
        ("symbol", ground.symbol),
    )


def _hold(ground: Ground, hammer: Hammer, scope: str, key: str) -> Drill:
    requests = ground.switch(scope, key, engaged=True)
    acknowledged = time.monotonic()
    heads = ground.read_heads()
    began = Drill(
        scope=scope,
        key=key,
        requests=requests,
        acknowledged_at=acknowledged,
        heads_read_at=time.monotonic(),
        heads=heads,
        last_heads=heads,
        released_at=float("inf"),
    )
    try:
        hammer.wait(began, 2 if scope == "account" else len(ground.accounts))
        last_heads = ground.read_heads()
        released = time.monotonic()
    finally:
        ground.switch(scope, key, engaged=False)
    return replace(began, last_heads=last_heads, released_at=released)


def describe(ground: Ground, drills: Sequence[Drill], hammer: Hammer) -> dict[str, Any]:
    """Return what the drills came to, with a line for each late approval."""
    approvals = ground.list_approvals()
    blind = [drill.blind_seconds * 1000 for drill in drills]
    engaged = [drill.requests[-1] * 1000 for drill in drills]
    after = [
        asked.outcome
        for drill in drills
        for asked in hammer.asked
        if drill.covers(asked) and drill.acknowledged_at < asked.sent_at and asked.answered_at <= drill.released_at
    ]
    return {
        "drills": len(drills),
        "by_scope": dict(Counter(drill.scope for drill in drills)),
        "clients": len(ground.accounts),
        "orders": dict(sorted(Counter(asked.outcome for asked in hammer.asked).items())),
        "approved_by_the_log": sum(len(names) for names in approvals.values()),
        "sent_after_acknowledgement": dict(sorted(Counter(after).items())) or {DENIED: 0},
        "under_way_at_acknowledgement": sum(d.was_under_way(a) for d in drills for a in hammer.asked),
        "acknowledged_in_ms": {name: round(percentile(engaged, q), 1) for name, q in QUANTILES.items()},
        "asked_again": sum(len(drill.requests) - 1 for drill in drills),
        "blind_ms": {"p50": round(percentile(blind, 0.5), 1), "max": round(max(blind), 1)},
        "late": [line for drill in drills for line in find_late(drill, hammer.asked, approvals)],
    }


@contextmanager
def _choose_ground(options: argparse.Namespace) -> Iterator[Ground]:
    if options.on == "stack":
        from tests.load.on_stack import stack_ground  # noqa: PLC0415 what the other place needs is not loaded

        with stack_ground() as ground:
            yield ground
        return
    from tests.load.on_engine import engine_ground  # noqa: PLC0415 as above

    with engine_ground(random.Random(options.seed), HELD_BACK_SECONDS, planted=options.plant) as ground:  # noqa: S311
        yield ground


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.drills", description="Drills of the kill switch.")
    parser.add_argument("--kills", type=int, default=20, help="how many drills")
    parser.add_argument("--minutes", type=float, default=60, help="no further drill begins after so long")
    parser.add_argument("--on", choices=("engine", "stack"), default="engine", help="where")
    parser.add_argument("--seed", type=int, default=1, help="of how long commits are held back")
    parser.add_argument("--plant", default="", help="a fault of the simulation's planted.py to put in, on the engine")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
