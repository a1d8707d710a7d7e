"""Orders through the front door: decided as any other, sent while the bot waits, answered as the venue does."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.errors import OutcomeUnknown
from riskgate.core.order import StopKeeper
from tests.support.front_door import ORDER_WORKER, FrontDoor
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.routed_account import RoutedAccount
from tests.support.wire import COMMIT, READ, Wire

type Key = Any


@pytest.fixture
def key(door: FrontDoor) -> Key:
    """Give a key of the strategy `trend`."""
    return door.issue()


def limit(**changes: Any) -> dict[str, Any]:
    """Return a bid far below the market."""
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    return order | {"price": "48000", "newClientOrderId": "bot-1"} | changes


def test_limit_order_when_approved_then_it_rests_at_the_venue_and_the_answer_is_the_venues(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    [found] = routed.simulator.orders()
    assert status == 200, body
    assert body["orderId"] == found["order_id"]
    assert (body["clientOrderId"], body["status"], body["executedQty"]) == ("bot-1", "NEW", "0.00000000")
    assert (body["symbol"], body["side"], body["type"], body["price"]) == ("BTCUSDT", "BUY", "LIMIT", "48000.00000000")
    assert body["fills"] == []
    routed.assert_agrees("bot-1")


def test_market_order_when_it_fills_then_the_answer_has_the_venues_own_fills(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01", "newClientOrderId": "bot-1"}
    status, body = door.call("POST", "/api/v3/order", key, **order)
    assert (status, body["status"], body["executedQty"]) == (200, "FILLED", "0.01000000"), body
    trades = routed.simulator.trades()
    assert {fill["tradeId"] for fill in body["fills"]} <= {trade["trade_id"] for trade in trades}
    assert sum(float(fill["qty"]) for fill in body["fills"]) == pytest.approx(0.01)
    assert float(body["cummulativeQuoteQty"]) == pytest.approx(500, rel=0.01)
    routed.assert_agrees("bot-1")


def test_order_when_it_is_denied_then_the_code_is_the_venues_and_the_text_names_ours(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    status, body = door.call("POST", "/api/v3/order", key, **limit(quantity="1"))
    assert (status, body["code"]) == (400, -2010)
    assert body["msg"].startswith("Risk gateway: NOTIONAL_ABOVE_MAXIMUM: the order's value over equity")
    assert "10.00 %" in body["msg"]
    assert routed.simulator.orders() == []


def test_order_when_the_money_is_missing_then_bots_see_that(door: FrontDoor, key: Key) -> None:
    sell = limit(side="SELL", price="52000", quantity="0.01")
    status, body = door.call("POST", "/api/v3/order", key, **sell)
    assert (status, body["code"]) == (400, -4051), body
    assert "INSUFFICIENT_BALANCE" in body["msg"]


@pytest.mark.parametrize("scope", ["global", "strategy"])
def test_order_when_a_kill_switch_is_engaged_then_it_is_refused_and_cancels_pass(
    door: FrontDoor, key: Key, routed: RoutedAccount, scope: str
) -> None:
    assert door.call("POST", "/api/v3/order", key, **limit())[0] == 200
    door.gateway.kill(scope, "trend" if scope == "strategy" else None)
    door.gateway.refresh_quotes()
    status, body = door.call("POST", "/api/v3/order", key, **limit(newClientOrderId="bot-2"))
    assert (status, body["code"]) == (400, -2010)
    assert "KILL_SWITCH_ENGAGED" in body["msg"]
    status, body = door.call("DELETE", "/api/v3/order", key, symbol="BTCUSDT", origClientOrderId="bot-1")
    assert (status, body["status"]) == (200, "CANCELED")
    assert not any(order["open"] for order in routed.simulator.orders())


def test_request_when_it_is_sent_again_byte_by_byte_then_the_same_order_is_answered(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    body = door.sign(key[1], limit())
    first = door.send("POST", "/api/v3/order", body=body, key_id=key[0].key_id)
    again = door.send("POST", "/api/v3/order", body=body, key_id=key[0].key_id)
    assert first[0] == again[0] == 200
    assert first[1]["orderId"] == again[1]["orderId"]
    assert len(routed.simulator.orders()) == 1


def test_id_when_another_request_uses_it_then_it_is_a_duplicate(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.call("POST", "/api/v3/order", key, **limit())
    door.gateway.advance(seconds=1)
    # The very same terms in a new request, too: a bot that repeats an id would take the first order for a second one.
    for changes in ({}, {"price": "47900"}):
        status, body = door.call("POST", "/api/v3/order", key, **limit(**changes))
        assert (status, body) == (400, {"code": -2010, "msg": "Duplicate order sent."})
    assert len(routed.simulator.orders()) == 1


def test_order_when_the_bot_names_no_id_then_the_answer_carries_one_that_finds_it(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    status, body = door.call("POST", "/api/v3/order", key, **limit(newClientOrderId=None))
    assert status == 200
    name = body["clientOrderId"]
    assert routed.status(name) == "submitted"
    assert door.call("DELETE", "/api/v3/order", key, symbol="BTCUSDT", origClientOrderId=name)[0] == 200


def test_order_when_the_worker_cannot_be_reached_then_the_queue_brings_it_and_nobody_knows_yet(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.lambdas.down.add(ORDER_WORKER)
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    assert (status, body["code"]) == (504, -1007)
    assert "execution status unknown" in body["msg"]
    assert routed.simulator.orders() == []
    routed.work_all()
    assert routed.status("bot-1") == "submitted"
    routed.assert_agrees("bot-1")


def test_order_when_the_workers_answer_is_lost_then_the_queue_finds_it_done(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.lambdas.lose_answer = lambda: OutcomeUnknown("the function did not answer")
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    assert (status, body["code"]) == (504, -1007)
    door.lambdas.lose_answer = None
    routed.work_all()
    assert len(routed.simulator.orders()) == 1
    routed.assert_agrees("bot-1")


@pytest.mark.parametrize("kind", ["drop_before_accept", "drop_after_accept", "error_after_accept"])
def test_order_when_the_venue_does_not_answer_then_it_is_there_once_or_not_at_all(
    door: FrontDoor, key: Key, routed: RoutedAccount, kind: str
) -> None:
    routed.fault(kind)
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    assert status in {200, 504}, body
    routed.work_all()
    assert len(routed.simulator.orders()) == 1
    routed.assert_agrees("bot-1")


def test_order_when_the_venue_refuses_it_then_its_code_comes_back(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    routed.fault("error_before_accept", status=400, code=-1013, msg="Filter failure: MIN_NOTIONAL")
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    assert (status, body["code"]) == (400, -1013), body
    assert "MIN_NOTIONAL" in body["msg"]
    assert routed.status("bot-1") == "rejected"


def test_order_when_the_database_loses_every_race_then_bots_are_told_to_wait(
    door: FrontDoor, key: Key, wire: Wire
) -> None:
    from tests.support.wire import cancel_transaction  # noqa: PLC0415

    wire.always(COMMIT, cancel_transaction("ConditionalCheckFailed", "None", "None"))
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    wire.heal()
    assert (status, body["code"]) == (429, -1003)
    assert "CONTENTION" in body["msg"]


def test_cancel_when_the_order_is_named_by_the_venues_id_then_it_is_gone(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    _, placed = door.call("POST", "/api/v3/order", key, **limit())
    named = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
    status, body = door.call("DELETE", "/api/v3/order", key, **named)
    assert (status, body["status"], body["origClientOrderId"]) == (200, "CANCELED", "bot-1"), body
    status, body = door.call("DELETE", "/api/v3/order", key, **named)
    assert (status, body["code"]) == (400, -2011)
    routed.assert_agrees("bot-1")


def test_order_when_another_bot_names_it_then_it_does_not_exist(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    other = door.issue("grid")
    _, placed = door.call("POST", "/api/v3/order", key, **limit())
    for named in ({"orderId": placed["orderId"]}, {"origClientOrderId": "bot-1"}):
        status, body = door.call("DELETE", "/api/v3/order", other, symbol="BTCUSDT", **named)
        assert (status, body["code"]) == (400, -2011)
    assert door.call("DELETE", "/api/v3/openOrders", other, symbol="BTCUSDT")[1]["code"] == -2011
    assert routed.status("bot-1") == "submitted"


def test_open_orders_when_all_are_cancelled_then_only_the_bots_own_in_that_market(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    other = door.issue("grid")
    for number in (1, 2):
        assert door.call("POST", "/api/v3/order", key, **limit(newClientOrderId=f"bot-{number}"))[0] == 200
    assert door.call("POST", "/api/v3/order", other, **limit(newClientOrderId="grid-1"))[0] == 200
    status, body = door.call("DELETE", "/api/v3/openOrders", key, symbol="BTCUSDT")
    assert status == 200
    assert [row["origClientOrderId"] for row in body] == ["bot-1", "bot-2"]
    assert routed.status("grid-1") == "submitted"


def test_order_when_it_is_replaced_then_the_old_one_is_gone_and_the_new_one_is_decided(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    _, placed = door.call("POST", "/api/v3/order", key, **limit())
    replacing = limit(newClientOrderId="bot-2", price="47900") | {
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "cancelOrderId": placed["orderId"],
    }
    status, body = door.call("POST", "/api/v3/order/cancelReplace", key, **replacing)
    assert status == 200, body
    assert (status, body["cancelResult"], body["newOrderResult"]) == (200, "SUCCESS", "SUCCESS"), body
    assert body["newOrderResponse"]["clientOrderId"] == "bot-2"
    assert (routed.status("bot-1"), routed.status("bot-2")) == ("cancelled", "submitted")
    denied = replacing | {"newClientOrderId": "bot-3", "cancelOrderId": None, "cancelOrigClientOrderId": "bot-2"}
    status, body = door.call("POST", "/api/v3/order/cancelReplace", key, **denied | {"quantity": "1"})
    assert (status, body["code"]) == (409, -2021)
    assert body["data"]["newOrderResponse"]["code"] == -2010
    status, body = door.call("POST", "/api/v3/order/cancelReplace", key, **denied)
    assert (status, body["code"], body["data"]["newOrderResult"]) == (400, -2022, "NOT_ATTEMPTED")


def test_test_order_when_sent_then_nothing_is_placed(door: FrontDoor, key: Key, routed: RoutedAccount) -> None:
    assert door.call("POST", "/api/v3/order/test", key, **limit()) == (200, {})
    status, body = door.call("POST", "/api/v3/order/test", key, **limit(quantity="1"))
    assert (status, body["code"]) == (400, -2010)
    assert routed.simulator.orders() == []


def test_entry_when_the_limits_want_a_stop_then_the_keys_fraction_gives_it(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.gateway.limits(stop_loss_required=True)
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    assert (status, body["code"]) == (400, -2010)
    assert "STOP_LOSS_REQUIRED" in body["msg"]
    keeper = door.issue(default_stop_fraction=Decimal("0.05"))
    status, body = door.call("POST", "/api/v3/order", keeper, **limit(newClientOrderId="bot-2"))
    assert status == 200, body
    record = routed.record("bot-2")
    assert (record.order.stop_loss_price, record.stop_kept_by) == (Decimal(45600), StopKeeper.STRATEGY)


@pytest.mark.parametrize("path", ["/api/v3/order/oco", "/api/v3/orderList/oto", "/api/v3/sor/order"])
def test_order_list_when_sent_then_it_is_not_offered(door: FrontDoor, key: Key, path: str) -> None:
    status, body = door.call("POST", path, key, symbol="BTCUSDT")
    assert (status, body["code"]) == (400, -1020)


def test_decision_when_it_comes_through_the_front_door_then_it_costs_two_requests_more_at_most(
    door: FrontDoor, key: Key, wire: Wire
) -> None:
    door.lambdas.handlers[ORDER_WORKER] = lambda _event, _context: {"done": False, "code": "TEST"}
    # The first request of a process also reads the master key, from another service.
    door.call("POST", "/api/v3/order", key, **limit(newClientOrderId="bot-0"))
    wire.sent.clear()
    door.call("POST", "/api/v3/order", key, **limit())
    assert wire.operations() == ["GetItem", READ, COMMIT]
    wire.sent.clear()
    keeper = door.issue(default_stop_fraction=Decimal("0.05"))
    wire.sent.clear()
    market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    door.call("POST", "/api/v3/order", keeper, **market)
    # The quote that its stop is measured from.
    assert wire.operations() == ["GetItem", READ, READ, COMMIT]


def test_order_when_it_comes_through_the_front_door_then_its_requests_are_as_documented(
    door: FrontDoor, key: Key, wire: Wire
) -> None:
    door.call("POST", "/api/v3/order", key, **limit(newClientOrderId="bot-0"))
    wire.sent.clear()
    door.call("POST", "/api/v3/order", key, **limit())
    own, worker = wire.operations()[:3], Counter(wire.operations()[3:])
    assert own == ["GetItem", READ, COMMIT]
    # The claim and the venue's acceptance are written; what the order is at the time is read before each step.
    assert worker == {COMMIT: 2, READ: 5, "GetItem": 1}


def test_audit_when_an_order_came_through_the_front_door_then_it_names_the_key(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.call("POST", "/api/v3/order", key, **limit())
    [entry] = routed.audit("order_decided", ACCOUNT_ID)
    assert entry["actor"] == f"key:{key[0].key_id}"
    assert routed.record("bot-1").order.venue == VENUE
    assert routed.record("bot-1").order.symbol == BTC
