"""One order's journey: decided, replayed, refused under a used id, no longer a go."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from riskgate.core.checks import CHECKS
from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, BTC, NOON, TRACE_ID, VENUE, Gateway, instant


def test_order_when_it_fits_then_201_with_every_check(gateway: Gateway) -> None:
    order = gateway.order(client_order_id="a-1")
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders", order, caller=BOT)
    assert answer.status == 201
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.body
    assert (body["decision"], body["code"], body["violations"]) == ("approved", None, [])
    assert [check["name"] for check in body["checks"]] == [check.code.value for check in CHECKS]
    assert body["reserved"] == {"notional": "5000", "risk": "100"}
    assert (body["state_version"], body["audit_sequence"], body["limits_version"]) == (2, 2, 1)
    assert body["decided_at"] == instant(NOON)
    assert body["reservation_expires_at"] == "2026-03-04T12:15:00Z"
    size = next(check for check in body["checks"] if check["name"] == "POSITION_SIZE")
    assert size == {
        "name": "POSITION_SIZE",
        "outcome": "passed",
        "observed": "0.05",
        "limit": "0.1",
        "utilization": "0.5",
    }


def test_every_answer_when_sent_then_it_carries_its_ids_and_is_not_cached(gateway: Gateway) -> None:
    answers = [
        gateway.submit(),
        gateway.submit(quantity="3"),
        gateway.submit(quantity=-1),
        gateway.call("GET", "/nowhere"),
        gateway.call("GET", "/health", caller=None),
    ]
    assert [answer.status for answer in answers] == [201, 422, 400, 404, 200]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    for answer in answers:
        assert answer.headers["X-Correlation-Id"] == TRACE_ID
        assert re.fullmatch(rf"00-{TRACE_ID}-[0-9a-f]{{16}}-01", answer.headers["traceparent"])
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_order_when_denied_then_422_problem_with_the_decision(gateway: Gateway) -> None:
    answer = gateway.submit(client_order_id="big", quantity="3", stop_loss_price="49990")
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.body
    assert body["type"] == "urn:riskgate:problem:notional-above-maximum"
    assert (body["title"], body["status"], body["code"]) == ("Order denied", 422, "NOTIONAL_ABOVE_MAXIMUM")
    assert body["instance"] == answer.headers["X-Request-Id"]
    assert body["decision"] == "denied"
    assert body["detail"] == body["violations"][0]["message"]
    assert answer.violated == {
        "NOTIONAL_ABOVE_MAXIMUM",
        "INSUFFICIENT_BALANCE",
        "POSITION_SIZE",
        "GROSS_EXPOSURE",
        "NET_DELTA",
        "SECTOR_CONCENTRATION",
        "ASSET_CONCENTRATION",
        "STRATEGY_BUDGET",
        "VAR_LIMIT",
        "STRESS_LIMIT",
    }
    assert gateway.account()["open_orders"] == []


def test_order_when_sent_again_then_200_and_the_same_body(gateway: Gateway) -> None:
    order = gateway.order()
    first, again = gateway.submit(order), gateway.submit(order)
    assert (first.status, again.status) == (201, 200)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert again.text == first.text
    assert len(gateway.account()["open_orders"]) == 1


def test_order_when_sent_again_in_other_words_then_it_is_still_a_replay(gateway: Gateway) -> None:
    first = gateway.submit(gateway.order(client_order_id="w", quantity="0.1", price="50000", stop_loss_price="49000"))
    rewritten = """
      { "stop_loss_price": 49000.00, "price" : 50000.0, "quantity": 0.100,
        "type": "limit", "side": "buy", "strategy": "trend", "venue": "binance",
        "symbol": "BTC\\/USDT", "client_order_id": "\\u0077", "time_in_force": "GTC", "reduce_only": false, "tags": [] }
    """
    again = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders", rewritten)
    assert (again.status, again.is_replay) == (200, True)
    assert again.text == first.text


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "0.1000001"},
        {"price": "50000.01"},
        {"side": "sell"},
        {"strategy": "other"},
        {"stop_loss_price": None},
        {"time_in_force": "IOC"},
        {"tags": ["x"]},
    ],
)
def test_order_when_the_id_was_used_for_another_then_409(gateway: Gateway, change: dict[str, object]) -> None:
    order = gateway.order(client_order_id="once")
    gateway.submit(order)
    answer = gateway.submit(gateway.order(client_order_id="once", **change))
    assert (answer.status, answer.code) == (409, "CLIENT_ORDER_ID_REUSED")
    assert "stored_decision" not in answer.body


def test_denial_when_sent_again_then_422_and_the_same_decision(gateway: Gateway) -> None:
    order = gateway.order(quantity="3")
    first = gateway.submit(order)
    gateway.snapshot("10000000")
    again = gateway.submit(order)
    assert (first.status, again.status) == (422, 422)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert {**again.body, "instance": ""} == {**first.body, "instance": ""}


def test_approval_when_its_reservation_ended_then_409_with_the_stored_decision(gateway: Gateway) -> None:
    order = gateway.order()
    first = gateway.submit(order)
    gateway.advance(seconds=899)
    assert gateway.submit(order).status == 200
    gateway.advance(seconds=1)
    again = gateway.submit(order)
    assert (again.status, again.code) == (409, "DECISION_NOT_ACTIONABLE")
    assert again.body["stored_decision"] == first.body


def test_approval_when_it_is_too_old_to_be_placed_then_409(gateway: Gateway) -> None:
    order = gateway.order()
    gateway.submit(order)
    gateway.advance(minutes=16)
    gateway.refresh_quotes()
    assert gateway.snapshot("100000").status == 201
    assert gateway.submit(order).code == "DECISION_NOT_ACTIONABLE"


@pytest.mark.parametrize("flag", ["GLOBAL", "ACCOUNT#demo", "VENUE#binance", "STRATEGY#trend", "SYMBOL#BTC/USDT"])
def test_approval_when_a_kill_switch_was_engaged_since_then_409(gateway: Gateway, flag: str) -> None:
    order = gateway.order()
    gateway.submit(order)
    gateway.put_flag(flag)
    again = gateway.submit(order)
    assert (again.status, again.code) == (409, "DECISION_NOT_ACTIONABLE")
    gateway.put_flag(flag, {"BOOL": False})
    assert gateway.submit(order).status == 200


def test_approval_when_cancelled_since_then_409(gateway: Gateway) -> None:
    order = gateway.order()
    gateway.submit(order)
    assert gateway.cancel(order["client_order_id"]).status == 200
    assert gateway.submit(order).code == "DECISION_NOT_ACTIONABLE"


def test_approval_when_filled_since_then_it_is_replayed(gateway: Gateway) -> None:
    order = gateway.order()
    first = gateway.submit(order)
    gateway.fill(order["client_order_id"], "0.1")
    gateway.put_flag("GLOBAL")
    again = gateway.submit(order)
    assert (again.status, again.text) == (200, first.text)


def test_amount_when_a_json_number_then_exact(gateway: Gateway) -> None:
    text = json.dumps(gateway.order(client_order_id="exact")).replace('"0.1"', "0.1").replace('"50000"', "50000.01")
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders", text)
    assert answer.status == 201
    assert answer.body["reserved"]["notional"] == "5000.001"
    stored = gateway.on_order("GET", "exact").body
    assert (stored["quantity"], stored["price"]) == ("0.1", "50000.01")
    entry = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query={"after": "1"}).body["entries"][0]
    assert entry["inputs"]["order"]["quantity"] == "0.1"


def test_quote_quantity_when_given_then_floored_to_the_lot_step(gateway: Gateway) -> None:
    answer = gateway.submit(
        client_order_id="q", type="market", quantity=None, price=None, quote_quantity=1000, stop_loss_price="49000"
    )
    assert answer.status == 201, answer.text
    stored = gateway.on_order("GET", "q").body
    assert stored["quantity"] == "0.01999"
    assert Decimal(answer.body["reserved"]["notional"]) == Decimal("0.01999") * 50010


def test_check_when_asked_then_nothing_changes_and_the_largest_quantity_is_told(gateway: Gateway) -> None:
    before = gateway.account()
    answer = gateway.check(quantity="3", stop_loss_price="49990")
    assert answer.status == 200
    assert (answer.body["decision"], answer.code) == ("denied", "NOTIONAL_ABOVE_MAXIMUM")
    assert (answer.body["max_quantity"], answer.body["binding_check"]) == ("0.2", "NOTIONAL_ABOVE_MAXIMUM")
    assert gateway.account() == before
    assert gateway.submit(quantity="0.20001", stop_loss_price="49990").status == 422
    assert gateway.submit(quantity="0.2", stop_loss_price="49990").status == 201


def test_check_when_the_account_is_unknown_then_a_denial(gateway: Gateway) -> None:
    answer = gateway.check(account="nobody")
    assert (answer.status, answer.code, answer.body["max_quantity"]) == (200, "ACCOUNT_UNKNOWN", "0")


def test_order_when_the_account_is_unknown_then_422_and_on_the_gateways_own_chain(gateway: Gateway) -> None:
    answer = gateway.submit(account="nobody")
    assert (answer.status, answer.code) == (422, "ACCOUNT_UNKNOWN")
    entries = gateway.call("GET", "/accounts/gateway/audit").body["entries"]
    assert [(entry["event"], entry["answer"]["code"]) for entry in entries] == [("order_decided", "ACCOUNT_UNKNOWN")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "DOGE/USDT", "venue": VENUE}, "INSTRUMENT_NOT_FOUND"),
        ({"symbol": BTC, "venue": "kraken"}, "SYMBOL_NOT_PERMITTED"),
        ({"price": "50000.001"}, "PRICE_INVALID"),
        ({"quantity": "0.000001"}, "QUANTITY_INVALID"),
        ({"quantity": "0.00001"}, "NOTIONAL_BELOW_MINIMUM"),
        ({"price": "53000", "stop_loss_price": "49990"}, "PRICE_COLLAR"),
        ({"stop_loss_price": "50000"}, "STOP_LOSS_WRONG_SIDE"),
        ({"stop_loss_price": None}, "RISK_PER_TRADE"),
        ({"reduce_only": True}, "REDUCE_ONLY_INVALID"),
        ({"time_in_force": "GTD", "expires_at": "2026-03-04T11:59:59Z"}, "TIME_IN_FORCE_INVALID"),
        ({"side": "sell", "stop_loss_price": "51000"}, "INSUFFICIENT_BALANCE"),
        ({"quantity": "999999999999999", "price": "999999999999999.99"}, "NOTIONAL_ABOVE_MAXIMUM"),
    ],
)
def test_order_when_well_formed_and_wrong_then_422_with_its_code(
    gateway: Gateway, changes: dict[str, object], code: str
) -> None:
    answer = gateway.submit(**changes)
    assert (answer.status, answer.code) == (422, code)
    assert gateway.account()["open_orders"] == []


def test_order_when_it_is_to_be_routed_and_nobody_routes_then_422_and_nothing_reserved(gateway: Gateway) -> None:
    for path, body in (
        ("orders", gateway.order(route=True)),
        ("orders/batch", {"orders": [gateway.order(), gateway.order(route=True, quantity="0.01")]}),
    ):
        answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/{path}", body)
        assert (answer.status, answer.code) == (422, "ROUTING_UNAVAILABLE")
    assert gateway.account()["open_orders"] == []
