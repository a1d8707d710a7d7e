"""One invocation of the Telegram notifier: take on what arrived, then show what is pending."""

import time
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.clients import dynamodb_client, sqs_client
from riskgate.adapters.aws.fifo_queue import FifoQueue
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.adapters.telegram_bot import bot_of
from riskgate.app.alerts.deliver_alerts import Delivery, deliver, list_by_urgency, take_on
from riskgate.core.errors import GatewayError, Transient
from riskgate.observability import MetricUnit, log_action, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.queues import come_again, serve_batch
from riskgate.runtime.settings import Name, Settings, load
from riskgate.schemas.messages.alert import read_alert
from riskgate.schemas.secrets.telegram import read_telegram_secret

ALERT_RETURNED = "alert_returned"
ALERT_TAKEN_ON = "alert_taken_on"
DELIVERY_FAILED = "delivery_failed"
TELEGRAM_OFF = "telegram_off"

#: Kept for noting what was sent.
MARGIN_SECONDS = 12.0
#: While a batch is served, the next alerts of its accounts wait in the queue: what a chat cannot take in this time is
#: left to the next invocation, at the latest the tick's.
BATCH_SECONDS = 15.0


class NotifierSettings(Settings, frozen=True):
    """Settings of the Telegram notifier."""

    notification_table: Name
    telegram_secret_id: Name
    alert_queue_url: Name


@lazy
def outbox() -> DynamoOutbox:
    """Return what was taken on and is to be shown."""
    return DynamoOutbox(dynamodb_client(), load(NotifierSettings).notification_table)


@lazy
def alert_queue() -> FifoQueue:
    """Return the notifier's own queue."""
    return FifoQueue(sqs_client(), load(NotifierSettings).alert_queue_url)


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def notify(event: dict[str, Any], context: LambdaContext) -> Any:
    """Serve a batch of the alert queue, or a schedule's tick that shows what was held up."""
    metrics.add_metric(name="AlertsReceived", unit=MetricUnit.Count, value=len(event.get("Records", ())))
    secret = read_telegram_secret(wiring.secrets().get_text(load(NotifierSettings).telegram_secret_id))
    if not secret.token:
        # Nobody asked for Telegram in this deployment; other subscribers have the topic.
        logger.info(TELEGRAM_OFF, records=len(event.get("Records", ())))
        return {"batchItemFailures": []}
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    deadline = utc_now() + remaining - timedelta(seconds=MARGIN_SECONDS)
    if "Records" in event:
        deadline = min(deadline, utc_now() + timedelta(seconds=BATCH_SECONDS))
    delivery = Delivery(
        outbox=outbox(),
        messenger=bot_of(secret.token, secret.api_url),
        secret=secret,
        clock=utc_now,
        sleep=sleep,
        holder=context.aws_request_id,
        deadline=deadline,
    )
    answer: Any = {"batchItemFailures": []}
    if "Records" in event:
        answer = serve_batch(event, context, lambda record: _take_on(record, delivery), is_fifo=True)
    _deliver_all(delivery)
    return answer


def _take_on(record: SQSRecord, delivery: Delivery) -> None:
    started = utc_now()
    try:
        alert = read_alert(record.body)
        with logger.append_context_keys(**({"trace_id": alert.trace_id} if alert.trace_id else {})):
            is_new = take_on(alert, delivery)
            log_action(
                ALERT_TAKEN_ON,
                alert.kind.value,
                request={"alert_id": alert.id, "severity": alert.severity.value},
                response={"is_new": is_new},
                duration_ms=(utc_now() - started) // timedelta(milliseconds=1),
            )
    except Exception as error:
        come_again(record, error, alert_queue(), ALERT_RETURNED)
        raise


def _deliver_all(delivery: Delivery) -> None:
    """Show what is pending, the gravest chat first; one that fails holds up no other, and a tick tries again."""
    try:
        chats = list_by_urgency(delivery.outbox)
    except Transient as error:
        _failed(error)
        return
    for chat in chats:
        try:
            deliver(chat, delivery)
        except GatewayError as error:
            _failed(error)
            # The token may have been replaced.
            wiring.secrets().clear()


def _failed(error: GatewayError) -> None:
    logger.error(DELIVERY_FAILED, code=error.code, detail=error.detail)
    metrics.add_metric(name="DeliveryFailures", unit=MetricUnit.Count, value=1)
