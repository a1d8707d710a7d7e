"""The seam to an order worker that is asked and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from riskgate.schemas.messages.order import OrderMessage
    from riskgate.schemas.messages.worked import Worked


class OrderWorker(Protocol):
    """Carries out one message at once."""

    def carry_out(self, message: OrderMessage) -> Worked:
        """Return what came of a message.

        Raises Transient: it was not reached; OutcomeUnknown: it did not answer in time, and may go on. A message of
        either is sent by the queue: what was done meanwhile is found out, never done twice.
        """
