"""Which account each secret belongs to: one small item of the control table per secret, written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def get_owner(client: DynamoDBClient, table: str, name: str) -> str | None:
    """Return the account that a secret is bound to, if any."""
    found = client.get_item(TableName=table, Key=_key(name), ConsistentRead=True).get("Item")
    with documents.reading("a secret's owner"):
        return found["account_id"]["S"] if found is not None else None


def bind(client: DynamoDBClient, table: str, name: str, account_id: str) -> None:
    """Bind a secret to an account unless it is bound already."""
    try:
        client.put_item(
            TableName=table,
            Item=_key(name) | {"account_id": {"S": account_id}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except client.exceptions.ConditionalCheckFailedException:
        return


def _key(name: str) -> items.Item:
    return items.key("SECRET", name)
