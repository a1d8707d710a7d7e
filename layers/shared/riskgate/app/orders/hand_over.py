"""Tell the order worker of approved orders, after the commit that approved them."""

from __future__ import annotations

from collections.abc import Callable

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.submit_order import OrderAnswer
from riskgate.app.ports.queue import Queue
from riskgate.core.account.stored import OrderRecord
from riskgate.schemas.messages.order import MessageKind, OrderMessage


def hand_over(
    acting: Acting,
    answer: OrderAnswer,
    kind: MessageKind,
    *,
    queue: Callable[[], Queue],
) -> OrderAnswer:
    """Put what is to be sent into the queue and return the answer unchanged.

    Raises Transient: the worker may not have been told. The approval stands: the same request again tells it.
    """
    for record in answer.to_send:
        queue().send(_message(acting, record, kind))
    return answer


def _message(acting: Acting, record: OrderRecord, kind: MessageKind) -> OrderMessage:
    return OrderMessage(
        kind=kind,
        account_id=record.order.account_id,
        client_order_id=record.order.client_order_id,
        order_id=record.order_id,
        permit=record.next_terms.permit if record.next_terms is not None else record.permit,
        actor=acting.actor,
        sent_at=acting.now,
        # Told again, an order that waits keeps the id it was placed under; a change has one of its own.
        trace_id=(record.trace_id if kind is MessageKind.SUBMIT else "") or acting.deps.trace_id,
        venue=record.order.venue,
        symbol=record.order.symbol,
        is_exit=record.order.reduce_only,
    )
