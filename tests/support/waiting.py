"""Waiting for what comes by itself; the end of patience is a failure, not a measure."""

import time
from collections.abc import Callable

#: Longer than a message takes to come again after a function failed once, on a busy machine.
PATIENCE_SECONDS = 600.0


def wait_for[T](look: Callable[[], T | None], every: float = 0.1) -> T:
    """Return what `look` sees as soon as it is something other than None, False or empty."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came; last seen: {seen!r}")
        time.sleep(every)
