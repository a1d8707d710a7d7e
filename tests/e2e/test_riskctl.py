"""The operator's command line against the deployed gateway, as a person starts it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.local.settings import ROOT

RISKCTL = ROOT / "infra" / "riskctl" / "riskctl"
VENUE = "riskctl"
#: A function reads a seed that is new to it at most this much later.
SEED_SECONDS = 10

type Riskctl = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Operator:
    """An operator of these tests' own: no other test uses up the one-time codes."""

    account_id: str
    token: str
    api_url: str
    run: Riskctl

    def request(self, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, self.api_url + path, json=body, headers=headers, timeout=60)
        assert answer.is_success, answer.text
        return answer

    def quote(self) -> None:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        prices = {"bid": "7999", "ask": "8001", "last": "8000", "volume_24h": "50000"}
        self.request("PUT", "/market/quotes", {"quotes": [{"venue": VENUE, "symbol": "BTC/USDT", "at": now, **prices}]})

    def order(self, command: str, *more: str, **options: str) -> subprocess.CompletedProcess[str]:
        self.quote()
        fields = {"symbol": "BTC/USDT", "venue": VENUE, "side": "buy", "price": "8000", "stop-loss-price": "7800"}
        given = [part for name, value in {**fields, **options}.items() for part in (f"--{name}", value)]
        return self.run("order", command, *given, *more)


@pytest.fixture(scope="module")
def connection(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """Enrol an operator and give it a token, through the command line; return the token and the environment."""
    name = f"operator-{uuid4().hex[:8]}"
    stack_file = tmp_path_factory.mktemp("riskctl") / "stack.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RISKCTL_"))}
    environment |= {"RISKCTL_STACK_FILE": str(stack_file)}
    stack_file.write_text(json.dumps(stack), encoding="utf-8")
    seed = json.loads(start(environment, "totp", "enrol", name, "-o", "json").stdout)["seed"]
    scopes = ["-r", "operator", "-s", "orders:write", "-s", "snapshots:write", "-s", "market:write"]
    created = start(
        environment, "token", "create", *scopes, "-a", "*", "--strategy", "*", "--operator", name, "-o", "json"
    )
    token = json.loads(created.stdout)["token"]
    tokens = {**stack["tokens"], "admin": token}
    stack_file.write_text(json.dumps({**stack, "tokens": tokens, "totp_secret": seed}), encoding="utf-8")
    return token, environment


@pytest.fixture
def operator(stack: dict[str, Any], connection: tuple[str, dict[str, str]]) -> Operator:
    """Give the operator an account that no other test has traded on."""
    token, environment = connection
    account_id = f"riskctl-{uuid4().hex[:8]}"
    run = partial(start, {**environment, "RISKCTL_ACCOUNT": account_id})
    made = Operator(account_id=account_id, token=token, api_url=stack["api_url"], run=run)
    registration = {
        "base_currency": "USDT",
        "venues": [{"venue": VENUE, "market_type": "spot"}],
        "initial_equity": "100000",
    }
    made.request("PUT", f"/accounts/{account_id}", registration)
    instrument = {
        "venue": VENUE,
        "symbol": "BTC/USDT",
        "market_type": "spot",
        "tick_size": "0.01",
        "step_size": "0.001",
    }
    made.request("PUT", "/market/instruments", {"instruments": [instrument]})
    return made


