"""What is still to be shown in which chat, and what was: one DynamoDB table.

======================  ====================  ============================================================
pk                      sk                    item
======================  ====================  ============================================================
``CHATS``               chat id               a chat that ever had an alert
``CHAT#chat id``        ``PENDING#...``       an alert to show there, in the order of its account
``CHAT#chat id``        ``LANE``              who delivers there now, since when not, when it last took one
``ALERT#alert id``      ``SEEN``              an alert that was taken on: the same again is a repetition
======================  ====================  ============================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.adapters.dynamodb.items import key
from riskgate.app.ports.alerts import Lane, PendingAlert
from riskgate.core.alerts.alerts import Alert
from riskgate.schemas.messages.alert import read_alert, write_alert

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A repetition that comes later than this would be shown again; streams keep their records for a day.
SEEN_DAYS = 30
#: An alert nobody could be shown for so long is dropped by the table's time to live.
PENDING_DAYS = 14
#: DynamoDB's most for one transaction.
ACTIONS_PER_TRANSACTION = 100
#: Attempts at a transaction that meets another one: a repetition that is being turned away touches the same items.
CONFLICT_ATTEMPTS = 5


class DynamoOutbox:
    """Alerts on their way to chats."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    @read_errors
    def add(self, alert: Alert, chats: Sequence[str], now: datetime) -> bool:
        """Take an alert on for all its chats at once; False for a repetition.

        Raises Transient: nothing is known; adding it again is safe.
        """
        for chat in chats:
            # Not in the transaction: alerts that arrive together would get in each other's way there.
            self._client.put_item(TableName=self._table, Item=key("CHATS", chat))
        seen = key(f"ALERT#{alert.id}", "SEEN") | {"at": {"S": format_microseconds(now)}, "ttl": _ttl(now, SEEN_DAYS)}
        actions: list[Any] = [
            {"Put": {"TableName": self._table, "Item": seen, "ConditionExpression": "attribute_not_exists(pk)"}}
        ]
        for chat in chats:
            row = key(f"CHAT#{chat}", _pending_key(alert)) | {
                "alert": {"S": write_alert(alert)},
                "queued_at": {"S": format_microseconds(now)},
                "ttl": _ttl(now, PENDING_DAYS),
            }
            actions.append({"Put": {"TableName": self._table, "Item": row}})
        try:
            self._transact(actions)
        except ClientError as error:
            if _reasons(error)[:1] == ["ConditionalCheckFailed"]:
                return False
            raise
        return True

    @read_errors
    def list_chats(self) -> tuple[str, ...]:
        """Return every chat that ever had an alert."""
        return tuple(row["sk"]["S"] for row in self._query("CHATS"))

    @read_errors
    def list_pending(self, chat: str) -> tuple[PendingAlert, ...]:
        """Return what is still to be shown in a chat, account by account, each in its order."""
        return tuple(
            PendingAlert(
                chat=chat,
                key=row["sk"]["S"],
                alert=read_alert(row["alert"]["S"]),
                queued_at=datetime.fromisoformat(row["queued_at"]["S"]),
            )
            for row in self._query(f"CHAT#{chat}", "PENDING#")
        )

    @read_errors
    def remove(self, pending: Sequence[PendingAlert]) -> None:
        """Note that alerts were shown: they are pending no more, and still known to have been taken on."""
        for batch in batched(pending, ACTIONS_PER_TRANSACTION, strict=False):
            self._transact([self._delete(item) for item in batch])

    @read_errors
    def move(self, pending: Sequence[PendingAlert], chat: str) -> None:
        """Let another chat have what this one does not take."""
        self._client.put_item(TableName=self._table, Item=key("CHATS", chat))
        for item in pending:
            row = key(f"CHAT#{chat}", item.key) | {
                "alert": {"S": write_alert(item.alert)},
                "queued_at": {"S": format_microseconds(item.queued_at)},
                "ttl": _ttl(item.queued_at, PENDING_DAYS),
            }
            self._transact([self._delete(item), {"Put": {"TableName": self._table, "Item": row}}])

    @read_errors
    def acquire(self, chat: str, holder: str, now: datetime, until: datetime) -> Lane | None:
        """Become the one who delivers to a chat; None while somebody else does, or while the chat must rest."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(f"CHAT#{chat}", "LANE"),
                UpdateExpression="SET holder = :holder, held_until = :until",
                ConditionExpression=(
                    "(attribute_not_exists(held_until) OR held_until <= :now OR holder = :holder) "
                    "AND (attribute_not_exists(not_before) OR not_before <= :now)"
                ),
                ExpressionAttributeValues={
                    ":holder": {"S": holder},
                    ":until": {"S": format_microseconds(until)},
                    ":now": {"S": format_microseconds(now)},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        sent = answer["Attributes"].get("sent", {}).get("L", [])
        return Lane(chat=chat, holder=holder, sent=tuple(datetime.fromisoformat(at["S"]) for at in sent))

    @read_errors
    def release(self, lane: Lane, not_before: datetime | None) -> None:
        """Let others deliver to the chat: at once, or from `not_before` on."""
        # Free is free, whatever the clock of the next one says: one that is behind would find the lane taken still.
        change = "SET sent = :sent REMOVE held_until, not_before"
        values: dict[str, Any] = {
            ":holder": {"S": lane.holder},
            ":sent": {"L": [{"S": format_microseconds(at)} for at in lane.sent]},
        }
        if not_before is not None:
            change = "SET sent = :sent, not_before = :from REMOVE held_until"
            values[":from"] = {"S": format_microseconds(not_before)}
        self._client.update_item(
            TableName=self._table,
            Key=key(f"CHAT#{lane.chat}", "LANE"),
            UpdateExpression=change,
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues=values,
        )

    def _delete(self, item: PendingAlert) -> Any:
        return {"Delete": {"TableName": self._table, "Key": key(f"CHAT#{item.chat}", item.key)}}

    def _transact(self, actions: list[Any]) -> None:
        """Write all or nothing, once more where another transaction held one of the items."""
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                self._client.transact_write_items(TransactItems=actions)
            except ClientError as error:
                if attempt == CONFLICT_ATTEMPTS or "TransactionConflict" not in _reasons(error):
                    raise
            else:
                return

    def _query(self, pk: str, prefix: str = "") -> list[dict[str, Any]]:
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition, values = f"{condition} AND begins_with(sk, :prefix)", values | {":prefix": {"S": prefix}}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"]]


def _reasons(error: ClientError) -> list[str]:
    """Return why a transaction was cancelled, item by item."""
    response: Any = error.response
    return [str(reason.get("Code")) for reason in response.get("CancellationReasons", [])]


def _pending_key(alert: Alert) -> str:
    """Return a key that sorts an account's alerts by their place in its log, and others by their time."""
    place = alert.audit_sequence or int(alert.at.timestamp() * 1000)
    return f"PENDING#{alert.account}#{place:016d}#{alert.id}"


def _ttl(now: datetime, days: int) -> dict[str, str]:
    return {"N": str(int((now.astimezone(UTC) + timedelta(days=days)).timestamp()))}
