"""What the phone's commands leave in the state table: updates that were taken, and what waits for a confirmation.

Items: ``pk=TELEGRAM``, ``sk=UPDATE#<id>`` or ``PENDING#<user>``, ``ttl`` N, and the pending command as ``document``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb.documents import reading, unpack_document, write_document
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.items import key
from riskgate.core.operators.commands import PendingCommand

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "TELEGRAM"


class DynamoCommandStore:
    """Keep updates and pending commands in the state table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    # Unconfirmed, at worst a command is taken for a repetition: nothing has happened then.
    @read_errors
    def claim(self, name: str, until: datetime) -> bool:
        """Take something once; False for a repetition."""
        return self._put(
            key(PARTITION, name) | {"ttl": _seconds(until)}, ConditionExpression="attribute_not_exists(pk)"
        )

    @read_errors
    def put_pending(self, pending: PendingCommand) -> None:
        """Let a command wait; it takes the place of what the user asked for before."""
        self._put(_item(pending))

    @read_errors
    def get_pending(self, user_id: int) -> PendingCommand | None:
        """Return what waits for a user's confirmation (consistent), expired or not."""
        found = self._client.get_item(TableName=self._table_name, Key=_pending_key(user_id), ConsistentRead=True)
        item = found.get("Item")
        if item is None:
            return None
        with reading("a pending command"):
            return unpack_document(item, PendingCommand)

    @read_errors
    def replace_pending(self, before: PendingCommand, after: PendingCommand | None) -> bool:
        """Put a command on, or take it off (`after` None), if it is still as `before`."""
        condition: dict[str, Any] = {
            "ConditionExpression": "document = :before",
            "ExpressionAttributeValues": {":before": _item(before)["document"]},
        }
        if after is not None:
            return self._put(_item(after), **condition)
        try:
            self._client.delete_item(TableName=self._table_name, Key=_pending_key(before.user_id), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _put(self, item: dict[str, Any], **condition: Any) -> bool:
        try:
            self._client.put_item(TableName=self._table_name, Item=item, **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _pending_key(user_id: int) -> dict[str, Any]:
    return key(PARTITION, f"PENDING#{user_id}")


def _item(pending: PendingCommand) -> dict[str, Any]:
    return _pending_key(pending.user_id) | write_document(pending) | {"ttl": _seconds(pending.expires_at)}


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
