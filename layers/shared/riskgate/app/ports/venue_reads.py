"""The seam to a venue's own API, read as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from riskgate.core.account.order_names import VenueOrderName
    from riskgate.core.front_door.calls import Call


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueReply:
    """What a venue answered: HTTP's status, the body as it was written, and the headers that concern limits."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


class VenueReads(Protocol):
    """One venue of one account."""

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of the gateway's order id; each replacement of an order has its own."""

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the order id that a client order id has the form of, None where the gateway never wrote it."""

    def ask(self, call: Call, parameters: Mapping[str, str]) -> VenueReply:
        """Return the venue's answer to a call that reads, its refusals too.

        Raises InvalidRequest: the call is none that reads; Transient: the venue did not answer.
        """


class OrderNames(Protocol):
    """Whose an order at a venue is."""

    def find(self, account_id: str, names: Iterable[str]) -> dict[str, VenueOrderName]:
        """Return what is known by these names, by name."""
