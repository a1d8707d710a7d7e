"""What AWS itself says of a stack: alarms, subscribers, the phone's secret, tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from infra.riskctl.aws import Aws
from infra.riskctl.errors import CliError
from infra.riskctl.preflight_facts import Alarm, Alarms, Phone, Subscription, TableSafety
from riskgate.core.operators.commands import Role
from riskgate.core.severity import Severity
from riskgate.schemas.messages.alarm import is_silence_alarm
from riskgate.schemas.secrets.telegram import read_telegram_access, read_telegram_secret

ALARMS = Path(__file__).resolve().parents[1] / "alarms.yaml"
ALARM_NAME = re.compile(r"AlarmName: !Sub '\$\{ParentName\}-([\w-]+)'")
#: What the stack itself subscribes to its topic.
OWN_PROTOCOLS = frozenset({"lambda", "sqs"})
NOT_CONFIRMED = frozenset({"PendingConfirmation", "Deleted"})


def list_wanted_alarms() -> frozenset[str]:
    """Return the alarms of the template, without the stack's name before theirs."""
    return frozenset(ALARM_NAME.findall(ALARMS.read_text(encoding="utf-8")))


def read_alarms(aws: Aws) -> Alarms:
    """Return the alarms of the stack; one is armed that acts, and on the alert topic."""
    topic = aws.output("AlertTopicArn")
    prefix = f"{aws.stack_name}-"
    pages = aws.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found = tuple(
        Alarm(
            name=row["AlarmName"].removeprefix(prefix),
            state=row["StateValue"],
            is_armed=bool(row["ActionsEnabled"])
            and topic in row["AlarmActions"]
            and (topic in row["InsufficientDataActions"] or not is_silence_alarm(row["AlarmName"])),
        )
        for page in pages
        for row in page["MetricAlarms"]
    )
    return Alarms(wanted=list_wanted_alarms(), found=found)


def read_subscriptions(aws: Aws) -> tuple[Subscription, ...]:
    """Return who subscribes to the alert topic, beside the stack itself."""
    pages = (
        aws.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=aws.output("AlertTopicArn"))
    )
    return tuple(
        Subscription(protocol=row["Protocol"], is_confirmed=row["SubscriptionArn"] not in NOT_CONFIRMED)
        for page in pages
        for row in page["Subscriptions"]
        if row["Protocol"] not in OWN_PROTOCOLS
    )


def read_phone(aws: Aws, account_id: str) -> Phone:
    """Return what the Telegram secret allows, of it nothing that is secret."""
    text = aws.read_secret(aws.output("TelegramSecretArn"))
    if text is None:
        raise CliError("the Telegram secret has no value")
    secret, access = read_telegram_secret(text), read_telegram_access(text)
    return Phone(
        has_bot=bool(secret.token),
        has_red_chat=bool(secret.chats_of(Severity.RED)),
        controllers=tuple(
            user.operator for user in access.users.values() if user.role is Role.CONTROL and user.may_see(account_id)
        ),
    )


def read_tables(aws: Aws) -> tuple[TableSafety, ...]:
    """Return how each table of the stack is kept."""
    names = (aws.tables.state, aws.tables.control, aws.tables.audit, aws.output("NotificationTableName"))
    return tuple(_read_table(aws.dynamodb, name) for name in names)


def _read_table(dynamodb: Any, name: str) -> TableSafety:
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    table = dynamodb.describe_table(TableName=name)["Table"]
    return TableSafety(
        name=name, has_recovery=recovery == "ENABLED", is_protected=bool(table.get("DeletionProtectionEnabled"))
    )
