"""Clients that send orders one after the other, each for its account, until they are told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, Self

from tests.load.judge import APPROVED, Asked, Drill

STRATEGIES = ("trend", "grid")
WAIT_SECONDS = 0.005
PATIENCE_SECONDS = 300.0


class Ground(Protocol):
    """A gateway that drills are held on."""

    accounts: Sequence[str]
    venue: str
    symbol: str

    def submit(self, client: int, account_id: str, strategy: str, client_order_id: str) -> str:
        """Have an order decided, and return its outcome."""

    def cancel(self, client: int, account_id: str, client_order_id: str) -> None:
        """Take an approved order away."""

    def switch(self, scope: str, key: str, *, engaged: bool) -> list[float]:
        """Engage or release a kill switch; it is acknowledged when this returns.

        Returns the seconds that each request to engage took: those answered with 5xx, and last the one acknowledged.
        """

    def read_heads(self) -> dict[str, int]:
        """Return the audit sequence of each account, read consistently."""

    def list_approvals(self) -> dict[str, dict[str, int]]:
        """Return all approved orders of the log with their entries' sequences, by account."""


@dataclass
class Hammer:
    """As many clients as accounts; `asked` is what they asked, in the order of the answers."""

    ground: Ground
    asked: list[Asked] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(len(self.ground.accounts))
        self._running = [self._pool.submit(self._trade, n, name) for n, name in enumerate(self.ground.accounts)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()

    def end(self) -> None:
        """Let the clients end; what one of them raised is raised."""
        self._stop.set()
        for client in self._running:
            client.result()

    def wait(self, drill: Drill | None, orders: int) -> None:
        """Wait until so many more orders were answered; with a drill, such as it covers and that were sent after its answer."""
        first, deadline = len(self.asked), time.monotonic() + PATIENCE_SECONDS
        while True:
            new = self.asked[first:]
            wanted = new if drill is None else [a for a in new if drill.covers(a) and a.sent_at > drill.acknowledged_at]
            if len(wanted) >= orders:
                return
            if time.monotonic() > deadline or any(client.done() for client in self._running):
                self.end()
                raise RuntimeError(f"{len(wanted)} of {orders} orders were answered")
            self._stop.wait(WAIT_SECONDS)

    def _trade(self, client: int, account_id: str) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            name, strategy = f"o-{number}", STRATEGIES[number % len(STRATEGIES)]
            sent = time.monotonic()
            outcome = self.ground.submit(client, account_id, strategy, name)
            self.asked.append(
                Asked(
                    account_id=account_id,
                    client_order_id=name,
                    strategy=strategy,
                    symbol=self.ground.symbol,
                    venue=self.ground.venue,
                    sent_at=sent,
                    answered_at=time.monotonic(),
                    outcome=outcome,
                )
            )
            if outcome == APPROVED:
                self.ground.cancel(client, account_id, name)
