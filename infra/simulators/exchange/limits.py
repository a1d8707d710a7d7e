"""Request weight per minute: counted always, enforced when a limit is set."""

import threading
from collections.abc import Callable

from .clock import wall_ms
from .errors import VenueError

MINUTE_MS = 60_000
BAN_AFTER_REFUSALS = 10
BAN_SECONDS = 120


class WeightLimiter:
    """Weight used per API family, address and minute, in wall time: the load is real even if time is not.

    An address that goes on after a 429 is banned (418), as Binance does.
    """

    def __init__(self, now_ms: Callable[[], int] = wall_ms) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._limits: dict[str, int] = {}
        # By family and address.
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}
        self._refusals: dict[tuple[str, str], int] = {}
        self._banned_until_ms: dict[tuple[str, str], int] = {}

    def set_limit(self, family: str, limit: int | None) -> None:
        """Set the weight a family allows per minute; None lifts the limit and any ban."""
        with self._lock:
            if limit is None:
                self._limits.pop(family, None)
            else:
                self._limits[family] = limit
            for place in [place for place in self._windows if place[0] == family]:
                self._refusals.pop(place, None)
                self._banned_until_ms.pop(place, None)

    def use(self, family: str, weight: int, address: str = "") -> int:
        """Count a request and return the weight used in this minute.

        VenueError 429 over the limit, 418 while banned; both with Retry-After.
        """
        with self._lock:
            return self._use((family, address), weight)

    def _use(self, place: tuple[str, str], weight: int) -> int:
        now_ms = self._now_ms()
        minute = now_ms // MINUTE_MS
        window, used = self._windows.get(place, (minute, 0))
        if window != minute:
            used = 0
            self._refusals.pop(place, None)
        used += weight
        self._windows[place] = (minute, used)
        banned_until_ms = self._banned_until_ms.get(place, 0)
        if now_ms < banned_until_ms:
            raise banned(banned_until_ms, (banned_until_ms - now_ms + 999) // 1000)
        limit = self._limits.get(place[0])
        if limit is None or used <= limit:
            return used
        self._refusals[place] = self._refusals.get(place, 0) + 1
        if self._refusals[place] > BAN_AFTER_REFUSALS:
            until_ms = now_ms + BAN_SECONDS * 1000
            self._banned_until_ms[place] = until_ms
            raise banned(until_ms, BAN_SECONDS)
        raise too_many_requests((MINUTE_MS - now_ms % MINUTE_MS + 999) // 1000, limit)


def too_many_requests(retry_after: int, limit: int = 6000) -> VenueError:
    """Build the 429 answer."""
    return VenueError(
        -1003,
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
        429,
        retry_after=retry_after,
    )


def banned(until_ms: int, retry_after: int) -> VenueError:
    """Build the 418 answer."""
    return VenueError(
        -1003,
        f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket "
        "Streams for live updates to avoid bans.",
        418,
        retry_after=retry_after,
    )
