"""``riskctl venue rotate`` and ``retire``: a bad key never gets in, a good one replaces the old, whose end is proved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from infra.simulators.exchange.client import ccxt_urls
from tests.component.riskctl.conftest import ACCOUNT as DEMO
from tests.component.riskctl.conftest import VENUE, Gateway
from tests.support.exchange_adapter import unthrottled
from tests.support.venue import ACCOUNT, Simulator, real_time_venue, running

Riskctl = Callable[..., Result]
NAME = "exchange/demo"
OLD, NEW = {"apiKey": "old-key", "secret": "old-secret"}, {"apiKey": "new-key", "secret": "new-secret"}


def grant(simulator: Simulator, key: dict[str, str], account: str = ACCOUNT, **permissions: Any) -> None:
    rights = {"ip_allow_list": ["127.0.0.1"]} | permissions
    simulator.control.post("accounts", account=account, key=key["apiKey"], secret=key["secret"], permissions=rights)


def stored(gateway: Gateway) -> dict[str, Any]:
    secret = gateway.session.aws.secretsmanager.get_secret_value(SecretId=NAME)["SecretString"]
    return dict(json.loads(secret))


@pytest.fixture
def simulator(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    waited: list[float] = []
    monkeypatch.setattr("infra.riskctl.rotate.time.sleep", waited.append)
    with running(real_time_venue()) as built, unthrottled():
        grant(built, OLD)
        grant(built, NEW)
        text = json.dumps(OLD | {"urls": ccxt_urls(built.url)})
        gateway.session.aws.secretsmanager.create_secret(Name=NAME, SecretString=text)
        venues = [{"venue": VENUE, "market_type": "spot", "secret_name": NAME}]
        body = {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"}
        gateway.api.call("PUT", f"/accounts/{DEMO}", body)
        yield built


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "new.json"
    path.write_text(json.dumps(NEW), encoding="utf-8")
    return path


def test_rotation_when_the_new_key_is_right_then_used_and_the_old_ones_end_is_proved(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator, key_file: Path
) -> None:
    shown = riskctl("venue", "rotate", "--key-file", str(key_file))
    assert shown.exit_code == 0, shown.output
    assert "the new key is in use" in shown.output
    assert "new-secret" not in shown.output
    assert stored(gateway) == NEW | {"urls": ccxt_urls(simulator.url)}
    shown = riskctl("venue", "retire")
    assert (shown.exit_code, shown.output.strip()) == (1, "the old key still works: delete it at the exchange")
    simulator.control.delete("keys", key=OLD["apiKey"])
    shown = riskctl("venue", "retire")
    assert (shown.exit_code, shown.output.strip()) == (0, f"{VENUE}: the old key is dead, the new one works")


def test_rotation_when_the_key_comes_by_standard_input_then_used(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    shown = riskctl("venue", "rotate", "--key-file", "-", "--no-wait", input=json.dumps(NEW))
    assert shown.exit_code == 0, shown.output
    assert stored(gateway)["apiKey"] == NEW["apiKey"]
    assert simulator.orders() == []


@pytest.mark.parametrize(
    ("prepare", "problem"),
    [
        (lambda s: grant(s, NEW, enable_withdrawals=True), "can_withdraw"),
        (lambda s: grant(s, NEW, enable_spot_and_margin_trading=False), "can_trade"),
        (lambda s: s.control.delete("keys", key=NEW["apiKey"]), "key"),
        (lambda s: grant(s, NEW, account="bob"), "another account"),
    ],
)
def test_rotation_when_the_new_key_is_not_right_then_nothing_is_changed(
    gateway: Gateway,
    riskctl: Riskctl,
    simulator: Simulator,
    key_file: Path,
    prepare: Callable[[Simulator], None],
    problem: str,
) -> None:
    if problem == "another account":
        simulator.control.delete("keys", key=NEW["apiKey"])
    prepare(simulator)
    shown = riskctl("venue", "rotate", "--key-file", str(key_file))
    assert shown.exit_code == 1, shown.output
    assert problem in shown.output
    assert stored(gateway)["apiKey"] == OLD["apiKey"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", json.dumps({"apiKey": "x"}), json.dumps(NEW | {"options": {"test": 1}})]
)
def test_rotation_when_the_file_is_no_key_then_refused(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator, key_file: Path, text: str
) -> None:
    assert simulator.orders() == []
    key_file.write_text(text, encoding="utf-8")
    shown = riskctl("venue", "rotate", "--key-file", str(key_file))
    assert shown.exit_code == 2, shown.output
    assert "Traceback" not in shown.output
    assert stored(gateway)["apiKey"] == OLD["apiKey"]


def test_rotation_when_the_same_key_is_given_then_refused(
    riskctl: Riskctl, simulator: Simulator, key_file: Path
) -> None:
    assert simulator.orders() == []
    key_file.write_text(json.dumps(OLD), encoding="utf-8")
    shown = riskctl("venue", "rotate", "--key-file", str(key_file))
    assert (shown.exit_code, shown.output.strip()) == (1, "nothing was changed: this key is already in use")
