"""One clock and one scheduler: each task is a greenlet that gives way at every I/O, so any two steps may interleave.

The code under test is synchronous and knows nothing of this. Whoever wakes next is decided by virtual time alone, and
among equals by the seed: the same seed gives the same history.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from greenlet import getcurrent, greenlet

SECOND = 1_000_000
FOREVER_US = 2**62
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Crashed(BaseException):
    """The process that ran this died: no `except Exception` of it sees that."""


@dataclass(kw_only=True, eq=False)
class Process:
    """One execution environment: what it has cached lives and dies with it. `skew_us`: its clock against the true one."""

    name: str
    skew_us: int = 0
    dead: bool = False
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class Task:
    """Something that runs in a process; it is killed with its process, and at its deadline."""

    name: str
    process: Process
    run: Callable[[], Any]
    deadline_us: int | None = None
    done: bool = False
    crashed: bool = False
    result: Any = None
    error: BaseException | None = None
    waiters: list[Task] = field(default_factory=list)
    on_end: Callable[[Task], None] | None = None
    greenlet: Any = None
    wake: int = 0

    def body(self) -> None:
        """Run to the end, whatever that is."""
        try:
            self.result = self.run()
        except Crashed:
            self.crashed = True
        except Exception as error:  # noqa: BLE001 whoever waits for it looks
            self.error = error
        self.done = True


class Scheduler:
    """Wakes tasks and calls back at their instants of virtual time."""

    def __init__(self, chance: random.Random, start: datetime, traveller: time_machine.Traveller) -> None:
        self.now_us = (start - EPOCH) // timedelta(microseconds=1)
        self.steps = 0
        #: What was found wrong: the first of it ends the history with the step that did it.
        self.found: Sequence[Exception] = ()
        self._until_us, self._steps_max = FOREVER_US, 0
        self._chance, self._traveller = chance, traveller
        self._heap: list[tuple[int, float, int, Task | Callable[[], None], int]] = []
        self._pushed = 0
        self._hub = getcurrent()
        # A whole second, then exact steps: moving to an instant each time takes several times as long.
        self._shown_us = self.now_us // SECOND * SECOND
        traveller.move_to(self._shown_us // SECOND)

    @property
    def now(self) -> datetime:
        """Return the true time."""
        return EPOCH + timedelta(microseconds=self.now_us)

    @property
    def current(self) -> Task:
        """Return the task that runs."""
        task: Task = getcurrent().task  # type: ignore[attr-defined]
        return task

    def spawn(
        self,
        name: str,
        run: Callable[[], Any],
        process: Process,
        *,
        after: float = 0,
        seconds_max: float | None = None,
        on_end: Callable[[Task], None] | None = None,
    ) -> Task:
        """Start a task after so many seconds."""
        at = self.now_us + int(after * SECOND)
        deadline = at + int(seconds_max * SECOND) if seconds_max is not None else None
        task = Task(name=name, process=process, run=run, deadline_us=deadline, on_end=on_end)
        task.greenlet = greenlet(task.body, parent=self._hub)
        task.greenlet.task = task
        self._push(at, task, task.wake)
        return task

    def call_at(self, at_us: int, call: Callable[[], None]) -> None:
        """Call back at an instant, outside of every process."""
        self._push(max(at_us, self.now_us), call, 0)

    def call_after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call back after so many seconds."""
        self.call_at(self.now_us + int(seconds * SECOND), call)

    def pause(self, seconds: float) -> None:
        """Let time pass for the task that runs; others run meanwhile. Raises Crashed: its process died."""
        task = self.current
        process = task.process
        if process.dead:
            raise Crashed
        task.wake += 1
        self._push(self.now_us + max(0, int(seconds * SECOND)), task, task.wake)
        if not self._goes_on(task):
            self._hub.switch()
        if process.dead or (task.deadline_us is not None and self.now_us >= task.deadline_us):
            process.dead = True
            raise Crashed

    def _goes_on(self, task: Task) -> bool:
        """End the step of the task that runs and begin its next one, if nothing comes before that: no switch is needed."""
        at, _, _, woken, wake = self._heap[0]
        is_next = woken is task and wake == task.wake and at <= self._until_us
        if not is_next or self.found or self.steps >= self._steps_max:
            return False
        heapq.heappop(self._heap)
        self.steps += 1
        self.now_us = at
        self._set_clock(task.process.skew_us)
        return True

    def wait(self, task: Task, seconds: float) -> bool:
        """Wait for the end of another task; False where that takes longer."""
        if not task.done:
            mine = self.current
            task.waiters.append(mine)
            self.pause(seconds)
        return task.done

    def run(self, until_us: int | None = None, *, steps_max: int = 200_000) -> None:
        """Go on until nothing is left to happen, or until an instant."""
        self._until_us = last_us = until_us if until_us is not None else FOREVER_US
        self._steps_max = steps_max
        heap = self._heap
        while heap and heap[0][0] <= last_us:
            at, _, _, woken, wake = heapq.heappop(heap)
            if isinstance(woken, Task):
                if woken.done or woken.wake != wake:
                    continue
                self._resume(at, woken)
            else:
                self.now_us = max(self.now_us, at)
                self._set_clock(0)
                woken()
            self.steps += 1
            if self.steps > steps_max:
                raise AssertionError(f"LIVENESS: still busy after {steps_max} steps")
            if self.found:
                raise self.found[0]
        if until_us is not None:
            self.now_us = max(self.now_us, until_us)
        self._set_clock(0)

    def _resume(self, at: int, task: Task) -> None:
        self.now_us = max(self.now_us, at)
        self._set_clock(task.process.skew_us)
        task.greenlet.switch()
        if not task.done:
            return
        task.greenlet = None
        for waiter in task.waiters:
            if not waiter.done:
                waiter.wake += 1
                self._push(self.now_us, waiter, waiter.wake)
        if task.on_end is not None:
            self._set_clock(0)
            task.on_end(task)

    def abandon(self) -> None:
        """End every task that is left: a history that failed leaves some in the middle."""
        for _, _, _, woken, _ in self._heap:
            if isinstance(woken, Task) and not woken.done:
                woken.process.dead = True
                if woken.greenlet is not None and woken.greenlet:
                    woken.greenlet.throw(Crashed)
        self._heap.clear()

    def _push(self, at_us: int, woken: Task | Callable[[], None], wake: int) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (at_us, self._chance.random(), self._pushed, woken, wake))

    def _set_clock(self, skew_us: int) -> None:
        step_us = self.now_us + skew_us - self._shown_us
        if step_us > 0:
            # What `shift` does where time goes forwards.
            self._traveller._destination_timestamp_ns += step_us * 1000
        elif step_us:
            self._traveller.shift(timedelta(microseconds=step_us))
        self._shown_us += step_us
