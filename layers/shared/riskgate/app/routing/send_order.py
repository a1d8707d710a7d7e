"""Send an approved order to its venue exactly once, and find out what became of it.

Whoever commits the claim sends. After a send nobody sends again before the venue has denied the order for longer
than any request can be under way; whatever happens in between (a crash, a lost answer, the same message twice) ends in
a look-up, never in a blind repetition.
"""

from __future__ import annotations

from datetime import timedelta

from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.claim_order import Claim, claim_order
from riskgate.app.routing.look_up_order import FIRST_PAUSE_SECONDS, find_order, look_up_order
from riskgate.app.routing.settle_order import settle_order
from riskgate.app.routing.steps import close, mark_unknown
from riskgate.app.routing.worker import DENIALS_MIN, Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import (
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
    Unprocessable,
    VenueAnswerInvalid,
)
from riskgate.core.routing.answers import find_contradiction
from riskgate.core.routing.steps import AT_VENUE, IN_DOUBT, is_routed
from riskgate.core.routing.stop_plan import is_kept
from riskgate.core.venues.model import NewVenueOrder, VenueOrder
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.messages.order import OrderMessage

ORDER_REJECTED = "order_rejected"
ORDER_SENT = "order_sent"
ORDER_OUTCOME_UNKNOWN = "order_outcome_unknown"
ORDER_NOT_SENT = "order_not_sent"
ORDER_ANSWER_CONTRADICTS = "order_answer_contradicts"

#: Pause before a venue that did nothing is asked again, where it does not say how long; doubled each time.
SEND_PAUSE_SECONDS = 0.5
#: So long an exit waits for the cancels of orders that hold what it sells; then it is sent as it is.
CANCELS_AWAITED = timedelta(seconds=20)


def send_order(message: OrderMessage, worker: Worker) -> OrderRecord:
    """Bring an approved order to its venue.

    Safe to repeat at any point: an order that left is looked up, one that has ended stays as it is.

    Raises NotFound: no such order; RetryLater, Transient, OutcomeUnknown: the message is to come again.
    """
    record, state = worker.read_order(message.account_id, message.client_order_id)
    if record.status.is_final:
        return record
    try:
        exchange = worker.exchange_for(record, state)
    except Unprocessable as error:
        if record.status is not OrderStatus.APPROVED:
            raise
        return close(worker, record, OrderStatus.CANCELLED, error.detail)
    if record.status in AT_VENUE:
        found = find_order(exchange, record)
        return settle_order(worker, exchange, record, found) if found is not None else record
    if record.status in IN_DOUBT:
        found = look_up_order(worker, exchange, record)
        if found is not None:
            return settle_order(worker, exchange, record, found)
    worker.require_time()
    _wait_for_cancels(worker, record, state)
    client_id = exchange.client_order_id(record.order_id, record.revision)
    return send_claimed(worker, exchange, claim_order(worker, record, message.permit, client_id))


def _wait_for_cancels(worker: Worker, record: OrderRecord, state: AccountState) -> None:
    """Let an exit wait a moment for orders that hold what it sells: their cancels have a lane of their own.

    Raises RetryLater: the message is to come again.
    """
    own = state.working_orders.get(record.order.client_order_id)
    if own is None or is_kept(own) or not own.operator_exit or worker.clock() - own.approved_at > CANCELS_AWAITED:
        return
    for other in state.working_orders.values():
        holds = (other.venue, other.reserved_asset, other.side) == (own.venue, own.reserved_asset, own.side)
        if holds and is_routed(other) and not other.operator_exit and other.unit_reserved:
            raise RetryLater(f"order {other.client_order_id} still holds what this exit sells")


