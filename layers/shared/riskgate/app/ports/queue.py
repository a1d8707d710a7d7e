"""The seam to the order worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from riskgate.schemas.messages.order import OrderMessage


class Queue(Protocol):
    """Work for the order worker: several lanes, each in order."""

    def send(self, message: OrderMessage) -> None:
        """Append a message to its lane; the same message again within minutes is dropped.

        Raises Transient: it may not have arrived; sending it again is safe.
        """
