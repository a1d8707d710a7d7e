"""Change the price or the quantity of an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.spend_denial import DenialOnce
from riskgate.app.orders.submit_order import OrderAnswer, answer_body, permit_record, submitted_event
from riskgate.app.ports.queue import Queue
from riskgate.core.account.document import OrderStatus, WorkingOrder
from riskgate.core.account.stored import NextTerms, OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import Conflict, Unprocessable
from riskgate.core.ledger.apply import Result
from riskgate.core.money import ZERO
from riskgate.core.order import Order, keeper_of
from riskgate.core.orders.decide import Decision
from riskgate.core.orders.events import OrderModified
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.order import MessageKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """New terms of an order; None leaves a term as it is. `quantity` is the whole order's, filled part included."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    stop_loss_price: Decimal | None = None


def modify_order(
    acting: Acting,
    account_id: str,
    client_order_id: str,
    change: Change,
    *,
    permits: PermitSource | None = None,
    queue: Callable[[], Queue] | None = None,
) -> OrderAnswer:
    """Re-decide a working order under new terms: approved replaces the old reservation, denied leaves it as it is.

    An order that the venue works already keeps its old terms until the worker has replaced it there; until then
    both are reserved. `queue`: where the worker is told once more of terms that are on their way already, since whoever
    decided them may have ended before it was told.

    Raises NotFound: no such order; Forbidden: it is of another strategy; Conflict: it is finished, already filled
    beyond the new quantity, or new terms of it are on their way to the venue; DenialBudgetSpent: the terms were denied,
    and that is not written down.
    """
    original = acting.deps.store.get_order(account_id, client_order_id).order
    acting.require_strategy(original.strategy)
    denial = DenialOnce(acting)

    def plan(snapshot: Snapshot, _: bool) -> Plan[OrderAnswer]:
        record = snapshot.records[client_order_id]
        state = snapshot.state
        working = state.working_orders.get(client_order_id) if state is not None else None
        if working is None:
            raise Conflict(f"the order is {record.status.value}: nothing to modify", code="ORDER_NOT_WORKING")
        if record.is_released(acting.now):
            raise Conflict("the order's reservation has ended: nothing to modify", code="ORDER_NOT_WORKING")
        if record.next_terms is not None:
            if queue is not None and record.next_terms.permit:
                pending = OrderAnswer(body="", approved=True, to_send=(record,))
                hand_over(acting, pending, MessageKind.MODIFY, queue=queue)
            raise Conflict("the order is being replaced at the venue", code="MODIFICATION_PENDING")
        order = _changed(record, change)
        submitted = submitted_event(order, snapshot)
        event = OrderModified(
            order=submitted.order,
            market=submitted.market,
            kill_switches=submitted.kill_switches,
            report=submitted.report,
            marks=submitted.marks,
            rules=submitted.rules,
        )

        def effects(result: Result, place: LogPlace) -> tuple[OrderAnswer, Effects]:
            decision = result.decisions[0]
            if decision.approved:
                denial.give_back()
            else:
                denial.spend((order,), state, result)
            body = answer_body(order, decision, place, acting.now)
            records: tuple[OrderRecord, ...] = ()
            if decision.working is not None:
                is_kept = client_order_id in result.state.kept_orders
                modified = modified_record(record, order, decision, decision.working, acting.now, is_kept=is_kept)
                if order.route and record.status is not OrderStatus.APPROVED:
                    permit = _issue(permits, modified)
                    records = (with_next_terms(record, modified, decision.working, working, permit),)
                else:
                    records = (permit_record(modified, permits),)
            answer = OrderAnswer(
                body=encode(body).decode(),
                approved=decision.approved,
                client_order_id=client_order_id,
                to_send=records if order.route else (),
            )
            return answer, Effects(answer=body, decision=body.decision, code=body.code or "", records=records)

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, orders=(original,))
    return commit_event(acting, request, plan).value


def _changed(record: OrderRecord, change: Change) -> Order:
    """Return the order under new terms, its quantity reduced by what is already filled."""
    order = record.order
    whole = change.quantity if change.quantity is not None else record.quantity
    remaining = whole - record.filled_quantity
    if remaining <= 0:
        raise Conflict("more than that quantity is already filled", code="ORDER_FILLED_BEYOND")
    return replace(
        order,
        quantity=remaining,
        quote_quantity=None,
        price=change.price if change.price is not None else order.price,
        trigger_price=change.trigger_price if change.trigger_price is not None else order.trigger_price,
        stop_loss_price=change.stop_loss_price if change.stop_loss_price is not None else order.stop_loss_price,
    )


def modified_record(
    record: OrderRecord, order: Order, decision: Decision, working: WorkingOrder, now: datetime, *, is_kept: bool
) -> OrderRecord:
    """Return an order's item under new terms."""
    return replace(
        record,
        order=order,
        quantity=(order.quantity or ZERO) + record.filled_quantity,
        decision_price=decision.evaluation.context.price or record.decision_price,
        expires_at=working.expires_at,
        is_kept=is_kept,
        reserved_until=working.reserved_until,
        updated_at=now,
        stop_kept_by=keeper_of(order, decision.evaluation.context.instrument),
    )


def _issue(permits: PermitSource | None, modified: OrderRecord) -> str:
    if permits is None:
        raise Unprocessable("this gateway does not send orders", code="ROUTING_UNAVAILABLE")
    return permits().issue(modified.order, modified.order_id, modified.quantity, modified.updated_at)


def with_next_terms(
    record: OrderRecord, modified: OrderRecord, terms: WorkingOrder, held: WorkingOrder, permit: str
) -> OrderRecord:
    """Return the order as the venue has it, with the new terms that the worker is to bring there."""
    now = modified.updated_at
    following = NextTerms(
        order=modified.order,
        quantity=modified.quantity,
        decision_price=modified.decision_price,
        terms=terms,
        held=held,
        permit=permit,
        decided_at=now,
    )
    return replace(record, next_terms=following, updated_at=now, stop_kept_by=modified.stop_kept_by)
