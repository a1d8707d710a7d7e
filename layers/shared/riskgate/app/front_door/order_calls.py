"""The calls that place and change orders, each in the venue's own words, and the table of all calls about orders."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from riskgate.app.front_door.amend_order import amend_order
from riskgate.app.front_door.cancel_calls import cancel, cancel_algo, cancel_all, cancel_all_algos, cancel_batch
from riskgate.app.front_door.cancel_replace import cancel_replace
from riskgate.app.front_door.door import CALL_LATE
from riskgate.app.front_door.order_call import Json, OrderCall, read_list
from riskgate.app.front_door.place_order import place_order, test_order
from riskgate.core.errors import GatewayError
from riskgate.core.front_door.denials import refuse_error
from riskgate.core.front_door.refusals import Refusal, missing, not_offered, try_again
from riskgate.core.instrument import MarketType
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.front_door import answers
from riskgate.schemas.front_door.orders import read_algo_order, read_order
from riskgate.schemas.front_door.parameters import Parameters

BATCH_MAX = 5


def place(call: OrderCall) -> Json:
    """``POST /api/v3/order``, ``POST /fapi/v1/order``."""
    placement = read_order(call.parameters, call.market_type, call.sender)
    return answers.placed(place_order(call.door, placement), placement.response_type)


def test(call: OrderCall) -> Json:
    """``POST /api/v3/order/test``, ``POST /fapi/v1/order/test``."""
    also_read = ("computeCommissionRates",)
    test_order(call.door, read_order(call.parameters, call.market_type, call.sender, also_read=also_read))
    return {}


def place_algo(call: OrderCall) -> Json:
    """``POST /fapi/v1/algoOrder``."""
    return answers.algo_order(place_order(call.door, read_algo_order(call.parameters, call.sender)))


def place_batch(call: OrderCall) -> Json:
    """``POST /fapi/v1/batchOrders``: each order by itself, as there."""
    rows = read_list(call.parameters, "batchOrders", length_max=BATCH_MAX)
    call.parameters.refuse_unread()
    return [_one_of_batch(call, row, number) for number, row in enumerate(rows)]


def _one_of_batch(call: OrderCall, row: Any, number: int) -> dict[str, Any]:
    if not isinstance(row, dict):
        return Refusal(-1130, "Data sent for parameter 'batchOrders' is not valid.").body()
    if call.door.is_late:
        return try_again(CALL_LATE, "the orders before it took too long").body()
    try:
        values = {str(name): _as_text(value) for name, value in row.items() if value is not None}
        sender = replace(call.sender, fingerprint=sha256_hex(f"{call.door.fingerprint}/{number}".encode())[:40])
        placement = read_order(Parameters(values), call.market_type, sender)
        answered: dict[str, Any] = answers.placed(place_order(call.door, placement), placement.response_type)
    except Refusal as refusal:
        return refusal.body()
    except GatewayError as error:
        return refuse_error(error).body()
    return answered


def amend(call: OrderCall) -> Json:
    """``PUT /fapi/v1/order``."""
    record = call.find()
    quantity, price = call.parameters.decimal("quantity"), call.parameters.decimal("price")
    side = call.parameters.required("side").lower()
    call.parameters.expect("priceMatch", "NONE")
    call.parameters.refuse_unread()
    if side != record.order.side.value:
        raise Refusal(-1117, "Invalid side.")
    if quantity is None:
        raise missing("quantity")
    if price is None:
        raise missing("price")
    return answers.swap_order(amend_order(call.door, record, MarketType.SWAP, quantity=quantity, price=price))


def refuse_kind(_call: OrderCall) -> Json:
    """Order lists, smart routing and the like: the gateway decides orders one by one."""
    raise not_offered("The risk gateway places single orders: this call is not offered.")


ORDER_CALLS: dict[tuple[str, str], Callable[[OrderCall], Json]] = {
    ("POST", "/api/v3/order"): place,
    ("POST", "/api/v3/order/test"): test,
    ("DELETE", "/api/v3/order"): cancel,
    ("POST", "/api/v3/order/cancelReplace"): cancel_replace,
    ("DELETE", "/api/v3/openOrders"): cancel_all,
    ("POST", "/fapi/v1/order"): place,
    ("POST", "/fapi/v1/order/test"): test,
    ("PUT", "/fapi/v1/order"): amend,
    ("DELETE", "/fapi/v1/order"): cancel,
    ("POST", "/fapi/v1/batchOrders"): place_batch,
    ("DELETE", "/fapi/v1/batchOrders"): cancel_batch,
    ("DELETE", "/fapi/v1/allOpenOrders"): cancel_all,
    ("POST", "/fapi/v1/algoOrder"): place_algo,
    ("DELETE", "/fapi/v1/algoOrder"): cancel_algo,
    ("DELETE", "/fapi/v1/algoOpenOrders"): cancel_all_algos,
}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
