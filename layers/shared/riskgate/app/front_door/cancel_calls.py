"""The calls that cancel orders, each in the venue's own words."""

from __future__ import annotations

from typing import Any

from riskgate.app.front_door.cancel_orders import cancel_order
from riskgate.app.front_door.find_order import find_order, list_working, read_records
from riskgate.app.front_door.order_call import Json, OrderCall, read_list
from riskgate.core.errors import GatewayError
from riskgate.core.front_door.denials import refuse_error
from riskgate.core.front_door.refusals import Refusal, illegal, outcome_unknown, unknown_order
from riskgate.core.instrument import MarketType
from riskgate.schemas.front_door import answers
from riskgate.schemas.front_door.orders import check_client_id, read_client_id

DIGITS_MAX = 20
_ALL_CANCELLED = {"code": 200, "msg": "The operation of cancel all open order is done."}


def cancel(call: OrderCall) -> Json:
    """``DELETE /api/v3/order``, ``DELETE /fapi/v1/order``."""
    record = call.find()
    cancel_id = call.cancel_id()
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
    return [answers.spot_cancelled(shown, call.generated_id) for shown in cancelled]


def cancel_all_algos(call: OrderCall) -> Json:
    """``DELETE /fapi/v1/algoOpenOrders``."""
    _cancel_working(call, triggers=True)
    return dict(_ALL_CANCELLED)


def _cancel_working(call: OrderCall, *, triggers: bool | None) -> list[answers.Shown]:
    """Cancel the bot's orders in one market, each of them whatever became of the others.

    Raises Refusal: -1007, of at least one it is not known whether it rests.
    """
    symbol = call.symbol()
    call.parameters.refuse_unread()
    orders = [
        order
        for order in list_working(call.door, call.venue, symbol)
        if triggers in {None, order.type.has_trigger_price}
    ]
    shown, unsettled = [], ""
    for record in read_records(call.door, orders):
        try:
            shown.append(cancel_order(call.door, record, call.market_type))
        except Refusal as refusal:
            # It ended by itself in the meantime: nothing is left to do.
            if refusal.code != unknown_order().code:
                unsettled = refusal.cause
        except GatewayError as error:
            unsettled = error.code
    if unsettled:
        raise outcome_unknown(unsettled)
    return shown


def cancel_batch(call: OrderCall) -> Json:
    """``DELETE /fapi/v1/batchOrders``."""
    symbol = call.symbol()
    numbers = read_list(call.parameters, "orderIdList", "orderidlist") if _has(call, "orderIdList") else []
    names = read_list(call.parameters, "origClientOrderIdList", "origclientorderidlist") if not numbers else []
    call.parameters.refuse_unread()
    wanted: list[tuple[int | None, str | None]] = [(_to_integer(number), None) for number in numbers]
    wanted += [(None, _to_name(name)) for name in names]
    found: list[Any] = []
    for order_id, name in wanted:
        try:
            record = find_order(call.door, call.venue, symbol, order_id, name)
            found.append(answers.swap_order(cancel_order(call.door, record, MarketType.SWAP)))
        except Refusal as refusal:
            found.append(refusal.body())
        except GatewayError as error:
            found.append(refuse_error(error).body())
    return found


def _has(call: OrderCall, name: str) -> bool:
    return bool(call.parameters.text(name) or call.parameters.text(name.lower()))


def _to_integer(value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        raise illegal("orderIdList", "^[0-9]{1,20}$")
    return int(text)


def _to_name(value: Any) -> str:
    return check_client_id(str(value), "origClientOrderIdList", MarketType.SWAP)
