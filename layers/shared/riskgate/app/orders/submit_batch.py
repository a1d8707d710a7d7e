"""Decide several orders together: all are approved or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from msgspec.structs import replace as replace_fields

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.spend_denial import DenialOnce
from riskgate.app.orders.submit_order import (
    OrderAnswer,
    answer_body,
    new_record,
    permit_record,
    request_hash,
    require_actionable,
    require_route,
    submitted_event,
    waiting,
)
from riskgate.core.account.stored import Marker, OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import Conflict, VersionConflict
from riskgate.core.ledger.apply import Result
from riskgate.core.order import Order
from riskgate.core.orders.events import BatchDecided
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.http.answers.orders import BatchAnswer, Reserved


def submit_batch(
    acting: Acting, account_id: str, orders: tuple[Order, ...], *, permits: PermitSource | None = None
) -> OrderAnswer:
    """Decide a batch in one transaction; each leg is judged with the legs before it reserved.

    Raises Forbidden: a leg is not of the caller's strategies; Unprocessable: the gateway cannot send a leg that it is
    asked to send; Conflict: a leg's client_order_id was used outside this batch; NotFound: unknown account;
    DecisionNotActionable: a leg of the batch approved earlier is no longer a go; DenialBudgetSpent: the batch was
    denied, and that is not written down.
    """
    for order in orders:
        acting.require_strategy(order.strategy)
    batch_id = sha256_hex("".join(request_hash(order) for order in orders).encode())
    denial = DenialOnce(acting)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[OrderAnswer]:
        marker = snapshot.markers.get(("BATCH", batch_id))
        if marker is not None:
            return Answered(_replay(marker, orders, snapshot, now=acting.now, replayed=not maybe_committed))
        taken = next(iter(snapshot.records.values()), None)
        if taken is not None and taken.batch_id == batch_id:
            raise VersionConflict("the same batch was committed in the meantime")
        if taken is not None:
            name = taken.order.client_order_id
            raise Conflict(
                f"client_order_id {name} belongs to an order outside this batch", code="CLIENT_ORDER_ID_REUSED"
            )
        state = snapshot.require_state()
        for order in orders:
            require_route(order, state)
        first, *others = (submitted_event(order, snapshot, orders) for order in orders)
        # The account is marked once, before the first leg.
        event = BatchDecided(legs=(first, *(replace(leg, marks=()) for leg in others)))

        def effects(result: Result, place: LogPlace) -> tuple[OrderAnswer, Effects]:
            if all(decision.approved for decision in result.decisions):
                denial.give_back()
            else:
                denial.spend(orders, snapshot.state, result)
            return _effects(orders, batch_id, result, place, acting.now, permits)

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, orders=orders, markers=(("BATCH", batch_id),))
    return commit_event(acting, request, plan).value


def _replay(
    marker: Marker, orders: tuple[Order, ...], snapshot: Snapshot, *, now: datetime, replayed: bool
) -> OrderAnswer:
    """Return the stored answer, unless any of its legs is no longer a go."""
    approved = marker.request_hash == "approved"
    if approved and len(snapshot.records) < len(orders):
        raise VersionConflict("the same batch was committed in the meantime")
    if approved:
        for order in orders:
            require_actionable(snapshot.records[order.client_order_id], snapshot, now, answer=marker.answer)
    to_send = waiting(*(snapshot.records[order.client_order_id] for order in orders)) if approved else ()
    return OrderAnswer(body=marker.answer, approved=approved, replayed=replayed, to_send=to_send)


def batch_body(orders: tuple[Order, ...], result: Result, place: LogPlace, now: datetime) -> BatchAnswer:
    """Return the answer to a batch: its own verdict, and each leg's decision as if judged alone after the others."""
    legs = [answer_body(order, decision, place, now) for order, decision in zip(orders, result.decisions, strict=True)]
    code = next((leg.code for leg in legs if leg.code is not None), None)
    if code is None:
        return BatchAnswer(decision="approved", code=None, legs=legs)
    # All or nothing: a leg that would pass alone is denied with the others and reserves nothing.
    nothing = Reserved(notional="0", risk="0")
    legs = [replace_fields(leg, decision="denied", reserved=nothing, reservation_expires_at=None) for leg in legs]
    return BatchAnswer(decision="denied", code=code, legs=legs)


def _effects(
    orders: tuple[Order, ...],
    batch_id: str,
    result: Result,
    place: LogPlace,
    now: datetime,
    permits: PermitSource | None,
) -> tuple[OrderAnswer, Effects]:
    body = batch_body(orders, result, place, now)
    approved = body.decision == "approved"
    text = encode(body).decode()
    records: tuple[OrderRecord, ...] = ()
    if approved:
        decided = [
            new_record(order, decision, encode(leg).decode(), request_hash(order), now)
            for order, decision, leg in zip(orders, result.decisions, body.legs, strict=True)
        ]
        records = tuple(permit_record(replace(record, batch_id=batch_id), permits) for record in decided)
    marker = Marker(kind="BATCH", key=batch_id, request_hash=body.decision, answer=text)
    # A denied batch leaves its ids free: each leg may be asked for again, alone or in another batch.
    effects = Effects(
        answer=body,
        decision=body.decision,
        code=body.code or "",
        new_records=records,
        markers=(marker,),
    )
    return OrderAnswer(body=text, approved=approved, to_send=waiting(*records)), effects
