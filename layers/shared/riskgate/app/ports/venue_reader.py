"""The seam to the function that asks a venue what a bot may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from riskgate.schemas.messages.venue_read import VenueRead, VenueReadAnswer


class VenueReader(Protocol):
    """Passes reads on, signed with the account's own key, and cuts the answer to what the bot may see."""

    def read(self, asked: VenueRead) -> VenueReadAnswer:
        """Return what a bot is answered. Raises Transient, OutcomeUnknown: there was no answer."""
