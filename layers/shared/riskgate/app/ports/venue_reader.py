"""The seam to the function that asks a venue what a bot may see."""

from __future__ import annotations

from typing import Any, Protocol


class VenueReader(Protocol):
    """Passes reads on, signed with the account's own key, and cuts the answer to what the bot may see."""

    def read(self, request: dict[str, Any]) -> tuple[int, Any]:
        """Return the HTTP status and the JSON of a venue's answer.

        `request`: account_id, venue, strategy, market_type, method, path, parameters (names to texts), shows_all and
        shows_budget. Raises Transient, OutcomeUnknown: it did not answer.
        """
