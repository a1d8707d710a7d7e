"""Names of orders at their venues: one small item of the state table per name, beside the orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.batch_read import batch_read
from riskgate.core.account.order_names import VenueOrderName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def name_key(account_id: str, name: str) -> items.Item:
    """Return the key of a name."""
    return items.key(items.account_pk(account_id), f"VENUE_ORDER#{name}")


def name_item(account_id: str, named: VenueOrderName) -> items.Item:
    """Return the item of a name."""
    return name_key(account_id, named.name) | {
        "client_order_id": {"S": named.client_order_id},
        "strategy": {"S": named.strategy},
    }


class DynamoOrderNames:
    """Look up whose an order at a venue is."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def find(self, account_id: str, names: Iterable[str]) -> dict[str, VenueOrderName]:
        """Return what is known by these names, by name (consistent); see `batch_read` for the errors."""
        keys = {name: name_key(account_id, name) for name in names}
        if not keys:
            return {}
        rows = batch_read(self._client, {self._table: list(keys.values())})[self._table]
        found = {name: rows.get((key["pk"]["S"], key["sk"]["S"])) for name, key in keys.items()}
        with documents.reading("a stored name of an order"):
            return {name: _parse(name, row) for name, row in found.items() if row is not None}


def _parse(name: str, row: items.Item) -> VenueOrderName:
    return VenueOrderName(name=name, client_order_id=row["client_order_id"]["S"], strategy=row["strategy"]["S"])
