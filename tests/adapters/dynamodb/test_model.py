"""The model of DynamoDB by itself: what no other engine can be asked."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from riskgate.adapters.aws.clients import dynamodb_client
from tests.support import databases
from tests.support.aws import Aws, aws
from tests.support.dynamodb.database import Database
from tests.support.wire import VirtualTime, Wire, pass_through

__all__ = ["aws"]

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand on the model, whatever the environment says (before any other fixture)."""
    monkeypatch.setenv(databases.SWITCH, "model")


def test_answer_when_its_reader_changes_it_then_the_table_keeps_its_own(aws: Aws) -> None:
    table: Any = {"TableName": aws.state_table}
    written: Any = KEY | {"l": {"L": [{"M": {"x": {"SS": ["a"]}}}]}}
    aws.dynamodb.put_item(**table, Item=written)
    written["l"]["L"].append({"NULL": True})

    read: Any = aws.dynamodb.get_item(**table, Key=KEY)["Item"]
    read["l"]["L"][0]["M"]["x"]["SS"].append("b")
    [scanned] = aws.items(aws.state_table)
    scanned["l"]["L"].clear()

    assert aws.dynamodb.get_item(**table, Key=KEY)["Item"] == KEY | {"l": {"L": [{"M": {"x": {"SS": ["a"]}}}]}}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        (
            "put_item",
            {"Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"},
            "ConditionalCheckFailedException",
        ),
        ("put_item", {"Item": {"pk": {"S": ""}, "sk": {"S": "b"}}}, "ValidationException"),
        (
            "update_item",
            {"Key": KEY, "UpdateExpression": "SET x = y", "ReturnValues": "ALL_NEW"},
            "ValidationException",
        ),
    ],
)
def test_refusal_when_it_comes_over_the_wire_then_as_without_one(
    aws: Aws, operation: str, request_: dict[str, Any], code: str
) -> None:
    client = dynamodb_client()
    client.put_item(TableName=aws.state_table, Item=KEY)
    wire = Wire(client, VirtualTime())
    seen = []
    for fault in (None, pass_through):
        if fault is not None:
            wire.always("*", fault)
        with pytest.raises(ClientError) as refused:
            getattr(client, operation)(TableName=aws.state_table, **request_)
        response: Any = refused.value.response
        seen.append((type(refused.value), str(refused.value), response["Error"], response.get("Item")))

    assert seen[0] == seen[1]
    assert seen[0][2]["Code"] == code
    assert len(wire.sent) == 2
    assert wire.sent[0] == wire.sent[1]


def test_parameter_when_the_model_does_not_know_it_then_no_answer() -> None:
    with pytest.raises(NotImplementedError, match="IndexName"):
        Database().call("Query", {"TableName": "t", "IndexName": "i", "KeyConditionExpression": "pk = :a"})
    with pytest.raises(NotImplementedError, match="RestoreTableFromBackup"):
        Database().call("RestoreTableFromBackup", {})


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1.50", "1.5"),
        ("1E2", "100"),
        ("-0", "0"),
        ("007", "7"),
        ("1e-130", f"0.{'0' * 129}1"),
        ("9" * 38 + "E87", "9" * 38 + "0" * 87),
    ],
)
def test_number_when_stored_then_written_plainly(aws: Aws, written: str, kept: str) -> None:
    aws.dynamodb.put_item(TableName=aws.state_table, Item=KEY | {"n": {"N": written}})
    assert aws.items(aws.state_table)[0]["n"] == {"N": kept}


@pytest.mark.parametrize("number", ["9" * 39, "1E126", "1E-131", "NaN", "Infinity", "1_000", " 1", "", "١"])
def test_number_when_dynamodb_keeps_no_such_then_refused(aws: Aws, number: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.dynamodb.put_item(TableName=aws.state_table, Item=KEY | {"n": {"N": number}})


def test_sum_when_beyond_28_digits_then_exact(aws: Aws) -> None:
    table: Any = {"TableName": aws.state_table}
    aws.dynamodb.put_item(**table, Item=KEY | {"n": {"N": "1" * 38}})
    aws.dynamodb.update_item(
        **table, Key=KEY, UpdateExpression="SET n = n - :one", ExpressionAttributeValues={":one": {"N": "1"}}
    )
    assert aws.items(aws.state_table)[0]["n"] == {"N": "1" * 37 + "0"}


def test_stream_when_items_change_then_a_record_each_and_none_where_nothing_did(aws: Aws) -> None:
    table: Any = {"TableName": aws.state_table}
    for item in (KEY, KEY, KEY | {"x": {"N": "1"}}):
        aws.dynamodb.put_item(**table, Item=item)
    aws.dynamodb.delete_item(**table, Key=KEY)
    aws.dynamodb.delete_item(**table, Key=KEY)

    records = databases.current().records(aws.state_table)

    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"] == KEY
    assert records[1]["dynamodb"]["NewImage"] == KEY | {"x": {"N": "1"}}
    assert "NewImage" not in records[2]["dynamodb"]


def test_tables_when_put_back_then_as_they_were_and_no_token_is_known(aws: Aws) -> None:
    table: Any = {"TableName": aws.state_table}
    aws.dynamodb.put_item(**table, Item=KEY)
    saved = databases.current().save()
    move = {"TransactItems": [{"Delete": {**table, "Key": KEY}}], "ClientRequestToken": "once"}
    for _ in range(2):
        aws.dynamodb.transact_write_items(**move)  # type: ignore[arg-type]
        assert aws.items(aws.state_table) == []
        databases.current().restore(saved)
        assert aws.items(aws.state_table) == [KEY]


def test_transaction_when_an_action_is_refused_then_no_other_is_done(aws: Aws) -> None:
    table: Any = {"TableName": aws.state_table}
    other = KEY | {"sk": {"S": "c"}}
    actions: Any = [
        {"Put": table | {"Item": KEY}},
        {"Put": table | {"Item": other, "ConditionExpression": "attribute_exists(pk)"}},
    ]
    with pytest.raises(ClientError) as cancelled:
        aws.dynamodb.transact_write_items(TransactItems=actions)
    response: Any = cancelled.value.response
    assert [reason["Code"] for reason in response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert aws.items(aws.state_table) == []
