"""Approvals per second through the gateway of a local stack, beside a bare transaction of three items on the same one.

Rounds take turns. A 503 is asked again at once, as a bot does, and only what was approved counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.bench.load import Call, Load
from tests.bench.measure import Measured, compare, median
from tests.bench.stack import ORDERS_PER_ACCOUNT, Bench, bench_stack

ROUNDS, CLIENTS, WARM_UPS = 7, 8, 4
ROUNDS_LEAST, PATIENCE_SECONDS = 3, 45
#: Calls of a client in a round: alone, and among eight.
ALONE, AMONG = 3 * ORDERS_PER_ACCOUNT, ORDERS_PER_ACCOUNT
PER_SECOND = "per s"


def measure() -> dict[str, Measured]:
    """Measure the stack that RISKGATE_STACK names, or one of the suite's own."""
    with bench_stack() as bench:
        _warm_up(bench)
        one = _take_turns(bench, bench.approved, 1, ALONE)
        eight = _take_turns(bench, bench.approved, CLIENTS, AMONG)
        account = bench.register_busy()
        shared = _take_turns(bench, lambda: bench.approved_on(account), CLIENTS, AMONG, cancels=True)
    return {
        "end_one": _compare(one),
        "end_eight": _compare(eight),
        "end_shared": _compare(shared),
        "end_refused": Measured(figures=[_share_refused(load) for load, _ in shared]),
    }


def _warm_up(bench: Bench) -> None:
    """Have as many processes of both functions started as there will be clients; a quote may age meanwhile."""
    for next_call in (bench.bare, bench.approved):
        for _ in range(WARM_UPS):
            bench.load(lambda next_call=next_call: replace(next_call(), status=0), CLIENTS, 1)  # type: ignore[misc]
        bench.load(next_call, CLIENTS, AMONG)


def _take_turns(
    bench: Bench, next_call: Callable[[], Call], clients: int, calls: int, *, cancels: bool = False
) -> list[tuple[Load, Load]]:
    """Return the loads of the gateway and of the bare route, round by round; fewer where the machine is slow."""
    began, loads = time.monotonic(), []
    while len(loads) < ROUNDS_LEAST or (len(loads) < ROUNDS and time.monotonic() - began < PATIENCE_SECONDS):
        ours = bench.load(next_call, clients, calls, cancels=cancels)
        loads.append((ours, bench.load(bench.bare, clients, calls)))
    return loads


def _compare(loads: Sequence[tuple[Load, Load]]) -> Measured:
    waits = [median(load.median_ms for load in side) for side in zip(*loads, strict=True)]
    return compare(
        [load.per_second for load, _ in loads],
        [bare.per_second for _, bare in loads],
        PER_SECOND,
        f"median answers after {waits[0]:.1f} ms and {waits[1]:.1f} ms",
    )


def _share_refused(load: Load) -> float:
    return 100 * load.refused / (load.refused + len(load.times))
