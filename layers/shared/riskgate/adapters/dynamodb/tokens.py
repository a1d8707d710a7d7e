"""Tokens in the control table.

Item: ``pk=TOKEN``, ``sk=<token id>``, ``token_hash`` S, ``scopes`` L of S, ``accounts`` L of S,
``operator`` S, ``expires_at`` S, ``revoked`` BOOL, ``cidrs`` L of S, ``created_at`` S, ``strategies`` L of S (tokens
issued before there was such a list lack it: they are for all), ``schema`` N and ``oldest_reader`` N (see `documents`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb.documents import mark_attributes, require_known
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.instants import format_seconds, parse_instant
from riskgate.core.access.tokens import EVERY_STRATEGY, Token
from riskgate.core.errors import Conflict, NotFound, StateCorrupt

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PARTITION = "TOKEN"
#: The attributes of a token's item.
ATTRIBUTES = frozenset(
    {
        "token_hash",
        "scopes",
        "accounts",
        "operator",
        "expires_at",
        "revoked",
        "cidrs",
        "created_at",
        "strategies",
    }
)


def token_key(token_id: str) -> dict[str, AttributeValueTypeDef]:
    """Return the key of one token's item."""
    return {"pk": {"S": PARTITION}, "sk": {"S": token_id}}


def to_item(token: Token) -> dict[str, AttributeValueTypeDef]:
    """Write a token as an item."""
    return {
        **token_key(token.token_id),
        "token_hash": {"S": token.token_hash},
        "scopes": _texts(sorted(token.scopes)),
        "accounts": _texts(sorted(token.accounts)),
        "operator": {"S": token.operator},
        "expires_at": {"S": format_seconds(token.expires_at)},
        "revoked": {"BOOL": token.revoked},
        "cidrs": _texts(token.cidrs),
        "created_at": {"S": format_seconds(token.created_at)},
        "strategies": _texts(sorted(token.strategies)),
        **mark_attributes(),
    }


def from_item(item: Mapping[str, Any], beside: frozenset[str] = frozenset()) -> Token:
    """Read a token from an item, which may have attributes `beside` a token's.

    Raises StateCorrupt: an attribute is missing or of another type; nothing is assumed in its place; DocumentTooNew:
    it has an attribute that this version does not know.
    """
    try:
        require_known(item, ATTRIBUTES | beside, "a token")
        return Token(
            token_id=item["sk"]["S"],
            token_hash=item["token_hash"]["S"],
            scopes=frozenset(entry["S"] for entry in item["scopes"]["L"]),
            accounts=frozenset(entry["S"] for entry in item["accounts"]["L"]),
            operator=item["operator"]["S"],
            expires_at=parse_instant(item["expires_at"]["S"]),
            revoked=item["revoked"]["BOOL"],
            cidrs=tuple(entry["S"] for entry in item["cidrs"]["L"]),
            created_at=parse_instant(item["created_at"]["S"]),
            strategies=_strategies(item),
        )
    except (KeyError, TypeError, ValueError):
        raise StateCorrupt("a stored token cannot be read", code="TOKEN_CORRUPT") from None


class Grants:
    """Items of one partition of the control table, each what somebody was granted; `what` names them in errors."""

    def __init__(self, client: DynamoDBClient, table_name: str, partition: str, what: str) -> None:
        self._client = client
        self._table_name = table_name
        self._partition = partition
        self._what = what

    @read_errors
    def get(self, grant_id: str) -> Mapping[str, Any] | None:
        """Return an item as it is now (consistent read), or None."""
        found = self._client.get_item(TableName=self._table_name, Key=self._key(grant_id), ConsistentRead=True)
        return found.get("Item")

    # A write that was not confirmed may be repeated: a grant whose secret nobody was shown opens nothing.
    @read_errors
    def put(self, item: dict[str, AttributeValueTypeDef]) -> None:
        """Store a new item; an id that is taken is a Conflict."""
        try:
            self._client.put_item(TableName=self._table_name, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except self._client.exceptions.ConditionalCheckFailedException:
            raise Conflict(f"the {self._what} id is already in use", code="TOKEN_EXISTS") from None

    @read_errors
    def revoke(self, grant_id: str) -> None:
        """Revoke a grant for good; one that does not exist is a NotFound."""
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=self._key(grant_id),
                UpdateExpression="SET revoked = :true",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":true": {"BOOL": True}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NotFound(f"no such {self._what}", code="TOKEN_NOT_FOUND") from None

    @read_errors
    def list(self) -> list[Mapping[str, Any]]:
        """Return all items by id, revoked and expired ones included."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": self._partition}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    def _key(self, grant_id: str) -> dict[str, AttributeValueTypeDef]:
        return {"pk": {"S": self._partition}, "sk": {"S": grant_id}}


class DynamoTokenStore:
    """Keep tokens in the control table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._grants = Grants(client, table_name, PARTITION, "token")

    def get_token(self, token_id: str) -> Token | None:
        """Return a token as it is now (consistent read), or None."""
        item = self._grants.get(token_id)
        return from_item(item) if item else None

    def put_token(self, token: Token) -> None:
        """Store a new token; an id that is taken is a Conflict."""
        self._grants.put(to_item(token))

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token for good; one that does not exist is a NotFound."""
        self._grants.revoke(token_id)

    def list_tokens(self) -> list[Token]:
        """Return all tokens by id, revoked and expired ones included."""
        return [from_item(item) for item in self._grants.list()]


def _strategies(item: Mapping[str, Any]) -> frozenset[str]:
    if "strategies" not in item:
        return EVERY_STRATEGY
    return frozenset(entry["S"] for entry in item["strategies"]["L"])


def _texts(values: Sequence[str]) -> AttributeValueTypeDef:
    return {"L": [{"S": value} for value in values]}
