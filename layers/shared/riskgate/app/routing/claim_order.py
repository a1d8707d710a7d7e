"""Claim an order: the one conditional step after which it is sent, with everything checked in the same commit.

The claim is committed only if the account is as it was when kill switches, trading state, age and permit were
looked at. Engaging a kill switch outdates every claim under way, so none follows its acknowledgement.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import (
    Acting,
    Answered,
    Effects,
    LogPlace,
    Plan,
    Step,
    commit_event,
    limits_in_force,
)
from riskgate.app.routing.steps import end_of, log_step, moved, step_body
from riskgate.app.routing.worker import WORKER_ACTOR, Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import AccountState, OrderStatus, WorkingOrder
from riskgate.core.account.order_names import sent_as
from riskgate.core.account.stored import NextTerms, OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.ledger.apply import Result
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import settle
from riskgate.core.orders.events import RULES, OrderClosed
from riskgate.core.orders.permit import PermitVerdict
from riskgate.core.routing.events import OrderReplaced, OrderSubmitting
from riskgate.core.routing.steps import IN_DOUBT, find_refusal, is_too_old
from riskgate.core.safeguards.breakers import run_breakers

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event

#: What a claim writes, given the order as it is, all that was read with it, and the present instant.
type PlanEvent = Callable[[OrderRecord, Snapshot, datetime], Event | None]

#: Sends of one order; the venue is known not to have it before each of them.
SENDS_MAX = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What came of a claim: `granted` means that this invocation, and no other, now sends the order.

    `send_by` is the monotonic second after which it must not: others may take the order for absent from then on.
    """

    record: OrderRecord
    granted: bool
    send_by: float = 0.0


def claim_order(worker: Worker, record: OrderRecord, permit: str, venue_client_id: str) -> Claim:
    """Claim an order for one send, or end it where it must not leave.

    The caller vouches that the venue does not have the order: it was never sent, or every send before is known
    not to have arrived.

    `permit`: the message's; an order whose item has another one meanwhile was modified, and waits for the message that
    carries it. Raises RetryLater: another worker claimed it first.
    """

    def plan_event(current: OrderRecord, snapshot: Snapshot, now: datetime) -> Event | None:
        if current.attempts != record.attempts or current.revision != record.revision:
            raise RetryLater("another worker is sending the order")
        if current.status is not OrderStatus.APPROVED and current.status not in IN_DOUBT:
            return None
        if not hmac.compare_digest(permit.encode(), current.permit.encode()):
            return None
        name = current.order.client_order_id
        reason = _find_reason(worker, current, snapshot, now)
        if reason:
            return end_of(current, OrderStatus.CANCELLED, reason)
        return OrderSubmitting(client_order_id=name, attempt=current.attempts + 1)

    return _commit_claim(worker, record, plan_event, venue_client_id)


def claim_replacement(worker: Worker, record: OrderRecord, venue_client_id: str) -> Claim:
    """Put an order on its new terms and claim it for sending; the venue has ended it on the old ones.

    Where the new terms must not leave the order ends: its old terms are gone at the venue.
    """

    def plan_event(current: OrderRecord, snapshot: Snapshot, now: datetime) -> Event | None:
        following = current.next_terms
        if following is None or current.revision != record.revision:
            return None
        name = current.order.client_order_id
        remaining = following.quantity - current.filled_quantity
        reason = _find_reason_for_terms(worker, current, following, snapshot, now)
        if remaining <= 0:
            reason = "more than its new quantity was filled before it could be replaced"
        if reason:
            return end_of(current, OrderStatus.CANCELLED, reason)
        held = _working(snapshot, name)
        terms = replace(
            following.terms,
            quantity=remaining,
            increasing_quantity=min(following.terms.increasing_quantity, remaining),
            filled_quantity=held.filled_quantity,
            status=OrderStatus.SUBMITTING,
        )
        return OrderReplaced(terms=terms, attempt=current.attempts + 1, rules=RULES)

    return _commit_claim(worker, record, plan_event, venue_client_id)


def _find_reason(worker: Worker, record: OrderRecord, snapshot: Snapshot, now: datetime) -> str:
    """Return why an order must not leave now, or an empty text."""
    if record.attempts >= SENDS_MAX:
        return "the venue refused it"
    verdict = worker.permits.check(record.permit, record.order, record.order_id, record.quantity, now)
    working = _working(snapshot, record.order.client_order_id)
    return _judge(worker, working, record.decided_at, verdict, snapshot.kill_switches_for(record.order), snapshot, now)


