"""Close an order that a bot placed by itself."""

from __future__ import annotations

from dataclasses import replace

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain
from riskgate.core.orders.events import RULES, OrderClosed
from riskgate.schemas.http.answers.orders import CancelAnswer


def close_order(
    acting: Acting, account_id: str, client_order_id: str, status: OrderStatus, reason: str
) -> CancelAnswer:
    """Finish an order (cancelled, rejected, expired) and free its reservation; a finished one stays as it is.

    An order that left for the venue stays as it is too: only the venue's word ends it (see `order_worker`).

    Raises NotFound: no such order; Forbidden: it is of another strategy.
    """

    def plan(snapshot: Snapshot, _: bool) -> Plan[CancelAnswer]:
        record = snapshot.records.get(client_order_id)
        if record is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        acting.require_strategy(record.order.strategy)
        if record.status.is_final or (record.order.route and record.status is not OrderStatus.APPROVED):
            return Answered(closed_body(record))
        event = OrderClosed(client_order_id=client_order_id, status=status, reason=reason, rules=RULES)
        closed = replace(record, status=status, updated_at=acting.now, reason=reason)

        def effects(_result: Result, _place: LogPlace) -> tuple[CancelAnswer, Effects]:
            body = closed_body(closed)
            return body, Effects(answer=body, records=(closed,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
    return commit_event(acting, request, plan).value


def closed_body(record: OrderRecord) -> CancelAnswer:
    """Return the answer to a cancel: the order as it is."""
    return CancelAnswer(
        client_order_id=record.order.client_order_id,
        order_id=record.order_id,
        status=record.status,
        filled_quantity=plain(record.filled_quantity),
        reason=record.reason,
        updated_at=record.updated_at,
    )
