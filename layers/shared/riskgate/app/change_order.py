"""Change a working order: modify it, close it, or account for one of its fills."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.app.commit_event import Deps, Effects, Place, Plan, commit_event
from riskgate.app.submit_order import Answer, answer_body, submitted_event
from riskgate.core.account import OrderStatus
from riskgate.core.decide import Decision
from riskgate.core.errors import Conflict, NotFound, Unprocessable
from riskgate.core.events import FillReported, OrderClosed, OrderModified
from riskgate.core.ledger import Result
from riskgate.core.model import Order
from riskgate.core.money import ZERO, plain
from riskgate.core.records import Marker, OrderRecord, ReadRequest, Snapshot
from riskgate.schemas.codec import encode, sha256_hex


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """New terms of an order; None leaves a term as it is. `quantity` is the whole order's, filled part included."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    stop_loss_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fill:
    """One execution as reported."""

    fill_id: str
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fee: Decimal = ZERO
    fee_currency: str | None = None


def modify_order(
    account_id: str, client_order_id: str, change: Change, *, deps: Deps, actor: str, now: datetime
) -> Answer:
    """Re-decide a working order under new terms: approved replaces the old reservation, denied leaves it as it is.

    Raises
    ------
    NotFound : no such order. Conflict : it is finished, or already filled beyond the new quantity.
    """
    original = deps.store.get_order(account_id, client_order_id).order

    def plan(snapshot: Snapshot, _: bool) -> Plan[Answer]:
        record = snapshot.records[client_order_id]
        state = snapshot.account.state if snapshot.account is not None else None
        working = state.working_orders.get(client_order_id) if state is not None else None
        if working is None:
            raise Conflict(f"the order is {record.status.value}: nothing to modify", code="ORDER_NOT_WORKING")
        if working.expires_at is not None and working.expires_at <= now:
            raise Conflict("the order's reservation has ended: nothing to modify", code="ORDER_NOT_WORKING")
        order = _changed(record, change)
        submitted = submitted_event(order, snapshot)
        event = OrderModified(
            order=submitted.order,
            market=submitted.market,
            kill_switches=submitted.kill_switches,
            report=submitted.report,
        )

        def effects(result: Result, place: Place) -> tuple[Answer, Effects]:
            decision = result.decisions[0]
            body = answer_body(order, decision, place, now)
            records = (_modified(record, order, decision, now),) if decision.approved else ()
            answer = Answer(body=encode(body).decode(), approved=decision.approved, client_order_id=client_order_id)
            return answer, Effects(answer=body, decision=body["decision"], code=body["code"] or "", records=records)

        return Plan(event=event, effects=effects)

    request = ReadRequest(account_id=account_id, orders=(original,))
    return commit_event(deps, request, plan, actor=actor, now=now)


