"""A deployment rolls out: messages and orders of a newer version meet a worker of this one, and wait for their own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RECEIVES_MAX, RoutedAccount

NEWER: list[dict[str, Any]] = [
    {"schema_version": 9, "oldest_reader": 9},
    {"schema_version": 9, "oldest_reader": 1, "of_later": "a"},
    {"schema_version": 9, "oldest_reader": 1, "kind": "submit_in_parts"},
]


@pytest.mark.parametrize("changes", NEWER, ids=["for-later-readers", "new-field", "new-kind"])
def test_message_when_a_newer_version_sent_it_then_it_comes_again_and_is_carried_out_once(
    routed: RoutedAccount, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    name = routed.approved()
    message = routed.receive()
    assert message is not None
    newer = message | {"Body": json.dumps(json.loads(message["Body"]) | changes)}
    assert routed.invoke(newer) == [message["MessageId"]]
    assert routed.requests("POST") == []
    returned = next(record for record in caplog.records if record.message == "order_message_returned")
    assert (returned.code, returned.wait_seconds) == ("DOCUMENT_TOO_NEW", 2)  # type: ignore[attr-defined]
    assert routed.work() is None, "it waits, and does not use up its attempts at once"
    # The new version of the worker takes it.
    routed.work_all()
    assert routed.status(name) == "submitted"
    assert len(routed.venue_orders(name)) == 1
    assert routed.dead() == 0


@pytest.mark.parametrize("kind", ["flatten", "follow_kill_switch", "submit"])
def test_message_when_only_a_newer_version_reads_it_then_it_outlasts_a_deployment_of_hours(
    routed: RoutedAccount, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    routed.approved()
    message = routed.receive()
    assert message is not None
    body = json.loads(message["Body"]) | {"schema_version": 9, "oldest_reader": 9, "kind": kind}
    waits = []
    for attempt in range(1, RECEIVES_MAX):
        attributes = message["Attributes"] | {"ApproximateReceiveCount": str(attempt)}
        newer = message | {"Body": json.dumps(body), "Attributes": attributes}
        assert routed.invoke(newer) == [message["MessageId"]]
        waits.append(caplog.records[-1].wait_seconds)  # type: ignore[attr-defined]
    assert sum(waits) > 5 * 3600
    # It comes soon after a deployment that was short: never later than three times as long as that took.
    passed = 0
    for wait in waits:
        assert wait <= 2 * passed + 2
        passed += wait


def test_order_when_a_newer_version_stored_it_for_an_hour_then_it_is_not_given_up(routed: RoutedAccount) -> None:
    name = routed.approved()
    aws = routed.gateway.aws
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"ORDER#{name}"}}
    before = dict(aws.dynamodb.get_item(TableName=aws.state_table, Key=key)["Item"])
    aws.dynamodb.put_item(TableName=aws.state_table, Item=before | {"schema": {"N": "9"}, "oldest_reader": {"N": "9"}})
    for _ in range(60):
        routed.work()
        routed.gateway.advance(minutes=1)
    assert (routed.dead(), routed.waiting()) == (0, 1)
    aws.dynamodb.put_item(TableName=aws.state_table, Item=before)
    routed.gateway.advance(hours=2)
    routed.work_all()
    # An approval of an hour ago is sent by no version.
    assert routed.status(name) == "cancelled"
    assert routed.requests("POST") == []


def test_message_when_an_older_version_sent_it_then_carried_out(routed: RoutedAccount) -> None:
    name = routed.approved()
    message = routed.receive()
    assert message is not None
    body = json.loads(message["Body"])
    # As 0.1.0 sent it.
    older = {key: value for key, value in body.items() if key not in {"schema_version", "oldest_reader", "trace_id"}}
    older |= {"correlation_id": "c-1"}
    assert routed.invoke(message | {"Body": json.dumps(older)}) == []
    assert routed.status(name) == "submitted"


def test_order_when_a_newer_version_stored_it_then_it_is_not_sent_and_its_message_comes_again(
    routed: RoutedAccount,
) -> None:
    name = routed.approved()
    aws = routed.gateway.aws
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"ORDER#{name}"}}
    before = dict(aws.dynamodb.get_item(TableName=aws.state_table, Key=key)["Item"])
    aws.dynamodb.put_item(TableName=aws.state_table, Item=before | {"schema": {"N": "9"}, "oldest_reader": {"N": "9"}})
    assert routed.work() is False
    assert routed.requests("POST") == []
    aws.dynamodb.put_item(TableName=aws.state_table, Item=before)
    routed.gateway.advance(seconds=5)
    routed.work_all()
    assert routed.status(name) == "submitted"
    assert len(routed.venue_orders(name)) == 1
