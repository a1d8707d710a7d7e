"""Batches: what is left unread is asked for again, more than one batch takes is cut, and all of it is consistent."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.batch_read import BATCH_KEYS_MAX, BATCH_READS_MAX, batch_read, query_all
from riskgate.core.errors import Transient


class Table:
    """A client whose table has every item that is asked for, and that leaves the first keys unread for some reads."""

    def __init__(self, unread_times: int = 0) -> None:
        self.unread_times, self.asked = unread_times, list[dict[str, Any]]()

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 botocore's name
        self.asked.append(RequestItems)
        left: dict[str, Any] = {}
        if self.unread_times:
            self.unread_times -= 1
            left = {table: wanted | {"Keys": wanted["Keys"][:1]} for table, wanted in RequestItems.items()}
        found = {
            table: [key for key in wanted["Keys"] if key not in left.get(table, {"Keys": []})["Keys"]]
            for table, wanted in RequestItems.items()
        }
        return {"Responses": found} | ({"UnprocessedKeys": left} if left else {})

    def get_paginator(self, operation: str) -> Table:
        assert operation == "query"
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        self.asked.append(asked)
        return [{"Items": [{"n": 1}]}, {"Items": []}, {"Items": [{"n": 2}]}]


def keys(count: int) -> list[items.Item]:
    return [items.key("p", f"{number:03}") for number in range(count)]


def read(table: Table, **wanted: list[items.Item]) -> dict[str, list[str]]:
    client: Any = table
    return {name: [sk for _, sk in sorted(rows)] for name, rows in batch_read(client, wanted).items()}


@pytest.mark.parametrize("unread_times", range(BATCH_READS_MAX))
def test_keys_when_left_unread_then_asked_for_again(unread_times: int) -> None:
    table = Table(unread_times)
    assert read(table, a=keys(3), b=keys(1)) == {"a": ["000", "001", "002"], "b": ["000"]}
    assert len(table.asked) == unread_times + 1
    assert all(wanted["ConsistentRead"] for asked in table.asked for wanted in asked.values())


def test_keys_when_left_unread_too_often_then_no_answer() -> None:
    table = Table(BATCH_READS_MAX)
    with pytest.raises(Transient) as caught:
        read(table, a=keys(2))
    assert caught.value.code == "THROTTLED"
    assert len(table.asked) == BATCH_READS_MAX


@pytest.mark.parametrize(
    ("first", "second", "sizes"),
    [
        (BATCH_KEYS_MAX, 0, [BATCH_KEYS_MAX]),
        (BATCH_KEYS_MAX, 1, [BATCH_KEYS_MAX, 1]),
        (BATCH_KEYS_MAX - 1, 2, [BATCH_KEYS_MAX, 1]),
        (2 * BATCH_KEYS_MAX + 1, 0, [BATCH_KEYS_MAX, BATCH_KEYS_MAX, 1]),
        (0, 0, []),
    ],
)
def test_keys_when_more_than_one_batch_takes_then_several(first: int, second: int, sizes: list[int]) -> None:
    table = Table()
    found = read(table, a=keys(first), b=keys(second))
    # Asked for at the same time: which of them comes first is open.
    asked_for = (sum(len(wanted["Keys"]) for wanted in asked.values()) for asked in table.asked)
    assert sorted(asked_for, reverse=True) == sizes
    assert {name: len(rows) for name, rows in found.items()} == {"a": first, "b": second}


def test_partition_when_read_then_all_pages_and_consistent() -> None:
    table: Any = Table()
    assert query_all(table, "t", "p") == query_all(table, "t", "p", "x#") == [{"n": 1}, {"n": 2}]
    whole, part = table.asked
    assert whole == {
        "TableName": "t",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "p"}},
        "ConsistentRead": True,
    }
    assert part["KeyConditionExpression"] == "pk = :pk AND begins_with(sk, :prefix)"
    assert part["ExpressionAttributeValues"] == {":pk": {"S": "p"}, ":prefix": {"S": "x#"}}
