"""When entries of the log and items of orders end: the tables' time to live, set on what is archived alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.stored import OrderRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoLifetimes:
    """Set the instant after which DynamoDB removes an item; it takes up to some days to."""

    def __init__(self, client: DynamoDBClient, *, state_table: str, audit_table: str) -> None:
        self._client, self._state, self._audit = client, state_table, audit_table

    @read_errors
    def end_entries(self, rows: Sequence[AuditRow], at: datetime) -> int:
        """Let entries leave their table at an instant; return how many were still there and as they were read."""
        return sum(
            self._end(self._audit, _entry_key(row.account_id, row.sequence), at, "#is", {"#is": "hash"}, row.hash)
            for row in rows
        )

    @read_errors
    def is_ending(self, account_id: str, sequence: int) -> bool:
        """Tell whether an entry has left its table, or is about to (consistent)."""
        found = self._client.query(
            TableName=self._audit,
            KeyConditionExpression="account_id = :account AND #sequence = :sequence",
            ExpressionAttributeNames={"#sequence": "sequence"},
            ExpressionAttributeValues={":account": {"S": account_id}, ":sequence": {"N": str(sequence)}},
            ConsistentRead=True,
        )["Items"]
        return not found or "ttl" in found[0]

    @read_errors
    def end_order(self, record: OrderRecord, at: datetime) -> bool:
        """Let an order's item go at an instant unless the order changed since it was read; tell whether it will."""
        key = items.order_key(record.order.account_id, record.order.client_order_id)
        return self._end(self._state, key, at, "#is", {"#is": "version"}, record.version)

    def _end(self, table: str, key: Any, at: datetime, name: str, names: dict[str, str], expected: str | int) -> bool:
        value = {"S": expected} if isinstance(expected, str) else {"N": str(expected)}
        try:
            self._client.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET #ttl = :at",
                ConditionExpression=f"{name} = :expected",
                ExpressionAttributeNames=names | {"#ttl": "ttl"},
                ExpressionAttributeValues={":at": {"N": str(int(at.timestamp()))}, ":expected": value},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _entry_key(account_id: str, sequence: int) -> items.Item:
    return {"account_id": {"S": account_id}, "sequence": {"N": str(sequence)}}
