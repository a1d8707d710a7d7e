"""Webhooks in the control table.

Item: ``pk=WEBHOOK``, ``sk=<name>``, and the webhook as ``document``; of its secrets it has hashes, or a nonce.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb.documents import reading, unpack_document, write_document
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.items import key
from riskgate.core.webhooks.definition import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "WEBHOOK"


class DynamoWebhookStore:
    """Keep webhooks in the control table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @read_errors
    def get_webhook(self, name: str) -> Webhook | None:
        """Return a webhook as it is now (consistent), a deleted one too, or None."""
        answer = self._client.get_item(TableName=self._table_name, Key=key(PARTITION, name), ConsistentRead=True)
        item = answer.get("Item")
        return _parse(item) if item else None

    # A write that was not confirmed may be repeated: of a webhook that nobody was shown the secrets of none is known.
    @read_errors
    def put_webhook(self, webhook: Webhook) -> None:
        """Store a webhook in the place of one of its name."""
        item = key(PARTITION, webhook.name) | write_document(webhook)
        self._client.put_item(TableName=self._table_name, Item=item)

    @read_errors
    def list_webhooks(self) -> list[Webhook]:
        """Return all webhooks by name, deleted ones included."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": PARTITION}},
            ConsistentRead=True,
        )
        return [_parse(item) for page in pages for item in page["Items"]]


def _parse(item: Mapping[str, Any]) -> Webhook:
    with reading("a stored webhook", "WEBHOOK_CORRUPT"):
        return unpack_document(dict(item), Webhook)
