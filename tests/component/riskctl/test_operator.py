"""``riskctl breaker`` and ``riskctl totp``, and where the command line connects to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine
from pyotp import TOTP, parse_uri
from typer.testing import Result

from tests.component.riskctl.conftest import Gateway
from tests.support.aws import TOTP_SEED
from tests.support.riskctl_transport import API_URL

Riskctl = Callable[..., Result]

#: In the middle of a step of a one-time code.
NOON = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)


def trip_daily_loss(gateway: Gateway) -> None:
    snapshot = {
        "equity": "96000",
        "balances": [{"venue": "binance", "asset": "USDT", "total": "96000"}],
        "positions": [],
    }
    gateway.api.call("POST", "/accounts/demo/snapshots", snapshot)


def test_breaker_reset_then_the_account_trades_again(gateway: Gateway, riskctl: Riskctl) -> None:
    trip_daily_loss(gateway)
    assert gateway.submit()["code"] == "TRADING_REDUCING"
    shown = riskctl("breaker", "reset", "DAILY_LOSS", "--reason", "reviewed")
    assert shown.exit_code == 0, shown.output
    assert "DAILY_LOSS is reset: ACTIVE, still tripped: none" in shown.output
    assert gateway.submit(client_order_id="second", quantity="0.3")["decision"] == "approved"


def test_breaker_reset_when_it_is_not_tripped_then_usage(riskctl: Riskctl) -> None:
    shown = riskctl("breaker", "reset", "DAILY_LOSS", "--reason", "reviewed")
    assert shown.exit_code == 2
    assert "BREAKER_NOT_TRIPPED" in shown.output


def test_one_time_codes_when_used_twice_in_a_row_then_the_next_step_s_is_taken(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    with time_machine.travel(NOON, tick=False):
        gateway.quote()
        assert riskctl("kill", "on", "-r", "drill").exit_code == 0
        assert riskctl("kill", "off", "-r", "over").exit_code == 0
    totps = [request.headers["X-TOTP"] for request in gateway.transport.requests if "X-TOTP" in request.headers]
    generator = TOTP(TOTP_SEED)
    now, following = generator.at(NOON), generator.at(NOON + timedelta(seconds=30))
    assert totps == [now, now, following]


def test_one_time_codes_when_there_is_no_seed_and_nobody_to_ask_then_usage(gateway: Gateway, riskctl: Riskctl) -> None:
    connection = ["--api-url", API_URL, "--token", gateway.admin_token]
    shown = riskctl(*connection, "kill", "on", "-r", "drill", env={"RISKCTL_STACK_FILE": ""})
    assert shown.exit_code == 2
    assert "pass --totp" in shown.output
    code = TOTP(TOTP_SEED).now()
    shown = riskctl(*connection, "kill", "on", "-r", "drill", "--totp", code, env={"RISKCTL_STACK_FILE": ""})
    assert shown.exit_code == 0, shown.output


def test_totp_code_then_the_gateway_accepts_it(gateway: Gateway, riskctl: Riskctl) -> None:
    code = json.loads(riskctl("totp", "code", "-o", "json").output)["code"]
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    assert gateway.api.call("PUT", "/kill-switch", body, totp=code).status == 200


@pytest.fixture
def stack_name(gateway: Gateway) -> str:
    """Make a CloudFormation stack whose outputs lead to the gateway."""
    aws = gateway.aws
    outputs = {
        "ApiUrl": API_URL,
        "StateTableName": aws.state_table,
        "ControlTableName": aws.control_table,
        "AuditTableName": aws.audit_table,
        "TotpSecretArn": aws.totp_secret_id,
    }
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName="riskgate-test", TemplateBody=json.dumps(template))
    return "riskgate-test"


def test_stack_name_when_given_then_addresses_come_from_its_outputs(
    gateway: Gateway, riskctl: Riskctl, stack_name: str
) -> None:
    connection = ["--stack-name", stack_name, "--region", "us-east-1"]
    assert riskctl(*connection, "--token", gateway.admin_token, "status", "-a", "demo").exit_code == 0
    assert riskctl(*connection, "audit", "verify", "-a", "demo").exit_code == 0
    assert riskctl(*connection, "token", "list").exit_code == 0


@pytest.mark.parametrize(
    ("options", "command", "message"),
    [
        ([], ["status", "-a", "demo"], "no token"),
        (["--token", "rg_x"], ["status"], "no account"),
        ([], ["totp", "code"], "read the code in your authenticator"),
    ],
)
def test_stack_name_when_something_is_not_known_then_it_says_what(
    riskctl: Riskctl, stack_name: str, options: list[str], command: list[str], message: str
) -> None:
    shown = riskctl("--stack-name", stack_name, "--region", "us-east-1", *options, *command)
    assert shown.exit_code == 2
    assert message in shown.output


def test_stack_name_when_there_is_no_such_stack_then_unavailable(riskctl: Riskctl, stack_name: str) -> None:
    shown = riskctl("--stack-name", f"{stack_name}-other", "--region", "us-east-1", "token", "list")
    assert shown.exit_code == 5
    assert "is not readable" in shown.output


def test_totp_enrol_then_the_new_operator_s_codes_are_accepted(
    gateway: Gateway, riskctl: Riskctl, stack_name: str
) -> None:
    connection = ["--stack-name", stack_name, "--region", "us-east-1"]
    shown = riskctl(*connection, "totp", "enrol", "bob", "-o", "json")
    assert shown.exit_code == 0, shown.output
    enrolled = json.loads(shown.output)
    parsed: Any = parse_uri(enrolled["uri"])
    assert (parsed.name, parsed.issuer, parsed.secret) == ("bob", "risk gateway", enrolled["seed"])
    seeds = json.loads(gateway.aws.secretsmanager.get_secret_value(SecretId=gateway.aws.totp_secret_id)["SecretString"])
    assert seeds == {"alice": TOTP_SEED, "bob": enrolled["seed"]}
    token = riskctl("token", "create", "-s", "admin", "-a", "*", "--operator", "bob", "-o", "json")
    code = parsed.now()
    kill = ["--token", json.loads(token.output)["token"], "kill", "on", "-r", "drill", "--totp", code]
    assert riskctl(*connection, *kill).exit_code == 0


def test_totp_enrol_when_enrolled_already_then_only_with_replace(riskctl: Riskctl, stack_name: str) -> None:
    connection = ["--stack-name", stack_name, "--region", "us-east-1"]
    shown = riskctl(*connection, "totp", "enrol", "alice")
    assert shown.exit_code == 2
    assert TOTP_SEED not in shown.output
    replaced = riskctl(*connection, "totp", "enrol", "alice", "--replace", "-o", "json")
    assert json.loads(replaced.output)["seed"] != TOTP_SEED


def test_stack_file_when_no_stack_runs_then_one_line(riskctl: Riskctl, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("RISKGATE_STATE_DIR", str(tmp_path / "empty"))
    shown = riskctl("status", env={"RISKCTL_STACK_FILE": ""})
    assert shown.exit_code == 2
    assert "no local stack runs (make up)" in shown.output


def test_help_when_no_stack_runs_then_it_is_shown(riskctl: Riskctl) -> None:
    for command in ([], ["kill"], ["order", "check"], ["audit", "verify"]):
        assert riskctl(*command, "--help").exit_code == 0
