"""At which venues the gateway reads itself: one small item of the control table per venue, written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def has(client: DynamoDBClient, table: str, venue: str) -> bool:
    """Tell whether some account ever named a key for a venue (consistent)."""
    return "Item" in client.get_item(TableName=table, Key=_key(venue), ConsistentRead=True)


def note(client: DynamoDBClient, table: str, venue: str) -> None:
    """Note that an account names a key for a venue."""
    client.put_item(TableName=table, Item=_key(venue))


def _key(venue: str) -> items.Item:
    return items.key("KEYED_VENUE", venue)
