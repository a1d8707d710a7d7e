"""The most traded markets of each venue: one small item per venue and market type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.batch_read import batch_read
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.core.instrument import MarketType

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class MostTradedStore:
    """Read and write lists of markets."""

    def __init__(self, client: DynamoDBClient, state_table: str) -> None:
        self._client, self._table = client, state_table

    def get(self, venue: str, market_type: MarketType) -> tuple[str, ...]:
        """Return the symbols listed last; none before the first list."""
        found = batch_read(self._client, {self._table: [_key(venue, market_type)]})[self._table]
        with documents.reading("a list of markets"):
            return tuple(symbol["S"] for item in found.values() for symbol in item["symbols"]["L"])

    @read_errors
    def put(self, venue: str, market_type: MarketType, symbols: Sequence[str]) -> None:
        """Replace the list of a venue."""
        listed = {"symbols": {"L": [{"S": symbol} for symbol in symbols]}}
        self._client.put_item(TableName=self._table, Item=_key(venue, market_type) | listed)


def _key(venue: str, market_type: MarketType) -> items.Item:
    return items.key("MARKET", f"MOST_TRADED#{market_type.value}:{venue}")
