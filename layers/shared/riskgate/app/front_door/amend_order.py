"""Change the price or the quantity of an order that a bot names in the venue's own words."""

from __future__ import annotations

from decimal import Decimal

from riskgate.app.front_door.door import Door, nothing_is_sure
from riskgate.app.front_door.place_order import settle
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.modify_order import Change, modify_order
from riskgate.app.routing.describe_worked import describe_worked
from riskgate.app.routing.worker import Noticed
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import Conflict
from riskgate.core.front_door.denials import REJECTED, refuse_denied
from riskgate.core.front_door.refusals import Refusal, outcome_unknown, unknown_order
from riskgate.core.instrument import MarketType
from riskgate.schemas.codec import decode
from riskgate.schemas.front_door.answers import Shown
from riskgate.schemas.http.answers.orders import Decision
from riskgate.schemas.messages.order import MessageKind

_NOT_MODIFIED = "not modified: "


def amend_order(
    door: Door, record: OrderRecord, market_type: MarketType, *, quantity: Decimal | None, price: Decimal | None
) -> Shown:
    """Decide an order anew under its new terms, have it replaced, and return it as the venue has it.

    It has another id at the venue then. Raises Refusal: denied, ended meanwhile (-2011), unknown (-1007).
    """
    name = record.order.client_order_id
    change = Change(quantity=quantity, price=price)
    try:
        answer = modify_order(
            door.acting, door.key.account_id, name, change, permits=door.permits, queue=door.ask_worker
        )
    except Conflict as error:
        if error.code == "ORDER_NOT_WORKING":
            raise unknown_order() from None
        raise Refusal(REJECTED, f"Risk gateway: {error.code}: {error.detail}", cause=error.code) from None
    if not answer.approved:
        decision = decode(answer.body, Decision)
        fault = next(iter(decision.violations), None)
        raise refuse_denied(decision.code or "DENIED", fault.message if fault is not None else "denied")
    asked = door.ask_worker()
    with nothing_is_sure():
        hand_over(door.acting, answer, MessageKind.MODIFY, queue=lambda: asked)
        if asked.worked is None:
            raise outcome_unknown("WORKER_NOT_HEARD")
        current = door.acting.deps.store.get_order(door.key.account_id, name)
    # The reason of a change that was dropped stays with the order; one that was made counts as a revision.
    if current.revision == record.revision and current.reason.startswith(_NOT_MODIFIED):
        raise Refusal(REJECTED, f"Risk gateway: {current.reason}", cause="NOT_MODIFIED")
    shown = Shown(order=current.order, worked=describe_worked(current, Noticed()), market_type=market_type)
    return settle(shown)
