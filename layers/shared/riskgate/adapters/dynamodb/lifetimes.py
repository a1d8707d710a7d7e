"""What is archived leaves the tables: entries by their table's time to live, orders for tombstones of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.stored import OrderRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoLifetimes:
    """Set the instant after which DynamoDB removes an entry, which takes up to some days; write over orders."""

    def __init__(self, client: DynamoDBClient, *, audit_table: str, state_table: str) -> None:
        self._client, self._audit, self._state = client, audit_table, state_table

    @read_errors
    def end_entries(self, rows: Sequence[AuditRow], at: datetime) -> int:
        """Let entries leave their table at an instant; return how many were still there and as they were read."""
        return sum(self._end(row, at) for row in rows)

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
    def leave_tombstone(self, tombstone: OrderRecord) -> bool:
        """Put a tombstone in the place of its order; tell whether that was still as it was archived.

        Whatever else writes an order's item writes the account's version into it. The role may change these attributes
        alone: nothing of an account's document can be made to fit its hash.
        """
        item = items.order_item(tombstone, tombstone.version)
        written = {name: item[name] for name in ("document", "answer", *documents.mark(OrderRecord))}
        as_read = {name: item[name] for name in ("version", "status", "updated_at")}
        try:
            self._client.update_item(
                TableName=self._state,
                Key=items.order_key(tombstone.order.account_id, tombstone.order.client_order_id),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in written),
                ConditionExpression=" AND ".join(f"#{name} = :{name}" for name in as_read),
                ExpressionAttributeNames={f"#{name}": name for name in written | as_read},
                ExpressionAttributeValues={f":{name}": value for name, value in (written | as_read).items()},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _end(self, row: AuditRow, at: datetime) -> bool:
        try:
            self._client.update_item(
                TableName=self._audit,
                Key=_entry_key(row.account_id, row.sequence),
                UpdateExpression="SET #ttl = :at",
                ConditionExpression="#is = :expected",
                ExpressionAttributeNames={"#is": "hash", "#ttl": "ttl"},
                ExpressionAttributeValues={":at": {"N": str(int(at.timestamp()))}, ":expected": {"S": row.hash}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _entry_key(account_id: str, sequence: int) -> items.Item:
    return {"account_id": {"S": account_id}, "sequence": {"N": str(sequence)}}
