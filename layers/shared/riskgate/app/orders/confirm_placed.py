"""Take a bot's word that an order it placed rests at its venue."""

from __future__ import annotations

from dataclasses import replace

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.orders.describe_order import describe_end
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import Conflict, NotFound, Unprocessable
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain
from riskgate.core.orders.events import RULES, OrderPlaced
from riskgate.schemas.http.answers.orders import PlacedAnswer


def confirm_placed(
    acting: Acting, account_id: str, client_order_id: str, exchange_order_id: str | None = None
) -> PlacedAnswer:
    """Keep an order reserved until its end is told, however long it rests.

    `exchange_order_id` is shown and proves nothing: where the gateway reads the venue, that says whose an order is.

    Raises NotFound: no such order; Forbidden: it is of another strategy; Unprocessable: the gateway places it itself;
    Conflict: it ended, or its reservation did: whatever rests at the venue is to be cancelled there.
    """

    def plan(snapshot: Snapshot, _: bool) -> Plan[PlacedAnswer]:
        record = snapshot.records.get(client_order_id)
        if record is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        acting.require_strategy(record.order.strategy)
        if record.order.route:
            raise Unprocessable("the gateway places this order itself", code="ORDER_ROUTED")
        status = OrderStatus.EXPIRED if record.is_released(acting.now) else record.status
        if status.is_final:
            reason = describe_end(record, status)
            text = f"the order is {status.value}{f': {reason}' if reason else ''}"
            raise Conflict(text, code="ORDER_NOT_WORKING")
        if record.status is OrderStatus.SUBMITTED:
            return Answered(_body(record))
        event = OrderPlaced(client_order_id=client_order_id, exchange_order_id=exchange_order_id, rules=RULES)

        def effects(result: Result, _place: LogPlace) -> tuple[PlacedAnswer, Effects]:
            placed = placed_record(
                replace(record, updated_at=acting.now, placed_as=exchange_order_id or ""), result.state
            )
            body = _body(placed)
            return body, Effects(answer=body, records=(placed,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
    return commit_event(acting, request, plan).value


def placed_record(record: OrderRecord, state: AccountState) -> OrderRecord:
    """Return an order's item as the account has the order once it was confirmed."""
    working = state.working_orders[record.order.client_order_id]
    is_kept = record.order.client_order_id in state.kept_orders
    return replace(record, status=working.status, is_kept=is_kept, reserved_until=working.reserved_until)


def _body(record: OrderRecord) -> PlacedAnswer:
    return PlacedAnswer(
        client_order_id=record.order.client_order_id,
        order_id=record.order_id,
        status=record.status,
        filled_quantity=plain(record.filled_quantity),
        reserved_until=None if record.is_kept else record.reserved_until or record.expires_at,
        updated_at=record.updated_at,
    )
