"""DynamoDB streams: each record handled by itself, what can never be handled put aside."""

import json
from collections.abc import Callable
from typing import Any

from riskgate.adapters.aws.clients import sqs_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.core.errors import DocumentTooNew, InvalidRequest
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime.settings import Name, Settings, load
from riskgate.schemas.codec import DecodeError
from riskgate.schemas.log.audit_entry import AuditEntry, is_newer, read_entry

STREAM_RECORD_PUT_ASIDE = "stream_record_put_aside"

type StreamRecord = dict[str, Any]


class StreamSettings(Settings, frozen=True):
    """Where a function that reads a stream puts what it can never handle."""

    dead_letter_queue_url: Name


def read_image(record: StreamRecord) -> AuditEntry:
    """Return the entry that a record of the audit log's stream tells of.

    Raises ValueError, KeyError: it is none; DocumentTooNew: a newer build wrote it, and the record has to come again.
    """
    text = unpack(record["dynamodb"]["NewImage"]["entry"]).decode()
    try:
        return read_entry(text)
    except DecodeError as error:
        if is_newer(text):
            raise DocumentTooNew(f"a newer version wrote the entry: {error}") from error
        raise


def keys_of(entry: AuditEntry) -> dict[str, str]:
    """Return what every log line about an entry is found by."""
    inputs = entry.inputs
    order = inputs.get("order", inputs)
    name = order.get("client_order_id", "") if isinstance(order, dict) else ""
    keys = {"trace_id": entry.trace_id or "", "client_ref": str(name)}
    return {key: value for key, value in keys.items() if value}


def handle_stream(event: dict[str, Any], handle: Callable[[StreamRecord], None]) -> None:
    """Handle a batch in its order.

    A record that no repetition can help goes to the dead letters at once, so that it holds up nothing behind it. What a
    newer version wrote is none: while a deployment lasts, the next one may come to a function that reads it.

    Raises Exception: the batch comes again from its first record; handling a record twice must do no harm.
    """
    metrics.add_metric(name="StreamRecords", unit=MetricUnit.Count, value=len(event["Records"]))
    for record in event["Records"]:
        try:
            handle(record)
        except (ValueError, KeyError, TypeError, InvalidRequest) as error:
            _put_aside(record, error)


def _put_aside(record: StreamRecord, error: Exception) -> None:
    logger.error(STREAM_RECORD_PUT_ASIDE, event_id=record.get("eventID"), error=type(error).__name__)
    metrics.add_metric(name="StreamRecordsPutAside", unit=MetricUnit.Count, value=1)
    body = json.dumps({"error": type(error).__name__, "record": record}, default=str)
    sqs_client().send_message(QueueUrl=_dead_letter_queue_url(), MessageBody=body)


@lazy
def _dead_letter_queue_url() -> str:
    return load(StreamSettings).dead_letter_queue_url
