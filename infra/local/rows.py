"""Which rows a request to DynamoDB reaches, as IAM sees it: each action with its table and partition keys.

Standard library alone: the emulator loads it into its own interpreter.
"""

import re
from typing import Any, NamedTuple

#: Names of the tables' partition keys; an item that holds both is one of a table whose key is the first.
PARTITION_KEYS = ("pk", "account_id")
#: A transaction is no action of its own: each of its parts is what it would be alone.
PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_PARTITION = re.compile(rf"(?:{'|'.join(PARTITION_KEYS)}) = (:\w+)")


class Reach(NamedTuple):
    """One action on rows of one table (its name); `keys` are the values of ``dynamodb:LeadingKeys``."""

    action: str
    table: str
    keys: list[str]


def list_reaches(operation: str, request: dict[str, Any]) -> list[Reach]:
    """Return what a request does to which rows; none for an operation that names no rows."""
    if "TransactItems" in request:
        parts = [part for item in request["TransactItems"] for part in item.items()]
        return [Reach(PARTS[kind], body["TableName"], list_leading_keys(body)) for kind, body in parts]
    keys = list_leading_keys(request)
    tables = request.get("RequestItems") or [request.get("TableName", "")]
    return [Reach(operation, table, keys) for table in tables] if keys else []


def list_leading_keys(request: dict[str, Any]) -> list[str]:
    """Return the partition keys that a request, or a part of a transaction, names; for a batch those of all tables.

    AWS does not say whether each table of a batch is asked with its own keys alone: with all of them is the stricter
    way. What names rows in another way than the gateway does comes out as a key that no row has.
    """
    try:
        if "RequestItems" in request:
            return [_partition(row) for wanted in request["RequestItems"].values() for row in _rows(wanted)]
        if "KeyConditionExpression" in request:
            [value] = _PARTITION.findall(request["KeyConditionExpression"])
            return [str(request["ExpressionAttributeValues"][value]["S"])]
        return [_partition(request[name]) for name in ("Key", "Item") if name in request]
    except (KeyError, TypeError, ValueError):
        return [""]


def _rows(wanted: Any) -> list[dict[str, Any]]:
    """Return the keys of a batch read, or what a batch write puts, of one table."""
    return wanted["Keys"] if isinstance(wanted, dict) else [write["PutRequest"]["Item"] for write in wanted]


def _partition(item: dict[str, Any]) -> str:
    return str(item[next((name for name in PARTITION_KEYS if name in item), "pk")]["S"])