def close_order(
    account_id: str,
    client_order_id: str,
    status: OrderStatus,
    reason: str,
    *,
    deps: Deps,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Finish an order (cancelled, rejected, expired) and free its reservation; a finished one stays as it is.

    Raises
    ------
    NotFound : no such order.
    """

    def plan(snapshot: Snapshot, _: bool) -> Plan[dict[str, Any]]:
        record = snapshot.records.get(client_order_id)
        if record is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        if record.status.is_final:
            return Plan(early=_closed_body(record))
        event = OrderClosed(client_order_id=client_order_id, status=status, reason=reason)
        closed = replace(record, status=status, updated_at=now, reason=reason)

        def effects(_result: Result, _place: Place) -> tuple[dict[str, Any], Effects]:
            body = _closed_body(closed)
            return body, Effects(answer=body, records=(closed,))

        return Plan(event=event, effects=effects)

    request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
    return commit_event(deps, request, plan, actor=actor, now=now)


def record_order_fill(
    account_id: str, client_order_id: str, fill: Fill, *, deps: Deps, actor: str, now: datetime
) -> tuple[str, bool]:
    """Account for one execution once; late fills of finished orders count too.

    Returns
    -------
    The answer's JSON, and whether this fill_id was recorded earlier.

    Raises
    ------
    NotFound : no such order. Conflict : the fill_id was used for another execution.
    Unprocessable : the order was denied, or the fill exceeds what remains of it.
    """
    order = deps.store.get_order(account_id, client_order_id).order
    name, digest = f"{client_order_id}#{fill.fill_id}", sha256_hex(encode(fill))

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[tuple[str, bool]]:
        marker = snapshot.markers.get(("FILL", name))
        if marker is not None:
            if marker.request_hash != digest:
                raise Conflict("this fill_id was used for another execution", code="FILL_ID_REUSED")
            return Plan(early=(marker.answer, not maybe_committed))
        record = snapshot.records[client_order_id]
        event = _fill_event(record, fill, snapshot)

        def effects(result: Result, _place: Place) -> tuple[tuple[str, bool], Effects]:
            updated = _filled(record, fill, result, now)
            body = _fill_body(updated, fill, result)
            text = encode(body).decode()
            mark = Marker(kind="FILL", key=name, request_hash=digest, answer=text)
            return (text, False), Effects(answer=body, records=(updated,), markers=(mark,))

        return Plan(event=event, effects=effects)

    request = ReadRequest(
        account_id=account_id,
        client_order_ids=(client_order_id,),
        markets=((order.venue, order.symbol),),
        markers=(("FILL", name),),
    )
    return commit_event(deps, request, plan, actor=actor, now=now)


def _changed(record: OrderRecord, change: Change) -> Order:
    """Return the order under new terms, its quantity reduced by what is already filled."""
    order = record.order
    whole = change.quantity if change.quantity is not None else record.quantity
    remaining = whole - record.filled_quantity
    if remaining <= 0:
        raise Conflict("the order is already filled beyond that quantity", code="ORDER_FILLED_BEYOND")
    return replace(
        order,
        quantity=remaining,
        quote_quantity=None,
        price=change.price if change.price is not None else order.price,
        trigger_price=change.trigger_price if change.trigger_price is not None else order.trigger_price,
        stop_loss_price=change.stop_loss_price if change.stop_loss_price is not None else order.stop_loss_price,
    )


def _modified(record: OrderRecord, order: Order, decision: Decision, now: datetime) -> OrderRecord:
    working = decision.working
    return replace(
        record,
        order=order,
        quantity=(order.quantity or ZERO) + record.filled_quantity,
        decision_price=decision.evaluation.context.price or record.decision_price,
        expires_at=working.expires_at if working is not None else record.expires_at,
        updated_at=now,
    )


def _closed_body(record: OrderRecord) -> dict[str, Any]:
    return {
        "client_order_id": record.order.client_order_id,
        "order_id": record.order_id,
        "status": record.status.value,
        "filled_quantity": plain(record.filled_quantity),
        "reason": record.reason,
        "updated_at": record.updated_at,
    }


def _fill_event(record: OrderRecord, fill: Fill, snapshot: Snapshot) -> FillReported:
    if record.status is OrderStatus.DENIED:
        raise Unprocessable("a denied order cannot fill", code="ORDER_DENIED")
    if record.filled_quantity + fill.quantity > record.quantity:
        raise Unprocessable("the fill exceeds what remains of the order", code="FILL_EXCEEDS_ORDER")
    market = snapshot.market(record.order.key)
    if market.instrument is None:
        raise Unprocessable("the instrument is not known", code="INSTRUMENT_NOT_FOUND")
    return FillReported(
        order=record.order,
        fill_id=fill.fill_id,
        quantity=fill.quantity,
        price=fill.price,
        executed_at=fill.executed_at,
        market=market,
        decision_price=record.decision_price,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
    )


def _filled(record: OrderRecord, fill: Fill, result: Result, now: datetime) -> OrderRecord:
    assert result.fill is not None  # noqa: S101 a fill event answers one
    filled = record.filled_quantity + fill.quantity
    status = result.fill.status if not record.status.is_final else record.status
    if record.order.client_order_id in result.expired:
        status = OrderStatus.EXPIRED
    return replace(
        record,
        status=OrderStatus.FILLED if filled >= record.quantity else status,
        filled_quantity=filled,
        filled_notional=record.filled_notional + fill.quantity * fill.price,
        updated_at=now,
    )


def _fill_body(record: OrderRecord, fill: Fill, result: Result) -> dict[str, Any]:
    assert result.fill is not None  # noqa: S101 a fill event answers one
    position = result.state.positions.get(record.order.key)
    return {
        "client_order_id": record.order.client_order_id,
        "fill_id": fill.fill_id,
        "status": record.status.value,
        "filled_quantity": plain(record.filled_quantity),
        "remaining_quantity": plain(record.quantity - record.filled_quantity),
        "realized_pnl": plain(result.fill.realized_pnl),
        "fee": plain(result.fill.fee) if result.fill.fee is not None else None,
        "slippage_bps": plain(result.fill.slippage_bps),
        "position_quantity": plain(position.quantity) if position is not None else "0",
        "equity": plain(result.state.equity),
        "trading_state": result.state.trading_state.value,
        "recorded_at": record.updated_at,
    }
