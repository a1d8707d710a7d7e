"""Lost replies and races on every other route that writes: applied once, answered as if nothing had happened."""

from __future__ import annotations

import pytest

from tests.component.api import ACCOUNT_ID, Gateway
from tests.component.gateway.test_faults_commit import CONFLICT, SDK_SENDS, Killed
from tests.component.wire import (
    COMMIT,
    READ,
    Wire,
    answer_error,
    leave_unread,
    lose_reply,
    pass_through,
    refuse_connection,
)


def test_batch_when_the_reply_is_lost_then_201_and_reserved_once(gateway: Gateway, wire: Wire) -> None:
    body = {"orders": [gateway.order(quantity="0.01"), gateway.order(quantity="0.02")]}
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", body)
    assert (answer.status, answer.is_replay) == (201, False)
    assert len(gateway.account()["open_orders"]) == 2


def test_fill_when_the_reply_is_lost_then_201_and_counted_once(gateway: Gateway, wire: Wire) -> None:
    order = gateway.approved()
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.fill(order, "0.04")
    assert (answer.status, answer.is_replay, answer.body["position_quantity"]) == (201, False, "0.04")
    assert gateway.account()["positions"][0]["quantity"] == "0.04"


def test_transfer_when_the_reply_is_lost_then_201_and_counted_once(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    body = {"transfer_id": "t", "kind": "deposit", "amount": "10"}
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/transfers", body)
    assert (answer.status, answer.body["equity"]) == (201, "100010")
    assert gateway.account()["equity"] == "100010"


def test_cancel_when_the_reply_is_lost_then_200(gateway: Gateway, wire: Wire) -> None:
    order = gateway.approved()
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.cancel(order)
    assert (answer.status, answer.body["status"]) == (200, "cancelled")


def test_patch_when_the_reply_is_lost_then_200(gateway: Gateway, wire: Wire) -> None:
    order = gateway.approved()
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    assert gateway.on_order("PATCH", order, body={"quantity": "0.05"}).status == 200
    assert gateway.on_order("GET", order).body["quantity"] == "0.05"


def test_limits_when_the_reply_is_lost_then_200_and_one_new_version(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.limits(totp=False, daily_trades_max=5)
    assert (answer.status, answer.body["version"]) == (200, 2)
    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}/limits").body["version"] == 2


def test_breaker_when_the_reply_is_lost_then_200_and_reset(gateway: Gateway, wire: Wire) -> None:
    gateway.snapshot("96000")
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    path = f"/accounts/{ACCOUNT_ID}/breakers/DAILY_LOSS/reset"
    answer = gateway.call("POST", path, {"reason": "reviewed"}, headers=gateway.next_totp())
    assert (answer.status, answer.body["trading_state"]) == (200, "ACTIVE")


def test_registration_when_the_reply_is_lost_then_the_account_exists(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    assert gateway.register("late").status == 201
    assert gateway.account("late")["state_version"] == 1


def test_snapshot_when_it_races_then_recorded_on_the_new_state(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, CONFLICT, CONFLICT)
    assert gateway.snapshot("100001").body["state_version"] == 2


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_kill_switch_when_the_function_dies_half_way_then_it_denies_and_a_retry_finishes(
    gateway: Gateway, wire: Wire
) -> None:
    gateway.register("zulu")

    def kill(*_: object) -> None:
        raise Killed

    wire.then(COMMIT, pass_through, kill)
    with pytest.raises(Killed):
        gateway.kill()
    assert gateway.submit(account="zulu").code == "KILL_SWITCH_ENGAGED"
    assert gateway.kill().body["accounts"] == [ACCOUNT_ID, "zulu"]


def test_kill_switch_when_the_flag_cannot_be_written_then_503_and_not_acknowledged(
    gateway: Gateway, wire: Wire
) -> None:
    wire.always("PutItem", refuse_connection)
    answer = gateway.kill()
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    wire.heal()
    gateway.refresh_quotes()
    assert gateway.submit().status == 201
    assert gateway.kill().status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/accounts/demo"),
        ("GET", "/accounts/demo/limits"),
        ("GET", "/accounts/demo/orders"),
        ("GET", "/accounts/demo/orders/x"),
        ("GET", "/accounts/demo/audit"),
        ("GET", "/kill-switch"),
    ],
)
def test_read_route_when_the_database_is_down_then_503(gateway: Gateway, wire: Wire, method: str, path: str) -> None:
    for fault in (
        refuse_connection,
        answer_error(500, "InternalServerError"),
        answer_error(400, "ThrottlingException"),
    ):
        wire.always("*", fault)
        answer = gateway.call(method, path)
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"


def test_every_route_when_the_database_is_down_then_503_and_nothing_is_approved(gateway: Gateway, wire: Wire) -> None:
    order, batch = gateway.order(), {"orders": [gateway.order()]}
    wire.always("*", refuse_connection)
    answers = [
        gateway.submit(order),
        gateway.check(),
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", batch),
        gateway.on_order("PATCH", "x", body={"quantity": "1"}),
        gateway.fill("x", "1"),
        gateway.cancel("x"),
        gateway.snapshot("1"),
        gateway.limits(daily_trades_max=5),
        gateway.kill(),
        gateway.quote(),
        gateway.register("late"),
    ]
    assert {answer.status for answer in answers} == {503}
    wire.heal()
    assert gateway.account()["open_orders"] == []
    assert gateway.on_order("GET", order["client_order_id"]).status == 404


def test_read_when_dynamodb_leaves_keys_unread_then_they_are_asked_for_again(gateway: Gateway, wire: Wire) -> None:
    wire.then(READ, leave_unread)
    assert gateway.submit().status == 201
    assert wire.operations() == [READ, READ, COMMIT]
    wire.always(READ, leave_unread)
    answer = gateway.submit(quantity="0.05")
    assert (answer.status, answer.code) == (503, "THROTTLED")
