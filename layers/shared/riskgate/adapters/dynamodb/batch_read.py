"""Strongly consistent reads of many items: by key from several tables, or all of a partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from functools import partial
from itertools import batched
from threading import Thread
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.core.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: DynamoDB may leave keys of a batch unread under load; they are asked for again this often.
BATCH_READS_MAX = 4
BATCH_KEYS_MAX = 100
#: Batches that are asked for at the same time; a client keeps ten connections.
AT_ONCE_MAX = 4


type _Found = dict[str, dict[tuple[str, str], items.Item]]


@read_errors
def batch_read(client: DynamoDBClient, wanted: dict[str, list[items.Item]]) -> _Found:
    """Return the items of each table by (pk, sk); what does not exist is left out.

    `wanted`: keys by table, without duplicates. Raises Transient: the database did not answer all of it.
    """
    found: _Found = {table: {} for table in wanted}
    for chunks in batched(_chunks(wanted), AT_ONCE_MAX, strict=False):
        # More than a batch holds is asked for at the same time: one after another, each is one more wait.
        for part in at_once([partial(_read_batch, client, chunk) for chunk in chunks]):
            for table, rows in part.items():
                found[table].update(rows)
    return found


def _read_batch(client: DynamoDBClient, wanted: dict[str, list[items.Item]]) -> _Found:
    found: _Found = {table: {} for table in wanted}
    pending: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in wanted.items()}
    for _ in range(BATCH_READS_MAX):
        answer = client.batch_get_item(RequestItems=pending)
        _take(found, answer)
        pending = answer.get("UnprocessedKeys") or {}
        if not pending:
            return found
    raise Transient("the database did not answer all reads", code="THROTTLED")


def at_once[R](calls: Sequence[Callable[[], R]]) -> list[R]:
    """Make calls at the same time and return their answers in order; raises what the first of those that fail raised.

    One is made here, each other in a thread that works within the same request.
    """
    answers: dict[int, R] = {}
    failures: dict[int, BaseException] = {}

    def make(place: int) -> None:
        try:
            answers[place] = calls[place]()
        except BaseException as error:  # noqa: BLE001 raised below, whatever it is
            failures[place] = error

    threads = [Thread(target=copy_context().run, args=(make, place)) for place in range(1, len(calls))]
    for thread in threads:
        thread.start()
    make(0)
    for thread in threads:
        thread.join()
    for place in sorted(failures):
        raise failures[place]
    return [answers[place] for place in range(len(calls))]


def _take(found: _Found, answer: Any) -> None:
    """Add what was read. Raises Transient: the answer does not say it, so that nothing may count as missing."""
    try:
        for table, rows in answer["Responses"].items():
            found[table].update({(row["pk"]["S"], row["sk"]["S"]): row for row in rows})
    except (KeyError, TypeError, AttributeError) as error:
        raise Transient("the database's answer cannot be read") from error


def _chunks(wanted: dict[str, list[items.Item]]) -> Iterable[dict[str, list[items.Item]]]:
    flat = [(table, key) for table, keys in wanted.items() for key in keys]
    for start in range(0, len(flat), BATCH_KEYS_MAX):
        chunk: dict[str, list[items.Item]] = {}
        for table, key in flat[start : start + BATCH_KEYS_MAX]:
            chunk.setdefault(table, []).append(key)
        yield chunk


@read_errors
def query_all(client: DynamoDBClient, table: str, pk: str, prefix: str = "") -> list[items.Item]:
    """Return all items of a partition whose sort keys begin so (consistent)."""
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    if prefix:
        condition, values = f"{condition} AND begins_with(sk, :prefix)", values | {":prefix": {"S": prefix}}
    pages = client.get_paginator("query").paginate(
        TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True
    )
    return [row for page in pages for row in page["Items"]]
