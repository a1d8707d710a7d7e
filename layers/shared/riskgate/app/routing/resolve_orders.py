"""Look after routed orders that nobody else will move: approved but never sent, or in doubt for too long."""

from __future__ import annotations

from datetime import datetime

from riskgate.app.routing.look_up_order import find_order, look_up_order
from riskgate.app.routing.settle_order import settle_order
from riskgate.app.routing.steps import close
from riskgate.app.routing.worker import Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import GatewayError
from riskgate.core.routing.steps import AT_VENUE, IN_DOUBT, is_routed
from riskgate.core.routing.stop_plan import is_kept
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.messages.order import OrderMessage

ORDER_RESOLVED = "order_resolved"
ORDER_UNRESOLVED = "order_unresolved"


def resolve_orders(message: OrderMessage, worker: Worker) -> tuple[OrderRecord, ...]:
    """Settle an account's overdue orders by their venue's word, and by nothing else.

    An order that was approved longer ago than it may be sent, and one in doubt as long, is looked for at the venue:
    found, it is taken over; surely absent, it is ended and frees what it reserved. A message that names an order asks
    for that one alone: it was at its venue, and is said to have ended there. What cannot be settled stays as it is for
    the next time: this is asked for regularly.

    Returns the orders that are settled, as they are then. Raises NotFound: unknown account.
    """
    state = worker.read_state(message.account_id)
    settled = []
    named = [message.client_order_id] if message.client_order_id else None
    for name in named or list_overdue(state, worker.clock(), worker.order_age_seconds_max):
        try:
            record = _resolve(worker, *worker.read_order(message.account_id, name))
        except GatewayError as error:
            logger.warning(ORDER_UNRESOLVED, client_ref=name, code=error.code, detail=error.detail)
            metrics.add_metric(name="OrdersUnresolved", unit=MetricUnit.Count, value=1)
            continue
        settled.append(record)
    return tuple(settled)


def list_overdue(state: AccountState, now: datetime, age_seconds_max: int) -> list[str]:
    """Return the routed orders that should have been at their venue by now, oldest first."""
    overdue = [
        order
        for order in state.working_orders.values()
        if is_routed(order)
        and (order.status is OrderStatus.APPROVED or order.status in IN_DOUBT)
        and (now - order.approved_at).total_seconds() > age_seconds_max
    ]
    return [order.client_order_id for order in sorted(overdue, key=lambda o: (o.approved_at, o.client_order_id))]


def _resolve(worker: Worker, record: OrderRecord, state: AccountState) -> OrderRecord:
    is_at_venue = record.status in AT_VENUE
    if record.status.is_final or not (is_at_venue or _is_overdue(record, worker)):
        return record
    worker.require_time()
    exchange = worker.exchange_for(record, state)
    if is_at_venue:
        found = find_order(exchange, record)
        if found is None and is_kept(state.working_orders[record.order.client_order_id]):
            # A stop that is not there protects nothing: once that is sure it is placed again.
            found = look_up_order(worker, exchange, record)
            if found is None:
                return close(worker, record, OrderStatus.CANCELLED, "it is not at the venue any more")
        return settle_order(worker, exchange, record, found) if found is not None else record
    if record.status is OrderStatus.APPROVED:
        # It never left, so one clear answer is enough.
        found, reason = find_order(exchange, record), "approved but never sent"
    else:
        found, reason = look_up_order(worker, exchange, record), "it never reached the venue"
    if found is None:
        resolved = close(worker, record, OrderStatus.CANCELLED, reason)
    elif found.status is OrderStatus.UNKNOWN:
        raise RetryLater("the venue does not say what happened to the order")
    else:
        resolved = settle_order(worker, exchange, record, found)
    logger.warning(ORDER_RESOLVED, client_ref=record.order.client_order_id, status=resolved.status.value)
    return resolved


def _is_overdue(record: OrderRecord, worker: Worker) -> bool:
    """Tell whether nobody moved the order for as long as it may be sent; a worker may be at it until then."""
    return (worker.clock() - record.updated_at).total_seconds() > worker.order_age_seconds_max
