"""The runbooks for bad days, carried out on the deployed gateway with the commands they name."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.demo.accounts import DEMO_ACCOUNT
from infra.local import first_jobs as jobs
from infra.local import serve_exchange as venue
from infra.local.settings import Settings
from infra.simulators.exchange.client import ControlClient
from riskgate.adapters.aws.secrets import REFRESH_SECONDS
from tests.e2e.test_riskctl import Operator, Riskctl, connection, guarded, start
from tests.support.waiting import wait_for

__all__ = ["connection"]

SPOT, SYMBOL = "sim-spot", "BTC/USDT"


@dataclass(frozen=True)
class Manager(Operator):
    """An operator who also runs jobs."""

    settings: Settings


@pytest.fixture
def exchange(stack: dict[str, Any]) -> Iterator[ControlClient]:
    """Give the stack's exchange; its faults end with the test."""
    control = ControlClient(stack["exchange_url"])
    yield control
    control.delete("faults")


@pytest.fixture
def operator(stack: dict[str, Any], connection: tuple[str, dict[str, str]], tmp_path: Path) -> Manager:
    """Give an operator with an account of this test's own at the simulated exchange."""
    token, environment = connection
    account_id = f"runbook-{secrets.token_hex(4)}"
    run = partial(start, {**environment, "RISKCTL_ACCOUNT": account_id})
    port = httpx.URL(stack["aws_endpoint_url"]).port
    assert port is not None
    settings = Settings(state_dir=tmp_path, port_base=port)
    made = Manager(account_id=account_id, token=token, api_url=stack["api_url"], run=run, settings=settings)
    registration = {**DEMO_ACCOUNT, "venues": venue.ensure_keys(settings, account_id)}
    made.request("PUT", f"/accounts/{account_id}", registration)
    # Where its money lies is known from the first reading on.
    assert jobs.run(settings, stack["functions"]["monitor"], {"account_id": account_id})["recorded"]
    assert "complete, " in run_recon(made.run)
    return made


def price_of(stack: dict[str, Any]) -> Decimal:
    answer = httpx.get(f"{stack['exchange_url']}/api/v3/ticker/price", params={"symbol": "BTCUSDT"}, timeout=60)
    return Decimal(answer.json()["price"])


def rest(stack: dict[str, Any], operator: Manager) -> str:
    """Have the gateway place an order that rests at the exchange."""
    name = f"rest-{secrets.token_hex(4)}"
    price = (price_of(stack) * Decimal("0.97")).quantize(Decimal("0.01"))
    order = {
        "client_order_id": name,
        "symbol": SYMBOL,
        "venue": SPOT,
        "strategy": "swing",
        "side": "buy",
        "type": "limit",
        "quantity": f"0.01{secrets.randbelow(900) + 100}",
        "price": str(price),
        "stop_loss_price": str((price * Decimal("0.95")).quantize(Decimal("0.01"))),
        "route": True,
    }

    def submit() -> bool | None:
        jobs.run(operator.settings, stack["functions"]["market_data"], {"task": "quotes", "at_once": True})
        headers = {"Authorization": f"Bearer {operator.token}"}
        url = f"{operator.api_url}/accounts/{operator.account_id}/orders"
        answer = httpx.post(url, json=order, headers=headers, timeout=60)
        assert answer.status_code == 201 or answer.json()["code"] == "QUOTE_STALE", answer.text
        order["client_order_id"] = name if answer.status_code == 201 else f"{name}-{secrets.token_hex(2)}"
        return True if answer.status_code == 201 else None

    wait_for(submit)
    name = str(order["client_order_id"])
    wait_for(partial(has_status, operator, name, "submitted"))
    return name


