"""One id per order: from the API through queue, worker, venue, log, streams and alerts to the phone."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.support.alert_path import Phone
from tests.support.gateway import ACCOUNT_ID, TRACE_ID
from tests.support.routed_account import RoutedAccount, to_lambda_record
from tests.support.streams import LogStream

W3C = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{W3C}-b7ad6b7169203331-01"
OWN = "bot-7:trend-0001"
UUID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
#: What the seed of all log lines has.
FIELDS = {"timestamp", "service", "trace_id", "client_ref", "action", "request", "response", "duration_ms"}
#: Of a real exchange key's form, and nobody's.
KEY_SHAPED = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def lines_of(output: io.StringIO) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in output.getvalue().splitlines()]
    return [line for line in found if "message" in line]


def post(routed: RoutedAccount, headers: dict[str, str], **changes: Any) -> Any:
    path = f"/accounts/{ACCOUNT_ID}/orders"
    return routed.gateway.call("POST", path, routed.order(client_order_id="trend-0001", **changes), headers=headers)


@pytest.mark.parametrize(
    ("headers", "trace_id"),
    [
        ({}, TRACE_ID),
        ({"traceparent": TRACEPARENT}, W3C),
        ({"X-Correlation-Id": OWN}, OWN),
        ({"x-correlation-id": UUID}, UUID),
        ({"X-Correlation-Id": OWN, "traceparent": TRACEPARENT}, OWN),
    ],
    ids=["none", "traceparent", "own", "uuid", "both"],
)
def test_order_when_its_venue_refuses_it_then_one_id_from_the_api_to_the_phone(
    routed: RoutedAccount, phone: Phone, log_output: io.StringIO, headers: dict[str, str], trace_id: str
) -> None:
    stream = LogStream(routed.gateway.aws.audit_table)
    at_venue = {"post_only": True, "price": "50200", "stop_loss_price": "49000"}
    log_output.truncate(0)
    answer = post(routed, headers, **at_venue)
    message = routed.receive()
    assert message is not None
    assert not routed.invoke(message)
    stream.pump()
    records = phone.announce()
    alerts = phone.receive()
    phone.invoke([to_lambda_record(alert) for alert in alerts])

    assert answer.status == 201, answer.text
    assert answer.headers["X-Correlation-Id"] == trace_id
    assert answer.headers["traceparent"].split("-")[1] == (W3C if "traceparent" in headers else TRACE_ID)
    assert message["MessageAttributes"]["trace_id"]["StringValue"] == trace_id
    entries = [json.loads(record["dynamodb"]["NewImage"]["entry"]["S"]) for record in records]
    assert [entry["event"] for entry in entries] == ["order_decided", "order_submitting", "order_closed"]
    assert {entry["trace_id"] for entry in entries} == {trace_id}
    assert {alert["MessageAttributes"]["trace_id"]["StringValue"] for alert in alerts} == {trace_id}
    (published,) = phone.published()
    assert json.loads(published["Message"])["trace_id"] == trace_id
    assert published["MessageAttributes"]["trace_id"]["Value"] == trace_id
    assert phone.titles() == ["🟡 The venue rejected an order"]
    lines = lines_of(log_output)
    assert {line.get("trace_id") for line in lines} == {trace_id}, [line for line in lines if "trace_id" not in line]
    whole = [line for line in lines if line.keys() >= FIELDS]
    assert {line["client_ref"] for line in whole} == {"trend-0001"}
    assert [line["action"] for line in whole if line["message"] in {"request_served", "order_message_done"}] == [
        "postOrder",
        "submit",
    ]
    assert [line["action"] for line in whole if line["message"] == "order_stepped"] == [
        "order_submitting",
        "order_closed",
    ]
    assert {line["action"] for line in whole if line["message"] == "entry_announced"} == {e["event"] for e in entries}
    assert {"alert_announced", "alert_taken_on", "alert_delivered"} <= {line["message"] for line in lines}
