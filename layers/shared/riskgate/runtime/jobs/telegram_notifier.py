"""One invocation of the Telegram notifier: take on what arrived, then show what is pending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.clients import run_after_restore
from riskgate.adapters.telegram_bot import TelegramBot
from riskgate.app.alerts.deliver_alerts import Delivery, deliver, list_by_urgency, take_on
from riskgate.core.errors import GatewayError, Transient
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime.wiring import alerts as alert_wiring
from riskgate.runtime.wiring import shared as wiring
from riskgate.schemas.messages.alert import read_alert

ALERT_RETURNED = "alert_returned"
DELIVERY_FAILED = "delivery_failed"
TELEGRAM_OFF = "telegram_off"

#: Kept for noting what was sent.
MARGIN_SECONDS = 12.0
RETRY_SECONDS_MAX = 60
#: While a batch is served, the next alerts of its accounts wait in the queue: what a chat cannot take in this time is
#: left to the next invocation, at the latest the tick's.
BATCH_SECONDS = 15.0


def notify(event: dict[str, Any], context: LambdaContext) -> Any:
    """Serve a batch of the alert queue, or a schedule's tick that shows what was held up."""
    metrics.add_metric(name="AlertsReceived", unit=MetricUnit.Count, value=len(event.get("Records", ())))
    secret = alert_wiring.secret()
    if not secret.token:
        # Nobody asked for Telegram in this deployment; other subscribers have the topic.
        logger.info(TELEGRAM_OFF, records=len(event.get("Records", ())))
        return {"batchItemFailures": []}
    deadline = alert_wiring.deadline(context.get_remaining_time_in_millis(), MARGIN_SECONDS)
    if "Records" in event:
        deadline = min(deadline, alert_wiring.utc_now() + timedelta(seconds=BATCH_SECONDS))
    delivery = Delivery(
        outbox=alert_wiring.outbox(),
        messenger=bot_of(secret.token, secret.api_url),
        secret=secret,
        clock=alert_wiring.utc_now,
        sleep=alert_wiring.sleep,
        holder=context.aws_request_id,
        deadline=deadline,
    )
    answer: Any = {"batchItemFailures": []}
    if "Records" in event:

        def serve(record: SQSRecord) -> None:
            _take_on(record, delivery)

        processor = SqsFifoPartialProcessor(skip_group_on_error=True)
        processor.raise_on_entire_batch_failure = False
        answer = process_partial_response(event, serve, processor, context)
    _deliver_all(delivery)
    return answer


def _take_on(record: SQSRecord, delivery: Delivery) -> None:
    try:
        take_on(read_alert(record.body), delivery)
    except Exception as error:
        received = int(record.attributes.approximate_receive_count or 1)
        code = error.code if isinstance(error, GatewayError) else type(error).__name__
        logger.warning(ALERT_RETURNED, code=code, attempt=received)
        try:
            alert_wiring.own_queue().retry_after(record.receipt_handle, min(RETRY_SECONDS_MAX, 2**received))
        except Transient as failure:
            logger.warning(ALERT_RETURNED, code=failure.code, detail=failure.detail)
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


#: The one bot in use, with its connection, by what it was made from.
_bots: dict[tuple[str, str], TelegramBot] = {}


def bot_of(token: str, api_url: str) -> TelegramBot:
    """Return the bot of a token; one of an older token is closed."""
    if (token, api_url) not in _bots:
        close_bot()
        _bots[token, api_url] = TelegramBot(token, api_url)
    return _bots[token, api_url]


def close_bot() -> None:
    """End the bot's connection: before another one is made, after a SnapStart restore, and between tests."""
    while _bots:
        _bots.popitem()[1].close()


run_after_restore(close_bot)