def read(operator: Operator, *path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {operator.token}"}
    url = "/".join((operator.api_url, "accounts", operator.account_id, *path))
    answer = httpx.get(url, headers=headers, timeout=60)
    assert answer.is_success, answer.text
    return dict(answer.json())


def status_of(operator: Operator, order: str) -> str:
    return str(read(operator, "orders", order)["status"])


def has_status(operator: Operator, order: str, status: str) -> bool | None:
    return True if status_of(operator, order) == status else None


def run_recon(run: Riskctl) -> str:
    """Compare the books."""
    done = run("recon", "run")
    return done.stdout + done.stderr


def test_cancelling_all_orders(stack: dict[str, Any], operator: Manager, exchange: ControlClient) -> None:
    orders = [rest(stack, operator) for _ in range(2)]
    flag = ("--scope", "account", "--key", operator.account_id)
    killed = guarded(operator, "kill", "on", *flag, "--cancel-open-orders", "--reason", "books differ")
    assert f"kill switch account {operator.account_id}: ENGAGED" in killed.stdout, killed.stderr
    for order in orders:
        wait_for(partial(has_status, operator, order, "cancelled"))
    at_the_venue: Any = exchange.get("orders", account=operator.account_id)
    assert [row["status"] for row in at_the_venue] == ["CANCELED", "CANCELED"]
    assert "open_orders_cancelled" in operator.run("audit", "tail").stdout
    entries = read(operator, "audit?limit=100")["entries"]
    [passed] = [entry["inputs"] for entry in entries if entry["event"] == "open_orders_cancelled"]
    assert {row["client_order_id"]: row["outcome"] for row in passed["results"]} == dict.fromkeys(orders, "cancelled")
    assert passed["remaining"] == 0
    assert "complete" in run_recon(operator.run)
    released = guarded(operator, "kill", "off", *flag, "--reason", "books agree again")
    assert f"kill switch account {operator.account_id}: released" in released.stdout, released.stderr


def test_disabling_trading(operator: Manager) -> None:
    symbol = f"X{secrets.token_hex(3).upper()}/USDT"
    on = guarded(operator, "kill", "on", "--scope", "symbol", "--key", symbol, "--reason", "symbol halt")
    assert f"kill switch symbol {symbol}: ENGAGED" in on.stdout, on.stderr
    assert symbol in operator.run("kill", "list").stdout
    off = guarded(operator, "kill", "off", "--scope", "symbol", "--key", symbol, "--reason", "over")
    assert "released" in off.stdout, off.stderr


def test_reconciliation_breaks(stack: dict[str, Any], operator: Manager, exchange: ControlClient) -> None:
    price = str((price_of(stack) * Decimal("0.96")).quantize(Decimal("0.01")))
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    placed: Any = exchange.post("orders", account=operator.account_id, price=price, **order)
    assert "1 open" in run_recon(operator.run)
    shown = operator.run("recon", "show").stdout
    assert "rogue_order" in shown
    assert "revoke the key that placed it" in " ".join(shown.split())
    exchange.delete("orders", order_id=placed["order_id"])
    [found] = [row["break_id"] for row in read(operator, "reconciliation")["open"]]
    resolved = guarded(operator, "recon", "resolve", found, "--reason", "cancelled at the venue, key revoked")
    assert "still open: 0, tripped: none" in resolved.stdout, resolved.stderr
    assert "0 open" in run_recon(operator.run)


def test_reconciliation_incomplete(operator: Manager, exchange: ControlClient) -> None:
    exchange.post("faults", kind="drop_before_accept", method="GET", path="/api/v3/account", count=None)
    assert "INCOMPLETE" in run_recon(operator.run)
    exchange.delete("faults")
    assert "complete, " in run_recon(operator.run)


def test_unknown_orders(stack: dict[str, Any], operator: Manager, exchange: ControlClient) -> None:
    exchange.post("faults", kind="drop_after_accept", method="POST", path="/api/v3/order")
    order = rest(stack, operator)
    assert status_of(operator, order) == "submitted"
    at_the_venue: Any = exchange.get("orders", account=operator.account_id)
    assert len(at_the_venue) == 1
    assert "0 open" in run_recon(operator.run)


def test_key_rotation(stack: dict[str, Any], operator: Manager, exchange: ControlClient, tmp_path: Path) -> None:
    """The old and the new key are good side by side, and orders flow before, between and after."""
    accounts: Any = exchange.get("accounts")
    [old] = next(row["keys"] for row in accounts if row["account"] == operator.account_id)
    new = {"apiKey": secrets.token_hex(32), "secret": secrets.token_hex(32)}
    exchange.post("accounts", account=operator.account_id, key=new["apiKey"], secret=new["secret"])
    rest(stack, operator)
    file = tmp_path / "new-key.json"
    file.write_text(json.dumps(new), encoding="utf-8")
    choice = ("--venue", SPOT, "--accept-unchecked")
    rotated = operator.run("venue", "rotate", "--key-file", str(file), "--no-wait", *choice)
    assert "the new key is in" in rotated.stdout + rotated.stderr, rotated.stdout + rotated.stderr
    refused = operator.run("venue", "retire", "--venue", SPOT)
    assert "the old key still works" in refused.stdout + refused.stderr
    # A refused key makes a function read the secret again, unless it has just done so.
    time.sleep(REFRESH_SECONDS)
    exchange.delete("keys", key=old)
    rest(stack, operator)
    retired = operator.run("venue", "retire", "--venue", SPOT)
    assert "the old key is dead, the new one works" in retired.stdout + retired.stderr
