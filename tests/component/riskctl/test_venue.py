"""``riskctl venue doctor``: what is wrong with an exchange's key is said before it costs money."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import Result

from infra.local.settings import STACK_NAME
from infra.simulators.exchange.client import ccxt_urls
from tests.component.riskctl.conftest import ACCOUNT as DEMO
from tests.component.riskctl.conftest import Gateway
from tests.support.exchange_adapter import unthrottled
from tests.support.venue import ACCOUNT, Simulator, real_time_venue, running

Riskctl = Callable[..., Result]

KEY, SECRET = "doctor-key-0123456789", "doctor-secret-0123456789"
SAFE = {"ip_allow_list": ["127.0.0.1"]}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running(real_time_venue()) as built, unthrottled():
        grant(built, SAFE)
        yield built


def grant(simulator: Simulator, permissions: dict[str, Any]) -> None:
    simulator.control.post("accounts", account=ACCOUNT, key=KEY, secret=SECRET, permissions=permissions)


def store_secret(gateway: Gateway, simulator: Simulator, name: str = "exchange/demo", **changes: Any) -> str:
    text = json.dumps({"apiKey": KEY, "secret": SECRET, "urls": ccxt_urls(simulator.url)} | changes)
    gateway.session.aws.secretsmanager.create_secret(Name=name, SecretString=text)
    for venue in ("binance", "binanceusdm"):
        market = json.dumps({"urls": ccxt_urls(simulator.url)})
        gateway.session.aws.secretsmanager.create_secret(Name=f"{STACK_NAME}/market/{venue}", SecretString=market)
    return name


def register(gateway: Gateway, *venues: dict[str, str]) -> None:
    gateway.api.call(
        "PUT", f"/accounts/{DEMO}", {"base_currency": "USDT", "venues": list(venues), "initial_equity": "100000"}
    )


def doctor(riskctl: Riskctl, *arguments: str) -> tuple[int, dict[str, str]]:
    """Return the exit code, and the outcome of each look as ``venue name``."""
    shown = riskctl("venue", "doctor", "-o", "json", *arguments)
    assert shown.output.startswith("{"), shown.output
    body = json.loads(shown.output)
    outcomes = {
        f"{venue['venue']} {finding['name']}": finding["outcome"]
        for venue in body["venues"]
        for finding in venue["findings"]
    }
    assert body["failed"] == (shown.exit_code == 1)
    return shown.exit_code, outcomes


ALL = (
    "status",
    "clock",
    "markets",
    "key",
    "can_trade",
    "can_withdraw",
    "can_transfer",
    "ip_restricted",
    "market_data",
    "proven",
)


def test_doctor_when_the_accounts_keys_are_right_then_every_look_is_ok(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    name = store_secret(gateway, simulator)
    register(
        gateway,
        {"venue": "binance", "market_type": "spot", "secret_name": name},
        {"venue": "binanceusdm", "market_type": "swap", "secret_name": name},
    )
    code, outcomes = doctor(riskctl, "--strict")
    swaps = {f"binanceusdm {look}" for look in (*ALL, "position_mode")}
    assert outcomes == dict.fromkeys({f"binance {look}" for look in ALL} | swaps, "ok")
    assert code == 0
    code, outcomes = doctor(riskctl, "--venue", "binanceusdm")
    assert set(outcomes) == swaps


def test_doctor_when_the_account_is_in_hedge_mode_then_fails_with_the_setting_to_change(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    name = store_secret(gateway, simulator)
    spot = {"venue": "binance", "market_type": "spot", "secret_name": name}
    register(gateway, spot, {"venue": "binanceusdm", "market_type": "swap", "secret_name": name})
    simulator.control.post("accounts", account=ACCOUNT, dual_side_position=True)

    code, outcomes = doctor(riskctl)
    shown = riskctl("venue", "doctor", "-o", "json").output

    assert (code, outcomes["binanceusdm position_mode"]) == (1, "failed")
    assert "HEDGE_MODE_UNSUPPORTED" in shown
    assert "One-way Mode" in shown


@pytest.mark.parametrize(
    ("permissions", "look", "outcome", "code", "strict_code"),
    [
        (SAFE | {"enable_withdrawals": True}, "can_withdraw", "failed", 1, 1),
        (SAFE | {"permits_universal_transfer": True}, "can_transfer", "failed", 1, 1),
        (SAFE | {"enable_spot_and_margin_trading": False}, "can_trade", "failed", 1, 1),
        ({}, "ip_restricted", "warning", 0, 1),
    ],
)
def test_doctor_when_the_key_may_do_too_much_or_too_little_then_found(
    gateway: Gateway,
    riskctl: Riskctl,
    simulator: Simulator,
    permissions: dict[str, Any],
    look: str,
    outcome: str,
    code: int,
    strict_code: int,
) -> None:
    grant(simulator, permissions)
    name = store_secret(gateway, simulator)
    arguments = ("--secret-name", name, "--venue", "binance")
    exit_code, outcomes = doctor(riskctl, *arguments)
    assert (exit_code, outcomes.pop(f"binance {look}")) == (code, outcome)
    assert set(outcomes.values()) == {"ok"}
    assert doctor(riskctl, *arguments, "--strict")[0] == strict_code


def test_doctor_when_the_key_is_refused_then_found_and_never_shown(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    simulator.control.delete("keys", key=KEY)
    name = store_secret(gateway, simulator)
    shown = riskctl("venue", "doctor", "--secret-name", name, "--venue", "binance")
    assert shown.exit_code == 1
    assert "does not accept the key" in shown.output
    assert "unchecked" in shown.output
    assert KEY not in shown.output
    assert SECRET not in shown.output


def test_doctor_when_prices_come_from_elsewhere_then_found(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    name = store_secret(gateway, simulator)
    gateway.session.aws.secretsmanager.put_secret_value(SecretId=f"{STACK_NAME}/market/binance", SecretString="{}")
    code, outcomes = doctor(riskctl, "--secret-name", name, "--venue", "binance")
    assert (code, outcomes["binance market_data"], outcomes["binance key"]) == (1, "failed", "ok")


def test_doctor_when_clocks_differ_then_found(gateway: Gateway, riskctl: Riskctl, simulator: Simulator) -> None:
    simulator.control.post("clock", advance_seconds=4)
    name = store_secret(gateway, simulator)
    code, outcomes = doctor(riskctl, "--secret-name", name, "--venue", "binance")
    assert (code, outcomes["binance clock"]) == (1, "failed")


def test_doctor_when_the_exchange_does_not_answer_then_found(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    name = store_secret(gateway, simulator)
    simulator.control.post("faults", kind="drop_before_accept", method="*", path="/*", count=None)
    code, outcomes = doctor(riskctl, "--secret-name", name, "--venue", "binance")
    assert code == 1
    assert (outcomes["binance clock"], outcomes["binance key"], outcomes["binance rights"]) == (
        "failed",
        "failed",
        "unchecked",
    )


def test_doctor_when_the_account_has_no_key_then_only_the_public_side(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    name = store_secret(gateway, simulator, apiKey="x", secret="y")
    gateway.session.aws.secretsmanager.put_secret_value(
        SecretId=name, SecretString=json.dumps({"urls": ccxt_urls(simulator.url)})
    )
    code, outcomes = doctor(riskctl, "--secret-name", name, "--venue", "binance")
    assert (code, outcomes["binance key"], outcomes["binance markets"]) == (0, "warning", "ok")


@pytest.mark.parametrize("text", ["not json", '{"apiKey": 1}', '{"verbose": true}'])
def test_doctor_when_the_secret_is_unreadable_then_found_without_its_content(
    gateway: Gateway, riskctl: Riskctl, text: str
) -> None:
    gateway.session.aws.secretsmanager.create_secret(Name="broken", SecretString=text)
    shown = riskctl("venue", "doctor", "--secret-name", "broken", "--venue", "binance")
    assert shown.exit_code == 1
    assert "SECRET_UNREADABLE" in shown.output
    assert text not in shown.output


def test_doctor_when_ccxt_knows_no_such_exchange_then_found(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    name = store_secret(gateway, simulator)
    shown = riskctl("venue", "doctor", "--secret-name", name, "--venue", "no-such-exchange")
    assert shown.exit_code == 1
    assert "VENUE_UNKNOWN" in shown.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--secret-name", "x"), "--secret-name needs --venue"),
        (("--venue", "nowhere"), "has no exchange nowhere"),
        (("--account", "nobody"), "nobody is not registered"),
    ],
)
def test_doctor_when_asked_for_what_is_not_there_then_usage(
    gateway: Gateway, riskctl: Riskctl, arguments: tuple[str, ...], message: str
) -> None:
    shown = riskctl("venue", "doctor", *arguments)
    assert shown.exit_code == 2
    assert message in shown.output
    assert gateway.stack_file.is_file()
