"""Where the accounts' logs stand, in one consistent read: the sooner after an acknowledgement, the less it leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def read_heads(client: DynamoDBClient, table: str, accounts: Sequence[str]) -> dict[str, int]:
    """Return the audit sequence of each account.

    Raises
    ------
    RuntimeError : the database left some out.
    """
    keys = [{"pk": {"S": f"ACCOUNT#{name}"}, "sk": {"S": "STATE"}} for name in accounts]
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    items = answer["Responses"][table]
    if len(items) != len(accounts):
        raise RuntimeError(f"{len(items)} of {len(accounts)} heads were read")
    return {item["pk"]["S"].removeprefix("ACCOUNT#"): int(item["audit_sequence"]["N"]) for item in items}
