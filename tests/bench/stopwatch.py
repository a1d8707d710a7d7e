"""Split a call's CPU time among stages: the time spent in a stage, without that of stages within it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from tests.bench.measure import median

#: Packages whose modules may hold the function to be watched under its own name.
_WATCHED = ("riskgate", "functions")


class Stopwatch:
    """Collects the CPU time per stage, call by call."""

    def __init__(self) -> None:
        self._stack: list[str] = []
        self._since = 0
        self._current: dict[str, int] = {}
        self.calls: list[dict[str, int]] = []

    def start_call(self) -> None:
        """Begin a new call."""
        self._current = {}
        self.calls.append(self._current)

    def watch[**P, R](self, stage: str, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with its time counted to `stage`."""

        @wraps(function)
        def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            self._account()
            self._stack.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._account()
                self._stack.pop()

        return watched

    def _account(self) -> None:
        """Count the time since the last change to the stage that ran."""
        now = time.thread_time_ns()
        if self._stack:
            running = self._stack[-1]
            self._current[running] = self._current.get(running, 0) + now - self._since
        self._since = now

    def shares(self) -> dict[str, float]:
        """Return the share of each stage in the whole: of the median call's time."""
        stages = sorted({stage for call in self.calls for stage in call})
        times = {stage: median(call.get(stage, 0) for call in self.calls) for stage in stages}
        return {stage: value / sum(times.values()) for stage, value in times.items()}


@contextmanager
def watching(
    watch: Stopwatch,
    *,
    functions: Iterable[tuple[str, Callable[..., Any]]],
    methods: Iterable[tuple[str, object, str]],
) -> Iterator[None]:
    """Watch functions wherever the gateway's modules hold them, and methods of classes or objects.

    Parameters
    ----------
    functions : stage and function of each.
    methods : stage, owner and name of each.
    """
    with ExitStack() as undo:
        for stage, function in functions:
            watched = watch.watch(stage, function)
            for module in [module for name, module in sys.modules.items() if name.partition(".")[0] in _WATCHED]:
                for name, value in list(vars(module).items()):
                    if value is function:
                        undo.enter_context(patch.object(module, name, watched))
        for stage, owner, name in methods:
            undo.enter_context(patch.object(owner, name, watch.watch(stage, getattr(owner, name))))
        yield
