"""The steps of a routed order, each committed before the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.entry import JOBS, trace_of
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.order_names import taken_as
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain, plain_or_none
from riskgate.core.orders.events import RULES, OrderClosed
from riskgate.core.routing.events import OrderAccepted, OrderOutcomeUnknown
from riskgate.core.routing.stop_plan import is_kept
from riskgate.observability import log_action

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event
from riskgate.app.routing.worker import WORKER_ACTOR
from riskgate.app.venues.job_context import AccountJob, RetryLater

ORDER_STEPPED = "order_stepped"


def accept(job: AccountJob, record: OrderRecord, exchange_order_id: str) -> OrderRecord:
    """Record that the venue has the order.

    Raises RetryLater: it was put on other terms meanwhile, which are another order at the venue.
    """

    def plan(current: OrderRecord) -> Event | None:
        require_revision(current, record)
        known = current.status in {OrderStatus.SUBMITTED, OrderStatus.PARTIALLY_FILLED}
        if known and current.exchange_order_id == exchange_order_id:
            return None
        name = current.order.client_order_id
        return OrderAccepted(client_order_id=name, exchange_order_id=exchange_order_id, rules=RULES)

    return commit_step(job, record, plan, exchange_order_id=exchange_order_id)


def require_revision(current: OrderRecord, record: OrderRecord) -> None:
    """Make sure that an order is still on the terms it was read with: what the venue said was about those.

    Raises RetryLater: it is not.
    """
    if current.revision != record.revision:
        raise RetryLater("the order was replaced meanwhile")


def mark_unknown(job: AccountJob, record: OrderRecord, reason: str) -> OrderRecord:
    """Record that nobody knows whether the order arrived."""

    def plan(current: OrderRecord) -> Event | None:
        if current.status is not OrderStatus.SUBMITTING or current.attempts != record.attempts:
            return None
        return OrderOutcomeUnknown(client_order_id=current.order.client_order_id, reason=reason)

    return commit_step(job, record, plan)


def close(
    job: AccountJob, record: OrderRecord, status: OrderStatus, reason: str, *, actor: str = WORKER_ACTOR
) -> OrderRecord:
    """End an order and free what it reserved, unless it moved on since it was read.

    Raises RetryLater: another worker sent it meanwhile.
    """

    def plan(current: OrderRecord) -> Event | None:
        if (current.attempts, current.revision) != (record.attempts, record.revision):
            raise RetryLater("the order was sent in the meantime")
        return end_of(current, status, reason, actor=actor)

    return commit_step(job, record, plan, actor=actor, next_terms=None)


def end_of(record: OrderRecord, status: OrderStatus, reason: str, *, actor: str = WORKER_ACTOR) -> OrderClosed:
    """Return the event that ends an order, which says of an exit whether it ended unasked.

    That is an operator's exit that its venue did not fill, and any exit that never left. What keeps a stop is looked
    after by itself.
    """
    unasked = actor.startswith(JOBS) and status is not OrderStatus.FILLED and not is_kept(record.order)
    never_left = record.order.reduce_only and record.status is OrderStatus.APPROVED
    return OrderClosed(
        client_order_id=record.order.client_order_id,
        status=status,
        reason=reason,
        rules=RULES,
        # A stop that the gateway keeps is placed again where it has to be.
        leaves_open=unasked and (record.order.operator_exit or never_left) and not is_kept(record.order),
    )


def commit_step(
    job: AccountJob,
    record: OrderRecord,
    plan_event: Callable[[OrderRecord], Event | None],
    *,
    actor: str = WORKER_ACTOR,
    **changes: object,
) -> OrderRecord:
    """Commit one event of an order with its item, and return the item as it is then.

    `plan_event` makes the event for the order as it is now, or None where it is not needed any more; a finished order
    is never asked about.
    """
    account_id, client_order_id = record.order.account_id, record.order.client_order_id
    now = job.clock()
    acting = Acting(deps=job.deps, actor=actor, now=now)
    made: list[Event] = []
    started = job.deps.monotonic()

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[OrderRecord]:
        if not maybe_committed:
            made.clear()
        current = snapshot.records.get(client_order_id)
        if current is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        event = None if current.status.is_final else plan_event(current)
        if event is None:
            return Answered(current)
        made.append(event)

        def effects(result: Result, _place: LogPlace) -> tuple[OrderRecord, Effects]:
            updated = moved(current, event, result, now, **changes)
            names = taken_as(updated) if "exchange_order_id" in changes else ()
            return updated, Effects(answer=step_body(updated), records=(updated,), order_names=names)

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
    updated = commit_event(acting, request, plan).value
    log_step(acting, made, updated, started)
    return updated


def log_step(acting: Acting, made: Sequence[Event], record: OrderRecord, started: float) -> None:
    """Write the line of a committed step, where one was made; of several attempts the last one stands in the log."""
    if made:
        log_action(
            ORDER_STEPPED,
            made[-1].event_name,
            client_ref=record.order.client_order_id,
            trace_id=trace_of(acting, (record,)),
            request=terms_of(record),
            response=step_body(record),
            duration_ms=round((acting.deps.monotonic() - started) * 1000),
        )


def terms_of(record: OrderRecord) -> dict[str, object]:
    """Return an order's terms as log lines tell them."""
    order = record.order
    terms = {
        "venue": order.venue,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.type,
        "quantity": plain(record.quantity),
        "price": plain_or_none(order.price),
        "trigger_price": plain_or_none(order.trigger_price),
    }
    return {name: value for name, value in terms.items() if value is not None}


def moved(record: OrderRecord, event: Event, result: Result, now: datetime, **changes: object) -> OrderRecord:
    """Return the order's item after an event: its status is the working order's."""
    updated: OrderRecord = replace(record, updated_at=now, **changes)  # type: ignore[arg-type]
    if isinstance(event, OrderClosed):
        return replace(updated, status=event.status, reason=event.reason)
    return replace(updated, status=result.state.working_orders[record.order.client_order_id].status)


def step_body(record: OrderRecord) -> dict[str, object]:
    """Return what the log says about an order after a step."""
    return {
        "client_order_id": record.order.client_order_id,
        "order_id": record.order_id,
        "exchange_order_id": record.exchange_order_id,
        "status": record.status.value,
        "attempts": record.attempts,
        "revision": record.revision,
        "reason": record.reason,
    }
