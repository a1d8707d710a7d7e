"""What an operation asks of its transport and what it is told. No I/O here: sync and async share everything above."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

T = TypeVar("T")
#: Most of an answer that is read. The gateway's longest, a full account, is far below.
ANSWER_BYTES_MAX = 16_000_000


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Send a request and wait for its answer at most so long."""

    method: str
    path: str
    body: str | None
    headers: Mapping[str, str]
    timeout_seconds: float


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, kw_only=True)
class Lost:
    """No answer. `may_have_arrived` is False only where the connection never stood."""

    reason: str
    may_have_arrived: bool


Effect: TypeAlias = Ask | Pause
Outcome: TypeAlias = Reply | Lost | None
#: Yields what is to be done, is sent what came of it, and returns a result or raises.
Operation: TypeAlias = Generator[Effect, Outcome, T]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How long one call may take in all, how long one request of it, and how the pauses between grow."""

    deadline_seconds: float = 20.0
    timeout_seconds: float = 6.0
    pause_seconds: float = 0.1
    pause_seconds_max: float = 3.0
    #: Draws the jitter, 0 to 1.
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        """Refuse a policy that would wait for nothing or for ever."""
        if (
            not 0 < self.timeout_seconds <= self.deadline_seconds
            or not 0 < self.pause_seconds <= self.pause_seconds_max
        ):
            raise ValueError("deadline, timeout and pauses must be greater than 0, the timeout within the deadline")

    def pause_after(self, attempt: int) -> float:
        """Return the seconds to wait after an attempt, counted from 1: half of it sure, half of it chance."""
        longest = min(self.pause_seconds * 2.0 ** min(attempt - 1, 30), self.pause_seconds_max)
        return longest * (0.5 + self.chance() / 2)
