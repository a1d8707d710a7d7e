"""``riskctl status``: what an operator sees of an account."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]


def test_status_when_an_order_works_then_its_reservation_fills_the_bars(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.submit()
    shown = riskctl("status")
    assert shown.exit_code == 0, shown.output
    position = next(line for line in shown.output.splitlines() if "position_size_fraction_max" in line)
    # 0.5 x 8000 = 4 % of equity, 40 % of the limit: 10 of 24 blocks.
    assert "4.00 %" in position
    assert "10.00 %" in position
    assert position.count("█") == 10
    assert position.count("░") == 14
    assert "40 %" in position
    assert "first" in shown.output
    assert "ACTIVE" in shown.output


def test_status_when_a_limit_is_half_used_then_its_level_is_written_out(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.submit(quantity="1")
    position = next(line for line in riskctl("status").output.splitlines() if "position_size_fraction_max" in line)
    assert "8.00 %" in position
    assert position.rstrip().endswith("orange")


def test_status_when_the_kill_switch_is_engaged_then_it_says_so_first(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.set_flag({"BOOL": True})
    shown = riskctl("status")
    assert shown.exit_code == 0
    assert "HALTED" in shown.output.splitlines()[0]
    assert "kill switch global ENGAGED: table edit" in shown.output.splitlines()[1]


def test_status_when_a_breaker_tripped_then_observed_and_limit_are_shown(gateway: Gateway, riskctl: Riskctl) -> None:
    snapshot = {
        "equity": "96000",
        "balances": [{"venue": "binance", "asset": "USDT", "total": "96000"}],
        "positions": [],
    }
    gateway.api.call("POST", "/accounts/demo/snapshots", snapshot)
    shown = riskctl("status").output
    assert "DAILY_LOSS tripped" in shown
    assert "at 4.00 % (limit 3.00 %), clears on" in shown
    assert "REDUCING" in shown


def test_status_when_json_is_wanted_then_it_is_the_api_answer(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("status", "--output", "json")
    assert json.loads(shown.output) == gateway.api.get("/accounts/demo")


def test_status_when_the_account_is_unknown_then_usage(riskctl: Riskctl) -> None:
    shown = riskctl("status", "--account", "nobody")
    assert shown.exit_code == 2
    assert "ACCOUNT_UNKNOWN: the account is not registered" in shown.output
    assert "Traceback" not in shown.output


def test_status_when_the_api_does_not_answer_then_unavailable(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.transport.down = True
    shown = riskctl("status")
    assert shown.exit_code == 5
    assert "does not answer (ConnectError)" in shown.output


def test_status_when_the_token_is_wrong_then_refused(riskctl: Riskctl) -> None:
    shown = riskctl("--token", "rg_wrong", "status")
    assert shown.exit_code == 2
    assert "UNAUTHORIZED" in shown.output


def test_status_when_watched_then_it_is_kept_up_to_date_until_interrupted(
    gateway: Gateway, riskctl: Riskctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            raise KeyboardInterrupt
        gateway.submit(client_order_id="later")

    monkeypatch.setattr("infra.riskctl.status.time.sleep", sleep)
    shown = riskctl("status", "--watch", "--interval", "5")
    assert shown.exit_code == 0, shown.output
    assert waits == [5.0, 5.0]
    assert "later" in shown.output
    assert riskctl("status", "--watch", "-o", "json").exit_code == 2
