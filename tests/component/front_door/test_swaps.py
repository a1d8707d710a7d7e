"""USD-M futures through the front door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.front_door import FrontDoor
from tests.support.gateway import ACCOUNT_ID, VENUE
from tests.support.routed_account import RoutedAccount

type Key = Any


@pytest.fixture
def key(door: FrontDoor, swaps: None) -> Key:
    """Give a key of the strategy `trend` for both types of market."""
    return door.issue()


def limit(**changes: Any) -> dict[str, Any]:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    return order | {"price": "48000", "newClientOrderId": "bot-1", "newOrderRespType": "RESULT"} | changes


def test_limit_order_when_approved_amended_and_cancelled_then_the_answers_are_the_venues(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    status, body = door.call("POST", "/fapi/v1/order", key, **limit())
    assert (status, body.get("status"), body.get("clientOrderId")) == (200, "NEW", "bot-1"), body
    named = {"symbol": "BTCUSDT", "orderId": body["orderId"]}
    change = named | {"side": "BUY", "quantity": "0.02", "price": "47900"}
    status, body = door.call("PUT", "/fapi/v1/order", key, **change)
    assert (status, body.get("origQty"), body.get("price")) == (200, "0.02000000", "47900.00000000"), body
    assert body["orderId"] != named["orderId"]
    # A bot that never heard of the new id still means this order by the old one.
    assert door.call("DELETE", "/fapi/v1/order", door.issue("grid"), **named)[1]["code"] == -2011
    status, gone = door.call("DELETE", "/fapi/v1/order", key, **named)
    assert (status, gone.get("status"), gone.get("orderId")) == (200, "CANCELED", body["orderId"]), gone
    for again in (named, {"symbol": "BTCUSDT", "orderId": body["orderId"]}):
        assert door.call("DELETE", "/fapi/v1/order", key, **again)[1]["code"] == -2011
    assert not any(order["open"] for order in routed.simulator.orders())


def test_amend_when_the_new_terms_are_denied_then_the_order_stays(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    _, body = door.call("POST", "/fapi/v1/order", key, **limit())
    change = {"symbol": "BTCUSDT", "orderId": body["orderId"], "side": "BUY", "quantity": "9", "price": "48000"}
    status, denied = door.call("PUT", "/fapi/v1/order", key, **change)
    assert (status, denied["code"]) == (400, -2010)
    [found] = routed.simulator.orders()
    assert found["open"]


def test_conditional_order_when_it_reduces_then_it_waits_at_the_venue_and_can_be_cancelled(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    entry = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01", "newOrderRespType": "RESULT"}
    status, body = door.call("POST", "/fapi/v1/order", key, **entry)
    assert (status, body.get("status"), body.get("executedQty")) == (200, "FILLED", "0.01000000"), body
    stop = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_MARKET",
        "algoType": "CONDITIONAL",
        "quantity": "0.01",
        "triggerPrice": "47500",
        "reduceOnly": "true",
        "clientAlgoId": "stop-of-bot",
    }
    status, body = door.call("POST", "/fapi/v1/algoOrder", key, **stop)
    assert (status, body.get("algoStatus"), body.get("clientAlgoId")) == (200, "NEW", "stop-of-bot"), body
    # The books measure the position's risk by it for as long as it rests.
    assert routed.state().exposure.open_risk == 25
    status, body = door.call("DELETE", "/fapi/v1/algoOrder", key, algoId=body["algoId"])
    assert (status, body.get("clientAlgoId")) == (200, "stop-of-bot"), body
    assert routed.status("stop-of-bot") == "cancelled"
    assert routed.state().exposure.open_risk == 500


def test_batch_when_one_is_denied_then_the_others_are_placed(door: FrontDoor, key: Key, routed: RoutedAccount) -> None:
    rows = [limit(), limit(newClientOrderId="bot-2", quantity="9"), limit(newClientOrderId="bot-3")]
    status, body = door.call("POST", "/fapi/v1/batchOrders", key, batchOrders=json.dumps(rows))
    assert status == 200
    assert [row.get("status") or row["code"] for row in body] == ["NEW", -2010, "NEW"], body
    numbers = json.dumps([row["orderId"] for row in body if "orderId" in row])
    status, body = door.call("DELETE", "/fapi/v1/batchOrders", key, symbol="BTCUSDT", orderIdList=numbers)
    assert [row.get("status") for row in body] == ["CANCELED", "CANCELED"], body


def test_all_orders_when_cancelled_then_they_are_gone_and_none_is_no_error(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.call("POST", "/fapi/v1/order", key, **limit())
    for _ in range(2):
        status, body = door.call("DELETE", "/fapi/v1/allOpenOrders", key, symbol="BTCUSDT")
        assert (status, body["code"]) == (200, 200)
    assert not any(order["open"] for order in routed.simulator.orders())


def test_conditional_type_when_sent_to_the_wrong_place_then_the_venue_says_where(door: FrontDoor, key: Key) -> None:
    order = limit(type="STOP_MARKET", stopPrice="47000", price=None, timeInForce=None)
    assert door.call("POST", "/fapi/v1/order", key, **order)[1]["code"] == -4120
    assert door.call("POST", "/fapi/v1/order", key, **limit(positionSide="LONG"))[1]["code"] == -4061


def test_setting_when_it_is_so_already_then_the_venues_answer_and_refused_otherwise(door: FrontDoor, key: Key) -> None:
    _, config = door.call("GET", "/fapi/v1/symbolConfig", key, symbol="BTCUSDT")
    leverage, margin = config[0]["leverage"], config[0]["marginType"]
    status, body = door.call("POST", "/fapi/v1/leverage", key, symbol="BTCUSDT", leverage=leverage)
    assert (status, body.get("leverage")) == (200, leverage), body
    assert door.call("POST", "/fapi/v1/leverage", key, symbol="BTCUSDT", leverage=leverage + 1)[1]["code"] == -4028
    assert door.call("POST", "/fapi/v1/marginType", key, symbol="BTCUSDT", marginType=margin)[1]["code"] == -4046
    other = "ISOLATED" if margin != "ISOLATED" else "CROSSED"
    assert door.call("POST", "/fapi/v1/marginType", key, symbol="BTCUSDT", marginType=other)[1]["code"] == -4048
    assert door.call("POST", "/fapi/v1/positionSide/dual", key, dualSidePosition="false")[1]["code"] == -4059
    assert door.call("POST", "/fapi/v1/positionSide/dual", key, dualSidePosition="true")[1]["code"] == -4068
    assert door.call("POST", "/fapi/v1/multiAssetsMargin", key, multiAssetsMargin="true")[1]["code"] == -1020


def test_key_when_it_is_for_spot_alone_then_futures_are_not_its(door: FrontDoor, key: Key) -> None:
    spot = door.issue(venues={"spot": VENUE})
    status, body = door.call("POST", "/fapi/v1/order", spot, **limit())
    assert (status, body["code"]) == (401, -2015)
    assert key[0].account_id == ACCOUNT_ID
