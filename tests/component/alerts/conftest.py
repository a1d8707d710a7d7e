"""The alert path on moto, with a Bot API on this machine at its end; waiting moves the test's clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
import time_machine

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer
from riskgate.adapters.aws.lazy import forget
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import telegram_notifier
from tests.support.alert_path import (
    CHATS,
    NOTIFICATION_TABLE,
    RECEIVES_MAX,
    TABLE_SCHEMA,
    TELEGRAM_SECRET_ID,
    TOKEN,
    VISIBILITY_SECONDS,
    Phone,
)
from tests.support.gateway import Gateway
from tests.support.routed_account import PERMIT_SECRET_ID


@pytest.fixture
def telegram(traveller: time_machine.Traveller) -> Iterator[TelegramServer]:
    """Give a Bot API whose limits go by the test's clock."""
    del traveller
    api = BotApi(token=TOKEN, clock=lambda: utc_now().timestamp(), enforce_limits=True)
    server = TelegramServer(api)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def phone(
    gateway: Gateway,
    telegram: TelegramServer,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Phone]:
    """Give a gateway with its alert path; what its set-up wrote is announced to nobody."""
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
    orders = sqs.create_queue(QueueName="orders.fifo", Attributes=fifo)["QueueUrl"]
    letters = sqs.create_queue(QueueName="stream-dead")["QueueUrl"]
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    inbox_arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox_arn)
    for name, value in {
        "NOTIFICATION_TABLE": NOTIFICATION_TABLE,
        "TELEGRAM_SECRET_ID": TELEGRAM_SECRET_ID,
        "ALERT_QUEUE_URL": alerts,
        "ALERT_TOPIC_ARN": topic,
        "DEAD_LETTER_QUEUE_URL": letters,
        "ORDER_QUEUE_URL": orders,
        "PERMIT_SECRET_ID": PERMIT_SECRET_ID,
        "ORDER_AGE_SECONDS_MAX": "60",
        "SUMMARY_HOUR": "off",
        "SUMMARY_TIME_ZONE": "UTC",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(telegram_notifier, "sleep", lambda seconds: traveller.shift(timedelta(seconds=seconds)))
    forget()
    phone = Phone(
        gateway=gateway,
        server=telegram,
        queue_url=alerts,
        dead_letters_url=dead,
        stream_letters_url=letters,
        orders_url=orders,
        topic_arn=topic,
        inbox_url=inbox,
    )
    phone.skip()
    yield phone
    forget()
