"""Carry out one message of the order queue, and say when it is to come again where that failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.routing.cancel_covered import cancel_orders
from riskgate.app.routing.cancel_order import cancel_order
from riskgate.app.routing.replace_order import replace_order
from riskgate.app.routing.resolve_orders import resolve_orders
from riskgate.app.routing.send_order import execute_order
from riskgate.app.routing.worker import Worker
from riskgate.core.errors import GatewayError, InvalidRequest, NotFound, Transient
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime.wiring import exchanges as worker_wiring
from riskgate.runtime.wiring import shared as wiring
from riskgate.schemas.messages.order import MessageKind, OrderMessage, read_message

MESSAGE_DONE = "order_message_done"
MESSAGE_DROPPED = "order_message_dropped"
MESSAGE_RETURNED = "order_message_returned"

#: Pauses between attempts double up to this; ten attempts take about five minutes.
RETRY_SECONDS_MAX = 60


def handle_record(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Carry out one message.

    Raises
    ------
    Exception : the message is to come again, soon; after the queue's last attempt it goes to the dead letters.
    """
    started = worker_wiring.utc_now()
    try:
        message = read_message(record.body)
        logger.append_keys(
            account_id=message.account_id,
            client_order_id=message.client_order_id,
            correlation_id=message.correlation_id,
            kind=message.kind.value,
        )
        worker = worker_wiring.worker(
            f"{lambda_context.aws_request_id}/{record.message_id}", lambda_context.get_remaining_time_in_millis()
        )
        _carry_out(message, worker)
    except NotFound as error:
        # Nobody will ever find it: there is nothing to repeat.
        logger.error(MESSAGE_DROPPED, code=error.code, detail=error.detail)
        metrics.add_metric(name="OrderMessagesDropped", unit=MetricUnit.Count, value=1)
    except Exception as error:
        _return(record, error)
        raise
    else:
        logger.info(MESSAGE_DONE)
    finally:
        duration = (worker_wiring.utc_now() - started) // timedelta(milliseconds=1)
        metrics.add_metric(name="OrderMessageDuration", unit=MetricUnit.Milliseconds, value=duration)


def _carry_out(message: OrderMessage, worker: Worker) -> Any:
    match message.kind:
        case MessageKind.SUBMIT:
            return execute_order(message, worker)
        case MessageKind.MODIFY:
            return replace_order(message, worker)
        case MessageKind.CANCEL:
            return cancel_order(message, worker)
        case MessageKind.CANCEL_MATCHING:
            return cancel_orders(message, worker)
        case MessageKind.RESOLVE:
            return resolve_orders(message, worker)


def _return(record: SQSRecord, error: Exception) -> None:
    """Let the message come again after a pause that grows; an unreadable one at once, it will not improve."""
    received = int(record.attributes.approximate_receive_count or 1)
    wait = 0 if isinstance(error, InvalidRequest) else min(RETRY_SECONDS_MAX, 2**received)
    code = error.code if isinstance(error, GatewayError) else type(error).__name__
    logger.warning(MESSAGE_RETURNED, code=code, detail=str(error), attempt=received, wait_seconds=wait)
    metrics.add_metric(name="OrderMessagesReturned", unit=MetricUnit.Count, value=1)
    try:
        wiring.queue().retry_after(record.receipt_handle, wait)
    except Transient as failure:
        logger.warning(MESSAGE_RETURNED, code=failure.code, detail=failure.detail)