def start(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher from anywhere."""
    return subprocess.run(
        [str(RISKCTL), *arguments], capture_output=True, text=True, check=False, env=environment, cwd=Path("/")
    )


def guarded(operator: Operator, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that needs a one-time code, until the function has read the new seed."""
    deadline = time.monotonic() + SEED_SECONDS
    while "TOTP_NOT_ENROLLED" in (done := operator.run(*arguments)).stderr and time.monotonic() < deadline:
        time.sleep(1)
    return done


def test_orders_when_checked_and_submitted_then_exit_codes_tell(operator: Operator) -> None:
    checked = operator.order("check", quantity="0.5")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "largest quantity that would pass: 1.25" in checked.stdout
    assert operator.order("submit", quantity="0.5", **{"client-order-id": "one"}).returncode == 0
    denied = operator.order("submit", quantity="2")
    assert denied.returncode == 3
    assert "DENIED NOTIONAL_ABOVE_MAXIMUM" in denied.stdout
    wrong = operator.order("submit", quantity="NaN")
    assert wrong.returncode == 2
    assert "quantity: must be a decimal string" in wrong.stderr
    shown = operator.run("status")
    assert shown.returncode == 0
    assert "one" in shown.stdout


def test_kill_when_on_and_off_then_orders_stop_and_pass(operator: Operator) -> None:
    scope = ["--scope", "account", "--key", operator.account_id, "--reason", "drill"]
    engaged = guarded(operator, "kill", "on", *scope)
    assert engaged.returncode == 0, engaged.stderr
    try:
        assert "Nothing it covers is approved any more." in engaged.stdout
        assert operator.order("check", quantity="0.1").returncode == 4
        assert "HALTED" in operator.run("status").stdout
    finally:
        released = guarded(operator, "kill", "off", *scope)
    assert released.returncode == 0, released.stderr
    assert operator.order("check", quantity="0.1").returncode == 0


def test_kill_when_the_api_is_unreachable_then_raw_still_stops_everything(operator: Operator) -> None:
    unreachable = ["--api-url", "http://127.0.0.1:9/v1"]
    scope = ["-s", "strategy", "-k", "manual", "-r", "drill"]
    refused = operator.run(*unreachable, "kill", "on", *scope)
    assert refused.returncode == 5
    assert refused.stderr == "http://127.0.0.1:9/v1 does not answer (ConnectError)\n"
    scope.append("--raw")
    try:
        assert operator.run(*unreachable, "kill", "on", *scope).returncode == 0
        assert operator.order("submit", quantity="0.1").returncode == 4
    finally:
        assert operator.run("kill", "off", *scope).returncode == 0
    assert operator.order("submit", quantity="0.1").returncode == 0


def test_limits_when_set_then_shown(operator: Operator) -> None:
    tightened = operator.run("limits", "set", "daily_trades_max=15")
    assert (tightened.returncode, tightened.stderr) == (0, "")
    assert "tighter" in tightened.stdout
    shown = json.loads(operator.run("limits", "show", "-o", "json").stdout)
    assert shown["limits"]["daily_trades_max"] == 15


def test_token_when_created_then_it_opens_its_account_alone(operator: Operator) -> None:
    created = operator.run(
        "token", "create", "-s", "accounts:read", "-a", operator.account_id, "--operator", "reader", "-o", "json"
    )
    token = json.loads(created.stdout)
    headers = {"Authorization": f"Bearer {token['token']}"}
    for account, status in [(operator.account_id, 200), ("demo", 403)]:
        answer = httpx.get(f"{operator.api_url}/accounts/{account}", headers=headers, timeout=60)
        assert answer.status_code == status
    assert operator.run("token", "revoke", token["token_id"]).returncode == 0
    rows = json.loads(operator.run("token", "list", "-o", "json").stdout)["tokens"]
    assert {row["token_id"]: row["state"] for row in rows}[token["token_id"]] == "revoked"
    tail = json.loads(operator.run("audit", "tail", "-a", "gateway", "-o", "json").stdout)["entries"]
    assert [entry["event"] for entry in tail[-2:]] == ["token_changed", "token_changed"]
    assert tail[-1]["actor"].startswith("aws:arn:aws:")


def test_audit_when_verified_and_replayed_then_no_findings(operator: Operator) -> None:
    assert operator.order("submit", quantity="0.2").returncode == 0
    for command in ("verify", "replay"):
        for account in (operator.account_id, "gateway"):
            done = operator.run("audit", command, "-a", account)
            assert done.returncode == 0, done.stdout
            assert "no findings" in done.stdout
