"""What DynamoDB refuses and where it stops, asked of the engine and of the model; and where the two are known to differ."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.concurrency.test_model import Pair, pair

__all__ = ["pair"]

KB = 1024


@pytest.fixture
def run() -> str:
    """Give a partition of one test's own."""
    return uuid4().hex


def key(run: str, sort: str = "1") -> dict[str, Any]:
    return {"pk": {"S": run}, "sk": {"S": sort}}


def put(pair: Pair, item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": f"{pair.prefix}-text", "Item": item, **more}


def at(pair: Pair, key: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": f"{pair.prefix}-text", "Key": key, **more}


@pytest.mark.parametrize("extra", [0, 1], ids=["fits", "one-byte-more"])
def test_item_when_400_kb_then_the_last_that_fits(pair: Pair, run: str, extra: int) -> None:
    others = len("pk") + len("sk") + len("text") + len(run) + len("1")
    item = key(run) | {"text": {"S": "a" * (400 * KB - others + extra)}}
    kind, *_ = pair.assert_same("put_item", put(pair, item))
    assert kind == ("refused" if extra else "answered")


@pytest.mark.parametrize("count", [100, 101])
def test_transaction_when_a_hundred_actions_then_the_most(pair: Pair, run: str, count: int) -> None:
    actions = [{"Put": put(pair, key(run, str(number)))} for number in range(count)]
    kind, *_ = pair.assert_same("transact_write_items", {"TransactItems": actions})
    assert kind == ("refused" if count > 100 else "answered")
    pair.assert_same("query", all_of(pair, run))


def test_transaction_when_two_actions_meet_one_item_then_refused(pair: Pair, run: str) -> None:
    table = {"TableName": f"{pair.prefix}-text"}
    twice = [{"Put": put(pair, key(run))}, {"Delete": {"Key": key(run)} | table}]
    assert pair.assert_same("transact_write_items", {"TransactItems": twice})[:2] == ("refused", "ValidationException")


def test_token_when_it_comes_again_then_nothing_happens_and_another_request_is_refused(pair: Pair, run: str) -> None:
    first = [{"Put": put(pair, key(run), ConditionExpression="attribute_not_exists(pk)")}]
    other = [{"Put": put(pair, key(run, "2"))}]
    token = {"ClientRequestToken": run}
    assert pair.assert_same("transact_write_items", {"TransactItems": first} | token)[0] == "answered"
    assert pair.assert_same("transact_write_items", {"TransactItems": first} | token)[0] == "answered"
    refused = pair.assert_same("transact_write_items", {"TransactItems": other} | token)
    assert refused[1] == "IdempotentParameterMismatchException"
    pair.assert_same("query", all_of(pair, run))


def test_token_when_the_transaction_was_cancelled_then_it_is_tried_again(pair: Pair, run: str) -> None:
    missing = [{"Put": put(pair, key(run), ConditionExpression="attribute_exists(pk)")}]
    for _ in range(2):
        refused = pair.assert_same("transact_write_items", {"TransactItems": missing, "ClientRequestToken": run})
        assert refused[1] == "TransactionCanceledException"


def test_query_when_items_fill_a_megabyte_then_pages_end_at_the_same_items(pair: Pair, run: str) -> None:
    for number in range(6):
        pair.assert_same("put_item", put(pair, key(run, str(number)) | {"text": {"S": "a" * 300 * KB}}))
    start: dict[str, Any] = {}
    pages = 0
    while True:
        _, page = pair.assert_same("query", all_of(pair, run) | start)
        pages += 1
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert pages > 1


def all_of(pair: Pair, run: str) -> dict[str, Any]:
    return {
        "TableName": f"{pair.prefix}-text",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": run}},
        "ConsistentRead": True,
    }


@pytest.mark.parametrize(("operation", "most"), [("batch_get_item", 100), ("batch_write_item", 25)])
def test_batch_when_it_names_too_much_or_one_item_twice_then_refused(
    pair: Pair, run: str, operation: str, most: int
) -> None:
    def request(sorts: list[str]) -> dict[str, Any]:
        keys: Any = [key(run, sort) for sort in sorts]
        wanted = {"Keys": keys} if operation == "batch_get_item" else [{"PutRequest": {"Item": one}} for one in keys]
        return {"RequestItems": {f"{pair.prefix}-text": wanted}}

    names = [str(number) for number in range(most + 1)]
    assert pair.assert_same(operation, request(names))[0] == "refused"
    assert pair.assert_same(operation, request(["1", "1"]))[0] == "refused"
    assert pair.assert_same(operation, request([]))[0] == "refused"
    assert pair.assert_same(operation, request(names[:most]))[0] == "answered"


def test_condition_when_it_fails_then_the_item_comes_where_it_is_asked_for(pair: Pair, run: str) -> None:
    pair.assert_same("put_item", put(pair, key(run) | {"x": {"N": "1"}}))
    shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    refused = pair.assert_same("put_item", put(pair, key(run), **condition, **shown))
    assert refused[3]["x"] == {"N": "1"}
    absent = {"ConditionExpression": "attribute_exists(pk)"}
    assert pair.assert_same("delete_item", at(pair, key(run, "none"), **absent, **shown))[3] is None


def test_table_when_it_is_not_there_then_refused(pair: Pair, run: str) -> None:
    for operation in ("get_item", "delete_item"):
        refused = pair.assert_same(operation, {"TableName": f"no-{run}", "Key": key(run)})
        assert refused[1] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "expression",
    [
        "pk = :a AND pk = :a",
        "pk = :a OR sk = :a",
        "sk = :a",
        "pk > :a",
        "NOT pk = :a",
        "pk <> :a",
        "attribute_exists(pk)",
    ],
)
def test_key_condition_when_it_is_none_then_refused(pair: Pair, expression: str) -> None:
    values = {"ExpressionAttributeValues": {":a": {"S": "a"}}} if ":a" in expression else {}
    request = {"TableName": f"{pair.prefix}-text", "KeyConditionExpression": expression} | values
    assert pair.assert_same("query", request)[:2] == ("refused", "ValidationException")


@pytest.mark.parametrize("condition", ["((pk = :a))", "(attribute_exists(pk)) AND (sk = :a)", "size(pk) > :a", "pk=:a"])
def test_parentheses_when_doubled_then_refused(pair: Pair, run: str, condition: str) -> None:
    pair.assert_same("put_item", put(pair, key(run)))
    values = {"ExpressionAttributeValues": {":a": {"S": "1"}}}
    pair.assert_same("put_item", put(pair, key(run), ConditionExpression=condition, **values))


def test_difference_when_one_item_twice_and_a_condition_fails_then_the_engine_looks_at_the_condition_first(
    pair: Pair, run: str
) -> None:
    change = {"UpdateExpression": "SET y = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}
    checked = {"ConditionCheck": at(pair, key(run), ConditionExpression="y = x")}
    twice = [{"Update": at(pair, key(run), **change)}, checked]
    engine, model = pair.ask("transact_write_items", {"TransactItems": twice})
    assert engine[1] == "TransactionCanceledException"
    assert model[1] == "ValidationException"


def test_difference_when_a_number_was_written_in_another_way_then_the_engine_may_give_that_back(
    pair: Pair, run: str
) -> None:
    item = put(pair, key(run) | {"x": {"N": "1E2"}})
    pair.assert_same("put_item", item)
    shown = pair.engine.put_item(**item, ReturnValues="ALL_OLD")["Attributes"]["x"]["N"]
    assert shown in {"100", "1E2"}
    assert pair.database.call("PutItem", item | {"ReturnValues": "ALL_OLD"})["Attributes"]["x"] == {"N": "100"}


def test_difference_when_a_page_ends_on_the_bound_of_its_range_then_the_engine_says_that_nothing_follows(
    pair: Pair, run: str
) -> None:
    pair.assert_same("put_item", put(pair, key(run)))
    bounded = all_of(pair, run) | {"KeyConditionExpression": "pk = :pk AND sk <= :last", "Limit": 1}
    bounded["ExpressionAttributeValues"] = bounded["ExpressionAttributeValues"] | {":last": {"S": "1"}}
    engine, model = pair.ask("query", bounded)
    assert "LastEvaluatedKey" not in engine[1]
    # AWS may say so, and the next page is empty: what must not surprise a caller.
    assert model[1].pop("LastEvaluatedKey") == key(run)
    assert model == engine


def test_difference_when_a_batch_names_one_number_in_two_ways_then_the_engine_reads_it_twice(
    pair: Pair, run: str
) -> None:
    keys = [{"pk": {"S": run}, "sk": {"N": number}} for number in ("1", "1.0")]
    engine, model = pair.ask("batch_get_item", {"RequestItems": {f"{pair.prefix}-number": {"Keys": keys}}})
    assert engine[0] == "answered"
    assert model[1] == "ValidationException"


@pytest.mark.parametrize("wanted", ["UPDATED_OLD", "UPDATED_NEW"])
@pytest.mark.parametrize(
    "update", ["SET m.x = :v", "SET l[1] = :v", "SET l[5] = :v", "REMOVE m.x SET x = :v", "SET q = :v"]
)
def test_update_when_it_changes_a_part_then_the_whole_attribute_is_shown(
    pair: Pair, run: str, update: str, wanted: str
) -> None:
    whole = {"m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}, "l": {"L": [{"N": "1"}, {"N": "2"}]}, "x": {"N": "5"}}
    pair.assert_same("put_item", put(pair, key(run) | whole))
    values = {"ExpressionAttributeValues": {":v": {"N": "9"}}}
    pair.assert_same("update_item", at(pair, key(run), UpdateExpression=update, ReturnValues=wanted, **values))
    pair.assert_same("query", all_of(pair, run))


@pytest.mark.parametrize(
    "update",
    [
        "SET _x = :v",
        "SET x = if_not_exists(x, x), y = :v",
        "SET x = :v, x = :v",
        "ADD x :v ADD y :v",
        "SET status = :v",
    ],
)
def test_update_when_it_is_none_then_refused(pair: Pair, run: str, update: str) -> None:
    values = {"ExpressionAttributeValues": {":v": {"N": "9"}}}
    refused = pair.assert_same("update_item", at(pair, key(run), UpdateExpression=update, **values))
    assert refused[:2] == ("refused", "ValidationException")


@pytest.mark.parametrize("condition", ["sk = :v", "attribute_exists(pk) AND x = :v"])
def test_filter_when_it_names_the_key_then_refused(pair: Pair, run: str, condition: str) -> None:
    request = all_of(pair, run) | {"FilterExpression": condition}
    request["ExpressionAttributeValues"] = request["ExpressionAttributeValues"] | {":v": {"S": "1"}}
    assert pair.assert_same("query", request)[:2] == ("refused", "ValidationException")
