"""Have fills booked that a bot sees before the gateway: what it does next is decided on the book."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from riskgate.app.front_door.door import Door
from riskgate.schemas.messages.order import MessageKind, OrderMessage

#: A bot waits for its answer meanwhile; of more orders at once the monitor learns within a minute.
BOOKED_MAX = 3
#: Of the same order the worker is asked this often at most.
EVERY_SECONDS = 2


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
