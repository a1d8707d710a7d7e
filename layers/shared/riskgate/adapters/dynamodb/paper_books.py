"""Books of paper venues in the state table.

Items: ``pk=ACCOUNT#<id>``, ``sk=PAPER#<venue>``, ``version`` N, and the book as ``document``, compressed (B).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb.documents import mark, reading, unpack_document
from riskgate.adapters.dynamodb.errors import commit_errors, read_errors
from riskgate.adapters.dynamodb.items import account_pk, key
from riskgate.core.errors import VersionConflict
from riskgate.core.paper.book import PaperBook
from riskgate.schemas.codec import encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class DynamoPaperBooks:
    """Keep one book per account and venue; who was first with a version has written it."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @read_errors
    def get(self, account_id: str, venue: str) -> PaperBook | None:
        """Return a book (consistent), None where none was opened."""
        found = self._client.get_item(TableName=self._table_name, Key=_key(account_id, venue), ConsistentRead=True)
        item = found.get("Item")
        if item is None:
            return None
        with reading("a paper book"):
            return unpack_document(item, PaperBook)

    @commit_errors
    def put(self, account_id: str, venue: str, book: PaperBook) -> None:
        """Write the version after the one that was read, version 1 where there is none.

        Raises VersionConflict: somebody else wrote it first; Transient: surely not written; OutcomeUnknown.
        """
        item = _key(account_id, venue) | {
            "version": {"N": str(book.version)},
            "document": {"B": zlib.compress(encode(book), 1)},
            **mark(PaperBook),
        }
        values: dict[str, Any] = {":before": {"N": str(book.version - 1)}}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if book.version > 1:
            condition = {"ConditionExpression": "version = :before", "ExpressionAttributeValues": values}
        try:
            self._client.put_item(TableName=self._table_name, Item=item, **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            raise VersionConflict("the paper book was changed meanwhile") from None


def _key(account_id: str, venue: str) -> dict[str, AttributeValueTypeDef]:
    return key(account_pk(account_id), f"PAPER#{venue}")
