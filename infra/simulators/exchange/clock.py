"""The venue's clock: follows the wall clock, or stands still until told to move."""

import time
from collections.abc import Callable


def wall_ms() -> int:
    """Return the wall clock in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


class Clock:
    """Venue time in milliseconds since the epoch, UTC: `wall`'s time, or frozen at an instant."""

    def __init__(self, wall: Callable[[], int] = wall_ms, frozen_at_ms: int | None = None) -> None:
        self._wall = wall
        self._offset_ms = 0
        self._frozen_at_ms = frozen_at_ms

    @property
    def frozen(self) -> bool:
        """Tell whether time stands still between control calls."""
        return self._frozen_at_ms is not None

    def now_ms(self) -> int:
        """Return the venue's time now."""
        if self._frozen_at_ms is not None:
            return self._frozen_at_ms
        return self._wall() + self._offset_ms

    def set(self, now_ms: int) -> None:
        """Set the time; a running clock keeps running from there."""
        if self._frozen_at_ms is not None:
            self._frozen_at_ms = now_ms
        else:
            self._offset_ms = now_ms - self._wall()

    def advance(self, by_ms: int) -> None:
        """Move the time forward (or back, with a negative amount)."""
        self.set(self.now_ms() + by_ms)

    def freeze(self) -> None:
        """Stop the clock at its current time."""
        self._frozen_at_ms = self.now_ms()

    def run(self, *, from_wall: bool) -> None:
        """Let the clock run on from its current time, or from the wall clock's."""
        now_ms = self._wall() if from_wall else self.now_ms()
        self._frozen_at_ms = None
        self._offset_ms = now_ms - self._wall()
