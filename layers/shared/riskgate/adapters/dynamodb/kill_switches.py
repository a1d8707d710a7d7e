"""Kill switches in the control table, and in the state table how far each change of one has come.

Progress: ``pk=KILL_SWITCH_PROGRESS#<the flag's sort key>``; ``sk=PLAN`` is the latest change, ``<change>#PART#<n>``
what a slice of the accounts came to, ``<change>#CANCEL#<account>`` how many of its orders may still rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from riskgate.adapters.dynamodb import documents, guards, items
from riskgate.adapters.dynamodb.batch_read import batch_read, query_all
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.core.errors import Contention, VersionConflict
from riskgate.core.kill_switch import KillSwitch, KillSwitchProgress, StoredKillSwitch, item_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: How long the parts of a change's progress are kept.
PROGRESS_LIFETIME = timedelta(days=30)


class DynamoKillSwitches:
    """Read and write flags and their progress."""

    def __init__(self, client: DynamoDBClient, *, state_table: str, control_table: str) -> None:
        self._client, self._state, self._control = client, state_table, control_table

    def list(self) -> Sequence[StoredKillSwitch]:
        """Return all flags; a global one that is missing is listed as what it is, unreadable."""
        found = [items.parse_stored_kill_switch(row) for row in query_all(self._client, self._control, "KILL_SWITCH")]
        if not any(stored.flag is not None and stored.flag.scope == "global" for stored in found):
            missing = items.parse_kill_switch("global", "", None)
            found.insert(0, StoredKillSwitch(item=item_name("global", ""), flag=missing))
        return found

    def get(self, scope: str, key: str) -> StoredKillSwitch | None:
        """Return one flag, None where its item does not exist (consistent)."""
        item = self._item(scope, key)
        return items.parse_stored_kill_switch(item) if item is not None else None

    @read_errors
    def put(
        self,
        flag: KillSwitch,
        *,
        cancel_open_orders: bool,
        now: datetime,
        actor: str,
        change_id: str = "",
        seen: int | None = None,
    ) -> int:
        """Write one flag over what was read a moment ago, and return its new version.

        `change_id`: of a change that its caller logs; written once, however often this is repeated. `seen`: the version
        that a release goes by. Raises VersionConflict: somebody else wrote it meanwhile, or a decision is being held
        against it just now; Contention: somebody engaged it after version `seen`.
        """
        before = self._item(flag.scope, flag.key) or {}
        version = items.version_of(before)
        if change_id and before.get("change_id") == {"S": change_id}:
            return version
        if seen not in {None, version} and before.get("engaged") != {"BOOL": False}:
            raise Contention("somebody engaged the kill switch while it was being released: look at why")
        item = items.kill_switch_key(flag.scope, flag.key) | {
            "engaged": {"BOOL": bool(flag.engaged)},
            "reason": {"S": flag.reason},
            "cancel_open_orders": {"BOOL": cancel_open_orders},
            "updated_at": {"S": format_microseconds(now)},
            "updated_by": {"S": actor},
            "version": {"N": str(version + 1)},
        }
        if change_id:
            item["change_id"] = {"S": change_id}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(version)"}
        if "version" in before:
            condition = {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": before["version"]},
            }
        try:
            self._client.put_item(TableName=self._control, Item=item, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] in guards.LOST_RACES:
                raise VersionConflict("the kill switch was written by somebody else") from error
            raise
        return version + 1

    def list_shards(self, scope: str, key: str) -> Sequence[int]:
        """Return the shards of accounts whose guards have to name a flag while it holds trading back."""
        return guards.list_shards(scope, key)

    def put_guards(self, shards: Collection[int], *, stale_alone: bool = False) -> tuple[Sequence[int], Sequence[int]]:
        """Let the guards of shards say what the flags say now; with `stale_alone` those that say something else.

        Returns which were written, and which lost a race and are to be put again.
        """
        # In this order: a guard that somebody else writes after this has seen every flag that is read here, or more.
        before = guards.read_guards(self._client, self._control, shards)
        flags = [stored.flag for stored in self.list() if stored.flag is not None and stored.flag.is_engaged]
        wanted = [s for s in shards if not (stale_alone and guards.is_current(s, before[s], flags))]
        written = [s for s in wanted if guards.put_guard(self._client, self._control, s, before[s], flags)]
        return written, [shard for shard in wanted if shard not in written]

    @read_errors
    def put_plan(self, name: str, progress: KillSwitchProgress) -> None:
        """Note that a change is being carried out; an older one never replaces a newer one."""
        at = {"S": format_microseconds(progress.changed_at)}
        try:
            self._client.put_item(
                TableName=self._state,
                Item=_progress_key(name, "PLAN")
                | {"change_id": {"S": progress.change_id}, "at": at, "accounts": {"N": str(progress.accounts)}},
                ConditionExpression="attribute_not_exists(pk) OR #at <= :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": at},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    @read_errors
    def put_part(
        self, name: str, change_id: str, part: int, *, noted: int, unreadable: Sequence[str], now: datetime
    ) -> None:
        """Note what a slice of the accounts came to."""
        self._client.put_item(
            TableName=self._state,
            Item=_progress_key(name, f"{change_id}#PART#{part:05d}")
            | {
                "noted": {"N": str(noted)},
                "unreadable": {"L": [{"S": account} for account in unreadable]},
                "ttl": _expiry(now),
            },
        )

    @read_errors
    def start_cancels(self, name: str, change_id: str, covers: str, *, orders: int, now: datetime) -> None:
        """Note how many orders of an account (at a venue) are to be cancelled, the first time it is asked."""
        count = {"N": str(orders)}
        try:
            self._client.put_item(
                TableName=self._state,
                Item=_progress_key(name, f"{change_id}#CANCEL#{covers}")
                | {"orders": count, "still_open": count, "ttl": _expiry(now)},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    @read_errors
    def put_cancels(self, name: str, change_id: str, covers: str, *, still_open: int) -> None:
        """Note how many of those orders may still rest after an attempt to cancel them."""
        self._client.update_item(
            TableName=self._state,
            Key=_progress_key(name, f"{change_id}#CANCEL#{covers}"),
            UpdateExpression="SET still_open = :count",
            ExpressionAttributeValues={":count": {"N": str(still_open)}},
        )

    def list_progress(self, names: Sequence[str]) -> dict[str, KillSwitchProgress]:
        """Return how far the latest change of each named flag has come; nothing where none was carried out."""
        keys = [_progress_key(name, "PLAN") for name in names]
        plans = batch_read(self._client, {self._state: keys})[self._state] if keys else {}
        with documents.reading("the progress of a kill switch"):
            return {pk.partition("#")[2]: self._sum(pk, plan) for (pk, _), plan in plans.items()}

    def _sum(self, pk: str, plan: items.Item) -> KillSwitchProgress:
        change_id = plan["change_id"]["S"]
        noted, sent, confirmed, unreadable = 0, 0, 0, list[str]()
        for row in query_all(self._client, self._state, pk, f"{change_id}#"):
            if row["sk"]["S"].startswith(f"{change_id}#PART#"):
                noted += int(row["noted"]["N"])
                unreadable += [account["S"] for account in row["unreadable"]["L"]]
            elif "orders" in row:
                orders = int(row["orders"]["N"])
                sent += orders
                confirmed += max(0, orders - int(row["still_open"]["N"]))
        return KillSwitchProgress(
            change_id=change_id,
            changed_at=datetime.fromisoformat(plan["at"]["S"]),
            accounts=int(plan["accounts"]["N"]),
            noted=noted,
            unreadable=tuple(unreadable),
            cancels_sent=sent,
            cancels_confirmed=confirmed,
        )

    def _item(self, scope: str, key: str) -> items.Item | None:
        wanted = items.kill_switch_key(scope, key)
        found = batch_read(self._client, {self._control: [wanted]})[self._control]
        return next(iter(found.values()), None)


def _progress_key(name: str, sort_key: str) -> items.Item:
    return items.key(f"KILL_SWITCH_PROGRESS#{name}", sort_key)


def _expiry(now: datetime) -> items.Item:
    return {"N": str(int((now + PROGRESS_LIFETIME).timestamp()))}
