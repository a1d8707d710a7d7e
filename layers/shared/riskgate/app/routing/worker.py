"""What the order worker works with, and its entries into the log: each step moves account and order together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import Deps, Effects, Place, Plan, commit_event
from riskgate.app.orders.permits import Permits
from riskgate.app.ports.exchange import Exchange
from riskgate.core.account.document import AccountState, OrderStatus, Venue
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import GatewayError, NotFound, Unprocessable
from riskgate.core.ledger.apply import Result
from riskgate.core.orders.events import OrderClosed
from riskgate.core.routing.events import OrderAccepted, OrderOutcomeUnknown

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event

#: Who acts where nobody asked for this very step.
WORKER_ACTOR = "job:order_worker"
#: Denials that make sure, together with the time they are spread over, that a venue does not have an order.
DENIALS_MIN = 3


class RetryLater(GatewayError):
    """Nothing is lost, and this invocation cannot finish it: the message comes again."""

    status, code, title = 503, "RETRY_LATER", "Not finished yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """One invocation of the order worker.

    Parameters
    ----------
    exchange_of : callable, the exchange behind one venue of an account.
    clock : callable, the present instant.
    claimant : str, unique to the invocation: who may send what it claimed.
    deadline : float, monotonic seconds by which the invocation must end; no call that may take `call_seconds` begins
        after what that leaves.
    order_age_seconds_max : int, an approval older than this is not acted on.
    absence_seconds : float, longer than any request can be under way: what a venue does not know after that time never
        arrives.
    life_seconds : float, longer than any invocation lives: whoever claimed an order earlier than that is gone.
    """

    deps: Deps
    permits: Permits
    exchange_of: Callable[[Venue], Exchange]
    clock: Callable[[], datetime]
    claimant: str
    deadline: float
    order_age_seconds_max: int
    call_seconds: float
    absence_seconds: float
    life_seconds: float

    def require_time(self, seconds: float = 0) -> None:
        """Make sure that a pause and one more call to the venue fit into this invocation.

        Raises
        ------
        RetryLater : they do not.
        """
        if self.deps.monotonic() + seconds + self.call_seconds > self.deadline:
            raise RetryLater("the time for this attempt is up")

    def pause(self, seconds: float) -> None:
        """Wait before the next call to a venue."""
        self.require_time(seconds)
        self.deps.sleep(seconds)

    def read_state(self, account_id: str) -> AccountState:
        """Return an account as it is.

        Raises
        ------
        NotFound : unknown account.
        """
        snapshot = self.deps.store.read(ReadRequest(account_id=account_id))
        if snapshot.account is None or snapshot.account.state is None:
            raise NotFound("the account is not registered", code="ACCOUNT_UNKNOWN")
        return snapshot.account.state

    def read_order(self, account_id: str, client_order_id: str) -> tuple[OrderRecord, AccountState]:
        """Return an order with its account, as they are.

        Raises
        ------
        NotFound : unknown account, or no such order.
        """
        request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
        snapshot = self.deps.store.read(request)
        record = snapshot.records.get(client_order_id)
        if record is None or snapshot.account is None or snapshot.account.state is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        return record, snapshot.account.state

    def exchange_for(self, record: OrderRecord, state: AccountState) -> Exchange:
        """Return the exchange an order goes to.

        Raises
        ------
        Unprocessable : the account names no key for its venue any more.
        """
        venue = next((venue for venue in state.venues if venue.venue == record.order.venue), None)
        if venue is None or venue.secret_name is None:
            raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
        return self.exchange_of(venue)


def accept(worker: Worker, record: OrderRecord, exchange_order_id: str) -> OrderRecord:
    """Record that the venue has the order."""

    def plan(current: OrderRecord) -> Event | None:
        known = current.status in {OrderStatus.SUBMITTED, OrderStatus.PARTIALLY_FILLED}
        if known and current.exchange_order_id == exchange_order_id:
            return None
        return OrderAccepted(client_order_id=current.order.client_order_id, exchange_order_id=exchange_order_id)

    return commit_step(worker, record, plan, exchange_order_id=exchange_order_id)


def mark_unknown(worker: Worker, record: OrderRecord, reason: str) -> OrderRecord:
    """Record that nobody knows whether the order arrived."""

    def plan(current: OrderRecord) -> Event | None:
        if current.status is not OrderStatus.SUBMITTING or current.attempts != record.attempts:
            return None
        return OrderOutcomeUnknown(client_order_id=current.order.client_order_id, reason=reason)

    return commit_step(worker, record, plan)


def close(
    worker: Worker, record: OrderRecord, status: OrderStatus, reason: str, *, actor: str = WORKER_ACTOR
) -> OrderRecord:
    """End an order and free what it reserved, unless it moved on since it was read.

    Raises
    ------
    RetryLater : another worker sent it meanwhile.
    """

    def plan(current: OrderRecord) -> Event | None:
        if (current.attempts, current.revision) != (record.attempts, record.revision):
            raise RetryLater("the order was sent meanwhile")
        return OrderClosed(client_order_id=current.order.client_order_id, status=status, reason=reason)

    return commit_step(worker, record, plan, actor=actor, next_terms=None)


def commit_step(
    worker: Worker,
    record: OrderRecord,
    plan_event: Callable[[OrderRecord], Event | None],
    *,
    actor: str = WORKER_ACTOR,
    **changes: object,
) -> OrderRecord:
    """Commit one event of an order with its item, and return the item as it is then.

    Parameters
    ----------
    plan_event : callable, the event for the order as it is now; None where it is not needed any more. A finished
        order is never asked about.
    changes : fields of the item that change with it; the status follows from the event.
    """
    account_id, client_order_id = record.order.account_id, record.order.client_order_id
    now = worker.clock()

    def plan(snapshot: Snapshot, _: bool) -> Plan[OrderRecord]:
        current = snapshot.records.get(client_order_id)
        if current is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        event = None if current.status.is_final else plan_event(current)
        if event is None:
            return Plan(early=current)

        def effects(result: Result, _place: Place) -> tuple[OrderRecord, Effects]:
            updated = moved(current, event, result, now, **changes)
            return updated, Effects(answer=step_body(updated), records=(updated,))

        return Plan(event=event, effects=effects)

    request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
    return commit_event(worker.deps, request, plan, actor=actor, now=now)


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