def send_claimed(worker: Worker, exchange: Exchange, claim: Claim) -> OrderRecord:
    """Send a claimed order; claim it again for each further send, once it surely is not there."""
    pause = SEND_PAUSE_SECONDS
    while claim.granted:
        record = claim.record
        seen, wait = _send_once(worker, exchange, record, claim.send_by)
        if seen is not None:
            return settle_order(worker, exchange, record, seen)
        record = worker.deps.store.get_order(record.order.account_id, record.order.client_order_id)
        if record.status.is_final:
            return record
        worker.pause(max(pause, wait))
        pause *= 2
        client_id = exchange.client_order_id(record.order_id, record.revision)
        claim = claim_order(worker, record, record.permit, client_id)
    if claim.record.status is OrderStatus.CANCELLED:
        logger.warning(ORDER_NOT_SENT, client_ref=claim.record.order.client_order_id, reason=claim.record.reason)
    return claim.record


def _send_once(
    worker: Worker, exchange: Exchange, record: OrderRecord, send_by: float
) -> tuple[VenueOrder | None, float]:
    """Send an order this invocation has claimed; return the order at the venue.

    Or None where it surely is not there, with the seconds to wait before another send.
    """
    name = record.order.client_order_id
    order = to_venue_order(exchange, record)
    if worker.deps.monotonic() > send_by:
        raise RetryLater("too long after the claim: another worker may be sending it")
    try:
        seen = exchange.create_order(order)
    except (Rejected, InvalidRequest) as error:
        logger.warning(ORDER_REJECTED, client_ref=name, code=error.code, detail=error.detail)
        worker.noticed.rejected_as = error.venue_code if isinstance(error, Rejected) else ""
        close(worker, record, OrderStatus.REJECTED, error.detail)
        return None, 0
    except RateLimited as error:
        metrics.add_metric(name="OrdersHeldByVenue", unit=MetricUnit.Count, value=1)
        return None, float(error.retry_after_seconds or 0)
    except Transient:
        return None, 0
    except (OutcomeUnknown, VenueAnswerInvalid) as error:
        logger.warning(ORDER_OUTCOME_UNKNOWN, client_ref=name, detail=error.detail)
        record = mark_unknown(worker, record, error.detail)
        return look_up_order(worker, exchange, record), 0
    logger.info(ORDER_SENT, client_ref=name, exchange_order_id=seen.exchange_order_id)
    return _believe(worker, exchange, record, seen, find_contradiction(order, seen)), 0


def _believe(
    worker: Worker, exchange: Exchange, record: OrderRecord, seen: VenueOrder, contradiction: str
) -> VenueOrder | None:
    """Return the order as it surely is: an answer that cannot be true, or that ends the order, is looked up first."""
    if contradiction:
        logger.error(ORDER_ANSWER_CONTRADICTS, client_ref=record.order.client_order_id, detail=contradiction)
        metrics.add_metric(name="VenueContradictions", unit=MetricUnit.Count, value=1)
        record = mark_unknown(worker, record, f"the venue's answer contradicts the order: {contradiction}")
        return look_up_order(worker, exchange, record)
    if seen.status is OrderStatus.FILLED or seen.status in AT_VENUE:
        return seen
    try:
        for _ in range(DENIALS_MIN):
            worker.pause(FIRST_PAUSE_SECONDS)
            found = find_order(exchange, record)
            if found is not None and found.status is not OrderStatus.UNKNOWN:
                return found
    except (Transient, Rejected, VenueAnswerInvalid, OutcomeUnknown) as error:
        record = mark_unknown(worker, record, f"the venue says {seen.status.value} and then nothing: {error.detail}")
        return look_up_order(worker, exchange, record)
    # It knows no order: what it said of its end is all there is.
    return seen


def to_venue_order(exchange: Exchange, record: OrderRecord) -> NewVenueOrder:
    """Return what is sent: the stored terms, less what an earlier revision filled."""
    order = record.order
    quantity = record.quantity - record.filled_quantity
    if quantity <= 0:
        raise RetryLater("nothing of the order is left to send")
    return NewVenueOrder(
        client_order_id=exchange.client_order_id(record.order_id, record.revision),
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        quantity=quantity,
        limit_price=order.price,
        trigger_price=order.trigger_price,
        reduce_only=order.reduce_only,
        post_only=order.post_only,
        time_in_force=order.time_in_force,
        expires_at=order.expires_at,
    )
