"""Keys of the front door in the control table, beside the tokens.

Item: ``pk=EXCHANGE_KEY``, ``sk=<key id>``, a token's attributes (see `tokens`), ``venues`` M of S by market type, and
``default_stop_fraction`` N, ``heartbeat_seconds`` N, ``shows_all`` BOOL, ``shows_budget`` BOOL where they are set.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import tokens
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.errors import Conflict, NotFound, StateCorrupt
from riskgate.core.money import plain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "EXCHANGE_KEY"


def item_key(key_id: str) -> dict[str, Any]:
    """Return the key of one key's item."""
    return {"pk": {"S": PARTITION}, "sk": {"S": key_id}}


def to_item(key: ExchangeKey) -> dict[str, Any]:
    """Write a key as an item."""
    item = tokens.to_item(key.grant) | item_key(key.key_id)
    item["venues"] = {"M": {kind: {"S": venue} for kind, venue in sorted(key.venues.items())}}
    if key.default_stop_fraction is not None:
        item["default_stop_fraction"] = {"N": plain(key.default_stop_fraction)}
    if key.heartbeat_seconds is not None:
        item["heartbeat_seconds"] = {"N": str(key.heartbeat_seconds)}
    return item | {name: {"BOOL": True} for name in ("shows_all", "shows_budget") if getattr(key, name)}


def from_item(item: Mapping[str, Any]) -> ExchangeKey:
    """Read a key from an item. Raises StateCorrupt: an attribute is missing or of another type."""
    grant = tokens.from_item(item)
    try:
        stop, interval = item.get("default_stop_fraction"), item.get("heartbeat_seconds")
        key = ExchangeKey(
            grant=grant,
            venues={kind: venue["S"] for kind, venue in item["venues"]["M"].items()},
            default_stop_fraction=Decimal(stop["N"]) if stop is not None else None,
            heartbeat_seconds=int(interval["N"]) if interval is not None else None,
            shows_all=item.get("shows_all", {"BOOL": False})["BOOL"],
            shows_budget=item.get("shows_budget", {"BOOL": False})["BOOL"],
        )
        # Each names one, or it is nobody's key.
        _ = key.account_id, key.strategy
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise StateCorrupt("a stored key cannot be read", code="TOKEN_CORRUPT") from None
    return key


class DynamoKeyStore:
    """Keep keys in the control table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @read_errors
    def get_key(self, key_id: str) -> ExchangeKey | None:
        """Return a key as it is now (consistent read), or None."""
        answer = self._client.get_item(TableName=self._table_name, Key=item_key(key_id), ConsistentRead=True)
        item = answer.get("Item")
        return from_item(item) if item else None

    # A write that was not confirmed may be repeated: a key whose secret nobody was shown opens nothing.
    @read_errors
    def put_key(self, key: ExchangeKey) -> None:
        """Store a new key; an id that is taken is a Conflict."""
        try:
            self._client.put_item(
                TableName=self._table_name, Item=to_item(key), ConditionExpression="attribute_not_exists(pk)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise Conflict("the key id is already in use", code="TOKEN_EXISTS") from None

    @read_errors
    def revoke_key(self, key_id: str) -> None:
        """Revoke a key for good; one that does not exist is a NotFound."""
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=item_key(key_id),
                UpdateExpression="SET revoked = :true",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":true": {"BOOL": True}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NotFound("no such key", code="TOKEN_NOT_FOUND") from None

    @read_errors
    def list_keys(self) -> list[ExchangeKey]:
        """Return all keys by id, revoked and expired ones included."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": PARTITION}},
            ConsistentRead=True,
        )
        return [from_item(item) for page in pages for item in page["Items"]]
