"""Cancel routed orders at their venues."""

from __future__ import annotations

from dataclasses import replace

from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.look_up_order import look_up_order
from riskgate.app.routing.settle_order import ref_of, settle_order
from riskgate.app.routing.steps import close
from riskgate.app.routing.worker import Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import NotFound, RateLimited, Transient
from riskgate.core.routing.answers import find_mismatch
from riskgate.core.routing.steps import IN_DOUBT
from riskgate.core.venues.model import VenueOrder
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.messages.order import OrderMessage

#: Times a venue that did nothing is asked again in one go.
CANCELS_MAX = 3
OTHER_ORDER_CANCELLED = "other_order_cancelled"
CANCEL_PAUSE_SECONDS = 0.5


def cancel_order(message: OrderMessage, worker: Worker) -> OrderRecord:
    """Cancel one order at its venue and take over how it ended; repeated, it changes nothing.

    Raises NotFound: no such order; RetryLater, Transient, OutcomeUnknown, Rejected: it may still rest.
    """
    record, state = worker.read_order(message.account_id, message.client_order_id)
    return cancel_record(worker, record, state, message.reason, actor=actor_of(message))


def cancel_record(worker: Worker, record: OrderRecord, state: AccountState, reason: str, *, actor: str) -> OrderRecord:
    """Cancel an order as read with its account; see `cancel_order`."""
    if record.status.is_final:
        return record
    if record.status is OrderStatus.APPROVED:
        return close(worker, record, OrderStatus.CANCELLED, reason, actor=actor)
    exchange = worker.exchange_for(record, state)
    if record.status in IN_DOUBT:
        found = look_up_order(worker, exchange, record)
        if found is None:
            return close(worker, record, OrderStatus.CANCELLED, reason, actor=actor)
        record = settle_order(worker, exchange, record, found)
        if record.status.is_final:
            return record
    ended = cancel_at_venue(worker, exchange, record)
    return settle_order(worker, exchange, record, ended, reason=reason, actor=actor)


def cancel_at_venue(worker: Worker, exchange: Exchange, record: OrderRecord) -> VenueOrder:
    """Cancel what the venue has of an order, asking again while it does nothing; return how it ended.

    Raises RetryLater: the venue took the cancel and still shows the order, or does not show it at all; Transient,
    OutcomeUnknown, Rejected: see `Exchange.cancel_order`.
    """
    ref = ref_of(exchange, record)
    for attempt in range(1, CANCELS_MAX + 1):
        worker.require_time()
        try:
            ended = exchange.cancel_order(ref)
        except Transient as error:
            if isinstance(error, RateLimited):
                metrics.add_metric(name="OrdersHeldByVenue", unit=MetricUnit.Count, value=1)
            if attempt == CANCELS_MAX:
                raise
            wait = error.retry_after_seconds if isinstance(error, RateLimited) else None
            worker.pause(max(float(wait or 0), CANCEL_PAUSE_SECONDS * attempt))
            continue
        except NotFound:
            # It had accepted the order: only a look at its history can tell what became of it.
            raise RetryLater("the venue does not show the order") from None
        if find_mismatch(ref, record.order.side, ended):
            # The venue's own id of it, which an answer named, is another order's: ours finds it.
            logger.error(OTHER_ORDER_CANCELLED, client_ref=record.order.client_order_id)
            ref = replace(ref, exchange_order_id=None)
            continue
        if not ended.status.is_final:
            raise RetryLater("the venue still shows the order")
        return ended
    raise RetryLater("the venue was not contacted")


def actor_of(message: OrderMessage) -> str:
    """Return who acts: the worker, for whoever sent the message."""
    return f"{message.actor} via order_worker"
