"""When entries of the log end: their table's time to live, set on what is archived alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.app.ports.store import AuditRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoLifetimes:
    """Set the instant after which DynamoDB removes an entry; it takes up to some days to."""

    def __init__(self, client: DynamoDBClient, *, audit_table: str) -> None:
        self._client, self._audit = client, audit_table

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
