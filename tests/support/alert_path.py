"""Drive the alert path as AWS does: streams to functions, queue to the notifier, messages to a Bot API on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import boto3
import pytest
import time_machine

from functions.alert_fanout.app import lambda_handler as fanout_handler
from functions.control_stream.app import lambda_handler as control_handler
from functions.order_worker.app import lambda_handler as worker_handler
from functions.telegram_notifier.app import lambda_handler as notifier_handler
from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer
from riskgate.adapters.aws.lazy import forget
from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.severity import Severity
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import telegram_notifier
from riskgate.runtime.jobs.alert_fanout import alert_queue
from riskgate.schemas.messages.alert import write_alert
from tests.support.aws import LambdaContext
from tests.support.gateway import Gateway
from tests.support.routed_account import PERMIT_SECRET_ID, to_lambda_record
from tests.support.streams import is_kill_switch, read_stream

NOTIFICATION_TABLE = "riskgate-notifications"
TELEGRAM_SECRET_ID = "riskgate/telegram"
#: Of the form of a real token, and nobody's.
TOKEN = "1000000001:AAtestTokenThatNoServerEverKnewNorWill00"
#: Where each severity goes: yellow and info to a group, orange and red to a person.
GROUP, PERSON, DEPUTY = "-100200300", "4711", "4712"
CHATS = {"default": [GROUP], "orange": [PERSON], "red": [PERSON], "fallback": [DEPUTY]}
INVOCATION_SECONDS = 60
VISIBILITY_SECONDS = 360
RECEIVES_MAX = 5
TABLE_SCHEMA: Any = {
    "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@dataclass(frozen=True, kw_only=True)
class NotifierContext(LambdaContext):
    """An invocation whose time runs with the test's clock."""

    ends_at: datetime

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the invocation."""
        return (self.ends_at - utc_now()) // timedelta(milliseconds=1)


@dataclass
class Phone:
    """A gateway with everything between its audit log and the phone."""

    gateway: Gateway
    server: TelegramServer
    queue_url: str
    dead_letters_url: str
    stream_letters_url: str
    orders_url: str
    topic_arn: str
    inbox_url: str
    _numbers: Any = field(default_factory=lambda: count(1))
    _read: dict[str, int] = field(default_factory=dict)
    _told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def api(self) -> BotApi:
        """Return the Bot API."""
        return self.server.api

    @cached_property
    def sqs(self) -> Any:
        """Return a client of the queues."""
        return boto3.client("sqs")

    def records(self, table: str) -> list[dict[str, Any]]:
        """Return what a table's stream has since the last call, as Lambda gets it."""
        start = self._read.get(table, 0)
        records = read_stream(table, start)
        self._read[table] = start + len(records)
        return records

    def skip(self) -> None:
        """Forget what happened so far."""
        for table in (self.gateway.aws.audit_table, self.gateway.aws.control_table):
            self.records(table)

    def edits(self) -> list[dict[str, Any]]:
        """Return what the control table's stream has for its function since the last call."""
        return [record for record in self.records(self.gateway.aws.control_table) if is_kill_switch(record)]

    def note_edits(self) -> list[dict[str, Any]]:
        """Hand edits of the control table to its function, and return them."""
        records = self.edits()
        self.control(records)
        self.follow()
        return records

    def follow(self) -> None:
        """Let the order worker bring the accounts along; what else it was told waits for `order_messages`."""
        while messages := self.sqs.receive_message(
            QueueUrl=self.orders_url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                if body["kind"] != "follow_kill_switch":
                    self._told.append(body)
                else:
                    answer: Any = worker_handler({"Records": [to_lambda_record(message)]}, self.context())
                    assert answer == {"batchItemFailures": []}
                self.sqs.delete_message(QueueUrl=self.orders_url, ReceiptHandle=message["ReceiptHandle"])

    def control(self, records: list[dict[str, Any]]) -> None:
        """Hand records to the function of the control table's stream."""
        if records:
            control_handler({"Records": records}, self.context())

    def announce(self) -> list[dict[str, Any]]:
        """Hand new audit entries to the fan-out, and return their records."""
        records = self.records(self.gateway.aws.audit_table)
        self.fan_out(records)
        return records

    def fan_out(self, records: list[dict[str, Any]]) -> None:
        """Hand records to the fan-out in batches of ten."""
        for start in range(0, len(records), 10):
            fanout_handler({"Records": records[start : start + 10]}, self.context())

    def publish(self, *alerts: Alert) -> None:
        """Put alerts on the notifier's queue."""
        for alert in alerts:
            alert_queue().send(alert)

    def receive(self) -> list[dict[str, Any]]:
        """Take a batch off the notifier's queue."""
        found = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        return list(found.get("Messages", []))

    def notify(self, rounds: int = 200) -> None:
        """Let the notifier work until its queue is empty."""
        for _ in range(rounds):
            messages = self.receive()
            if not messages:
                return
            failed = self.invoke([to_lambda_record(message) for message in messages])
            for message in messages:
                if message["MessageId"] not in failed:
                    self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        raise AssertionError("the queue does not become empty")

    def invoke(self, records: list[dict[str, Any]]) -> set[str]:
        """Invoke the notifier once with these records, and return the ids it gives back."""
        answer = notifier_handler({"Records": records}, self.context())
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def tick(self) -> None:
        """Let the notifier's schedule run."""
        notifier_handler({}, self.context())

    def deliver(self) -> None:
        """Bring everything from the log to the phone."""
        self.announce()
        self.notify()

    def texts(self, chat: str | None = None) -> list[str]:
        """Return what the chats received, without markup."""
        return [message["text"] for message in self.api.list_messages(chat)]

    def titles(self, chat: str | None = None) -> list[str]:
        """Return the first line of each message."""
        return [text.splitlines()[0] for text in self.texts(chat)]

    def published(self) -> list[dict[str, Any]]:
        """Return what the topic's subscribers got: envelope by envelope."""
        found: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(QueueUrl=self.inbox_url, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in messages]
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.inbox_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def order_messages(self) -> list[dict[str, Any]]:
        """Return what the order worker was told."""
        self.follow()
        told, self._told = self._told, []
        return told

    def waiting(self, queue_url: str) -> int:
        """Return the messages of a queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def context(self) -> NotifierContext:
        """Return the context of a new invocation."""
        return NotifierContext(
            aws_request_id=f"invocation-{next(self._numbers)}",
            ends_at=utc_now() + timedelta(seconds=INVOCATION_SECONDS),
        )

    def alert(self, severity: Severity = Severity.YELLOW, account: str = "demo", **changes: Any) -> Alert:
        """Return an alert of now, one further in its account's log than the last."""
        number = next(self._numbers)
        facts: dict[str, Any] = {
            "id": f"{account}:{number}:00",
            "kind": AlertKind.LIMIT_LEVEL,
            "severity": severity,
            "account": account,
            "title": f"alert {number}",
            "at": self.gateway.now,
            "audit_sequence": number,
        }
        return Alert(**facts | changes)


def build_phone(gateway: Gateway, telegram: TelegramServer, orders_url: str) -> tuple[Phone, dict[str, str]]:
    """Make what stands between the audit log and the chats; return it with the functions' environment."""
    aws = gateway.aws
    aws.dynamodb.create_table(TableName=NOTIFICATION_TABLE, **TABLE_SCHEMA)
    secret = {"token": TOKEN, "chats": CHATS, "api_url": telegram.url}
    aws.secretsmanager.create_secret(Name=TELEGRAM_SECRET_ID, SecretString=json.dumps(secret))
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    fifo = {"FifoQueue": "true"}
    dead = sqs.create_queue(QueueName="alert-dead.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES_MAX})
    alerts = sqs.create_queue(
        QueueName="alerts.fifo",
        Attributes=fifo | {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive},
    )["QueueUrl"]
    letters = sqs.create_queue(QueueName="stream-dead")["QueueUrl"]
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    inbox_arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox_arn)
    environment = {
        "NOTIFICATION_TABLE": NOTIFICATION_TABLE,
        "TELEGRAM_SECRET_ID": TELEGRAM_SECRET_ID,
        "ALERT_QUEUE_URL": alerts,
        "ALERT_TOPIC_ARN": topic,
        "DEAD_LETTER_QUEUE_URL": letters,
        "ORDER_QUEUE_URL": orders_url,
        "PERMIT_SECRET_ID": PERMIT_SECRET_ID,
        "ORDER_AGE_SECONDS_MAX": "60",
        "SUMMARY_HOUR": "off",
        "SUMMARY_TIME_ZONE": "UTC",
    }
    phone = Phone(
        gateway=gateway,
        server=telegram,
        queue_url=alerts,
        dead_letters_url=dead,
        stream_letters_url=letters,
        orders_url=orders_url,
        topic_arn=topic,
        inbox_url=inbox,
    )
    return phone, environment


def queue_record(alert: Alert, message_id: str) -> dict[str, Any]:
    """Return an alert as Lambda hands it to the notifier."""
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": write_alert(alert),
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": alert.account or "*"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:alerts.fifo",
        "awsRegion": "us-east-1",
    }


@contextmanager
def running_phone(
    gateway: Gateway,
    telegram: TelegramServer,
    orders_url: str,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Phone]:
    """Give a phone whose functions have their settings and wait by the test's clock; its set-up is told to nobody."""
    phone, environment = build_phone(gateway, telegram, orders_url)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(telegram_notifier, "sleep", lambda seconds: traveller.shift(timedelta(seconds=seconds)))
    forget()
    phone.skip()
    yield phone
    forget()
