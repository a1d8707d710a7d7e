"""Batches that a queue brings: each message by itself, those that failed come again."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.fifo_queue import FifoQueue
from riskgate.core.errors import DocumentTooNew, GatewayError, InvalidRequest, Transient
from riskgate.observability import cause_of, logger
from riskgate.runtime.tracing import run_trace_id

#: Pauses between attempts double up to this; ten attempts take about five minutes.
RETRY_SECONDS_MAX = 60
#: Of what only a newer version can carry out each pause is three times the last one, up to this: ten attempts outlast
#: any deployment by hours, and none comes later than three times the time that one took. Its lane keeps its order.
NEWER_SECONDS_MAX = 4 * 60 * 60


def serve_batch(
    event: dict[str, Any], context: LambdaContext, serve: Callable[[SQSRecord], object], *, is_fifo: bool = False
) -> PartialItemFailureResponse:
    """Serve the messages of one batch and return those that are to come again.

    In a FIFO queue what follows a failed message in its group comes again with it, and holds up no other group.
    """
    logger.append_keys(trace_id=run_trace_id(context))
    processor = (
        SqsFifoPartialProcessor(skip_group_on_error=True) if is_fifo else BatchProcessor(event_type=EventType.SQS)
    )
    # A message that comes again is no failed invocation.
    processor.raise_on_entire_batch_failure = False
    return process_partial_response(event, serve, processor, context)


def come_again(
    record: SQSRecord, error: Exception, queue: FifoQueue, log_event: str, *, newer_seconds_max: int = RETRY_SECONDS_MAX
) -> None:
    """Let a message come again after a pause that grows; an unreadable one at once, it will not improve.

    `newer_seconds_max`: how long it may wait for a newer version to take it.
    """
    received = int(record.attributes.approximate_receive_count or 1)
    wait = _compute_pause(error, received, newer_seconds_max)
    code = error.code if isinstance(error, GatewayError) else type(error).__name__
    logger.warning(log_event, code=code, detail=str(error), attempt=received, wait_seconds=wait, **cause_of(error))
    try:
        queue.retry_after(record.receipt_handle, wait)
    except Transient as failure:
        logger.warning(log_event, code=failure.code, detail=failure.detail)


def _compute_pause(error: Exception, received: int, newer_seconds_max: int) -> int:
    if isinstance(error, InvalidRequest):
        return 0
    if isinstance(error, DocumentTooNew):
        return min(newer_seconds_max, 2 * int(3 ** (received - 1)))
    return min(RETRY_SECONDS_MAX, 1 << received)
