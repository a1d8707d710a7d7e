"""Whether a venue can be worked with, as the monitor finds it: one bad or good look is confirmed by a second."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskgate.core.safeguards.events import VenueObserved
from riskgate.core.account.parts import VenueHealth
from riskgate.core.replacing import replace

#: Two looks closer to each other than this are one: parallel runs do not confirm one another.
CONFIRMED_AFTER = timedelta(seconds=30)


def observe_venue(known: VenueHealth | None, look: VenueObserved, now: datetime) -> VenueHealth | None:
    """Return what is known about a venue after a look at it; None where there is nothing to say against it."""
    if known is None:
        return None if look.is_ok else VenueHealth(is_healthy=True, since=now, detail=look.detail, doubted_at=now)
    if known.is_healthy is look.is_ok:
        return None if look.is_ok else replace(known, doubted_at=None)
    if known.doubted_at is None:
        return replace(known, doubted_at=now)
    if now - known.doubted_at < CONFIRMED_AFTER:
        return known
    return None if look.is_ok else VenueHealth(is_healthy=False, since=now, detail=look.detail)
