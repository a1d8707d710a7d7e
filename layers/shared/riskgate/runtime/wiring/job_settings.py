"""Settings of what works behind the API: workers, jobs, alerts, the chat. The order path compiles none of them."""

from __future__ import annotations

from riskgate.runtime.wiring.api_settings import (
    AdminSettings,
    ApiSettings,
    Name,
    PermitSettings,
    QueueSettings,
    Seconds,
    Settings,
)


class WorkerSettings(ApiSettings, QueueSettings, PermitSettings):
    """Settings of the order worker."""


class JobSettings(Settings):
    """Where a job that runs per account finds its own queue."""

    job_queue_url: Name


class MonitorSettings(ApiSettings, QueueSettings, JobSettings):
    """Settings of the monitor; it hands ended and overdue orders to the order worker."""

    order_age_seconds_max: Seconds


class StreamSettings(Settings):
    """Where a function that reads a stream puts what it can never handle."""

    dead_letter_queue_url: Name


class AlertSettings(Settings):
    """Where alerts go."""

    alert_queue_url: Name
    alert_topic_arn: Name


class NotifierSettings(Settings):
    """Settings of the Telegram notifier."""

    notification_table: Name
    telegram_secret_id: Name
    alert_queue_url: Name


class StatementSettings(Settings):
    """Where daily statements are kept."""

    statement_bucket: Name


class TelegramWebhookSettings(AdminSettings):
    """Settings of the Telegram webhook."""

    telegram_secret_id: Name
