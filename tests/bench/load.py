"""Clients that send prepared requests one after another, side by side, each over its own connection."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx

from tests.bench.measure import percentile

TIMEOUT_SECONDS = 120.0
#: What is asked again at once, as a bot does: nothing was decided.
CONTENTION = 503


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request and the status it must be answered with in the end; 0 for any."""

    method: str
    url: str
    status: int
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """Answer times of one load, in milliseconds, the calls done per second by all clients together, and the 503s."""

    times: Sequence[float]
    per_second: float
    refused: int

    @property
    def median_ms(self) -> float:
        """Return the median of the answer times."""
        return percentile(self.times, 0.5)


def run_load(calls: Sequence[Sequence[Call]], token: str) -> Load:
    """Send each client's calls and time them.

    Raises
    ------
    RuntimeError : an answer had another status.
    """
    with ExitStack() as opened, ThreadPoolExecutor(len(calls)) as pool:
        headers = {"Authorization": f"Bearer {token}"}
        clients = [opened.enter_context(httpx.Client(timeout=TIMEOUT_SECONDS, headers=headers)) for _ in calls]
        started = time.perf_counter()
        done = list(pool.map(_send_all, clients, calls))
        seconds = time.perf_counter() - started
    times = [each for own, _ in done for each in own]
    return Load(times=times, per_second=len(times) / seconds, refused=sum(refused for _, refused in done))


def _send_all(client: httpx.Client, calls: Sequence[Call]) -> tuple[list[float], int]:
    times, refused = [], 0
    for call in calls:
        started = time.perf_counter()
        while (answer := client.request(call.method, call.url, json=call.body)).status_code == CONTENTION:
            refused += 1
        times.append((time.perf_counter() - started) * 1e3)
        if call.status not in {0, answer.status_code}:
            problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            told = [problem.get(name, "") for name in ("code", "detail")]
            raise RuntimeError(f"{call.method} {call.url}: {answer.status_code} {told}")
    return times, refused
