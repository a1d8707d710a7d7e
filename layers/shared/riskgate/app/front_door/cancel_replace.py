"""Replace an order by another one: the old one is cancelled, then the new one is decided."""

from __future__ import annotations

from typing import Any

from riskgate.app.front_door.cancel_orders import cancel_order
from riskgate.app.front_door.door import CALL_LATE
from riskgate.app.front_door.find_order import find_order
from riskgate.app.front_door.order_call import Json, OrderCall
from riskgate.app.front_door.place_order import place_order, was_placed
from riskgate.core.errors import GatewayError
from riskgate.core.front_door.denials import refuse_error
from riskgate.core.front_door.refusals import OUTCOME_UNKNOWN, Refusal, try_again
from riskgate.core.instrument import MarketType
from riskgate.schemas.front_door import answers
from riskgate.schemas.front_door.orders import Placement, read_client_id, read_order


def cancel_replace(call: OrderCall) -> Json:
    """``POST /api/v3/order/cancelReplace``: the old order is gone before the new one is decided."""
    parameters = call.parameters
    mode = parameters.required("cancelReplaceMode")
    if mode not in {"STOP_ON_FAILURE", "ALLOW_FAILURE"}:
        raise Refusal(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
    old_id = parameters.integer("cancelOrderId")
    old_name = read_client_id(parameters, "cancelOrigClientOrderId", MarketType.SPOT, "") or None
    cancel_id = call.cancel_id("cancelNewClientOrderId")
    if old_id is None and old_name is None:
        text = "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"
        raise Refusal(-1102, text)
    placement = read_order(parameters, MarketType.SPOT, call.sender)
    result: dict[str, Any] = {
        "cancelResult": "SUCCESS",
        "newOrderResult": "NOT_ATTEMPTED",
        "cancelResponse": None,
        "newOrderResponse": None,
    }
    _cancel_replaced(call, placement, (old_id, old_name, cancel_id), result)
    # The same request again finds the old order gone: it is told of the order that it placed.
    if result["cancelResult"] == "SUCCESS" or mode == "ALLOW_FAILURE" or was_placed(call.door, placement):
        _place_replacement(call, placement, result)
    outcomes = {result["cancelResult"], result["newOrderResult"]}
    if outcomes == {"SUCCESS"}:
        return result
    if "SUCCESS" in outcomes:
        raise Refusal(-2021, "Order cancel-replace partially failed.", 409, data=result)
    raise Refusal(-2022, "Order cancel-replace failed.", data=result)


def _cancel_replaced(
    call: OrderCall, placement: Placement, named: tuple[int | None, str | None, str], result: dict[str, Any]
) -> None:
    """Cancel the old order. Raises Refusal: -1007, nobody knows whether it rests; the new one is not decided then."""
    order_id, client_order_id, cancel_id = named
    try:
        record = find_order(call.door, call.venue, placement.order.symbol, order_id, client_order_id)
        result["cancelResponse"] = answers.spot_cancelled(cancel_order(call.door, record, MarketType.SPOT), cancel_id)
    except (Refusal, GatewayError) as error:
        result |= {"cancelResult": "FAILURE", "cancelResponse": _settled(error).body()}


def _place_replacement(call: OrderCall, placement: Placement, result: dict[str, Any]) -> None:
    """Decide and send the new order. Raises Refusal: -1007, it may be at the venue."""
    try:
        if call.door.is_late:
            raise try_again(CALL_LATE, "the cancel took too long")
        shown = place_order(call.door, placement)
        result |= {"newOrderResult": "SUCCESS", "newOrderResponse": answers.placed(shown, placement.response_type)}
    except (Refusal, GatewayError) as error:
        result |= {"newOrderResult": "FAILURE", "newOrderResponse": _settled(error).body()}


def _settled(error: Refusal | GatewayError) -> Refusal:
    """Return what a half of the call failed with. Raises Refusal: nobody knows that, nor then the whole."""
    refusal = error if isinstance(error, Refusal) else refuse_error(error)
    if refusal.code == OUTCOME_UNKNOWN:
        raise refusal
    return refusal
