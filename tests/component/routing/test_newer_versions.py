"""A deployment rolls out: messages and orders of a newer version meet a worker of this one, and wait for their own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount

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
