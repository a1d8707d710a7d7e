"""``riskctl webhook``: set up, list, show, delete; the message to paste is one that the gateway takes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from infra.riskctl.api import TOTP_HEADER
from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]

CREATE = ("webhook", "create", "tv", "--venue", "binance", "--strategy", "trend", "--size", "risk_fraction=0.005")


@pytest.fixture(autouse=True)
def _has_key(gateway: Gateway) -> None:
    """Give the account's venue a key: webhooks route."""
    venues = [{"venue": "binance", "market_type": "spot", "secret_name": "riskgate/exchange/demo"}]
    account = {"base_currency": "USDT", "venues": venues, "sectors": {}, "initial_equity": "1000"}
    gateway.api.call("PUT", "/accounts/demo", account)


def test_webhook_when_created_listed_shown_and_deleted_then_each_says_what_there_is(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    more = ("--source", "tradingview", "--action", "buy", "--symbol", "XBT=BTC/USDT", "--stop-fraction", "0.02")
    created = riskctl(*CREATE, *more, "-o", "json")
    assert created.exit_code == 0, created.output
    body = json.loads(created.output)
    assert TOTP_HEADER in gateway.transport.requests[-1].headers
    assert body["url"].endswith(f"/webhooks/tv/{body['path'].rpartition('/')[2]}")
    listed = json.loads(riskctl("webhook", "list", "-o", "json").output)["webhooks"]
    assert [hook["size"] for hook in listed] == [{"by": "risk_fraction", "value": "0.005"}]
    assert "trend" in riskctl("webhook", "list").output
    shown = json.loads(riskctl("webhook", "show", "tv", "-o", "json").output)
    assert (shown["symbols"], shown["actions"], shown["stop_fraction"]) == ({"XBT": "BTC/USDT"}, ["buy"], "0.02")
    assert body["body_secret"] not in riskctl("webhook", "show", "tv").output
    again = riskctl(*CREATE)
    assert again.exit_code == 2
    assert "--replace" in again.output
    renewed = riskctl(*CREATE, "--replace", "-o", "json")
    assert json.loads(renewed.output)["body_secret"] != body["body_secret"]
    assert riskctl("webhook", "delete", "tv").exit_code == 0
    assert json.loads(riskctl("webhook", "list", "-o", "json").output) == {"webhooks": []}


def test_webhook_when_created_then_the_message_to_paste_is_shown_with_its_secret(riskctl: Riskctl) -> None:
    shown = riskctl(*CREATE)
    assert shown.exit_code == 0, shown.output
    message = json.loads(shown.output[shown.output.index("{") : shown.output.rindex("}") + 1])
    assert message["client_ref"] == "tv_{{timenow}}_{{strategy.order.id}}"
    assert len(message["secret"]) == 43


@pytest.mark.parametrize("wrong", ["--size=risk_fraction", "--symbol=XBT", "--size=half", "--days=400"])
def test_webhook_when_an_option_makes_no_sense_then_no_code_is_used(
    gateway: Gateway, riskctl: Riskctl, wrong: str
) -> None:
    before = len(gateway.transport.requests)
    assert riskctl(*CREATE, wrong).exit_code == 2
    assert len(gateway.transport.requests) == before
