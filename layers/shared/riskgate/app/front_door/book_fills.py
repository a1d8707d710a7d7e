"""Have fills booked that a bot sees before the gateway: what it does next is decided on the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from riskgate.app.front_door.door import Door
from riskgate.core.account.document import AccountState
from riskgate.core.front_door.views import OrderFields
from riskgate.core.routing.steps import AT_VENUE
from riskgate.schemas.messages.order import MessageKind, OrderMessage

#: A bot waits for its answer meanwhile; of more orders at once the monitor learns within a minute.
BOOKED_MAX = 3
#: Of the same order the worker is asked this often at most.
EVERY_SECONDS = 2


def list_behind(rows: Iterable[Mapping[str, Any]], fields: OrderFields, state: AccountState) -> tuple[str, ...]:
    """Return the working orders of which the venue shows more executed than the account's books have."""
    behind = []
    for row in rows:
        order = state.working_orders.get(str(row.get(fields.client_id, "")))
        shown = Decimal(str(row.get("executedQty") or 0))
        if order is not None and order.status in AT_VENUE and shown > order.filled_quantity:
            behind.append(order.client_order_id)
    return tuple(behind)


def book_fills(door: Door, client_order_ids: Iterable[str]) -> None:
    """Have the order worker record the fills of orders; nothing that fails here fails the read that showed them."""
    now = door.acting.now
    for name in list(client_order_ids)[:BOOKED_MAX]:
        message = OrderMessage(
            kind=MessageKind.RESOLVE,
            account_id=door.key.account_id,
            client_order_id=name,
            # Of several within this time the queue keeps one message.
            sent_at=now - timedelta(seconds=now.second % EVERY_SECONDS, microseconds=now.microsecond),
            actor=door.acting.actor,
            trace_id=door.acting.deps.trace_id,
        )
        door.ask_worker().send(message)
