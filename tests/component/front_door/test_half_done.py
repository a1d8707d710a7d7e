"""What a bot is told where something fails half way: never that nothing happened where something may have."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from riskgate.runtime import wiring
from tests.support.front_door import ORDER_WORKER, VENUE_READER, FrontDoor
from tests.support.routed_account import RoutedAccount
from tests.support.wire import READ, Wire, answer_error, pass_through

type Key = Any
type Event = dict[str, Any]

UNKNOWN = (504, -1007)
THROTTLED = answer_error(400, "ProvisionedThroughputExceededException")


@pytest.fixture
def key(door: FrontDoor, swaps: None) -> Key:
    """Give a key of the strategy `trend`, for spot and swaps."""
    return door.issue()


def limit(**changes: Any) -> dict[str, Any]:
    """Return a bid far below the market."""
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    return order | {"price": "48000", "newClientOrderId": "bot-1"} | changes


def replacing(**changes: Any) -> dict[str, Any]:
    """Return what takes `bot-1` away and places `bot-2`."""
    named = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "bot-1"}
    return limit(newClientOrderId="bot-2", price="47900") | named | changes


def told(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


def meddle(door: FrontDoor, meddling: Callable[[str], None]) -> None:
    """Do something each time that the worker has carried out a message; what it raises is the worker's end."""
    real = door.lambdas.handlers[ORDER_WORKER]

    def worker(event: Event, context: Any) -> Any:
        answer = real(event, context)
        meddling(json.loads(event["message"])["kind"])
        return answer

    door.lambdas.handlers[ORDER_WORKER] = worker


@pytest.mark.parametrize(
    "answer", [None, [], "x", {}, {"done": True}, {"done": "yes"}, {"done": True, "order": {"status": "nonsense"}}]
)
def test_order_when_the_worker_answers_nonsense_then_nobody_knows_and_the_queue_brings_it(
    door: FrontDoor, key: Key, routed: RoutedAccount, answer: Any
) -> None:
    real, door.lambdas.handlers[ORDER_WORKER] = door.lambdas.handlers[ORDER_WORKER], lambda _event, _context: answer
    assert told(door.call("POST", "/api/v3/order", key, **limit())) == UNKNOWN
    door.lambdas.handlers[ORDER_WORKER] = real
    routed.work_all()
    assert len(routed.simulator.orders()) == 1


def test_order_when_the_workers_answer_is_no_json_then_nobody_knows_and_the_queue_brings_it(
    door: FrontDoor, key: Key, routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door.lambdas, "invoke", lambda **_: {"Payload": io.BytesIO(b"<html>")})
    assert told(door.call("POST", "/api/v3/order", key, **limit())) == UNKNOWN
    assert routed.waiting() == 1


