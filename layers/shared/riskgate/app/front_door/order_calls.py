"""The calls that place, change and cancel orders, each in the venue's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from riskgate.app.front_door.amend_order import amend_order
from riskgate.app.front_door.cancel_orders import cancel_order
from riskgate.app.front_door.door import Door
from riskgate.app.front_door.find_order import find_order, list_working, read_records
from riskgate.app.front_door.place_order import place_order, test_order
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import GatewayError
from riskgate.core.front_door.denials import refuse_error
from riskgate.core.front_door.refusals import Refusal, illegal, missing, not_offered, unknown_order
from riskgate.core.front_door.symbols import unified_symbol
from riskgate.core.instrument import MarketType
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.front_door import answers
from riskgate.schemas.front_door.orders import Placement, Sender, read_algo_order, read_client_id, read_order
from riskgate.schemas.front_door.parameters import Parameters

type Json = dict[str, Any] | list[Any]

BATCH_MAX = 5
CANCELS_MAX = 10
DIGITS_MAX = 20
_ALL_CANCELLED = {"code": 200, "msg": "The operation of cancel all open order is done."}


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCall:
    """One call, for one of the key's venues."""

    door: Door
    venue: str
    market_type: MarketType
    parameters: Parameters

    @property
    def sender(self) -> Sender:
        """Return for whom orders are read."""
        key = self.door.key
        return Sender(
            account_id=key.account_id, strategy=key.strategy, venue=self.venue, fingerprint=self.door.fingerprint
        )

    def symbol(self) -> str:
        """Return the market that the call names."""
        return unified_symbol(self.parameters.required("symbol"), self.market_type)

    def find(self, id_name: str = "orderId", client_name: str = "origClientOrderId") -> OrderRecord:
        """Return the order that the call names."""
        symbol = self.symbol()
        order_id = self.parameters.integer(id_name)
        client_id = read_client_id(self.parameters, client_name, self.market_type, "") or None
        return find_order(self.door, self.venue, symbol, order_id, client_id)


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
    rows = _read_list(call.parameters, "batchOrders", length_max=BATCH_MAX)
    call.parameters.refuse_unread()
    return [_one_of_batch(call, row, number) for number, row in enumerate(rows)]


def _one_of_batch(call: OrderCall, row: Any, number: int) -> dict[str, Any]:
    if not isinstance(row, dict):
        return Refusal(-1130, "Data sent for parameter 'batchOrders' is not valid.").body()
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


def cancel(call: OrderCall) -> Json:
    """``DELETE /api/v3/order``, ``DELETE /fapi/v1/order``."""
    record = call.find()
    cancel_id = _cancel_id(call)
    call.parameters.refuse_unread(("cancelRestrictions",))
    shown = cancel_order(call.door, record, call.market_type)
    if call.market_type is MarketType.SWAP:
        return answers.swap_order(shown)
    return answers.spot_cancelled(shown, cancel_id)


