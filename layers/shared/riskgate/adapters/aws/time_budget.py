"""How long the request at hand may still take: nothing is sent for it, or waited for, beyond its end.

Where no end is set, as in a job, nothing is limited. A thread has an end of its own: whoever starts one hands on its
context.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from botocore.exceptions import BotoCoreError

#: What is left at least when something is sent: a write that nobody could wait for would be a write unknown.
SEND_SECONDS_MIN = 0.1

_end: ContextVar[float] = ContextVar("end", default=math.inf)


class OutOfTime(BotoCoreError):
    """The request's time is over: this was not sent."""

    fmt = "the time of the request is over: nothing was sent"


@contextmanager
def ending_in(seconds: float) -> Iterator[None]:
    """Let what runs within end after so many seconds, or sooner where it has an end already."""
    token = _end.set(min(time.monotonic() + seconds, _end.get()))
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left() -> float:
    """Return the seconds until the end, less than 0 after it; infinite where there is none."""
    return _end.get() - time.monotonic()


def require(seconds: float = SEND_SECONDS_MIN) -> None:
    """Raise OutOfTime where less is left."""
    if seconds_left() < seconds:
        raise OutOfTime


def allows(wait: float) -> bool:
    """Tell whether something may still be sent after a wait of so many seconds."""
    return seconds_left() - wait >= SEND_SECONDS_MIN


def limit(seconds: float) -> float:
    """Return a timeout that ends in time. Raises TimeoutError: no time is left."""
    left = seconds_left()
    if left <= 0:
        raise TimeoutError("the time of the request is over")
    return min(seconds, left)
