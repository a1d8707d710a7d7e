"""Requests per second of a key to a path, in a rolling window: counted always, enforced when a limit is set."""

import threading
from collections import deque
from collections.abc import Callable

from infra.simulators.exchange.clock import wall_ms

from .errors import Refusal

TOO_MANY_VISITS = 10006
_WINDOW_MS = 1_000
#: What headers tell while there is no limit.
_TOLD = 1_000


class SecondLimiter:
    """What was used in the last second, in wall time: the load is real even if time is not."""

    def __init__(self, now_ms: Callable[[], int] = wall_ms) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._limit: int | None = None
        self._seen: dict[tuple[str, str], deque[int]] = {}
        self._resets_ms = 0

    def set_limit(self, limit: int | None) -> None:
        """Set how many requests a key may send to each path; None lifts the limit."""
        with self._lock:
            self._limit = limit
            self._seen.clear()

    def use(self, key: str, path: str) -> dict[str, str]:
        """Count a request and return the headers about the limit; Refusal 10006 over it."""
        with self._lock:
            now_ms, limit = self._now_ms(), _TOLD if self._limit is None else self._limit
            seen = self._seen.setdefault((key, path), deque())
            while seen and seen[0] <= now_ms - _WINDOW_MS:
                seen.popleft()
            if self._limit is not None and len(seen) >= limit:
                raise self.refuse((seen[0] if seen else now_ms) + _WINDOW_MS)
            seen.append(now_ms)
            return _headers(limit, max(limit - len(seen), 0), now_ms)

    def refuse(self, resets_ms: int) -> Refusal:
        """Return the error of a limit that is reached until an instant of the wall clock."""
        self._resets_ms = resets_ms
        return Refusal(TOO_MANY_VISITS, "Too many visits. Exceeded the API Rate Limit.")

    def headers_of(self, code: int, now_ms: int) -> dict[str, str]:
        """Return the headers of an error."""
        limit = _TOLD if self._limit is None else self._limit
        return _headers(limit, 0, self._resets_ms) if code == TOO_MANY_VISITS else _headers(limit, limit, now_ms)


def _headers(limit: int, left: int, resets_ms: int) -> dict[str, str]:
    return {
        "X-Bapi-Limit": str(limit),
        "X-Bapi-Limit-Status": str(left),
        "X-Bapi-Limit-Reset-Timestamp": str(resets_ms),
    }
