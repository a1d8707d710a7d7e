"""The seam to what the processes share of venues' limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from riskgate.core.venues.budget import Booking


class VenueBudgets(Protocol):
    """One booking for each limit, by its name. Every method raises Transient where the database does not answer."""

    def watch(self, name: str, see: Callable[[Booking], None]) -> None:
        """Let each read of an account bring this booking too, and tell `see` of it; few are watched, the last ones."""

    def look(self, name: str) -> Booking:
        """Return a booking as it is."""

    def book(self, name: str, span_us: int, *, now_us: int, latest_us: int) -> tuple[bool, Booking]:
        """Add a span to the end of the line, which is no earlier than now; tell whether that was done.

        It is not where the line would end after `latest_us`, or while the venue wants nothing. The booking is as it
        is afterwards.
        """

    def charge(self, name: str, span_us: int, *, now_us: int) -> Booking:
        """Add a span whatever comes of it: the request has left."""

    def correct(self, name: str, until_us: int) -> None:
        """Let the line end no earlier than that."""

    def hold(self, name: str, not_before_us: int) -> None:
        """Let nobody ask before that."""