def find_terms_refusal(worker: Worker, record: OrderRecord, following: NextTerms) -> str:
    """Return why an order must not be put on its next terms now, or an empty text."""
    request = ReadRequest(account_id=record.order.account_id, orders=(record.order,))
    return _find_reason_for_terms(worker, record, following, worker.deps.store.read(request), worker.clock())


def _find_reason_for_terms(
    worker: Worker, record: OrderRecord, following: NextTerms, snapshot: Snapshot, now: datetime
) -> str:
    """Return why an order must not leave on its new terms, or an empty text."""
    verdict = worker.permits.check(following.permit, following.order, record.order_id, following.quantity, now)
    flags = snapshot.kill_switches_for(following.order)
    return _judge(worker, following.terms, following.decided_at, verdict, flags, snapshot, now)


def _judge(
    worker: Worker,
    working: WorkingOrder,
    decided_at: datetime | None,
    verdict: PermitVerdict,
    flags: Sequence[KillSwitch],
    snapshot: Snapshot,
    now: datetime,
) -> str:
    if verdict is PermitVerdict.FORGED:
        return "its permit does not match the stored order"
    if verdict is PermitVerdict.EXPIRED:
        return "its approval expired before it was sent"
    if decided_at is None or is_too_old(decided_at, now, worker.order_age_seconds_max):
        return "it was approved too long ago"
    state = snapshot.state
    if state is None:
        return "its account is not registered"
    limits = limits_in_force(snapshot, OrderClosed(client_order_id="", status=OrderStatus.CANCELLED))[0]
    return find_refusal(_as_of(state, limits, now), working, flags)


@with_risk_context
def _as_of(state: AccountState, limits: Limits, now: datetime) -> AccountState:
    """Return the account as a decision would see it now: sessions rolled, breakers run."""
    return run_breakers(settle(state, limits, now)[0], limits, now)


def _working(snapshot: Snapshot, client_order_id: str) -> WorkingOrder:
    state = snapshot.state
    working = state.working_orders.get(client_order_id) if state is not None else None
    if working is None:
        raise NotFound("the order has no reservation", code="ORDER_NOT_WORKING")
    return working


def _commit_claim(worker: Worker, record: OrderRecord, plan_event: PlanEvent, venue_client_id: str) -> Claim:
    now = worker.clock()
    send_by = worker.deps.monotonic() + worker.claim_seconds_max
    name = record.order.client_order_id
    acting = Acting(deps=worker.deps, actor=WORKER_ACTOR, now=now)
    made: list[Event] = []
    started = worker.deps.monotonic()

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[Claim]:
        if not maybe_committed:
            made.clear()
        current = snapshot.records.get(name)
        if current is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        if maybe_committed and _is_ours(worker, current, record):
            return Answered(Claim(record=current, granted=True, send_by=send_by))
        event = None if current.status.is_final else plan_event(current, snapshot, now)
        if event is None:
            return Answered(Claim(record=current, granted=False))
        made.append(event)

        def effects(result: Result, _place: LogPlace) -> tuple[Claim, Effects]:
            updated = _claimed(worker, current, event, result, now, venue_client_id)
            claim = Claim(record=updated, granted=not isinstance(event, OrderClosed), send_by=send_by)
            names = sent_as(updated) if claim.granted else ()
            return claim, Effects(answer=step_body(updated), records=(updated,), order_names=names)

        return Step(event, effects)

    request = ReadRequest(account_id=record.order.account_id, orders=(record.order,))
    claim = commit_event(acting, request, plan).value
    log_step(acting, made, claim.record, started)
    return claim


def _is_ours(worker: Worker, current: OrderRecord, before: OrderRecord) -> bool:
    """Tell whether a claim whose confirmation was lost is the one that is stored."""
    return (
        current.status is OrderStatus.SUBMITTING
        and current.claimed_by == worker.claimant
        and current.attempts == before.attempts + 1
    )


def _claimed(
    worker: Worker, record: OrderRecord, event: Event, result: Result, now: datetime, venue_client_id: str
) -> OrderRecord:
    if isinstance(event, OrderClosed):
        return moved(record, event, result, now, next_terms=None)
    claimed = moved(
        record,
        event,
        result,
        now,
        attempts=record.attempts + 1,
        claimed_by=worker.claimant,
        venue_client_id=venue_client_id,
    )
    following = record.next_terms
    if not isinstance(event, OrderReplaced) or following is None:
        return claimed
    return replace(
        claimed,
        # As permitted: what is sent is what of `quantity` has not been filled.
        order=following.order,
        quantity=following.quantity,
        decision_price=following.decision_price,
        permit=following.permit,
        decided_at=following.decided_at,
        revision=record.revision + 1,
        exchange_order_id=None,
        next_terms=None,
    )
