"""Guards of kill switches: what an approval is held against at the instant it is written (ADR 0072).

``pk=KILL_SWITCH_GUARD#<shard>``, ``sk=GUARD`` in the control table, one for each shard of the accounts. `flags`: all
that hold trading back, of accounts only the shard's own. `version`: another with each write. A guard that cannot be
read, or names no flags because there are too many, guards nothing: decisions are held against the flags themselves.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.exceptions import ClientError

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.batch_read import batch_read
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.core.kill_switch import KillSwitch

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Approvals of two accounts meet at one item where both are of one shard. All builds that serve a stack must agree.
SHARDS = 32
#: Every decision reads its guard, 4 KiB a read unit.
FLAGS_MAX, REASON_LENGTH_MAX = 100, 200
#: A write came too late, or met a decision that is just being held against the item.
LOST_RACES = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard as read."""

    version: str
    flags: tuple[KillSwitch, ...]


def guard_key(account_id: str) -> items.Item:
    """Return the key of the guard of an account."""
    return _key(_shard_of(account_id))


def list_shards(scope: str, key: str) -> list[int]:
    """Return the shards whose guards have to name a flag while it holds trading back."""
    return [_shard_of(key)] if scope == "account" else list(range(SHARDS))


def parse_guard(item: items.Item | None) -> Guard | None:
    """Read a guard; None where it guards nothing, whatever the reason."""
    try:
        item = item or {}
        flags = tuple(_parse_flag(each["M"]) for each in item["flags"]["L"])
        return Guard(str(item["version"]["S"]), flags)
    except (KeyError, TypeError):
        return None


def hold(flags: Iterable[KillSwitch], guard: Guard | None, scopes: Iterable[tuple[str, str]]) -> list[KillSwitch]:
    """Return the flags of these scopes as decisions obey them: engaged where their own item or the guard says so.

    A batch read sees each item as of an instant of its own.
    """
    own = {(flag.scope, flag.key): flag for flag in flags}
    guarded = {(flag.scope, flag.key): flag for flag in guard.flags} if guard is not None else {}
    found = []
    for scope in scopes:
        flag = own.get(scope)
        if flag is None or not flag.is_engaged:
            flag = guarded.get(scope, flag)
        if flag is not None:
            found.append(flag)
    return found


def is_unchanged(table: str, account_id: str, version: str) -> dict[str, Any]:
    """Return the action of a transaction that holds it against an account's guard: no flag it relies on was engaged."""
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": guard_key(account_id),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"S": version}},
        }
    }


def read_guards(client: DynamoDBClient, table: str, shards: Collection[int]) -> dict[int, items.Item]:
    """Return the items of some guards, empty where there is none (consistent)."""
    rows = batch_read(client, {table: [_key(shard) for shard in shards]})[table]
    found = {pk: row for (pk, _), row in rows.items()}
    return {shard: found.get(_pk(shard), {}) for shard in shards}


def is_current(shard: int, item: items.Item, flags: Sequence[KillSwitch]) -> bool:
    """Tell whether a guard says what these flags, all that hold trading back, ask of it."""
    return "S" in item.get("version", {}) and item.get("flags") == _write_flags(shard, flags).get("flags")


@read_errors
def put_guard(client: DynamoDBClient, table: str, shard: int, before: items.Item, flags: Sequence[KillSwitch]) -> bool:
    """Write a guard over what it was before the flags were read; tell whether it was still that.

    So the last one that writes has read every flag that was written before any guard of its shard.
    """
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(version)"}
    if "version" in before:
        condition = {
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": before["version"]},
        }
    # No number counted up: a guard that was deleted comes back under a version that nobody has read.
    item = _key(shard) | _write_flags(shard, flags) | {"version": {"S": secrets.token_hex(8)}}
    try:
        client.put_item(TableName=table, Item=item, **condition)
    except ClientError as error:
        if error.response["Error"]["Code"] in LOST_RACES:
            return False
        raise
    return True


def _shard_of(account_id: str) -> int:
    return crc32(account_id.encode()) % SHARDS


def _pk(shard: int) -> str:
    return f"KILL_SWITCH_GUARD#{shard:02d}"


def _key(shard: int) -> items.Item:
    return items.key(_pk(shard), "GUARD")


def _write_flags(shard: int, flags: Sequence[KillSwitch]) -> items.Item:
    """Return the attribute of the flags that hold a shard back; nothing where there are too many."""
    mine = [flag for flag in flags if flag.scope != "account" or _shard_of(flag.key) == shard]
    return {"flags": {"L": [{"M": _write_flag(flag)} for flag in mine]}} if len(mine) <= FLAGS_MAX else {}


def _write_flag(flag: KillSwitch) -> items.Item:
    texts = {"scope": flag.scope, "key": flag.key, "reason": flag.reason[:REASON_LENGTH_MAX]}
    # Of one that nobody can read nothing is said, as in its own item.
    engaged = {"engaged": {"BOOL": True}} if flag.engaged else {}
    return {name: {"S": text} for name, text in texts.items()} | engaged


def _parse_flag(item: items.Item) -> KillSwitch:
    engaged = True if item.get("engaged") == {"BOOL": True} else None
    return KillSwitch(scope=item["scope"]["S"], key=item["key"]["S"], engaged=engaged, reason=item["reason"]["S"])
