"""Keys of the front door in the control table, beside the tokens.

Item: ``pk=EXCHANGE_KEY``, ``sk=<key id>``, a token's attributes (see `tokens`), ``venues`` M of S by market type, and
``default_stop_fraction`` N, ``heartbeat_seconds`` N, ``shows_all`` BOOL, ``shows_budget`` BOOL where they are set.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import tokens
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.errors import StateCorrupt
from riskgate.core.money import plain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "EXCHANGE_KEY"
#: What a key's item has beside a token's attributes.
ATTRIBUTES = frozenset({"venues", "default_stop_fraction", "heartbeat_seconds", "shows_all", "shows_budget"})


def to_item(key: ExchangeKey) -> dict[str, Any]:
    """Write a key as an item."""
    item = tokens.to_item(key.grant) | {"pk": {"S": PARTITION}}
    item["venues"] = {"M": {kind: {"S": venue} for kind, venue in sorted(key.venues.items())}}
    if key.default_stop_fraction is not None:
        item["default_stop_fraction"] = {"N": plain(key.default_stop_fraction)}
    if key.heartbeat_seconds is not None:
        item["heartbeat_seconds"] = {"N": str(key.heartbeat_seconds)}
    return item | {name: {"BOOL": True} for name in ("shows_all", "shows_budget") if getattr(key, name)}


def from_item(item: Mapping[str, Any]) -> ExchangeKey:
    """Read a key from an item; errors as of a token's."""
    grant = tokens.from_item(item, ATTRIBUTES)
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
        self._grants = tokens.Grants(client, table_name, PARTITION, "key")

    def get_key(self, key_id: str) -> ExchangeKey | None:
        """Return a key as it is now (consistent read), or None."""
        item = self._grants.get(key_id)
        return from_item(item) if item else None

    def put_key(self, key: ExchangeKey) -> None:
        """Store a new key; an id that is taken is a Conflict."""
        self._grants.put(to_item(key))

    def revoke_key(self, key_id: str) -> None:
        """Revoke a key for good; one that does not exist is a NotFound."""
        self._grants.revoke(key_id)

    def list_keys(self) -> list[ExchangeKey]:
        """Return all keys by id, revoked and expired ones included."""
        return [from_item(item) for item in self._grants.list()]
