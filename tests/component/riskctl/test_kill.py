"""``riskctl kill``: engage and release, through the API and past it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from typer.testing import Result

from infra.riskctl.one_time_codes import compute_code
from tests.component.riskctl.conftest import Gateway
from tests.support.aws import TOTP_SEED

Riskctl = Callable[..., Result]


def test_kill_on_when_engaged_then_the_next_order_is_halted(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("kill", "on", "--reason", "drill")
    assert shown.exit_code == 0, shown.output
    assert "kill switch global: ENGAGED" in shown.output
    assert "Nothing it covers is approved any more." in shown.output
    assert gateway.submit()["code"] == "KILL_SWITCH_ENGAGED"
    assert gateway.aws.items(gateway.aws.control_table)
    order = riskctl("order", "submit", "--symbol", "BTC/USDT", "--side", "buy", "--quantity", "0.1", "--price", "8000")
    assert order.exit_code == 4


def test_kill_off_when_released_then_orders_pass_again(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.set_flag({"BOOL": True})
    assert riskctl("kill", "off", "--reason", "drill over").exit_code == 0
    assert gateway.submit()["decision"] == "approved"


@pytest.mark.parametrize(
    ("scope", "key"), [("account", "demo"), ("venue", "binance"), ("strategy", "swing"), ("symbol", "BTC/USDT")]
)
def test_kill_on_when_one_scope_is_named_then_only_what_it_covers_stops(
    gateway: Gateway, riskctl: Riskctl, scope: str, key: str
) -> None:
    assert riskctl("kill", "on", "-s", scope, "-k", key, "-r", "drill").exit_code == 0
    assert gateway.submit()["code"] == "KILL_SWITCH_ENGAGED"
    listed = riskctl("kill", "list", "-o", "json")
    flags = {(flag["scope"], flag["key"]): flag["engaged"] for flag in json.loads(listed.output)["kill_switches"]}
    assert flags == {("global", None): False, (scope, key): True}


def test_kill_on_when_the_api_is_down_then_raw_writes_the_flag(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.transport.down = True
    assert riskctl("kill", "on", "-r", "drill").exit_code == 5
    raw = riskctl("kill", "on", "-r", "drill", "--raw", "--cancel-open-orders")
    assert raw.exit_code == 0, raw.output
    gateway.transport.down = False
    assert gateway.submit()["code"] == "KILL_SWITCH_ENGAGED"
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    item = gateway.aws.dynamodb.get_item(TableName=gateway.aws.control_table, Key=key)["Item"]
    assert item["engaged"] == {"BOOL": True}
    assert item["cancel_open_orders"] == {"BOOL": True}
    assert item["reason"] == {"S": "drill"}
    assert item["updated_by"]["S"].startswith("aws:arn:aws:sts::123456789012:")


def test_kill_off_when_raw_then_the_flag_is_released(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.set_flag({"BOOL": True})
    assert riskctl("kill", "off", "-r", "over", "--raw").exit_code == 0
    assert gateway.submit()["decision"] == "approved"


@pytest.mark.parametrize("raw", [[], ["--raw"]])
def test_kill_on_when_scope_and_key_do_not_go_together_then_usage(riskctl: Riskctl, raw: list[str]) -> None:
    shown = riskctl("kill", "on", "-s", "venue", "-r", "drill", *raw)
    assert shown.exit_code == 2
    assert "VALIDATION_FAILED" in shown.output
    assert "key" in shown.output


def test_kill_on_when_the_code_is_wrong_then_refused_and_nothing_stops(gateway: Gateway, riskctl: Riskctl) -> None:
    wrong = f"{(int(compute_code(TOTP_SEED, datetime(2020, 1, 1, tzinfo=UTC))) + 1) % 10**6:06d}"
    shown = riskctl("kill", "on", "-r", "drill", "--totp", wrong)
    assert shown.exit_code == 2
    assert "TOTP_INVALID" in shown.output
    assert gateway.submit()["decision"] == "approved"


def test_kill_list_when_the_global_item_is_missing_then_it_reads_as_engaged(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.set_flag({"S": "false"})
    shown = riskctl("kill", "list")
    assert "ENGAGED" in shown.output
    assert gateway.submit()["code"] == "KILL_SWITCH_UNREADABLE"
