"""What may still be asked of a venue, by all who share its limit: its time is booked, and readings wait in line.

A limit is told as time: under 6000 of weight a minute, a request of weight 20 takes 200 ms of the venue's. Everybody
books that time in one line, which ends at `Booking.until_us`. A reading asks once its time has almost come. An order
never waits: it goes, is booked afterwards, and readings give way. Instants and spans are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SECOND = 1_000_000
#: What was seen of a booking counts as known for so long: then all have heard that a venue wants nothing.
KNOWN_US = 2 * SECOND
#: How long a reading may wait in line at most.
WAIT_US_MAX = 20 * SECOND


class Lane(StrEnum):
    """Who goes first."""

    ORDER = "order"  # what places, changes or cancels, and what it cannot do without: never waits
    LOOKUP = "lookup"  # what became of an order: goes at once unless orders have used the venue up
    READING = "reading"  # everything else: waits, and is refused before it waits for too long


#: Percent of a limit that a lane may use in the long run. What readings leave is there for orders at any moment.
_SHARES = {Lane.ORDER: 90, Lane.LOOKUP: 90, Lane.READING: 48}


@dataclass(frozen=True, slots=True)
class Booking:
    """What all who share a limit know: until when the venue's time is booked, and that it wants nothing before."""

    until_us: int = 0
    not_before_us: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a venue: its name in the gateway, and over which time the venue counts.

    Within any window readings take no more than their share of the window, of what may go early (`ahead_us`, one
    slice) and of what may go late (`life_us`): 75 % of the limit. The rest is there for orders.
    """

    name: str
    window_us: int

    @property
    def ahead_us(self) -> int:
        """Return how long before its time a reading may ask: what a burst of them takes."""
        return self.window_us // 2

    @property
    def lookup_ahead_us(self) -> int:
        """Return how far ahead the time may be booked while look-ups still go: further than readings ever book it."""
        return self.window_us + WAIT_US_MAX

    @property
    def slice_us(self) -> int:
        """Return how much a process books at once for its readings."""
        return self.window_us // 60

    @property
    def life_us(self) -> int:
        """Return how long a slice may be used; what is left of it then is lost, as it is when its process ends."""
        return self.window_us // 30


def span_of(cost_us: float, lane: Lane, percent: int) -> int:
    """Return the time to book for a request that takes `cost_us` of the limit; `percent` of it are this deployment's.

    >>> span_of(200_000, Lane.READING, 100)
    416667
    """
    return -int(-cost_us * 10_000 // (_SHARES[lane] * percent))


@dataclass(slots=True)
class Purse:
    """What one process has of a limit: what it knows, what is left of its slice, and what its orders still owe."""

    limit: Limit
    booking: Booking = Booking()
    seen_us: int = 0
    left_us: int = 0
    good_until_us: int = 0
    owed_us: int = 0
    owed_since_us: int = 0

    def see(self, booking: Booking, now_us: int) -> None:
        """Take over what the booking is."""
        self.booking, self.seen_us = booking, now_us

    def is_known(self, now_us: int) -> bool:
        """Tell whether the booking was seen a moment ago."""
        return 0 <= now_us - self.seen_us <= KNOWN_US

    def held_us(self, now_us: int) -> int:
        """Return for how long the venue wants nothing; 0 where it may be asked."""
        return max(0, self.booking.not_before_us - now_us)

    def has_room_for_lookups(self, now_us: int) -> bool:
        """Tell whether orders leave enough for look-ups."""
        return self.booking.until_us <= now_us + self.limit.lookup_ahead_us

    def pay(self, span_us: int, now_us: int) -> bool:
        """Take a reading's time from the slice; tell whether it was there."""
        if now_us >= self.good_until_us or span_us > self.left_us:
            return False
        self.left_us -= span_us
        return True

    def start_us(self, size_us: int, now_us: int) -> int:
        """Return when the time that was just booked, the end of the line, may be used."""
        return max(now_us, self.booking.until_us - size_us - self.limit.ahead_us)

    def fill(self, left_us: int, start_us: int) -> None:
        """Take what is left of what was booked as the new slice."""
        self.left_us, self.good_until_us = left_us, start_us + self.limit.life_us

    def owe(self, span_us: int, now_us: int) -> None:
        """Count what an order, or a look-up, takes."""
        if self.owed_us and now_us - self.owed_since_us > self.limit.window_us:
            # The venue no longer counts it either.
            self.owed_us = 0
        if not self.owed_us:
            self.owed_since_us = now_us
        self.owed_us += span_us

    @property
    def due_us(self) -> int:
        """Return what is to be booked for orders that went: nothing before it is worth a write."""
        return self.owed_us if self.owed_us >= self.limit.slice_us // 4 else 0
