"""Lost replies and races on every other route that writes: applied once, answered as if nothing had happened."""

from __future__ import annotations

import pytest

from riskgate.schemas.http.routes import ROUTES
from tests.component.ledger.test_faults_commit import CONFLICT, SDK_SENDS, Killed, audit_events
from tests.support.callers import FEEDER
from tests.support.every_route import NO_DATABASE, call_route
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.wire import (
    COMMIT,
    READ,
    Wire,
    answer_error,
    leave_unread,
    lose_reply,
    refuse_connection,
)

pytestmark = pytest.mark.usefixtures("each_client")


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
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/transfers", body, caller=FEEDER)
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


def test_exit_when_the_reply_is_lost_then_201_and_taken_down_once(gateway: Gateway, wire: Wire) -> None:
    gateway.fill(gateway.approved(), "0.1")
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    body = {"exit_id": "e", "reason": "drill", "scope": "all"}
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", body, headers=gateway.next_totp())
    assert (answer.status, answer.is_replay, {leg["decision"] for leg in answer.body["legs"]}) == (
        201,
        False,
        {"approved"},
    )
    assert audit_events(gateway)[-2:] == ["exit_requested", "order_decided"]


def test_hedge_when_the_reply_is_lost_then_201_and_planned_and_placed_once(gateway: Gateway, wire: Wire) -> None:
    gateway.fill(gateway.approved(), "0.1")
    body = {"hedge_id": "h", "mode": "delta_neutral", "execute": True}
    wire.then(COMMIT, *[lose_reply] * 2 * SDK_SENDS)
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/hedges", body)
    assert (answer.status, answer.is_replay, answer.body["status"]) == (201, False, "placed")
    assert wire.is_exhausted
    assert audit_events(gateway)[-2:] == ["hedge_planned", "order_decided"]


def test_heartbeat_when_the_reply_is_lost_then_200_and_recorded_once(gateway: Gateway, wire: Wire) -> None:
    path = f"/accounts/{ACCOUNT_ID}/heartbeats/trend"
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.call("PUT", path, {"interval_seconds": 60})
    assert (answer.status, answer.body["recorded"]) == (200, True)
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    assert gateway.call("DELETE", path).status == 200
    assert wire.is_exhausted
    assert audit_events(gateway)[-2:] == ["heartbeat_received", "heartbeat_ended"]


def test_lock_when_the_reply_is_lost_then_200_and_cleared_once(gateway: Gateway, wire: Wire) -> None:
    gateway.limits(cooldown={"minutes": 10})
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(), "0.1")
    gateway.fill(gateway.approved(side="sell", stop_loss_price=None), "0.1")
    path = f"/accounts/{ACCOUNT_ID}/locks"
    (lock,) = gateway.call("GET", path).body["locks"]
    headers = gateway.next_totp()
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.call("DELETE", f"{path}/{lock['lock_id']}", query={"reason": "drill"}, headers=headers)
    assert (answer.status, answer.body["locks"]) == (200, [])
    assert wire.is_exhausted
    assert audit_events(gateway)[-1] == "lock_cleared"


def test_scenarios_when_the_reply_is_lost_then_200_and_kept_once(gateway: Gateway, wire: Wire) -> None:
    path = f"/accounts/{ACCOUNT_ID}/scenarios"
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    answer = gateway.call("PUT", path, {"scenarios": [{"name": "mine", "default_shock": "-0.2"}]})
    assert answer.status == 200
    assert wire.is_exhausted
    assert gateway.call("GET", path).body == answer.body
    assert audit_events(gateway) == ["account_registered", "stress_scenarios_changed"]


def test_registration_when_the_reply_is_lost_then_the_account_exists(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)
    assert gateway.register("late").status == 201
    assert gateway.account("late")["state_version"] == 1


def test_snapshot_when_it_races_then_recorded_on_the_new_state(gateway: Gateway, wire: Wire) -> None:
    wire.then(COMMIT, CONFLICT, CONFLICT)
    assert gateway.snapshot("100001").body["state_version"] == 2


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_kill_switch_when_the_function_dies_after_the_flag_then_every_account_is_denied(
    gateway: Gateway, wire: Wire
) -> None:
    gateway.register("zulu")

    def kill(*_: object) -> None:
        raise Killed

    wire.then(COMMIT, kill)
    with pytest.raises(Killed):
        gateway.kill()
    for account in (ACCOUNT_ID, "zulu"):
        assert gateway.submit(account=account).code == "KILL_SWITCH_ENGAGED"
    assert gateway.kill().status == 200


def test_kill_switch_when_the_log_does_not_take_its_entry_then_acknowledged_all_the_same(
    gateway: Gateway, wire: Wire
) -> None:
    wire.always(COMMIT, refuse_connection)
    assert gateway.kill().status == 200
    wire.heal()
    assert gateway.submit().code == "KILL_SWITCH_ENGAGED"


def test_kill_switch_when_decisions_hold_themselves_against_it_just_now_then_it_is_set_at_the_first_call(
    gateway: Gateway, wire: Wire
) -> None:
    wire.then("PutItem", *[answer_error(400, "TransactionConflictException")] * 8)
    assert gateway.kill().status == 200
    assert gateway.submit().code == "KILL_SWITCH_ENGAGED"


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
        ("GET", "/accounts/demo/risk"),
        ("GET", "/accounts/demo/scenarios"),
        ("GET", "/accounts/demo/locks"),
        ("GET", "/accounts/demo/reconciliation"),
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


@pytest.mark.usefixtures("phone")
def test_every_route_when_the_database_is_down_then_503_and_nothing_is_approved(gateway: Gateway, wire: Wire) -> None:
    before = gateway.account()
    wire.always("*", refuse_connection)
    for route in ROUTES:
        answer = call_route(gateway, route)
        assert answer.status == (200 if route.operation_id in NO_DATABASE else 503), route.operation_id
    wire.heal()
    assert gateway.account() == before
    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}/orders").body["orders"] == []


def test_read_when_dynamodb_leaves_keys_unread_then_they_are_asked_for_again(gateway: Gateway, wire: Wire) -> None:
    wire.then(READ, leave_unread)
    assert gateway.submit().status == 201
    assert wire.operations() == [READ, READ, COMMIT]
    wire.always(READ, leave_unread)
    answer = gateway.submit(quantity="0.05")
    assert (answer.status, answer.code) == (503, "THROTTLED")