def test_order_when_the_worker_answers_about_another_one_then_it_is_not_believed(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    said: list[Any] = []
    real = door.lambdas.handlers[ORDER_WORKER]

    def worker(event: Event, context: Any) -> Any:
        said.append(real(event, context))
        return said[0]

    door.lambdas.handlers[ORDER_WORKER] = worker
    assert door.call("POST", "/api/v3/order", key, **limit())[0] == 200
    assert told(door.call("POST", "/api/v3/order", key, **limit(newClientOrderId="bot-2"))) == UNKNOWN


def test_read_when_the_reader_answers_nonsense_then_it_is_to_be_asked_again(door: FrontDoor, key: Key) -> None:
    answers: list[Any] = [None, [], {}, "x"]
    door.lambdas.handlers[VENUE_READER] = lambda _event, _context: answers.pop()
    while answers:
        assert told(door.call("GET", "/api/v3/account", key)) == (429, -1003)


def test_call_when_the_function_itself_is_at_fault_then_a_read_is_to_be_asked_again_and_an_order_is_unknown(
    door: FrontDoor, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(door.lambdas, "invoke", fail)
    assert told(door.call("GET", "/api/v3/account", key)) == (503, -1001)
    assert told(door.call("POST", "/api/v3/order", key, **limit())) == UNKNOWN


def test_read_when_the_reader_is_cold_for_too_long_then_it_is_to_be_asked_again(door: FrontDoor, key: Key) -> None:
    door.lambdas.lose_answer = lambda: ReadTimeoutError(endpoint_url="https://lambda")
    assert told(door.call("GET", "/api/v3/account", key)) == (429, -1003)


@pytest.mark.parametrize("rows", ["[]", "{}", "[{}]", "null", "x"])
def test_setting_when_the_venue_tells_it_in_another_form_then_it_is_to_be_asked_again(
    door: FrontDoor, key: Key, rows: str
) -> None:
    answer = {"status": 200, "body": rows, "headers": {}, "cause": ""}
    door.lambdas.handlers[VENUE_READER] = lambda _event, _context: answer
    assert told(door.call("POST", "/fapi/v1/leverage", key, symbol="BTCUSDT", leverage=5)) == (429, -1003)
    assert told(door.call("POST", "/fapi/v1/leverage", key, symbol="BTCUSDT")) == (400, -1102)


def test_repetition_when_its_order_cannot_be_read_then_nobody_knows(
    door: FrontDoor, key: Key, wire: Wire, routed: RoutedAccount
) -> None:
    body = door.sign(key[1], limit())
    door.send("POST", "/api/v3/order", body=body, key_id=key[0].key_id)
    assert door.call("DELETE", "/api/v3/order", key, symbol="BTCUSDT", origClientOrderId="bot-1")[0] == 200
    wire.always("GetItem", THROTTLED)
    wire.then("GetItem", pass_through)
    assert told(door.send("POST", "/api/v3/order", body=body, key_id=key[0].key_id)) == UNKNOWN
    wire.heal()
    assert len(routed.simulator.orders()) == 1


def test_amend_when_the_database_is_away_afterwards_then_nobody_knows(door: FrontDoor, key: Key, wire: Wire) -> None:
    door.call("POST", "/fapi/v1/order", key, **limit())
    meddle(door, lambda _: wire.always("*", THROTTLED))
    change = {"symbol": "BTCUSDT", "origClientOrderId": "bot-1", "side": "BUY", "quantity": "0.01", "price": "47900"}
    assert told(door.call("PUT", "/fapi/v1/order", key, **change)) == UNKNOWN
    wire.heal()


def test_amend_when_an_earlier_one_was_dropped_then_its_own_outcome_is_told(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.call("POST", "/fapi/v1/order", key, **limit())
    routed.fault("error_before_accept", method="DELETE", path="/fapi/v1/order", status=400, code=-1013, msg="no")
    change = {"symbol": "BTCUSDT", "origClientOrderId": "bot-1", "side": "BUY", "quantity": "0.01"}
    status, body = door.call("PUT", "/fapi/v1/order", key, **change, price="47900")
    assert (status, body["code"]) == (400, -2010)
    assert "not modified" in body["msg"]
    status, body = door.call("PUT", "/fapi/v1/order", key, **change, price="47800")
    assert (status, body.get("price")) == (200, "47800.00000000"), body


def test_replacement_when_either_half_is_uncertain_then_so_is_the_whole(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.call("POST", "/api/v3/order", key, **limit())
    door.lambdas.down.add(ORDER_WORKER)
    assert told(door.call("POST", "/api/v3/order/cancelReplace", key, **replacing())) == UNKNOWN
    door.lambdas.down.clear()
    routed.work_all()
    assert [order["open"] for order in routed.simulator.orders()] == [False]
    door.call("POST", "/api/v3/order", key, **limit(newClientOrderId="bot-3"))

    def die(kind: str) -> None:
        if kind == "submit":
            raise RuntimeError

    meddle(door, die)
    both = replacing(cancelOrigClientOrderId="bot-3", newClientOrderId="bot-4")
    assert told(door.call("POST", "/api/v3/order/cancelReplace", key, **both)) == UNKNOWN
    assert routed.status("bot-3") == "cancelled"


def test_replacement_when_the_new_order_cannot_be_decided_then_the_bot_knows_that_the_old_one_is_gone(
    door: FrontDoor, key: Key, wire: Wire, routed: RoutedAccount
) -> None:
    door.call("POST", "/api/v3/order", key, **limit())
    meddle(door, lambda _: wire.always(READ, THROTTLED))
    status, body = door.call("POST", "/api/v3/order/cancelReplace", key, **replacing())
    wire.heal()
    assert (status, body["code"]) == (409, -2021)
    assert (body["data"]["cancelResult"], body["data"]["newOrderResponse"]["code"]) == ("SUCCESS", -1003)
    assert routed.status("bot-1") == "cancelled"


def test_replacement_when_sent_again_byte_by_byte_then_it_tells_of_the_order_that_it_placed(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    door.call("POST", "/api/v3/order", key, **limit())
    body = door.sign(key[1], replacing())
    first = door.send("POST", "/api/v3/order/cancelReplace", body=body, key_id=key[0].key_id)
    again = door.send("POST", "/api/v3/order/cancelReplace", body=body, key_id=key[0].key_id)
    assert first[0] == 200
    assert told(again) == (409, -2021)
    assert again[1]["data"]["newOrderResponse"]["orderId"] == first[1]["newOrderResponse"]["orderId"]
    assert len([order for order in routed.simulator.orders() if order["open"]]) == 1


def test_cancel_of_all_when_one_is_uncertain_then_the_others_are_gone(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    for number in range(3):
        assert door.call("POST", "/api/v3/order", key, **limit(newClientOrderId=f"bot-{number}"))[0] == 200
    real, asked = door.lambdas.handlers[ORDER_WORKER], []

    def worker(event: Event, context: Any) -> Any:
        asked.append(event)
        if len(asked) == 1:
            raise RuntimeError
        return real(event, context)

    door.lambdas.handlers[ORDER_WORKER] = worker
    assert told(door.call("DELETE", "/api/v3/openOrders", key, symbol="BTCUSDT")) == UNKNOWN
    assert [routed.status(f"bot-{number}") for number in range(3)] == ["submitted", "cancelled", "cancelled"]
    routed.work_all()
    assert routed.status("bot-0") == "cancelled"


def test_cancel_of_all_when_there_are_many_then_none_is_left(door: FrontDoor, key: Key, routed: RoutedAccount) -> None:
    for number in range(12):
        order = limit(newClientOrderId=f"bot-{number}", quantity="0.003")
        assert door.call("POST", "/fapi/v1/order", key, **order)[0] == 200
    assert door.call("DELETE", "/fapi/v1/allOpenOrders", key, symbol="BTCUSDT")[1]["code"] == 200
    assert not any(order["open"] for order in routed.simulator.orders())


def test_call_when_the_worker_is_slow_then_it_ends_in_time_and_says_what_was_not_begun(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    def worker(_event: Event, _context: Any) -> Any:
        wiring.deps().sleep(8)
        raise RuntimeError

    real, door.lambdas.handlers[ORDER_WORKER] = door.lambdas.handlers[ORDER_WORKER], worker
    rows = [limit(newClientOrderId=f"bot-{number}", quantity="0.003") for number in range(5)]
    status, body = door.call("POST", "/fapi/v1/batchOrders", key, batchOrders=json.dumps(rows))
    assert (status, [row["code"] for row in body]) == (200, [-1007, -1007, -1003, -1003, -1003])
    assert len(door.lambdas.calls) == 2
    door.lambdas.handlers[ORDER_WORKER] = real
    routed.work_all()
    assert len(routed.simulator.orders()) == 2


def test_cancel_of_all_when_the_worker_is_slow_then_the_queue_brings_the_rest(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    for number in range(4):
        assert door.call("POST", "/api/v3/order", key, **limit(newClientOrderId=f"bot-{number}"))[0] == 200
    door.lambdas.calls.clear()
    meddle(door, lambda _: wiring.deps().sleep(7))
    assert told(door.call("DELETE", "/api/v3/openOrders", key, symbol="BTCUSDT")) == UNKNOWN
    assert len(door.lambdas.calls) == 2
    routed.work_all()
    assert not any(order["open"] for order in routed.simulator.orders())


def test_order_when_the_function_dies_after_the_decision_then_the_same_request_again_sends_it_once(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    body = door.sign(key[1], limit(newClientOrderId=None))
    real = door.lambdas.handlers[ORDER_WORKER]

    def die(_event: Event, _context: Any) -> Any:
        raise SystemExit

    door.lambdas.handlers[ORDER_WORKER] = die
    with pytest.raises(SystemExit):
        door.send("POST", "/api/v3/order", body=body, key_id=key[0].key_id)
    door.lambdas.handlers[ORDER_WORKER] = real
    numbers = {door.send("POST", "/api/v3/order", body=body, key_id=key[0].key_id)[1]["orderId"] for _ in range(2)}
    assert numbers == {order["order_id"] for order in routed.simulator.orders()}
    assert len(numbers) == 1


def test_order_when_the_worker_runs_twice_then_it_is_sent_once(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    real = door.lambdas.handlers[ORDER_WORKER]
    door.lambdas.handlers[ORDER_WORKER] = lambda event, context: (real(event, context), real(event, context))[1]
    assert door.call("POST", "/api/v3/order", key, **limit())[0] == 200
    assert len(routed.simulator.orders()) == 1


def test_cancel_when_it_overtakes_the_worker_then_the_order_never_leaves_and_its_bot_is_told_so(
    door: FrontDoor, key: Key, routed: RoutedAccount
) -> None:
    real = door.lambdas.handlers[ORDER_WORKER]
    cancelled: list[Any] = []

    def cancel_first(event: Event, context: Any) -> Any:
        door.lambdas.handlers[ORDER_WORKER] = real
        cancelled.append(door.call("DELETE", "/api/v3/order", key, symbol="BTCUSDT", origClientOrderId="bot-1"))
        return real(event, context)

    door.lambdas.handlers[ORDER_WORKER] = cancel_first
    status, body = door.call("POST", "/api/v3/order", key, **limit())
    assert (cancelled[0][0], cancelled[0][1]["status"]) == (200, "CANCELED")
    assert (status, body["code"]) == (400, -2010)
    assert "not sent" in body["msg"]
    assert routed.simulator.orders() == []
