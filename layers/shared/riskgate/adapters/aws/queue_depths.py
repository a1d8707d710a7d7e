"""How many messages wait in queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class QueueDepth(NamedTuple):
    """Messages of a queue, as SQS estimates them: to be taken, taken and not done, not to be seen yet."""

    visible: int
    in_flight: int
    delayed: int


def read_depths(client: SQSClient, urls: Mapping[str, str]) -> dict[str, QueueDepth]:
    """Return the depth of each queue by its name; one that SQS does not tell is left out."""
    found: dict[str, QueueDepth] = {}
    for name, url in urls.items():
        try:
            answer = client.get_queue_attributes(
                QueueUrl=url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )
        except (ClientError, BotoCoreError):
            continue
        counts = answer["Attributes"]
        found[name] = QueueDepth(
            visible=int(counts["ApproximateNumberOfMessages"]),
            in_flight=int(counts["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(counts["ApproximateNumberOfMessagesDelayed"]),
        )
    return found
