"""How often properties are tried: the same examples in every run, and nothing kept between runs."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

#: Building an account is slow beside drawing its numbers; that says nothing about the test.
_BASE = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
QUICK = settings(_BASE, max_examples=40)
THOROUGH = settings(_BASE, max_examples=200)
STATEFUL = settings(_BASE, max_examples=100, stateful_step_count=40)
