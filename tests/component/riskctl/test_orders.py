"""``riskctl order``: every check in a table, and exit codes for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import Result

from riskgate.core.codes import DenyCode
from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]

BUY = ["--symbol", "BTC/USDT", "--side", "buy", "--price", "8000", "--stop-loss-price", "7800"]


def test_order_check_when_it_passes_then_every_applied_check_and_the_largest_size_are_shown(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    shown = riskctl("order", "check", *BUY, "--quantity", "0.5")
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith("APPROVED")
    # 10 % of 100,000 at 8000.
    assert "largest quantity that would pass: 1.25 (bound by NOTIONAL_ABOVE_MAXIMUM)" in shown.output
    row = next(line for line in shown.output.splitlines() if line.strip().startswith("POSITION_SIZE"))
    assert row.split()[1:5] == ["passed", "4.00", "%", "10.00"]
    assert "TRADING_HALTED" in shown.output
    assert gateway.api.get("/accounts/demo")["open_orders"] == []


def test_order_check_when_all_is_wanted_then_the_whole_catalogue_is_listed(riskctl: Riskctl) -> None:
    shown = riskctl("order", "check", *BUY, "--quantity", "0.5", "--all")
    names = [line.split()[0] for line in shown.output.splitlines()[3:]]
    assert names == [code.value for code in DenyCode]


def test_order_check_when_denied_then_exit_3_and_the_figures(riskctl: Riskctl) -> None:
    shown = riskctl("order", "check", *BUY, "--quantity", "2")
    assert shown.exit_code == 3
    assert shown.output.startswith("DENIED NOTIONAL_ABOVE_MAXIMUM")
    assert "16.00 % is above the limit 10.00 %" in shown.output
    assert "largest quantity that would pass: 1.25" in shown.output


def test_order_submit_when_approved_then_its_exposure_is_reserved(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("order", "submit", *BUY, "--quantity", "0.5", "--client-order-id", "mine")
    assert shown.exit_code == 0, shown.output
    assert "reserved 4,000.00, at risk 100.00" in shown.output
    (order,) = gateway.api.get("/accounts/demo")["open_orders"]
    assert (order["client_order_id"], order["strategy"]) == ("mine", "manual")


def test_order_submit_when_repeated_then_the_stored_answer(riskctl: Riskctl) -> None:
    order = ["order", "submit", *BUY, "--quantity", "0.5", "--client-order-id", "mine", "-o", "json"]
    first, again = (json.loads(riskctl(*order).output) for _ in range(2))
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again


def test_order_submit_when_denied_then_exit_3(riskctl: Riskctl) -> None:
    shown = riskctl("order", "submit", *BUY, "--quantity", "2")
    assert shown.exit_code == 3
    assert "NOTIONAL_ABOVE_MAXIMUM" in shown.output


@pytest.mark.parametrize("command", ["check", "submit"])
@pytest.mark.parametrize("engaged", [{"BOOL": True}, {"S": "false"}])
def test_order_when_the_kill_switch_stops_it_then_exit_4(
    gateway: Gateway, riskctl: Riskctl, command: str, engaged: dict[str, object]
) -> None:
    gateway.set_flag(engaged)
    shown = riskctl("order", command, *BUY, "--quantity", "0.5")
    assert shown.exit_code == 4
    assert "KILL_SWITCH" in shown.output


def test_order_submit_when_its_approval_is_no_longer_a_go_then_exit_3(gateway: Gateway, riskctl: Riskctl) -> None:
    order = ["order", "submit", *BUY, "--quantity", "0.5", "--client-order-id", "mine"]
    assert riskctl(*order).exit_code == 0
    gateway.set_flag({"BOOL": True})
    shown = riskctl(*order)
    assert shown.exit_code == 3
    assert "DECISION_NOT_ACTIONABLE" in shown.output


def test_order_when_every_field_is_given_then_all_arrive(gateway: Gateway, riskctl: Riskctl) -> None:
    expires_at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = ["--type", "stop_limit", "--trigger-price", "8000", "--time-in-force", "GTD", "--expires-at", expires_at]
    more = ["--strategy", "swing", "--venue", "binance", "--tag", "a", "--tag", "b", "--quote-quantity", "4000"]
    shown = riskctl("order", "submit", *BUY, *fields, *more, "--client-order-id", "mine", "-o", "json")
    assert shown.exit_code == 0, shown.output
    order = gateway.api.get("/accounts/demo/orders/mine")
    assert order["type"] == "stop_limit"
    assert order["trigger_price"] == "8000"
    assert order["stop_loss_price"] == "7800"
    assert order["time_in_force"] == "GTD"
    assert order["expires_at"] == expires_at
    assert order["tags"] == ["a", "b"]
    assert order["strategy"] == "swing"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--quantity", "NaN"], "quantity"),
        (["--quantity", "-1"], "quantity"),
        ([], "quantity"),
        (["--quantity", "1", "--trigger-price", "7000"], "trigger_price"),
    ],
)
def test_order_check_when_a_field_is_wrong_then_usage_names_it(
    riskctl: Riskctl, arguments: list[str], field: str
) -> None:
    shown = riskctl("order", "check", *BUY, *arguments)
    assert shown.exit_code == 2
    assert "VALIDATION_FAILED" in shown.output
    assert f"  {field}: " in shown.output


def test_order_check_when_an_option_is_unknown_then_usage(riskctl: Riskctl) -> None:
    assert riskctl("order", "check", *BUY, "--side", "hold").exit_code == 2
    assert riskctl("order", "check").exit_code == 2


def test_order_submit_when_the_api_does_not_answer_then_exit_5(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.transport.down = True
    assert riskctl("order", "submit", *BUY, "--quantity", "0.5").exit_code == 5
