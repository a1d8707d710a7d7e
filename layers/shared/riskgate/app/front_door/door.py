"""What one call through the front door works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.permits import PermitSource
from riskgate.app.ports.queue import Queue
from riskgate.app.ports.worker import OrderWorker
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import OutcomeUnknown, Transient
from riskgate.core.routing.steps import IN_DOUBT
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.messages.order import OrderMessage
from riskgate.schemas.messages.worked import WorkedOrder

WORKER_NOT_HEARD = "order_worker_not_heard"
MESSAGE_LEFT = "order_message_left"

#: Of these the venue's word is still to come.
UNSETTLED = IN_DOUBT | {OrderStatus.APPROVED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """A proven caller, and the ways to what it asks for; `fingerprint` is the request's own."""

    acting: Acting
    key: ExchangeKey
    permits: PermitSource
    worker: Callable[[], OrderWorker]
    queue: Callable[[], Queue]
    fingerprint: str

    def ask_worker(self) -> AskedWorker:
        """Return the order worker as a queue whose message is carried out at once."""
        return AskedWorker(worker=self.worker, queue=self.queue)


@dataclass(kw_only=True, slots=True)
class AskedWorker:
    """Takes the place of the queue: the message is carried out at once, and by the queue where that fails.

    `worked` is the order as the worker left it; None where nobody knows yet.
    """

    worker: Callable[[], OrderWorker]
    queue: Callable[[], Queue]
    worked: WorkedOrder | None = field(default=None, init=False)

    def send(self, message: OrderMessage) -> None:
        """Have a message carried out. Never raises: what was approved stands, whatever becomes of the message."""
        try:
            answer = self.worker().carry_out(message)
            self.worked = answer.order if answer.done else None
            if self.worked is not None and self.worked.status not in UNSETTLED:
                return
            code = answer.code or "UNSETTLED"
        except (Transient, OutcomeUnknown) as error:
            code = error.code
        logger.warning(WORKER_NOT_HEARD, client_ref=message.client_order_id, code=code)
        metrics.add_metric(name="FrontDoorHandedOn", unit=MetricUnit.Count, value=1)
        try:
            self.queue().send(message)
        except Transient as error:
            # The monitor finds an approval that nobody sent, and ends it.
            logger.error(MESSAGE_LEFT, client_ref=message.client_order_id, code=error.code)
