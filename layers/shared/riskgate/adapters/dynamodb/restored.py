"""Write an account as its log has it, after tables were restored to different instants."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.transaction import is_at
from riskgate.core.account.stored import Marker, OrderRecord, StoredAccount
from riskgate.core.errors import VersionConflict
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RestoredTables:
    """What a repair reads and writes beside the store."""

    def __init__(self, client: DynamoDBClient, *, state_table: str, control_table: str) -> None:
        self._client, self._state, self._control = client, state_table, control_table

    @read_errors
    def read_limits(self, account_id: str, version: int) -> Limits | None:
        """Return the limits of one version, None where they are not kept (consistent)."""
        key = items.limits_history_key(account_id, version)
        item = self._client.get_item(TableName=self._control, Key=key, ConsistentRead=True).get("Item")
        return items.parse_limits(item).limits if item is not None else None

    @read_errors
    def put_items(self, account_id: str, records: Sequence[OrderRecord], markers: Sequence[Marker]) -> None:
        """Write the items of orders, unless a newer one is there, and the markers that are missing."""
        for record in records:
            older = {
                "ConditionExpression": "attribute_not_exists(pk) OR version < :version",
                "ExpressionAttributeValues": {":version": {"N": str(record.version)}},
            }
            self._put_unless(items.order_item(record, record.version), older)
        for marker in markers:
            self._put_unless(items.marker_item(account_id, marker), {"ConditionExpression": "attribute_not_exists(pk)"})

    def _put_unless(self, item: items.Item, condition: dict[str, Any]) -> None:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(TableName=self._state, Item=item, **condition)

    @read_errors
    def put_chain(self, account_id: str, after: StoredAccount, *, replaces: StoredAccount | None) -> None:
        """Write an account's document and its place in the log. Raises VersionConflict: it was written meanwhile."""
        document = encode(after.state).decode() if after.state is not None else ""
        place = {"version": after.version, "sequence": after.audit_sequence, "head": after.audit_head}
        item = items.account_item(account_id, after.state, document, **place)  # type: ignore[arg-type]
        try:
            self._client.put_item(TableName=self._state, Item=item, **is_at(replaces))
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise VersionConflict("the account was written meanwhile") from error
