"""Take a cancel request: done at once while an order waits, handed to the worker once it left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.close_order import close_order
from riskgate.core.account.document import OrderStatus
from riskgate.schemas.http.answers.orders import CancelAnswer
from riskgate.schemas.messages.order import MessageKind, OrderMessage

if TYPE_CHECKING:
    from riskgate.app.ports.queue import Queue


def request_cancel(
    acting: Acting,
    account_id: str,
    client_order_id: str,
    reason: str,
    *,
    queue: Callable[[], Queue],
) -> tuple[CancelAnswer, bool]:
    """Cancel an order, or have it cancelled at the venue it left for. No kill switch and no limit is asked.

    Returns the order as it is, and whether that is how it stays. Raises NotFound: no such order; Forbidden: it is of
    another strategy; Transient: the worker could not be told, ask again.
    """
    body = close_order(acting, account_id, client_order_id, OrderStatus.CANCELLED, reason)
    if body.status.is_final:
        return body, True
    message = OrderMessage(
        kind=MessageKind.CANCEL,
        account_id=account_id,
        client_order_id=client_order_id,
        order_id=body.order_id,
        reason=reason,
        actor=acting.actor,
        sent_at=acting.now,
        trace_id=acting.deps.trace_id,
    )
    queue().send(message)
    return body, False
