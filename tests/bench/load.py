"""Clients that send prepared requests one after another, side by side, each over its own connection."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from tests.bench.measure import percentile

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request and the status it must be answered with."""

    method: str
    url: str
    status: int
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Answer times of one load, in milliseconds, and the answers per second of all clients together."""

    clients: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    calls: int
    per_second: float

    @property
    def note(self) -> str:
        """Return the rest of the figures as one line."""
        return f"p95 {self.p95_ms:.1f}, p99 {self.p99_ms:.1f}, {self.per_second:.0f}/s of {self.calls} calls"


def run_load(calls: Sequence[Sequence[Call]], token: str) -> Latency:
    """Send each client's calls and time them.

    Raises
    ------
    RuntimeError : an answer had another status.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        started = time.perf_counter()
        times = [ms for client in pool.map(lambda own: _send_all(own, token), calls) for ms in client]
        seconds = time.perf_counter() - started
    return Latency(
        clients=len(calls),
        median_ms=percentile(times, 0.5),
        p95_ms=percentile(times, 0.95),
        p99_ms=percentile(times, 0.99),
        calls=len(times),
        per_second=len(times) / seconds,
    )


def _send_all(calls: Sequence[Call], token: str) -> list[float]:
    times = []
    with httpx.Client(timeout=TIMEOUT_SECONDS, headers={"Authorization": f"Bearer {token}"}) as client:
        for call in calls:
            started = time.perf_counter()
            answer = client.request(call.method, call.url, json=call.body)
            times.append((time.perf_counter() - started) * 1e3)
            if answer.status_code != call.status:
                raise RuntimeError(f"{call.method} {call.url}: {answer.status_code} {answer.text[:400]}")
    return times
