"""The queue behind a scheduled job: one message per account, in no order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.outcomes import say
from riskgate.core.errors import Transient
from riskgate.schemas.messages.job import JobMessage
from riskgate.schemas.messages.text import write_message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: What SQS takes in one request.
BATCH_SIZE = 10


class SqsJobQueue:
    """Send accounts to a job."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def send(self, messages: Sequence[JobMessage]) -> None:
        """Send all messages.

        Raises Transient: some may not have arrived; sending all again is safe, jobs may run twice.
        """
        self.send_texts([write_message(message) for message in messages])

    def send_texts(self, texts: Sequence[str], *, delay_seconds: int = 0) -> None:
        """Send messages that are written already, to be seen after a delay.

        Raises Transient: some may not have arrived; sending all again is safe, jobs may run twice.
        """
        for batch in batched(texts, BATCH_SIZE, strict=False):
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {"Id": str(number), "MessageBody": text, "DelaySeconds": delay_seconds}
                        for number, text in enumerate(batch)
                    ],
                )
            except (ClientError, BotoCoreError) as error:
                raise Transient(f"the job's queue did not accept its accounts: {say(error)}") from error
            if answer.get("Failed"):
                raise Transient(f"the job's queue refused {len(answer['Failed'])} of its accounts")
