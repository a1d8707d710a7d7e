"""What requests to DynamoDB are billed as, and what they store: computed from the wire as AWS's documents say.

A consistent read costs one read unit per begun 4 KB of an item, a write one write unit per begun KB, twice as much in
a transaction, where a condition alone costs as a write does. An item that does not exist costs one of either.
Source: DynamoDB Developer Guide, "Read and write operations" and "Item sizes and formats".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from tests.support.dynamodb.values import item_size

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.support.wire import Sent

READ_BYTES, WRITE_BYTES = 4096, 1024
#: What DynamoDB stores of an item for itself.
ITEM_OVERHEAD_BYTES = 100


@dataclass
class Bill:
    """What some requests came to."""

    read_units: int = 0
    write_units: int = 0
    stored_bytes: int = 0
    lasting_bytes: int = 0
    end_write_units: int = 0
    requests: int = 0

    def as_json(self) -> dict[str, int]:
        """Return it as it is kept."""
        return dict(vars(self))


def bill(client: DynamoDBClient, sent: Iterable[Sent], *, kept: frozenset[str] = frozenset({"STATE"})) -> Bill:
    """Return what requests are billed as.

    `kept` are sort keys whose items are written over each time: they store nothing more.
    """
    total = Bill()
    for each in list(sent):
        total.requests += 1
        request = each.parameters
        if each.operation == "BatchGetItem":
            for table, asked in request["RequestItems"].items():
                total.read_units += sum(_read(client, table, key) for key in asked["Keys"])
        elif each.operation == "GetItem":
            total.read_units += _read(client, request["TableName"], request["Key"])
        elif each.operation == "Query":
            found = client.query(**request)["Items"]
            total.read_units += max(1, ceil(sum(map(_size, found)) / READ_BYTES))
        elif each.operation == "TransactWriteItems":
            for action in request["TransactItems"]:
                [(kind, content)] = action.items()
                _write(total, client, kind, content, factor=2, kept=kept)
        elif each.operation in {"PutItem", "UpdateItem"}:
            _write(total, client, each.operation.removesuffix("Item"), request, factor=1, kept=kept)
        else:
            raise NotImplementedError(each.operation)
    return total


def _write(total: Bill, client: DynamoDBClient, kind: str, content: Any, *, factor: int, kept: frozenset[str]) -> None:
    size = _size(content["Item"]) if kind == "Put" else _stored(client, content["TableName"], content["Key"])
    total.write_units += factor * max(1, ceil(size / WRITE_BYTES))
    if kind == "Put" and content["Item"].get("sk", {}).get("S") not in kept:
        total.stored_bytes += size + ITEM_OVERHEAD_BYTES
        if "sequence" in content["Item"]:
            # Setting when an entry goes writes it once more, by itself.
            total.end_write_units += max(1, ceil(size / WRITE_BYTES))
        elif "attribute_not_exists" in content.get("ConditionExpression", ""):
            # New, and never to go; what a fill writes anew of its order was there before.
            total.lasting_bytes += size + ITEM_OVERHEAD_BYTES


def _read(client: DynamoDBClient, table: str, key: Any) -> int:
    return max(1, ceil(_stored(client, table, key) / READ_BYTES))


def _stored(client: DynamoDBClient, table: str, key: Any) -> int:
    found = client.get_item(TableName=table, Key=key).get("Item")
    return _size(found) if found is not None else 0


def _size(item: Any) -> int:
    return item_size(item)
