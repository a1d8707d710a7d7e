"""One id per order: from the API through queue, worker, venue, log, streams and alerts to the phone."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.dynamodb.packing import unpack
from riskgate.runtime import wiring
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


def forget_lines(output: io.StringIO) -> None:
    output.seek(0)
    output.truncate()


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
    forget_lines(log_output)
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
    entries = [json.loads(unpack(record["dynamodb"]["NewImage"]["entry"])) for record in records]
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


def test_order_when_it_fills_then_each_venue_call_has_a_line_with_its_amounts(
    routed: RoutedAccount, log_output: io.StringIO
) -> None:
    forget_lines(log_output)
    answer = post(routed, {"X-Correlation-Id": OWN}, price="50200", stop_loss_price="49000")
    assert answer.status == 201, answer.text
    routed.work_all()

    lines = lines_of(log_output)
    calls = {line["action"]: line for line in lines if line["message"] == "venue_called" and line["trace_id"] == OWN}
    created = calls["create_order"]
    assert created.keys() >= FIELDS
    assert (created["client_ref"], created["venue"]) == ("trend-0001", "binance")
    asked = created["request"]
    assert (asked["symbol"], asked["side"], asked["type"], asked["amount"]) == ("BTC/USDT", "buy", "limit", "0.01")
    assert created["response"]["outcome"] == "answered"
    assert Decimal(created["response"]["filled_quantity"]) == Decimal("0.01")
    assert calls["fetch_my_trades"]["response"] == {"outcome": "answered", "rows": 1}
    steps = [line["action"] for line in lines if line["message"] in {"order_stepped", "fill_recorded"}]
    assert steps[:3] == ["order_submitting", "order_accepted", "fill_recorded"]
    (fill,) = [line for line in lines if line["message"] == "fill_recorded"]
    assert (fill["request"]["quantity"], fill["trace_id"]) == ("0.01", OWN)
    assert {entry["trace_id"] for entry in routed.audit("fill_recorded")} == {OWN}
    assert routed.gateway.on_order("GET", "trend-0001").body["trace_id"] == OWN


def test_order_when_a_job_finds_out_about_it_then_under_its_own_id(
    routed: RoutedAccount, log_output: io.StringIO
) -> None:
    assert post(routed, {"X-Correlation-Id": OWN}).status == 201
    assert routed.receive() is not None  # and nobody ever carries it out
    routed.gateway.advance(seconds=120)
    forget_lines(log_output)
    routed.resolve("trend-0001")
    routed.work_all()

    (closed,) = routed.audit("order_closed")
    assert (closed["actor"], closed["trace_id"]) == ("job:order_worker", OWN)
    (step,) = [line for line in lines_of(log_output) if line["message"] == "order_stepped"]
    assert (step["trace_id"], step["client_ref"]) == (OWN, "trend-0001")


def test_order_when_cancelled_then_the_cancel_has_an_id_of_its_own(routed: RoutedAccount) -> None:
    assert post(routed, {"X-Correlation-Id": OWN}).status == 201
    routed.work_all()
    path = f"/accounts/{ACCOUNT_ID}/orders/trend-0001/cancel"
    assert routed.gateway.call("POST", path, headers={"X-Correlation-Id": "cancel-1"}).status == 202
    message = routed.receive()
    assert message is not None
    assert message["MessageAttributes"]["trace_id"]["StringValue"] == "cancel-1"
    assert not routed.invoke(message)

    (closed,) = routed.audit("order_closed")
    assert closed["trace_id"] == "cancel-1"
    assert closed["inputs"]["client_order_id"] == "trend-0001"


def test_order_when_asked_again_under_another_id_then_it_keeps_its_first(
    routed: RoutedAccount, log_output: io.StringIO
) -> None:
    assert post(routed, {"X-Correlation-Id": OWN}).status == 201
    forget_lines(log_output)
    again = post(routed, {"X-Correlation-Id": "second-try"})

    assert (again.status, again.headers["X-Correlation-Id"]) == (200, "second-try")
    (line,) = [line for line in lines_of(log_output) if line["message"] == "request_served"]
    assert (line["trace_id"], line["response"]["order_trace_id"]) == ("second-try", OWN)
    assert routed.gateway.on_order("GET", "trend-0001").body["trace_id"] == OWN
    message = routed.receive()
    assert message is not None
    assert json.loads(message["Body"])["trace_id"] == OWN


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Correlation-Id": "two words"},
        {"X-Correlation-Id": "x" * 65},
        {"X-Correlation-Id": '{"$ne": 1}'},
        {"X-Correlation-Id": ""},
        {"X-Correlation-Id": KEY_SHAPED},
        {"X-Correlation-Id": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
        {"X-Correlation-Id": "rg_abcdefghijkl_0123456789-ABCDEFGHIJ_abcdefghijklmnopqrstuvw"},
        {"traceparent": "00-" + "0" * 32 + "-b7ad6b7169203331-01"},
        {"traceparent": f"00-{W3C}-{'0' * 16}-01"},
        {"traceparent": f"ff-{W3C}-b7ad6b7169203331-01"},
        {"traceparent": f"00-{W3C.upper()}-b7ad6b7169203331-01"},
        {"traceparent": f"{TRACEPARENT}-more"},
    ],
    ids=lambda headers: str(headers)[:60],
)
def test_request_when_its_id_cannot_be_kept_then_served_under_another(
    routed: RoutedAccount, log_output: io.StringIO, headers: dict[str, str]
) -> None:
    forget_lines(log_output)
    answer = post(routed, headers)

    assert (answer.status, answer.headers["X-Correlation-Id"]) == (201, TRACE_ID)
    assert KEY_SHAPED not in log_output.getvalue()
    assert {entry["trace_id"] for entry in routed.audit("order_decided")} == {TRACE_ID}


def test_problem_when_answered_then_it_names_the_callers_id(routed: RoutedAccount, log_output: io.StringIO) -> None:
    forget_lines(log_output)
    answers = [
        post(routed, {"X-Correlation-Id": OWN}, quantity="-1"),
        post(routed, {"X-Correlation-Id": OWN}, quantity="100000"),
        routed.gateway.call("GET", "/nowhere", headers={"X-Correlation-Id": OWN}),
    ]

    assert [answer.status for answer in answers] == [400, 422, 404]
    assert {answer.headers["X-Correlation-Id"] for answer in answers} == {OWN}
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", a.headers["traceparent"]) for a in answers)
    lines = [line for line in lines_of(log_output) if line["message"] == "request_served"]
    assert [(line["trace_id"], line["response"]["status"]) for line in lines] == [(OWN, 400), (OWN, 422), (OWN, 404)]


def test_request_without_any_id_when_served_then_found_by_its_own(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    first, second = (routed.gateway.call("GET", "/health", caller=None) for _ in range(2))

    ids = {answer.headers["X-Correlation-Id"] for answer in (first, second)}
    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", trace_id) for trace_id in ids)
    assert wiring.deps().trace_id == ""


def test_exit_when_it_ended_unasked_then_its_follow_up_is_told_under_its_id(
    routed: RoutedAccount, phone: Phone, log_output: io.StringIO
) -> None:
    order = routed.order(client_order_id="exit-1")
    closed = {"client_order_id": "exit-1", "status": "cancelled", "reason": "by the venue", "leaves_open": True}
    entry = {
        "account_id": ACCOUNT_ID,
        "sequence": 99,
        "previous_hash": "",
        "at": "2026-03-04T12:00:00Z",
        "actor": "job:order_worker",
        "event": "order_closed",
        "inputs": closed,
        "answer": None,
        "limits_version": 1,
        "state_version_before": 1,
        "state_version_after": 2,
        "state_hash": "",
        "trace_id": OWN,
    }
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": {"entry": {"S": json.dumps(entry)}}}}
    forget_lines(log_output)
    phone.control([record])

    message = routed.receive()
    assert message is not None
    assert (json.loads(message["Body"])["kind"], json.loads(message["Body"])["trace_id"]) == ("follow_exit", OWN)
    (line,) = lines_of(log_output)
    assert (line["message"], line["trace_id"], line["client_ref"]) == (
        "exit_interrupted",
        OWN,
        order["client_order_id"],
    )