def cancel_algo(call: OrderCall) -> Json:
    """``DELETE /fapi/v1/algoOrder``: names no market."""
    order_id = call.parameters.integer("algoId")
    name = read_client_id(call.parameters, "clientAlgoId", MarketType.SWAP, "") or None
    call.parameters.refuse_unread(("symbol",))
    records = read_records(call.door, list_working(call.door, call.venue, None))
    if order_id is None and name is None:
        raise Refusal(-1102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!")
    for record in records:
        named = name in {None, record.order.client_order_id} and str(order_id) in {"None", record.exchange_order_id}
        if named and record.order.type.has_trigger_price:
            return answers.algo_cancelled(cancel_order(call.door, record, MarketType.SWAP))
    raise unknown_order()


def cancel_all(call: OrderCall) -> Json:
    """``DELETE /api/v3/openOrders``, ``DELETE /fapi/v1/allOpenOrders``: those of the bot, in one market."""
    is_swap = call.market_type is MarketType.SWAP
    cancelled = _cancel_working(call, triggers=False if is_swap else None)
    if is_swap:
        return dict(_ALL_CANCELLED)
    if not cancelled:
        raise unknown_order()
    return [answers.spot_cancelled(shown, f"rg-{call.door.fingerprint[:30]}") for shown in cancelled]


def cancel_all_algos(call: OrderCall) -> Json:
    """``DELETE /fapi/v1/algoOpenOrders``."""
    _cancel_working(call, triggers=True)
    return dict(_ALL_CANCELLED)


def _cancel_working(call: OrderCall, *, triggers: bool | None) -> list[answers.Shown]:
    symbol = call.symbol()
    call.parameters.refuse_unread()
    orders = [
        order
        for order in list_working(call.door, call.venue, symbol)
        if triggers in {None, order.type.has_trigger_price}
    ]
    shown = []
    for record in read_records(call.door, orders[:CANCELS_MAX]):
        try:
            shown.append(cancel_order(call.door, record, call.market_type))
        except Refusal as refusal:
            # It ended by itself in the meantime: nothing is left to do.
            if refusal.code != unknown_order().code:
                raise
    return shown


def cancel_batch(call: OrderCall) -> Json:
    """``DELETE /fapi/v1/batchOrders``."""
    symbol = call.symbol()
    numbers = _read_list(call.parameters, "orderIdList", "orderidlist") if _has(call, "orderIdList") else []
    names = _read_list(call.parameters, "origClientOrderIdList", "origclientorderidlist") if not numbers else []
    call.parameters.refuse_unread()
    wanted: list[tuple[int | None, str | None]] = [(_to_integer(number), None) for number in numbers]
    wanted += [(None, str(name)) for name in names]
    found: list[Any] = []
    for order_id, name in wanted[:CANCELS_MAX]:
        try:
            record = find_order(call.door, call.venue, symbol, order_id, name)
            found.append(answers.swap_order(cancel_order(call.door, record, MarketType.SWAP)))
        except Refusal as refusal:
            found.append(refusal.body())
    return found


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


def cancel_replace(call: OrderCall) -> Json:
    """``POST /api/v3/order/cancelReplace``: the old order is gone before the new one is decided."""
    parameters = call.parameters
    mode = parameters.required("cancelReplaceMode")
    if mode not in {"STOP_ON_FAILURE", "ALLOW_FAILURE"}:
        raise Refusal(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
    old_id = parameters.integer("cancelOrderId")
    old_name = read_client_id(parameters, "cancelOrigClientOrderId", MarketType.SPOT, "") or None
    cancel_id = _cancel_id(call, "cancelNewClientOrderId")
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
    try:
        record = find_order(call.door, call.venue, placement.order.symbol, old_id, old_name)
        result["cancelResponse"] = answers.spot_cancelled(cancel_order(call.door, record, MarketType.SPOT), cancel_id)
    except Refusal as refusal:
        result |= {"cancelResult": "FAILURE", "cancelResponse": refusal.body()}
    if result["cancelResult"] == "SUCCESS" or mode == "ALLOW_FAILURE":
        _place_replacement(call, placement, result)
    outcomes = {result["cancelResult"], result["newOrderResult"]}
    if outcomes == {"SUCCESS"}:
        return result
    if "SUCCESS" in outcomes:
        raise Refusal(-2021, "Order cancel-replace partially failed.", 409, data=result)
    raise Refusal(-2022, "Order cancel-replace failed.", data=result)


def _place_replacement(call: OrderCall, placement: Placement, result: dict[str, Any]) -> None:
    try:
        shown = place_order(call.door, placement)
        result |= {"newOrderResult": "SUCCESS", "newOrderResponse": answers.placed(shown, placement.response_type)}
    except Refusal as refusal:
        result |= {"newOrderResult": "FAILURE", "newOrderResponse": refusal.body()}


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


def _cancel_id(call: OrderCall, name: str = "newClientOrderId") -> str:
    """Return the id that the bot gives the cancel itself, or one made for it."""
    return read_client_id(call.parameters, name, call.market_type, f"rg-{call.door.fingerprint[:30]}")


def _has(call: OrderCall, name: str) -> bool:
    return bool(call.parameters.text(name) or call.parameters.text(name.lower()))


def _read_list(parameters: Parameters, name: str, other: str = "", *, length_max: int = CANCELS_MAX) -> list[Any]:
    text = parameters.text(name) or (parameters.text(other) if other else None)
    if text is None:
        raise missing(name)
    try:
        rows = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise illegal(name, "a JSON list") from None
    if not isinstance(rows, list) or not 1 <= len(rows) <= length_max:
        raise Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")
    return rows


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _to_integer(value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        raise illegal("orderIdList", "^[0-9]{1,20}$")
    return int(text)
