"""One id per order on the deployed gateway: every function that an order passes has it in its log."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest

from tests.e2e.test_routing import account, admin, simulator, submit

__all__ = ["account", "admin", "simulator"]

#: Functions that an order passes, with a line that each writes about one that its venue refuses.
PASSED = {
    "order_api": "request_served",
    "order_worker": "venue_called",
    "alert_fanout": "entry_announced",
    "telegram_notifier": "alert_taken_on",
}
#: The notifier's first start on a busy machine takes a while.
POLLS_MAX, POLL_SECONDS = 240, 0.5


def read_lines(stack: dict[str, Any], function: str, since: datetime) -> list[dict[str, Any]]:
    """Return what a function wrote to its log."""
    logs: Any = boto3.client("logs", endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{stack['functions'][function]}", startTime=int(since.timestamp() * 1000)
    )
    texts = [event["message"] for page in pages for event in page["events"]]
    found = [json.loads(text) for text in texts if text.startswith("{")]
    return [line for line in found if "message" in line]


@pytest.mark.parametrize("sent", [pytest.param("own", marks=pytest.mark.smoke), "traceparent", "none"])
def test_order_when_its_venue_refuses_it_then_every_log_on_its_way_has_its_one_id(
    stack: dict[str, Any], admin: httpx.Client, account: str, sent: str
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    own, w3c = f"bot-{secrets.token_hex(8)}", secrets.token_hex(16)
    headers = {"own": {"X-Correlation-Id": own}, "traceparent": {"traceparent": f"00-{w3c}-{w3c[:16]}-01"}}.get(
        sent, {}
    )
    admin.headers.update(headers)
    order = submit(admin, account, price="50200", stop_loss_price="49000", post_only=True)
    told = admin.get(f"/accounts/{account}/orders/{order}")
    trace_id = told.json()["trace_id"]

    assert trace_id == {"own": own, "traceparent": w3c}.get(sent, trace_id)
    if sent != "none":
        assert told.headers["X-Correlation-Id"] == trace_id
    missing = dict(PASSED)
    for _ in range(POLLS_MAX):
        for function, message in tuple(missing.items()):
            lines = [line for line in read_lines(stack, function, since) if line.get("trace_id") == trace_id]
            if any(line["message"] == message for line in lines):
                del missing[function]
        if not missing:
            break
        time.sleep(POLL_SECONDS)
    assert not missing
    entries = admin.get(f"/accounts/{account}/audit", params={"limit": 100}).json()["entries"]
    about = [entry for entry in entries if entry["event"].startswith("order_")]
    assert {entry["trace_id"] for entry in about} == {trace_id}
    assert {entry["event"] for entry in about} == {"order_decided", "order_submitting", "order_closed"}
    # Whatever the order's own lines are called, none has another id.
    others = [
        line
        for function in PASSED
        for line in read_lines(stack, function, since)
        if line.get("client_ref") == order and line.get("trace_id") != trace_id and line.get("action") != "getOrder"
    ]
    assert not others
