"""``riskctl preflight``: what it reads of a gateway, and what scripts see of its verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from typer.testing import Result

from infra.riskctl.preflight_aws import list_wanted_alarms
from infra.riskctl.preflight_facts import Stage, Unread
from infra.riskctl.preflight_gather import gather
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ledger.gateway_chain import change_marker
from riskgate.app.routing.follow_kill_switch import take_note
from riskgate.core.access.keys import KEY_RANDOM_BYTES, new_key
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.safeguards.events import KillSwitchChanged
from tests.component.riskctl.conftest import ACCOUNT, Gateway
from tests.support.riskctl_transport import API_URL

Riskctl = Callable[..., Result]
STACK = "riskgate-test"


def preflight(riskctl: Riskctl, *arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Return the exit code and the rows by point."""
    shown = riskctl("preflight", "-o", "json", *arguments)
    assert shown.output.startswith("{"), shown.output
    body = json.loads(shown.output)
    assert body["clear"] == (shown.exit_code == 0)
    return shown.exit_code, {row["point"]: row for row in body["points"]}


def test_preflight_when_the_sandbox_is_ready_then_nothing_is_left(gateway: Gateway, riskctl: Riskctl) -> None:
    code, rows = preflight(riskctl, "--stage", "sandbox")
    assert {name: row["verdict"] for name, row in rows.items()} == dict.fromkeys(
        ("account", "kill_switches", "money", "equity_and_size", "loss_limits", "audit_log", "clock"), "OK"
    )
    assert code == 0
    shown = riskctl("preflight", "--stage", "sandbox")
    assert "nothing is left before sandbox" in shown.output


