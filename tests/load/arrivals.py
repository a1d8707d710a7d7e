"""An open loop: what arrives comes by a seeded Poisson clock, whether or not what came before was answered.

Latency counts from the instant that an arrival was meant for. What waits for a free connection, or behind an answer that
does not come, waits in the figure too: no coordinated omission.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One arrival: what it was, how its last answer was, and the seconds it took; `at` is when it was meant for."""

    kind: str
    outcome: str
    at: float
    latency: float
    service: float


def draw_instants(chance: random.Random, per_second: float, seconds: float) -> Iterator[float]:
    """Yield the instants of a Poisson process, in seconds from its start."""
    at = chance.expovariate(per_second)
    while at < seconds:
        yield at
        at += chance.expovariate(per_second)


def run_open(
    instants: Sequence[float],
    act: Callable[[int], tuple[str, str]],
    *,
    workers: int,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Sample]:
    """Start each arrival at its instant and return what came of all of them.

    Parameters
    ----------
    act : does the arrival of this number and returns its kind and outcome.
    workers : how many arrivals may be under way at once; further ones wait, and that is counted.
    """
    started = clock()

    def serve(number: int) -> Sample:
        sent = clock()
        kind, outcome = act(number)
        ended = clock()
        meant = started + instants[number]
        return Sample(kind=kind, outcome=outcome, at=instants[number], latency=ended - meant, service=ended - sent)

    futures: list[Future[Sample]] = []
    with ThreadPoolExecutor(workers) as pool:
        for number, instant in enumerate(instants):
            wait = started + instant - clock()
            if wait > 0:
                sleep(wait)
            futures.append(pool.submit(serve, number))
    return [future.result() for future in futures]
