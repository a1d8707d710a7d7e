"""An SQS FIFO queue: messages of one group are taken one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.outcomes import say
from riskgate.core.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class FifoQueue:
    """Append to a lane of the queue, and say when a message that failed is to come again."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def append(self, text: str, *, lane: str, deduplication_id: str, trace_id: str = "") -> None:
        """Append a message to its lane; the same identity again within five minutes is dropped.

        `trace_id` is an attribute beside the text, so that who watches the queue need not read the text.

        Raises Transient: it may not have arrived; sending it again is safe.
        """
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=text,
                MessageGroupId=lane,
                MessageDeduplicationId=deduplication_id,
                MessageAttributes=text_attributes({"trace_id": trace_id}),
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the queue did not accept the message: {say(error)}") from error

    def retry_after(self, receipt_handle: str, seconds: int) -> None:
        """Let a message that failed come again after a while instead of after the queue's visibility timeout.

        Raises Transient: it comes again after that timeout.
        """
        try:
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the message could not be postponed: {say(error)}") from error


def text_attributes(values: Mapping[str, str]) -> dict[str, Any]:
    """Return message attributes as SQS and SNS take them, without those that are empty."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}
