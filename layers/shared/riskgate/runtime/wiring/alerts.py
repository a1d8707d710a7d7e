"""Build what alerts need, on first use."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache

from riskgate.adapters.aws.alert_channel import AlertQueue, AlertTopic
from riskgate.adapters.aws.clients import dynamodb_client, run_after_restore, sns_client, sqs_client
from riskgate.adapters.aws.order_queue import SqsQueue
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.runtime.wiring import shared as wiring
from riskgate.runtime.wiring.api_settings import load
from riskgate.runtime.wiring.job_settings import AlertSettings, NotifierSettings
from riskgate.schemas.secrets.telegram import TelegramSecret, read_telegram_secret


@cache
def queue() -> AlertQueue:
    """Return the notifier's queue, for whoever announces."""
    return AlertQueue(sqs_client(), load(AlertSettings).alert_queue_url)


@cache
def topic() -> AlertTopic:
    """Return the alert topic."""
    return AlertTopic(sns_client(), load(AlertSettings).alert_topic_arn)


@cache
def notifier_settings() -> NotifierSettings:
    """Return the notifier's settings."""
    return load(NotifierSettings)


@cache
def outbox() -> DynamoOutbox:
    """Return the outbox of the notifier."""
    return DynamoOutbox(dynamodb_client(), notifier_settings().notification_table)


@cache
def own_queue() -> SqsQueue:
    """Return the notifier's queue, for the notifier itself."""
    return SqsQueue(sqs_client(), notifier_settings().alert_queue_url)


def secret() -> TelegramSecret:
    """Return the Telegram secret as it is now, or was a few minutes ago."""
    return read_telegram_secret(wiring.secrets().get_text(notifier_settings().telegram_secret_id))


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def deadline(remaining_ms: int, margin_seconds: float) -> datetime:
    """Return when an invocation has to be done."""
    return utc_now() + timedelta(milliseconds=remaining_ms) - timedelta(seconds=margin_seconds)


def forget() -> None:
    """Drop everything built so far: after a SnapStart restore, and between tests."""
    for built in (queue, topic, notifier_settings, outbox, own_queue):
        built.cache_clear()


run_after_restore(forget)
