"""The kill switch: five scopes, two ways to set it, unreadable means engaged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.callers import ADMIN
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.kill_switches import SCOPES


@pytest.mark.parametrize(("scope", "key", "name"), SCOPES)
def test_flag_when_set_by_the_admin_route_then_denied_until_released(
    gateway: Gateway, scope: str, key: str | None, name: str
) -> None:
    answer = gateway.kill(scope, key)
    assert answer.status == 200
    assert (answer.body["engaged"], answer.body["key"], answer.body["accounts"]) == (True, key, [])
    gateway.refresh_quotes()
    denied = gateway.submit()
    assert (denied.status, denied.code) == (422, "KILL_SWITCH_ENGAGED")
    key_of_item = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name}}
    stored = gateway.aws.dynamodb.get_item(TableName=gateway.aws.control_table, Key=key_of_item)["Item"]
    assert stored["engaged"] == {"BOOL": True}
    assert gateway.kill(scope, key, engaged=False).status == 200
    gateway.refresh_quotes()
    assert gateway.submit().status == 201


@pytest.mark.parametrize(("scope", "key", "name"), SCOPES)
def test_flag_when_flipped_in_the_table_then_the_very_next_order_obeys(
    gateway: Gateway, scope: str, key: str | None, name: str
) -> None:
    assert gateway.submit().status == 201
    gateway.put_flag(name)
    denied = gateway.submit(quantity="0.01")
    assert (denied.status, denied.code) == (422, "KILL_SWITCH_ENGAGED")
    assert scope in denied.body["detail"]
    assert key is None or key in denied.body["detail"]
    gateway.put_flag(name, {"BOOL": False})
    assert gateway.submit(quantity="0.02").status == 201


@pytest.mark.parametrize(
    "name", ["ACCOUNT#other", "VENUE#kraken", "STRATEGY#other", "SYMBOL#ETH/USDT", "SYMBOL#BTC/USDT:USDT"]
)
def test_flag_when_it_names_something_else_then_the_order_passes(gateway: Gateway, name: str) -> None:
    gateway.put_flag(name)
    assert gateway.submit().status == 201


MISTYPED: list[dict[str, Any]] = [{"S": "false"}, {"N": "0"}, {"NULL": True}, {"L": []}, {"M": {}}, {"B": b"0"}]


@pytest.mark.parametrize("value", MISTYPED, ids=lambda value: next(iter(value)))
@pytest.mark.parametrize("name", ["GLOBAL", f"ACCOUNT#{ACCOUNT_ID}", "STRATEGY#trend"])
def test_flag_when_it_is_no_boolean_then_denied(gateway: Gateway, name: str, value: dict[str, Any]) -> None:
    gateway.put_flag(name, value)
    denied = gateway.submit()
    assert (denied.status, denied.code) == (422, "KILL_SWITCH_UNREADABLE")


def test_global_flag_when_missing_then_everything_is_denied_and_it_is_listed_as_engaged(gateway: Gateway) -> None:
    gateway.put_flag("STRATEGY#trend", {"BOOL": False})
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.control_table, Key=key)
    denied = gateway.submit()
    assert (denied.status, denied.code) == (422, "KILL_SWITCH_UNREADABLE")
    assert gateway.account()["trading_state"] == "HALTED"
    listed = {row["scope"]: row["engaged"] for row in gateway.call("GET", "/kill-switch").body["kill_switches"]}
    assert listed == {"global": True, "strategy": False}


def test_flag_when_its_attribute_is_missing_or_its_reason_is_no_text_then_denied(gateway: Gateway) -> None:
    item = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}, "reason": {"N": "1"}}
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.control_table, Item=item)
    assert gateway.submit().code == "KILL_SWITCH_UNREADABLE"
    assert gateway.call("GET", "/kill-switch").body["kill_switches"][0]["engaged"] is True


def test_flag_when_engaged_then_exits_are_denied_too_and_cancels_pass(gateway: Gateway) -> None:
    order = gateway.approved(quantity="0.1")
    gateway.fill(order, "0.05")
    gateway.put_flag("GLOBAL")
    exit_order = gateway.submit(side="sell", quantity="0.05", stop_loss_price=None, reduce_only=True)
    assert exit_order.code == "KILL_SWITCH_ENGAGED"
    assert gateway.cancel(order).status == 200


def test_flags_when_listed_then_each_with_its_reason(gateway: Gateway) -> None:
    gateway.kill("strategy", "trend", cancel_open_orders=True)
    rows = gateway.call("GET", "/kill-switch").body["kill_switches"]
    assert {"scope": "strategy", "key": "trend", "engaged": True, "reason": "drill"}.items() <= rows[1].items()
    assert (rows[1]["version"], rows[1]["updated_by"], rows[1]["progress"]) == (1, "token:adminadmin01", None)
    assert gateway.account()["trading_state"] == "ACTIVE"
    gateway.kill("account", ACCOUNT_ID)
    assert gateway.account()["trading_state"] == "HALTED"


def test_flag_when_the_account_is_unknown_or_the_gateways_own_chain_then_set_all_the_same(gateway: Gateway) -> None:
    gateway.submit(account="nobody")
    for key in ("registered-later", "gateway"):
        answer = gateway.kill("account", key)
        assert (answer.status, answer.body["accounts"]) == (200, []), answer.text
    assert gateway.register("registered-later").status == 201
    gateway.refresh_quotes()
    assert gateway.submit(account="registered-later").code == "KILL_SWITCH_ENGAGED"


@pytest.mark.parametrize("code", [None, "", "000000", "12345", "abcdef", "１２３４５６"])
def test_flag_when_the_code_is_missing_or_wrong_then_refused_and_nothing_is_set(
    gateway: Gateway, code: str | None
) -> None:
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    headers = {} if code is None else {"X-TOTP": code}
    answer = gateway.call("PUT", "/kill-switch", body, headers=headers)
    expected = {None: (401, "TOTP_REQUIRED"), "000000": (401, "TOTP_INVALID")}
    assert (answer.status, answer.code) == expected.get(code, (400, "TOTP_MALFORMED"))
    assert gateway.submit().status == 201


def test_flag_when_the_request_contradicts_itself_then_400_before_the_code_is_used(gateway: Gateway) -> None:
    header = gateway.next_totp()
    for body in (
        {"scope": "global", "key": "x", "engaged": True, "reason": "drill"},
        {"scope": "venue", "engaged": True, "reason": "drill"},
        {"scope": "symbol", "key": "btc/usdt", "engaged": True, "reason": "drill"},
        {"scope": "global", "engaged": "true", "reason": "drill"},
        {"scope": "global", "engaged": True},
        {"scope": "planet", "key": "x", "engaged": True, "reason": "drill"},
    ):
        assert gateway.call("PUT", "/kill-switch", body, headers=header).status == 400
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    assert gateway.call("PUT", "/kill-switch", body, headers=header, caller=ADMIN).status == 200
