"""An order is placed as it was meant or not at all, and no bot touches what is not its own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.front_door import ORDER_WORKER, FrontDoor
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount

type Key = Any


@pytest.fixture
def key(door: FrontDoor, swaps: None) -> Key:
    """Give a key of the strategy `trend`, for spot and swaps."""
    return door.issue()


def limit(**changes: Any) -> dict[str, Any]:
    """Return a bid far below the market."""
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    return order | {"price": "48000", "newClientOrderId": "bot-1"} | changes


def stop(**changes: Any) -> dict[str, Any]:
    """Return a conditional order that reduces a long position."""
    order = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP", "algoType": "CONDITIONAL", "quantity": "0.01"}
    return order | {"triggerPrice": "47500", "price": "47400", "reduceOnly": "true", "clientAlgoId": "out"} | changes


def in_an_hour(door: FrontDoor) -> int:
    return int((door.gateway.now + timedelta(hours=1)).timestamp() * 1000)


def test_conditional_order_when_its_time_in_force_is_not_offered_then_it_is_not_placed_under_another(
    door: FrontDoor, key: Key
) -> None:
    bought = limit(type="MARKET", price=None, timeInForce=None, newClientOrderId=None)
    assert door.call("POST", "/fapi/v1/order", key, **bought)[0] == 200
    for changes in ({"timeInForce": "GTX"}, {"timeInForce": "GTD", "goodTillDate": in_an_hour(door)}):
        status, body = door.call("POST", "/fapi/v1/algoOrder", key, **stop(**changes))
        assert (status, body["code"]) == (400, -1115), body
    status, body = door.call("POST", "/fapi/v1/algoOrder", key, **stop(timeInForce="IOC"))
    assert (status, body.get("timeInForce")) == (200, "IOC"), body


def test_order_when_it_names_an_end_that_it_would_not_have_then_it_is_refused(door: FrontDoor, key: Key) -> None:
    for path in ("/fapi/v1/order", "/api/v3/order"):
        status, body = door.call("POST", path, key, **limit(goodTillDate=in_an_hour(door)))
        assert (status, body["code"]) == (400, -1106), body
    at_market = limit(type="MARKET", price=None, timeInForce="GTD", goodTillDate=in_an_hour(door))
    assert door.call("POST", "/fapi/v1/order", key, **at_market)[1]["code"] == -1115


@pytest.mark.parametrize("name", ["reduceOnly", "stopPrice", "goodTillDate", "positionSide", "closePosition", "price"])
def test_order_when_a_parameter_is_empty_then_nobody_guesses_what_was_meant(
    door: FrontDoor, key: Key, routed: RoutedAccount, name: str
) -> None:
    status, body = door.call("POST", "/fapi/v1/order", key, **limit(**{name: ""}))
    assert (status, body) == (400, {"code": -1105, "msg": f"Parameter '{name}' was empty."})
    assert routed.simulator.orders() == []


def test_spot_order_when_it_names_a_side_of_a_position_then_it_is_refused(door: FrontDoor, key: Key) -> None:
    assert door.call("POST", "/api/v3/order", key, **limit(positionSide="LONG"))[1]["code"] == -1104


@pytest.mark.parametrize("path", ["/fapi/v1/order", "/api/v3/order"])
def test_order_when_it_asks_to_trade_with_itself_then_it_is_refused_and_the_venues_default_is_taken(
    door: FrontDoor, key: Key, path: str
) -> None:
    status, body = door.call("POST", path, key, **limit(selfTradePreventionMode="NONE"))
    assert (status, body["code"]) == (400, -1130), body
    assert door.call("POST", path, key, **limit(selfTradePreventionMode="EXPIRE_MAKER"))[0] == 200


def test_batch_when_a_row_names_something_twice_then_nothing_is_placed(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    row = json.dumps(limit()).replace('"quantity": "0.01"', '"quantity": "0.01", "quantity": "0.05"')
    status, body = door.call("POST", "/fapi/v1/batchOrders", key, batchOrders=f"[{row}]")
    assert (status, body["code"]) == (400, -1101)
    assert routed.simulator.orders() == []


@pytest.mark.parametrize("name", ["x" * 3_000, "\ud800", "", "a#b", 'a"b'])
def test_cancels_when_an_id_is_none_then_it_is_refused_before_it_is_looked_for(
    door: FrontDoor, key: Key, name: str
) -> None:
    names = json.dumps([name])
    status, body = door.call("DELETE", "/fapi/v1/batchOrders", key, symbol="BTCUSDT", origClientOrderIdList=names)
    assert (status, body["code"]) == (400, -4015)


def test_amend_when_more_is_filled_already_then_the_order_is_not_said_to_be_gone(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    assert door.call("POST", "/fapi/v1/order", key, **limit())[0] == 200
    real = door.lambdas.handlers[ORDER_WORKER]

    def fill_and_work(event: dict[str, Any], context: Any) -> Any:
        for price in ("47900", "50000"):
            routed.simulator.control.post("price", symbol="BTCUSDT", market="swap", price=price)
        return real(event, context)

    door.lambdas.handlers[ORDER_WORKER] = fill_and_work
    change = {"symbol": "BTCUSDT", "origClientOrderId": "bot-1", "side": "BUY", "price": "48000"}
    status, body = door.call("PUT", "/fapi/v1/order", key, **change, quantity="0.03")
    assert (status, body.get("status"), body.get("executedQty")) == (200, "PARTIALLY_FILLED", "0.01000000"), body
    status, body = door.call("PUT", "/fapi/v1/order", key, **change, quantity="0.005")
    assert (status, body["code"]) == (400, -2010), body
    assert "ORDER_FILLED_BEYOND" in body["msg"]
    assert routed.status("bot-1") == "partially_filled"


def test_stop_that_the_gateway_keeps_when_its_bot_names_it_then_it_stays(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    entry = routed.order(symbol="BTC/USDT:USDT", venue="binanceusdm", strategy="trend", type="market")
    del entry["price"]
    assert routed.gateway.submit(entry, ACCOUNT_ID).status == 201
    routed.work_all()
    [kept] = [order for order in routed.state().working_orders.values() if order.operator_exit]
    name, number = kept.client_order_id, routed.record(kept.client_order_id).exchange_order_id
    change = {"side": "SELL", "quantity": "0.01", "price": "1"}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT", "origClientOrderId": name}),
        ("DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": number}),
        ("PUT", "/fapi/v1/order", {"symbol": "BTCUSDT", "origClientOrderId": name} | change),
        ("DELETE", "/fapi/v1/batchOrders", {"symbol": "BTCUSDT", "origClientOrderIdList": json.dumps([name])}),
        ("DELETE", "/fapi/v1/allOpenOrders", {"symbol": "BTCUSDT"}),
        ("DELETE", "/fapi/v1/algoOpenOrders", {"symbol": "BTCUSDT"}),
        ("DELETE", "/fapi/v1/algoOrder", {"clientAlgoId": name}),
        ("DELETE", "/fapi/v1/algoOrder", {"algoId": number}),
    ]
    for method, path, named in calls:
        door.call(method, path, key, **named)
        assert routed.status(name) == "submitted", (method, path)
