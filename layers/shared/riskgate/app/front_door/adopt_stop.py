"""Take a bot's own stop order for what it is: the stop of its position, by which the books measure its risk."""

from __future__ import annotations

from decimal import Decimal

from riskgate.app.front_door.door import Door
from riskgate.app.orders.move_stop import move_stop
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import GatewayError
from riskgate.core.order import Order, StopKeeper
from riskgate.observability import logger

STOP_ADOPTED, STOP_NOT_ADOPTED = "front_door_stop_adopted", "front_door_stop_not_adopted"
#: So much of a position a stop order is for: fees take a little of what was bought.
COVERED_MIN = Decimal("0.99")


def adopt_stop(door: Door, order: Order) -> None:
    """Let the books know a stop order that rests at the venue and closes the position, as kept by the strategy.

    A stop that the gateway keeps stays the gateway's. Nothing that fails here fails the order: it rests.
    """
    if not order.type.has_trigger_price or order.trigger_price is None or order.quantity is None:
        return
    try:
        state = door.acting.deps.store.read(ReadRequest(account_id=order.account_id)).require_state()
        held = state.positions.get(order.key)
        if held is None or held.quantity * order.side.sign >= 0 or order.quantity < abs(held.quantity) * COVERED_MIN:
            return
        if held.kept_stop is not None and held.kept_stop.kept_by is StopKeeper.VENUE:
            return
        market = (order.venue, order.symbol)
        keeper = StopKeeper.STRATEGY
        move_stop(door.acting, order.account_id, market, order.trigger_price, None, keeper, queue=door.queue)
    except GatewayError as error:
        logger.info(STOP_NOT_ADOPTED, client_order_id=order.client_order_id, code=error.code, detail=error.detail)
    else:
        logger.info(STOP_ADOPTED, client_order_id=order.client_order_id)
