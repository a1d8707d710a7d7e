"""What one call through the front door works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.permits import PermitSource
from riskgate.app.ports.queue import Queue
from riskgate.app.ports.venue_reads import OrderNames
from riskgate.app.ports.worker import OrderWorker
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import GatewayError, Transient
from riskgate.core.front_door.refusals import outcome_unknown
from riskgate.core.routing.steps import IN_DOUBT
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.messages.order import OrderMessage
from riskgate.schemas.messages.worked import WorkedOrder

WORKER_NOT_HEARD = "order_worker_not_heard"
MESSAGE_LEFT = "order_message_left"

#: So long after a call began its worker is still asked, in seconds: later it could not be waited for any more.
ASK_WITHIN_SECONDS = 12.0
CALL_LATE = "CALL_LATE"
#: Of these the venue's word is still to come.
UNSETTLED = IN_DOUBT | {OrderStatus.APPROVED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """A proven caller, and the ways to what it asks for; `fingerprint` is the request's own.

    `started`: the monotonic second at which the call began.
    """

    acting: Acting
    key: ExchangeKey
    permits: PermitSource
    worker: Callable[[], OrderWorker]
    queue: Callable[[], Queue]
    names: OrderNames
    fingerprint: str
    started: float

    @property
    def is_late(self) -> bool:
        """Tell whether too much of the call's time is gone to wait for the worker once more."""
        return self.acting.deps.monotonic() - self.started > ASK_WITHIN_SECONDS

    def ask_worker(self) -> AskedWorker:
        """Return the order worker as a queue whose message is carried out at once; by the queue where it is late."""
        return AskedWorker(worker=None if self.is_late else self.worker, queue=self.queue)


@contextmanager
def nothing_is_sure() -> Iterator[None]:
    """Say of what fails once an order may be at its venue that nobody knows: never that it surely is not there."""
    try:
        yield
    except GatewayError as error:
        raise outcome_unknown(error.code) from error


@dataclass(kw_only=True, slots=True)
class AskedWorker:
    """Takes the place of the queue: the message is carried out at once, and by the queue where that fails.

    `worked` is the order as the worker left it; None where nobody knows yet.
    """

    worker: Callable[[], OrderWorker] | None
    queue: Callable[[], Queue]
    worked: WorkedOrder | None = field(default=None, init=False)

    def send(self, message: OrderMessage) -> None:
        """Have a message carried out. Never raises: what was approved stands, whatever becomes of the message."""
        code = self._ask(message)
        if not code:
            return
        logger.warning(WORKER_NOT_HEARD, client_ref=message.client_order_id, code=code)
        metrics.add_metric(name="FrontDoorHandedOn", unit=MetricUnit.Count, value=1)
        try:
            self.queue().send(message)
        except Transient as error:
            # The monitor finds an approval that nobody sent, and ends it.
            logger.error(MESSAGE_LEFT, client_ref=message.client_order_id, code=error.code)

    def _ask(self, message: OrderMessage) -> str:
        """Ask the worker and return an empty text, or why the queue is to bring the message."""
        if self.worker is None:
            return CALL_LATE
        try:
            answer = self.worker().carry_out(message)
        except GatewayError as error:
            return error.code
        if not answer.done or answer.order is None:
            return answer.code or "UNSETTLED"
        if message.order_id not in {"", answer.order.order_id}:
            return "ANSWER_OF_ANOTHER_ORDER"
        self.worked = answer.order
        return "UNSETTLED" if answer.order.status in UNSETTLED else ""
