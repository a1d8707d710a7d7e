"""How often properties are tried: the same examples in every run, and nothing kept between runs.

A developer's run tries a share of them; ``RISKGATE_TESTS=full``, as in ``make check``, tries all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, settings

#: Whether this run leaves nothing out: every example, and the long tests too.
FULL = os.environ.get("RISKGATE_TESTS") == "full"
SHARE, FEWEST = 5, 5


def share(count: int) -> int:
    """Return how often this run tries what a full run tries `count` times."""
    return count if FULL else max(count // SHARE, FEWEST)


def examples(count: int, **changes: Any) -> settings:
    """Return the settings of a property that a full run tries `count` times."""
    return settings(max_examples=share(count), **changes)


def is_sampled(number: int) -> bool:
    """Tell whether one of many, by its number, is tried in every run; the others are marked `long`."""
    return number % SHARE == 0


def sampled[T](values: Iterable[T]) -> list[T | ParameterSet]:
    """Return parameters of which each fifth is tried in every run, the others in a full run alone."""
    return [
        value if is_sampled(number) else pytest.param(value, marks=pytest.mark.long)
        for number, value in enumerate(values)
    ]


def rotate[T](values: Sequence[T], turn: int) -> Sequence[T]:
    """Return a fifth of the values, another one each turn; all of them in a full run."""
    return values if FULL else values[turn % SHARE :: SHARE]


settings.register_profile(
    "riskgate",
    max_examples=share(100),
    derandomize=True,
    deadline=None,
    database=None,
    # Building an account is slow beside drawing its numbers; that says nothing about the test.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("riskgate")


QUICK = examples(40)
THOROUGH = examples(200)
STATEFUL = examples(100, stateful_step_count=40)