def test_preflight_when_the_account_is_on_paper_then_no_key_reaches_real_money(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    paper = {"venue": "binance", "market_type": "spot", "paper": {"balances": {"USDT": "100000"}}}
    body = {"base_currency": "USDT", "venues": [paper], "initial_equity": "100000"}
    gateway.api.call("PUT", "/accounts/dry", body)
    code, rows = preflight(riskctl, "--stage", "sandbox", "-a", "dry")
    assert (rows["money"]["verdict"], code) == ("OK", 0), rows["money"]


def test_preflight_when_something_is_left_then_a_line_each_and_findings(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.set_flag({"BOOL": True})
    shown = riskctl("preflight", "--stage", "sandbox")
    (line,) = [line for line in shown.output.splitlines() if " kill_switches " in line]
    assert line.split()[0] == "LEFT"
    assert "engaged: global" in line
    assert "riskctl kill off" in line
    assert shown.exit_code == 1
    assert preflight(riskctl, "--stage", "sandbox", "--accept", "kill_switches", "--accept", "account")[0] == 0


def test_preflight_when_the_api_is_down_then_unknown_and_the_rest_is_still_said(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    gateway.transport.down = True
    code, rows = preflight(riskctl, "--stage", "sandbox")
    assert code == 1
    assert rows["account"]["verdict"] == "UNKNOWN"
    assert "does not answer" in rows["account"]["detail"]
    assert rows["audit_log"]["verdict"] == "OK"


def test_preflight_when_the_account_is_unknown_then_no_point_is_ok_but_what_is_the_gateways(riskctl: Riskctl) -> None:
    code, rows = preflight(riskctl, "--stage", "live", "-a", "nobody")
    assert code == 1
    ok = {name for name, row in rows.items() if row["verdict"] == "OK"}
    assert ok <= {"clock", "kill_switches", "one_time_codes"}


def test_preflight_when_a_point_is_misspelt_then_usage(riskctl: Riskctl) -> None:
    shown = riskctl("preflight", "--accept", "everything")
    assert shown.exit_code == 2
    assert "no point is called everything" in shown.output


def test_preflight_when_a_log_entry_is_edited_then_left(gateway: Gateway, riskctl: Riskctl) -> None:
    rows = gateway.aws.items(gateway.aws.audit_table)
    row = next(item for item in rows if item["account_id"]["S"] == ACCOUNT)
    gateway.aws.dynamodb.put_item(
        TableName=gateway.aws.audit_table,
        Item=row | {"entry": {"S": unpack(row["entry"]).decode().replace("100000", "900000")}},
    )
    code, found = preflight(riskctl, "--stage", "sandbox")
    assert (code, found["audit_log"]["verdict"]) == (1, "LEFT")


def test_gather_when_the_account_has_a_history_then_what_matters_of_it(gateway: Gateway) -> None:
    gateway.submit()
    fill = {"fill_id": "f1", "quantity": "0.2", "price": "8000", "fee": "0.1", "executed_at": datetime.now(UTC)}
    gateway.api.call("POST", "/accounts/demo/orders/first/fills", fill)

    facts = gather(gateway.session, ACCOUNT, Stage.PAPER)

    assert not isinstance(facts.history, Unread)
    assert (facts.history.fills, facts.history.engaged_at) == (1, None)
    assert facts.history.first_fill_at is not None
    assert not isinstance(facts.markets, Unread)
    # Held, so its price counts although no list names it.
    assert set(facts.markets) == {"binance BTC/USDT"}
    assert facts.markets["binance BTC/USDT"].notional_min == Decimal(10)
    assert not isinstance(facts.clock, Unread)
    assert abs(facts.clock.ahead) < timedelta(seconds=5)
    assert isinstance(facts.alarms, Unread)


@pytest.mark.parametrize(
    ("changes", "tried"),
    [
        ([("global", "", True), ("global", "", False)], True),
        ([("account", ACCOUNT, True), ("symbol", "BTC/USDT", False), ("account", ACCOUNT, False)], True),
        ([("global", "", True)], False),
        ([("symbol", "BTC/USDT", True), ("symbol", "BTC/USDT", False)], False),
        ([("global", "", False)], False),
    ],
)
def test_gather_when_kill_switches_changed_then_one_was_tried_that_covered_it_all_and_was_released(
    gateway: Gateway, changes: list[tuple[str, str, bool]], tried: bool
) -> None:
    for number, (scope, key, engaged) in enumerate(changes):
        flag = KillSwitch(scope=scope, key=key, engaged=engaged, reason="drill")
        event = KillSwitchChanged.of(flag, cancel_open_orders=False)
        acting = Acting(deps=gateway.session.aws.deps, actor="token:a", now=datetime.now(UTC))
        assert take_note(acting, ACCOUNT, event, change_marker(f"c{number}"))

    history = gather(gateway.session, ACCOUNT, Stage.PAPER).history

    assert not isinstance(history, Unread)
    assert (history.engaged_at is not None, history.released_at is not None) == (tried, tried)


def test_gather_when_a_bot_has_a_key_of_the_front_door_then_it_counts_as_a_token(gateway: Gateway) -> None:
    now = datetime.now(UTC)
    key = new_key(
        random_bytes=bytes(KEY_RANDOM_BYTES),
        account_id=ACCOUNT,
        strategy="trend",
        venues={"spot": "binance"},
        operator="alice",
        created_at=now,
        expires_at=now + timedelta(days=30),
    )
    gateway.session.aws.keys.put_key(key)
    facts = gather(gateway.session, ACCOUNT, Stage.PAPER)
    assert not isinstance(facts.tokens, Unread)
    assert key.key_id in {token.token_id for token in facts.tokens}
    assert len(facts.tokens) == 2


def test_gather_when_an_allowed_market_is_nowhere_then_its_price_is_not_known(gateway: Gateway) -> None:
    gateway.api.call("PUT", "/accounts/demo/limits", {"symbols_allowed": ["BTC/USDT", "DOGE/USDT"]})
    facts = gather(gateway.session, ACCOUNT, Stage.PAPER)
    assert facts.markets == Unread(reason="no venue of the account has trading rules for DOGE/USDT")


@pytest.fixture
def stack(gateway: Gateway) -> Session:
    """Make what AWS itself is asked about: a stack with tables, a topic, secrets; and the session that names it."""
    aws = gateway.aws
    topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
    telegram = {
        "token": "1:a",
        "webhook_secret": "w" * 30,
        "chats": {"default": ["1"]},
        "users": {"4711": {"operator": "alice", "role": "control", "accounts": [ACCOUNT]}},
    }
    aws.secretsmanager.create_secret(Name="telegram", SecretString=json.dumps(telegram))
    outputs = {
        "ApiUrl": API_URL,
        "StateTableName": aws.state_table,
        "ControlTableName": aws.control_table,
        "AuditTableName": aws.audit_table,
        "NotificationTableName": aws.control_table,
        "TotpSecretArn": aws.totp_secret_id,
        "TelegramSecretArn": "telegram",
        "AlertTopicArn": topic,
    }
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    connection = Connection(stack_name=STACK, region="us-east-1", token=gateway.admin_token)
    return Session(connection, gateway.transport)


def put_alarms(topic: str, **changes: Any) -> None:
    client = boto3.client("cloudwatch")
    for name in list_wanted_alarms():
        alarm: dict[str, Any] = {
            "AlarmName": f"{STACK}-{name}",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": "m",
            "Namespace": "n",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": 1,
            "AlarmActions": [topic],
            "InsufficientDataActions": [topic],
            "ActionsEnabled": True,
        }
        client.put_metric_alarm(**alarm | changes)


def test_gather_when_the_stack_is_whole_then_alarms_subscribers_phone_and_tables(
    gateway: Gateway, stack: Session
) -> None:
    topic = stack.aws.output("AlertTopicArn")
    put_alarms(topic)
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint="arn:aws:lambda:us-east-1:123456789012:function:fanout"
    )
    aws = gateway.aws
    for table in (aws.state_table, aws.control_table, aws.audit_table):
        aws.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    for table in (aws.state_table, aws.control_table):
        aws.dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )

    facts = gather(stack, ACCOUNT, Stage.SMALL_LIVE)

    assert not isinstance(facts.alarms, Unread), facts.alarms
    assert {alarm.name for alarm in facts.alarms.found} == facts.alarms.wanted
    assert all(alarm.is_armed for alarm in facts.alarms.found)
    assert not isinstance(facts.subscriptions, Unread)
    assert [one.protocol for one in facts.subscriptions] == ["email"]
    assert not isinstance(facts.phone, Unread)
    assert (facts.phone.has_bot, facts.phone.has_red_chat, facts.phone.controllers) == (True, True, ("alice",))
    assert not isinstance(facts.tables, Unread)
    safety = {table.name: (table.has_recovery, table.is_protected) for table in facts.tables}
    assert safety[aws.state_table] == (True, True)
    assert safety[aws.audit_table] == (False, True)
    assert facts.seeds == frozenset({"alice"})


@pytest.mark.parametrize(
    "changes", [{"ActionsEnabled": False}, {"AlarmActions": ["arn:aws:sns:us-east-1:123456789012:another"]}]
)
def test_gather_when_an_alarm_tells_nobody_of_ours_then_it_is_not_armed(
    stack: Session, changes: dict[str, Any]
) -> None:
    put_alarms(stack.aws.output("AlertTopicArn"), **changes)
    facts = gather(stack, ACCOUNT, Stage.SMALL_LIVE)
    assert not isinstance(facts.alarms, Unread)
    assert not any(alarm.is_armed for alarm in facts.alarms.found)
