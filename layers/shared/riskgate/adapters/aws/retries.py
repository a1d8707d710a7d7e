"""Which requests are sent again, and when: botocore's standard retry mode, for DynamoDB.

Reference: botocore/retries/standard.py; tests hold both against the same faults.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ChecksumError, ConnectionError, HTTPClientError  # noqa: A004 botocore's own name

if TYPE_CHECKING:
    from collections.abc import Callable

#: The least time a wait is drawn from, in seconds: doubled with each attempt.
THROTTLED_SECONDS, OTHERWISE_SECONDS = 1.0, 0.025
BACKOFF_MAX_SECONDS = 20.0
#: How much longer than drawn a server may have a client wait (`x-amz-retry-after`).
RETRY_AFTER_MAX_SECONDS = 5.0
RETRY_AFTER = "x-amz-retry-after"
QUOTA, RETRY_COST, THROTTLED_COST = 500, 14, 5

_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"})
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504})
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
#: Errors that an operation of ours declares: for these alone, 429 says nothing more.
_DECLARED = frozenset(
    {
        "ResourceNotFoundException",
        "TransactionCanceledException",
        "IdempotentParameterMismatchException",
        "InternalServerError",
    }
)
_TOO_MANY = 429


def is_throttled(status: int, code: str) -> bool:
    """Tell whether a refusal asks for patience."""
    return code in _THROTTLED or (status == _TOO_MANY and code not in _DECLARED)


def is_retryable(status: int, code: str) -> bool:
    """Tell whether a refused request may be answered when it is sent again."""
    return code in _TRANSIENT or status in _TRANSIENT_STATUS or is_throttled(status, code)


#: What hinders a request on its way, and may not the next time.
HINDERED = (ConnectionError, HTTPClientError, ChecksumError)


class RetryQuota:
    """What a client has left for retries: where most requests fail, more of them help nobody."""

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._left, self._lock, self._draw = QUOTA, Lock(), draw

    @property
    def left(self) -> int:
        """Return what is left."""
        return self._left

    def take(self, *, throttled: bool) -> int:
        """Return what a retry costs, 0 where not enough is left."""
        cost = THROTTLED_COST if throttled else RETRY_COST
        with self._lock:
            if cost > self._left:
                return 0
            self._left -= cost
            return cost

    def give_back(self, cost: int) -> None:
        """Return what the last retry of a request cost that has succeeded since; 0 where there was none."""
        if self._left < QUOTA:
            with self._lock:
                self._left = min(QUOTA, self._left + (cost or 1))

    def wait_seconds(self, attempt: int, *, throttled: bool, headers: Mapping[str, str]) -> float:
        """Return how long to wait after an attempt, counted from 1."""
        least = THROTTLED_SECONDS if throttled else OTHERWISE_SECONDS
        drawn = self._draw() * min(least * float(2 ** (attempt - 1)), BACKOFF_MAX_SECONDS)
        asked = headers.get(RETRY_AFTER, "")
        if not (asked.isascii() and asked.isdecimal()):
            return drawn
        return max(drawn, min(int(asked) / 1000, RETRY_AFTER_MAX_SECONDS + drawn))
