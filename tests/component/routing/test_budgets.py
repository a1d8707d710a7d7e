"""What sharing venues' limits costs an order: nothing before it leaves."""

from __future__ import annotations

import json

from tests.support.routed_account import RoutedAccount
from tests.support.wire import READ, Wire


def test_order_when_worked_then_its_reads_bring_the_budget_and_no_request_is_added(
    routed: RoutedAccount, wire: Wire
) -> None:
    routed.approved()
    routed.work_all()
    routed.gateway.advance(seconds=10)
    second = routed.approved(quantity="0.02")
    wire.sent.clear()
    routed.work_all()
    assert routed.status(second) == "submitted"
    about = [sent.operation for sent in wire.sent if "VENUE_BUDGET" in json.dumps(sent.body)]
    assert about
    assert set(about) == {READ}
    assert "UpdateItem" not in wire.operations()


def test_order_when_another_process_was_told_to_wait_then_held_before_it_is_sent(
    routed: RoutedAccount, wire: Wire
) -> None:
    routed.approved()
    routed.work_all()
    aws = routed.gateway.aws
    # Not even one write, for one order.
    assert not [item for item in aws.items(aws.state_table) if "VENUE_BUDGET" in item["pk"]["S"]]
    routed.gateway.advance(seconds=10)
    order = routed.approved(quantity="0.02")
    [key] = {key["pk"]["S"] for sent in wire.sent for key in keys_of(sent.body) if "VENUE_BUDGET" in key["pk"]["S"]}
    until_us = int(routed.gateway.now.timestamp() * 1_000_000) + 5_000_000
    item = {"pk": {"S": key}, "sk": {"S": "BOOKING"}, "not_before_us": {"N": str(until_us)}}
    aws.dynamodb.put_item(TableName=aws.state_table, Item=item)
    sent = len(routed.simulator.gateway.requests())
    routed.work_all()
    [placed] = [entry for entry in routed.simulator.gateway.requests()[sent:] if entry.method == "POST"]
    assert placed.status == 200
    assert routed.status(order) == "submitted"
    assert any(seconds >= 4 for seconds in wire.time.sleeps)


def keys_of(body: dict[str, object]) -> list[dict[str, dict[str, str]]]:
    """Return the keys that a request names."""
    found: list[dict[str, dict[str, str]]] = []
    requested = body.get("RequestItems", {})
    assert isinstance(requested, dict)
    for table in requested.values():
        found += table["Keys"] if isinstance(table, dict) else [row["PutRequest"]["Item"] for row in table]
    if "Key" in body:
        found.append(body["Key"])  # type: ignore[arg-type]
    return found
