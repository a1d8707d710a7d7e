"""``riskctl exit``, ``locks`` and ``telegram``: what an operator does at a terminal when it matters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from typer.testing import Result

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer
from tests.component.riskctl.conftest import Gateway
from tests.support.riskctl_transport import API_URL

Riskctl = Callable[..., Result]

TOKEN = "1000000001:token-of-the-tests"
SECRET_ID = "riskgate/telegram"


def hold(gateway: Gateway) -> None:
    """Hold half a bitcoin."""
    assert gateway.submit()["decision"] == "approved"
    fill = {"fill_id": "f1", "quantity": "0.5", "price": "8000"}
    gateway.api.call("POST", "/accounts/demo/orders/first/fills", fill | {"executed_at": "2026-01-01T00:00:00Z"})


def test_exit_when_of_one_position_then_its_order_is_shown(gateway: Gateway, riskctl: Riskctl) -> None:
    hold(gateway)

    shown = riskctl("exit", "binance:BTC/USDT", "--fraction", "0.5", "-r", "thesis gone")

    assert shown.exit_code == 0, shown.output
    assert "binance:BTC/USDT" in shown.output
    assert "0.25" in shown.output
    assert "approved" in shown.output
    assert "you" in shown.output


def test_exit_when_all_with_stop_and_cancel_then_one_command_and_json_for_programs(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    hold(gateway)

    shown = riskctl("exit", "--all", "--stop", "--cancel", "--exit-id", "e1", "-r", "over", "-o", "json")

    body = json.loads(shown.stdout)
    assert (shown.exit_code, body["complete"], body["trading_state"]) == (0, False, "REDUCING")
    assert riskctl("exit", "--all", "--stop", "--cancel", "--exit-id", "e1", "-r", "over").exit_code == 0
    status = riskctl("status").output
    assert "MANUAL_STOP tripped" in status
    assert "(over), until an operator resets it" in status
    assert riskctl("breaker", "reset", "MANUAL_STOP", "-r", "calm").exit_code == 0


def test_exit_when_shown_then_as_far_as_it_is_and_no_code_is_asked_for(gateway: Gateway, riskctl: Riskctl) -> None:
    hold(gateway)
    riskctl("exit", "--all", "--exit-id", "e1", "-r", "over")
    before = len(gateway.transport.requests)

    shown = riskctl("exits", "show", "e1", "-o", "json")

    body = json.loads(shown.stdout)
    assert (shown.exit_code, body["exit_id"], body["complete"]) == (0, "e1", False)
    assert all("X-TOTP" not in request.headers for request in gateway.transport.requests[before:])
    assert "riskctl exits show e1" in riskctl("exits", "show", "e1").output
    assert "EXIT_NOT_FOUND" in riskctl("exits", "show", "e2").output


def test_exit_when_an_order_is_denied_then_the_exit_code_says_so(gateway: Gateway, riskctl: Riskctl) -> None:
    hold(gateway)

    shown = riskctl("exit", "--all", "--fraction", "0.000001", "-r", "dust")

    assert shown.exit_code == 3
    assert "denied QUANTITY_INVALID" in shown.output


@pytest.mark.parametrize("arguments", [[], ["binance:BTC/USDT", "--all"]])
def test_exit_when_it_is_not_clear_what_then_usage_and_nothing_is_sent(
    gateway: Gateway, riskctl: Riskctl, arguments: list[str]
) -> None:
    sent = len(gateway.transport.requests)
    assert riskctl("exit", *arguments, "-r", "x").exit_code == 2
    assert len(gateway.transport.requests) == sent


def test_locks_when_listed_and_cleared_then_gone(gateway: Gateway, riskctl: Riskctl) -> None:
    assert "nothing is locked" in riskctl("locks", "list").output
    gateway.api.call("PUT", "/accounts/demo/limits", {"repeated_execution_max": 1})
    hold(gateway)
    out = gateway.submit(client_order_id="out", side="sell", quantity="0.2", stop_loss_price="8200")
    assert out["decision"] == "approved"
    fill = {"fill_id": "f2", "quantity": "0.2", "price": "8000"}
    gateway.api.call("POST", "/accounts/demo/orders/out/fills", fill | {"executed_at": "2026-01-01T00:00:00Z"})
    assert "an operator unlocks it" in riskctl("locks", "list").output
    body = json.loads(riskctl("locks", "list", "-o", "json").stdout)

    shown = riskctl("locks", "clear", body["locks"][0]["lock_id"], "-r", "a & b = c")

    assert "nothing is locked" in shown.output
    entries = gateway.api.get("/accounts/demo/audit?limit=100")["entries"]
    assert entries[-1]["inputs"]["reason"] == "a & b = c"


@pytest.fixture
def bot(gateway: Gateway) -> Iterator[BotApi]:
    """A bot that is not connected yet, and its secret."""
    server = TelegramServer(BotApi(token=TOKEN))
    server.start()
    secret = {"token": TOKEN, "api_url": server.url, "webhook_secret": "w" * 32, "chats": {"red": [1]}, "users": {}}
    gateway.aws.secretsmanager.create_secret(Name=SECRET_ID, SecretString=json.dumps(secret))
    yield server.api
    server.stop()


def test_telegram_when_connected_then_updates_come_to_this_gateway(riskctl: Riskctl, bot: BotApi) -> None:
    shown = riskctl("telegram", "connect", "--secret-id", SECRET_ID)

    assert shown.exit_code == 0, shown.output
    assert bot.webhook == {"url": f"{API_URL}/telegram", "secret_token": "w" * 32}
    assert "@gate_bot posts to" in shown.output


@pytest.mark.usefixtures("bot")
def test_telegram_users_when_allowed_and_removed_then_the_rest_of_the_secret_stays(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    allow = ("telegram", "allow", "4711", "--operator", "alice", "--role", "control", "-a", "demo", "-a", "second")
    assert riskctl(*allow, "--secret-id", SECRET_ID).exit_code == 0
    assert riskctl("telegram", "allow", "4712", "--operator", "bob", "-a", "*", "--secret-id", SECRET_ID).exit_code == 0
    assert riskctl("telegram", "remove", "4712", "--secret-id", SECRET_ID).exit_code == 0

    shown = riskctl("telegram", "users", "--secret-id", SECRET_ID).output
    assert "alice" in shown
    assert "bob" not in shown
    stored = json.loads(gateway.aws.secretsmanager.get_secret_value(SecretId=SECRET_ID)["SecretString"])
    assert stored["users"] == {"4711": {"operator": "alice", "role": "control", "accounts": ["demo", "second"]}}
    assert (stored["token"], stored["chats"], stored["webhook_secret"]) == (TOKEN, {"red": [1]}, "w" * 32)
