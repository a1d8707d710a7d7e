"""Processes that take turns on one clock of their own: it moves only while all of them wait."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count


class Timeline:
    """Run each process in a thread, one at a time: whose time is next goes on until it sleeps or ends."""

    def __init__(self, start_us: int) -> None:
        self.us = start_us
        self.errors: list[BaseException] = []
        self._queue: list[tuple[int, int, threading.Event]] = []
        self._numbers = count()
        self._idle = threading.Semaphore(0)

    def now_us(self) -> int:
        """Return the time."""
        return self.us

    def now_ms(self) -> int:
        """Return the time in milliseconds."""
        return self.us // 1000

    def sleep(self, seconds: float) -> None:
        """Let the others go on meanwhile."""
        turn = self._line_up(self.us + round(seconds * 1_000_000))
        self._idle.release()
        turn.wait()

    def start(self, at_us: int, process: Callable[[], None]) -> None:
        """Let a process begin at a time."""
        turn = self._line_up(at_us)

        def run() -> None:
            turn.wait()
            try:
                process()
            except BaseException as error:  # noqa: BLE001 told by the test
                self.errors.append(error)
            self._idle.release()

        threading.Thread(target=run, daemon=True).start()

    def run(self) -> None:
        """Go on until every process has ended; raises what one of them raised."""
        while self._queue and not self.errors:
            at_us, _, turn = heapq.heappop(self._queue)
            self.us = max(self.us, at_us)
            turn.set()
            self._idle.acquire()
        if self.errors:
            raise self.errors[0]

    def _line_up(self, at_us: int) -> threading.Event:
        turn = threading.Event()
        heapq.heappush(self._queue, (at_us, next(self._numbers), turn))
        return turn
