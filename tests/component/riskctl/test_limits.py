"""``riskctl limits``: what changes is shown before it is done."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from infra.riskctl.api import TOTP_HEADER
from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]


def test_limits_show_then_every_limit_is_listed_with_its_check(riskctl: Riskctl) -> None:
    shown = riskctl("limits", "show")
    assert shown.exit_code == 0
    row = next(line for line in shown.output.splitlines() if "daily_loss_fraction_max" in line)
    assert "0.03" in row
    assert "DAILY_LOSS" in row


def test_limits_set_when_tighter_then_no_code_is_sent(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("limits", "set", "daily_loss_fraction_max=0.02", "open_positions_max=5")
    assert shown.exit_code == 0, shown.output
    assert "tighter" in shown.output
    assert "looser" not in shown.output
    assert "limits are now version 2" in shown.output
    assert all(TOTP_HEADER not in request.headers for request in gateway.transport.requests)
    limits = gateway.api.get("/accounts/demo/limits")["limits"]
    assert (limits["daily_loss_fraction_max"], limits["open_positions_max"]) == ("0.02", 5)


def test_limits_set_when_one_is_looser_then_it_is_named_and_a_code_is_sent(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("limits", "set", "daily_loss_fraction_max=0.05", "correlation_max=0.7")
    assert shown.exit_code == 0, shown.output
    verdicts = {line.split()[1]: line.split()[-2] for line in shown.output.splitlines() if "_max " in line}
    assert verdicts == {"daily_loss_fraction_max": "looser", "correlation_max": "tighter"}
    assert TOTP_HEADER in gateway.transport.requests[-1].headers
    assert gateway.api.get("/accounts/demo/limits")["limits"]["daily_loss_fraction_max"] == "0.05"


def test_limits_set_when_null_then_the_check_is_off(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("limits", "set", "sector_fraction_max=null", "-o", "json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)["loosened"] == ["sector_fraction_max"]
    assert gateway.api.get("/accounts/demo/limits")["limits"]["sector_fraction_max"] is None


@pytest.mark.parametrize(
    ("assignment", "name", "value"),
    [
        ("stop_loss_required=true", "stop_loss_required", True),
        ('symbols_denied=["DOGE/USDT"]', "symbols_denied", ["DOGE/USDT"]),
        ('cooldown={"minutes": 5}', "cooldown", {"minutes": 5, "unlock_at": None}),
        ("slippage_budget_bps_max=12.5", "slippage_budget_bps_max", "12.5"),
    ],
)
def test_limits_set_when_a_value_is_of_any_type_then_it_arrives_exactly(
    gateway: Gateway, riskctl: Riskctl, assignment: str, name: str, value: object
) -> None:
    shown = riskctl("limits", "set", assignment)
    assert shown.exit_code == 0, shown.output
    assert gateway.api.get("/accounts/demo/limits")["limits"][name] == value


@pytest.mark.parametrize(
    "assignment",
    [
        "no_such_limit=1",
        "daily_loss_fraction_max=NaN",
        "daily_loss_fraction_max=-0.01",
        "open_positions_max=2.5",
        "alone",
    ],
)
def test_limits_set_when_it_makes_no_sense_then_usage_and_nothing_is_sent(
    gateway: Gateway, riskctl: Riskctl, assignment: str
) -> None:
    shown = riskctl("limits", "set", assignment)
    assert shown.exit_code == 2, shown.output
    assert all(request.method == "GET" or "limits" not in request.url.path for request in gateway.transport.requests)


def test_limits_set_when_nothing_changes_then_it_says_so(riskctl: Riskctl) -> None:
    assert "nothing changes" in riskctl("limits", "set", "daily_loss_fraction_max=0.03").output
