"""Cancel orders that a bot names in the venue's own words. No kill switch and no limit is asked."""

from __future__ import annotations

from dataclasses import replace

from riskgate.app.front_door.door import Door
from riskgate.app.orders.request_cancel import request_cancel
from riskgate.app.routing.describe_worked import describe_worked
from riskgate.app.routing.worker import Noticed
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.front_door.refusals import outcome_unknown, unknown_order
from riskgate.core.instrument import MarketType
from riskgate.schemas.front_door.answers import Shown

REASON = "cancelled by the bot"


def cancel_order(door: Door, record: OrderRecord, market_type: MarketType) -> Shown:
    """Cancel an order and return it as it is then.

    Raises Refusal: -2011, it had ended by itself; -1007, the cancel goes on and nobody knows yet.
    """
    if record.status.is_final or record.is_released(door.acting.now):
        raise unknown_order()
    asked = door.ask_worker()
    name = record.order.client_order_id
    body, is_done = request_cancel(
        door.acting,
        door.key.account_id,
        name,
        REASON,
        queue=lambda: asked,
    )
    if is_done:
        worked = replace(describe_worked(record, Noticed()), status=body.status, updated_at=body.updated_at)
    elif asked.worked is not None:
        worked = asked.worked
    else:
        raise outcome_unknown("WORKER_NOT_HEARD")
    if not worked.status.is_final:
        raise outcome_unknown(worked.status.value)
    if worked.status is not OrderStatus.CANCELLED:
        raise unknown_order()
    return Shown(order=record.order, worked=worked, market_type=market_type)
