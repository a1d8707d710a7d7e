"""``riskctl key``: keys of the front door."""

from __future__ import annotations

import json
from collections.abc import Callable

import boto3
import pytest
from click.testing import Result

from riskgate.adapters.dynamodb.packing import unpack
from riskgate.core.access.keys import derive_secret
from tests.component.riskctl.conftest import Gateway
from tests.support.aws import ENVIRONMENT

type Riskctl = Callable[..., Result]

MASTER = "m" * 64
CREATE = ["key", "create", "--account", "demo", "--venue", "binance", "--strategy", "Trend", "--operator", "bob"]


@pytest.fixture
def stack(gateway: Gateway) -> list[str]:
    """Make a stack that has a master key; give the options that name it."""
    aws, secret_id = gateway.aws, ENVIRONMENT["FRONT_DOOR_SECRET_ID"]
    aws.secretsmanager.create_secret(Name=secret_id, SecretString=MASTER)
    outputs = {
        "ApiUrl": "https://gateway.test/v1",
        "StateTableName": aws.state_table,
        "ControlTableName": aws.control_table,
        "AuditTableName": aws.audit_table,
        "FrontDoorSecretArn": secret_id,
    }
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName="riskgate-test", TemplateBody=json.dumps(template))
    return ["--stack-name", "riskgate-test", "--region", "us-east-1"]


def test_key_when_created_listed_and_revoked_then_its_secret_is_shown_once(
    gateway: Gateway, riskctl: Riskctl, stack: list[str]
) -> None:
    options = ["--default-stop", "0.05", "--heartbeat", "120", "--cidr", "203.0.113.0/24", "-o", "json"]
    shown = riskctl(*stack, *CREATE, *options)
    assert shown.exit_code == 0, shown.output
    created = json.loads(shown.output)
    assert created["secret"] == derive_secret(MASTER, created["key_id"])
    assert created["strategy"] == "trend"
    assert created["venues"] == {"spot": "binance"}
    assert (created["default_stop_fraction"], created["heartbeat_seconds"]) == ("0.05", 120)
    listed = riskctl(*stack, "key", "list", "-o", "json")
    [row] = json.loads(listed.output)["keys"]
    assert row == {name: value for name, value in created.items() if name != "secret"}
    assert created["secret"] not in str(gateway.aws.items(gateway.aws.control_table))
    assert riskctl(*stack, "key", "revoke", created["key_id"]).exit_code == 0
    assert "revoked" in riskctl(*stack, "key", "list").output
    entries = [item for item in gateway.aws.items(gateway.aws.audit_table) if item["event"]["S"] == "token_changed"]
    assert [created["key_id"] in unpack(item["entry"]).decode() for item in entries] == [True, True]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--venue", "kraken"], "no venue kraken"),
        (["--default-stop", "1.5"], "between 0 and 1"),
        (["--default-stop", "much"], "is a fraction"),
        (["--heartbeat", "1"], "heartbeat_seconds"),
        (["--days", "91"], "90 days"),
        (["--strategy", "*"], "one strategy"),
        (["--account", "other"], "not registered"),
    ],
)
def test_key_when_it_cannot_be_then_it_says_why_and_none_is_stored(
    gateway: Gateway, riskctl: Riskctl, stack: list[str], options: list[str], said: str
) -> None:
    shown = riskctl(*stack, *CREATE, *options)
    assert shown.exit_code != 0
    assert said in " ".join(shown.output.split())
    assert json.loads(riskctl(*stack, "key", "list", "-o", "json").output) == {"keys": []}
    assert riskctl(*stack, "key", "revoke", "rgk" + "a" * 24).exit_code != 0
    assert gateway.aws.control_table
