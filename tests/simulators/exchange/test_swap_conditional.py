"""USD-M futures conditional orders through unmodified ccxt."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from tests.support.venue import Simulator

BTC = "BTC/USDT:USDT"


def test_stop_market_when_price_falls_through_then_closes_position(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "market", "buy", "0.1")
    stop = swap.create_order(
        BTC, "market", "sell", "0.1", None, {"stopLossPrice": "45000", "reduceOnly": True, "clientOrderId": "stop-1"}
    )
    assert (stop["status"], stop["triggerPrice"], stop["clientOrderId"]) == ("open", "45000.00", "stop-1")
    assert [order["id"] for order in swap.fetch_open_orders(BTC, None, None, {"trigger": True})] == [stop["id"]]
    assert swap.fetch_open_orders(BTC) == []
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="44000")
    assert swap.fetch_order(None, BTC, {"clientOrderId": "stop-1", "trigger": True})["status"] == "closed"
    assert simulator.account()["positions"] == {}
    placed = swap.fetch_order(None, BTC, {"clientOrderId": "stop-1"})
    assert (placed["status"], placed["type"], placed["reduceOnly"]) == ("closed", "market", True)


def test_stop_order_when_cancelled_then_never_fires(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "market", "sell", "0.1", None, {"stopLossPrice": "45000", "clientOrderId": "stop-1"})
    swap.cancel_order(None, BTC, {"clientOrderId": "stop-1", "trigger": True})
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="44000")
    assert simulator.orders() == []
    assert swap.fetch_order(None, BTC, {"clientOrderId": "stop-1", "trigger": True})["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        swap.cancel_order(None, BTC, {"clientOrderId": "stop-1", "trigger": True})


def test_stop_orders_when_cancelled_all_then_none_open(swap: Any) -> None:
    for price in ("45000", "46000"):
        swap.create_order(BTC, "limit", "sell", "0.1", price, {"stopLossPrice": price})
    swap.cancel_all_orders(BTC, {"trigger": True})
    assert swap.fetch_open_orders(BTC, None, None, {"trigger": True}) == []


def test_stop_limit_when_triggered_then_rests_at_limit(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "limit", "sell", "0.1", "45500", {"stopLossPrice": "45000", "clientOrderId": "sl"})
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="44000")
    order = swap.fetch_order(None, BTC, {"clientOrderId": "sl"})
    assert (order["status"], order["price"], order["filled"]) == ("open", "45500.00", "0.000")
    assert swap.fetch_order(None, BTC, {"clientOrderId": "sl", "trigger": True})["info"]["algoStatus"] == "TRIGGERED"


def test_stop_when_reduce_only_without_position_then_rejected_at_trigger(swap: Any, simulator: Simulator) -> None:
    swap.create_order(
        BTC, "market", "sell", "0.1", None, {"stopLossPrice": "45000", "reduceOnly": True, "clientOrderId": "s"}
    )
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="44000")
    assert swap.fetch_order(None, BTC, {"clientOrderId": "s", "trigger": True})["status"] == "rejected"
    assert simulator.orders() == []


def test_stop_when_close_position_then_closes_what_is_held(swap: Any, simulator: Simulator) -> None:
    swap.create_order(BTC, "market", "buy", "0.1")
    swap.create_order(BTC, "market", "sell", None, None, {"stopLossPrice": "45000", "closePosition": True})
    swap.create_order(BTC, "market", "buy", "0.2")
    simulator.control.post("price", symbol="BTCUSDT", market="swap", price="44000")
    assert simulator.account()["positions"] == {}


def test_stop_when_it_would_fire_at_once_then_rejected(native_swap: Any) -> None:
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        native_swap.create_order(BTC, "market", "sell", "0.1", None, {"stopLossPrice": "51000"})


def test_conditional_type_when_sent_to_order_route_then_refused(simulator: Simulator) -> None:
    fields = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "0.1", "stopPrice": "45000"}
    status, body, _ = simulator.raw("POST", "/fapi/v1/order", fields)
    assert (status, body["code"]) == (400, -4120)
