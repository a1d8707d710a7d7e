"""Orders decided together: all or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC, ETH, Answer, Gateway

PATH = f"/accounts/{ACCOUNT_ID}/orders/batch"


def legs(gateway: Gateway, *changes: dict[str, Any]) -> dict[str, Any]:
    return {"orders": [gateway.order(**change) for change in changes]}


def two_legs(gateway: Gateway) -> dict[str, Any]:
    eth = {"symbol": ETH, "quantity": "1", "price": "3000", "stop_loss_price": "2900", "side": "buy"}
    return legs(gateway, {"client_order_id": "b-1"}, eth | {"client_order_id": "b-2"})


def submit(gateway: Gateway, body: Any) -> Answer:
    return gateway.call("POST", PATH, body)


@pytest.fixture(autouse=True)
def _uncorrelated(gateway: Gateway) -> None:
    gateway.limits(correlation_max=None)
    gateway.refresh_quotes()


def test_batch_when_all_legs_fit_then_201_and_all_reserved(gateway: Gateway) -> None:
    answer = submit(gateway, two_legs(gateway))
    assert answer.status == 201, answer.text
    assert (answer.body["decision"], answer.code) == ("approved", None)
    assert [leg["reserved"]["notional"] for leg in answer.body["legs"]] == ["5000", "3000"]
    assert {order["client_order_id"] for order in gateway.account()["open_orders"]} == {"b-1", "b-2"}
    assert gateway.on_order("GET", "b-2").body["decision"] == answer.body["legs"][1]


def test_batch_when_one_leg_is_denied_then_422_and_nothing_reserved(gateway: Gateway) -> None:
    body = legs(gateway, {"client_order_id": "b-1"}, {"client_order_id": "b-2", "symbol": "DOGE/USDT"})
    answer = submit(gateway, body)
    assert (answer.status, answer.code) == (422, "INSTRUMENT_NOT_FOUND")
    assert [leg["decision"] for leg in answer.body["legs"]] == ["denied", "denied"]
    assert [leg["reserved"]["notional"] for leg in answer.body["legs"]] == ["0", "0"]
    assert gateway.account()["open_orders"] == []
    assert gateway.on_order("GET", "b-1").status == 404
    assert gateway.submit(body["orders"][0]).status == 201


def test_batch_when_only_the_sum_is_too_large_then_denied(gateway: Gateway) -> None:
    one = {"quantity": "0.12", "stop_loss_price": "49990"}
    assert gateway.check(**one).body["decision"] == "approved"
    body = legs(gateway, one, one | {"price": "49995"})
    answer = submit(gateway, body)
    assert (answer.status, answer.code) == (422, "POSITION_SIZE")


def test_batch_when_sent_again_then_the_same_answer(gateway: Gateway) -> None:
    body = two_legs(gateway)
    first, again = submit(gateway, body), submit(gateway, body)
    assert (first.status, again.status, again.is_replay) == (201, 200, True)
    assert again.text == first.text


def test_batch_when_a_denial_is_sent_again_then_the_same_denial(gateway: Gateway) -> None:
    body = legs(gateway, {}, {"quantity": "5"})
    first, again = submit(gateway, body), submit(gateway, body)
    assert (first.status, again.status, again.is_replay) == (422, 422, True)
    assert {**again.body, "instance": ""} == {**first.body, "instance": ""}


@pytest.mark.parametrize("flag", ["GLOBAL", "SYMBOL#ETH/USDT"])
def test_batch_when_a_kill_switch_was_engaged_since_then_409(gateway: Gateway, flag: str) -> None:
    body = two_legs(gateway)
    first = submit(gateway, body)
    gateway.put_flag(flag)
    again = submit(gateway, body)
    assert (again.status, again.code) == (409, "DECISION_NOT_ACTIONABLE")
    assert again.body["stored_decision"] == first.body


def test_batch_when_its_reservations_ended_or_a_leg_was_cancelled_then_409(gateway: Gateway) -> None:
    body, other = two_legs(gateway), legs(gateway, {"quantity": "0.01"}, {"quantity": "0.02"})
    assert submit(gateway, body).status == 201
    assert submit(gateway, other).status == 201
    gateway.cancel(other["orders"][1]["client_order_id"])
    assert submit(gateway, other).code == "DECISION_NOT_ACTIONABLE"
    gateway.advance(minutes=15)
    assert submit(gateway, body).code == "DECISION_NOT_ACTIONABLE"


def test_leg_when_sent_alone_then_a_replay_of_its_own_decision(gateway: Gateway) -> None:
    body = two_legs(gateway)
    batch = submit(gateway, body)
    alone = gateway.submit(body["orders"][0])
    assert (alone.status, alone.is_replay, alone.body) == (200, True, batch.body["legs"][0])


def test_batch_when_a_legs_id_was_used_then_409_and_nothing_happens(gateway: Gateway) -> None:
    body = two_legs(gateway)
    gateway.submit(body["orders"][0])
    answer = submit(gateway, body)
    assert (answer.status, answer.code) == (409, "CLIENT_ORDER_ID_REUSED")
    reordered = {"orders": body["orders"][::-1]}
    assert submit(gateway, reordered).status == 409
    assert gateway.on_order("GET", "b-2").status == 404


def test_batch_when_two_legs_share_an_id_or_there_are_too_many_then_400(gateway: Gateway) -> None:
    leg = gateway.order()
    assert submit(gateway, {"orders": [leg, leg]}).status == 400
    assert submit(gateway, {"orders": []}).status == 400
    many = [gateway.order(quantity=f"0.00{n}") for n in range(1, 12)]
    assert submit(gateway, {"orders": many}).status == 400


def test_batch_when_more_legs_than_the_order_rate_then_denied(gateway: Gateway) -> None:
    gateway.limits(totp=False, order_rate_max=2)
    body = legs(gateway, *({"quantity": f"0.00{n}", "symbol": BTC} for n in (1, 2, 3)))
    assert submit(gateway, body).code == "ORDER_RATE"


def test_batch_when_the_account_is_unknown_then_404(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/accounts/nobody/orders/batch", two_legs(gateway))
    assert (answer.status, answer.code) == (404, "ACCOUNT_UNKNOWN")


def test_batch_when_an_entry_comes_with_its_protective_stop_then_approved_together_on_a_flat_account(
    gateway: Gateway,
) -> None:
    stop = {"client_order_id": "b-2", "side": "sell", "type": "stop", "price": None, "trigger_price": "49000"}
    body = legs(gateway, {"client_order_id": "b-1"}, stop | {"stop_loss_price": None})

    answer = submit(gateway, body)

    assert answer.status == 201, answer.text
    assert [leg["reserved"]["notional"] for leg in answer.body["legs"]] == ["5000", "0"]
    assert gateway.fill("b-1", body["orders"][0]["quantity"]).status == 201
    account = gateway.account()
    (position,) = account["positions"]
    assert position["stop_resting"] == position["quantity"]
    assert account["exposure"]["gross"] == position["value"]
