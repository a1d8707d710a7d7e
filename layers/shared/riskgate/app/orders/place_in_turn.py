"""Put several orders before the gate one after the other, and hand what it approves to the order worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.submit_order import DecisionNotActionable, OrderArchived, submit_order
from riskgate.app.ports.queue import Queue
from riskgate.core.codes import DenyCode
from riskgate.core.errors import DenialBudgetSpent
from riskgate.core.order import Order
from riskgate.schemas.codec import decode
from riskgate.schemas.http.answers.orders import Decision, LegDecision
from riskgate.schemas.messages.order import MessageKind

#: No further order is begun later than this: the caller repeats the request for what is left.
LEGS_SECONDS_MAX = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """What sends approved orders: permits, and the worker's queue."""

    permits: PermitSource
    queue: Callable[[], Queue]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """What became of one order: approved, denied, ended (approved once, works no longer) or pending."""

    client_order_id: str
    decision: LegDecision
    code: DenyCode | Literal["DECISION_NOT_ACTIONABLE"] | None = None
    replayed: bool = False


def place_in_turn(acting: Acting, orders: Iterable[Order], sender: Sender) -> Iterator[Placed]:
    """Decide each order, until time is up; a denied one does not stop the others.

    Raises
    ------
    Transient, OutcomeUnknown : repeat the request, nothing is done twice.
    """
    started = acting.deps.monotonic()
    for order in orders:
        name = order.client_order_id
        if acting.deps.monotonic() - started > LEGS_SECONDS_MAX:
            yield Placed(client_order_id=name, decision="pending")
            continue
        try:
            answer = submit_order(acting, order, permits=sender.permits)
        except OrderArchived as error:
            yield _archived(name, decode(error.body, Decision))
            continue
        except DecisionNotActionable:
            yield Placed(client_order_id=name, decision="ended", code="DECISION_NOT_ACTIONABLE", replayed=True)
            continue
        except DenialBudgetSpent:
            # Nothing is written of it: it is still to be decided.
            yield Placed(client_order_id=name, decision="pending")
            continue
        hand_over(acting, answer, MessageKind.SUBMIT, queue=sender.queue)
        decided = decode(answer.body, Decision)
        yield Placed(client_order_id=name, decision=decided.decision, code=decided.code, replayed=answer.replayed)


def _archived(name: str, decided: Decision) -> Placed:
    """Return what an order was that was decided long ago."""
    if decided.decision == "denied":
        return Placed(client_order_id=name, decision="denied", code=decided.code, replayed=True)
    return Placed(client_order_id=name, decision="ended", code="DECISION_NOT_ACTIONABLE", replayed=True)
