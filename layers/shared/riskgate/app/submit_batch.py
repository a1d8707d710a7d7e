"""Decide several orders together: all are approved or none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskgate.app.commit_event import Deps, Effects, Place, Plan, commit_event
from riskgate.app.submit_order import (
    Answer,
    answer_body,
    new_record,
    request_hash,
    submitted_event,
)
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.events import BatchSubmitted
from riskgate.core.ledger import Result
from riskgate.core.model import Order
from riskgate.core.records import Marker, ReadRequest, Snapshot
from riskgate.schemas.codec import encode, sha256_hex


def submit_batch(account_id: str, orders: tuple[Order, ...], *, deps: Deps, actor: str, now: datetime) -> Answer:
    """Decide a batch in one transaction; each leg is judged with the legs before it reserved.

    Raises
    ------
    Conflict : a leg's client_order_id was used outside this batch. NotFound : unknown account.
    """
    batch_id = sha256_hex("".join(request_hash(order) for order in orders).encode())

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[Answer]:
        marker = snapshot.markers.get(("BATCH", batch_id))
        if marker is not None:
            approved = marker.request_hash == "approved"
            return Plan(early=Answer(body=marker.answer, approved=approved, replayed=not maybe_committed))
        used = [order.client_order_id for order in orders if order.client_order_id in snapshot.records]
        if used:
            raise Conflict(f"client_order_id {used[0]} was used outside this batch", code="CLIENT_ORDER_ID_REUSED")
        if snapshot.account is None:
            raise NotFound("the account is not registered", code="ACCOUNT_UNKNOWN")
        event = BatchSubmitted(legs=tuple(submitted_event(order, snapshot) for order in orders))

        def effects(result: Result, place: Place) -> tuple[Answer, Effects]:
            return _effects(orders, batch_id, result, place, now)

        return Plan(event=event, effects=effects)

    request = ReadRequest(account_id=account_id, orders=orders, markers=(("BATCH", batch_id),))
    return commit_event(deps, request, plan, actor=actor, now=now)


def batch_body(orders: tuple[Order, ...], result: Result, place: Place, now: datetime) -> dict[str, Any]:
    """Return the answer to a batch: its own verdict, and each leg's decision as if judged alone after the others."""
    legs = [answer_body(order, decision, place, now) for order, decision in zip(orders, result.decisions, strict=True)]
    code = next((leg["code"] for leg in legs if leg["code"] is not None), None)
    if code is not None:
        # All or nothing: a leg that would pass alone is denied with the others and reserves nothing.
        unreserved = {"decision": "denied", "reserved": {"notional": "0", "risk": "0"}, "reservation_expires_at": None}
        legs = [leg | unreserved for leg in legs]
    return {"decision": "denied" if code is not None else "approved", "code": code, "legs": legs}


def _effects(
    orders: tuple[Order, ...], batch_id: str, result: Result, place: Place, now: datetime
) -> tuple[Answer, Effects]:
    body = batch_body(orders, result, place, now)
    approved = body["decision"] == "approved"
    text = encode(body).decode()
    records = [
        new_record(order, decision, encode(leg).decode(), request_hash(order), now)
        for order, decision, leg in zip(orders, result.decisions, body["legs"], strict=True)
    ]
    marker = Marker(kind="BATCH", key=batch_id, request_hash=body["decision"], answer=text)
    # A denied batch leaves its ids free: each leg may be asked for again, alone or in another batch.
    effects = Effects(
        answer=body,
        decision=body["decision"],
        code=body["code"] or "",
        new_records=tuple(records) if approved else (),
        markers=(marker,),
    )
    return Answer(body=text, approved=approved), effects
