"""What a request costs in requests to DynamoDB: counted on the wire, where retries show too."""

from __future__ import annotations

import pytest

from riskgate.adapters.dynamodb.guards import guard_key
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Gateway
from tests.support.wire import COMMIT, READ, Wire

pytestmark = pytest.mark.usefixtures("each_client")

#: The kill switches that an order of the tests is held against.
FLAGS = ["GLOBAL", f"ACCOUNT#{ACCOUNT_ID}", f"VENUE#{VENUE}", "STRATEGY#trend", f"SYMBOL#{BTC}"]
GUARD = guard_key(ACCOUNT_ID)


def consistent_tables(body: dict[str, object]) -> set[str]:
    requested = body["RequestItems"]
    assert isinstance(requested, dict)
    return {table for table, keys in requested.items() if keys["ConsistentRead"] is True}


def test_decision_when_approved_or_denied_then_one_consistent_read_and_one_transaction(
    gateway: Gateway, wire: Wire
) -> None:
    for changes in ({}, {"quantity": "3"}, {"symbol": "DOGE/USDT"}):
        wire.sent.clear()
        assert gateway.submit(**changes).status in {201, 422}
        assert wire.operations() == [READ, COMMIT]
        tables = {gateway.aws.state_table, gateway.aws.control_table}
        assert consistent_tables(wire.sent[0].body) == tables == set(wire.sent[0].body["RequestItems"])
        written = [action["Put"]["TableName"] for action in wire.sent[1].body["TransactItems"] if "Put" in action]
        assert written == [gateway.aws.state_table, gateway.aws.audit_table, gateway.aws.state_table]
        checked = [a["ConditionCheck"]["Key"] for a in wire.sent[1].body["TransactItems"][len(written) :]]
        # A denial holds under any flag.
        assert checked == ([] if changes else [GUARD])


def test_decision_when_other_markets_are_held_then_their_quotes_come_with_the_one_read(
    gateway: Gateway, wire: Wire
) -> None:
    gateway.limits(correlation_max=None)
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(symbol=ETH, quantity="0.1", price="3000", stop_loss_price="2900"), "0.1", "3000")
    reads = []
    for number in (1, 2):
        wire.sent.clear()
        gateway.approved(quantity=f"0.00{number}")
        reads.append(wire.operations())
    assert reads == [[READ, READ, COMMIT], [READ, COMMIT]]


def test_batch_when_decided_then_one_read_and_one_transaction(gateway: Gateway, wire: Wire) -> None:
    orders = [gateway.order(quantity=f"0.00{n}") for n in range(1, 10)]
    orders.append(gateway.order(symbol=ETH, quantity="0.1", price="3000", stop_loss_price="2900"))
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": orders})
    assert answer.status in {201, 422}
    assert wire.operations() == [READ, COMMIT]


def test_replay_when_asked_then_one_read(gateway: Gateway, wire: Wire) -> None:
    for changes in ({}, {"quantity": "3"}):
        order = gateway.order(**changes)
        gateway.submit(order)
        wire.sent.clear()
        assert gateway.submit(order).is_replay
        assert wire.operations() == [READ]


def test_check_when_asked_then_one_read(gateway: Gateway, wire: Wire) -> None:
    for changes in ({}, {"quantity": "3"}, {"symbol": "DOGE/USDT"}):
        wire.sent.clear()
        assert gateway.check(**changes).status == 200
        assert wire.operations() == [READ]


def test_change_when_recorded_then_no_more_than_three(gateway: Gateway, wire: Wire) -> None:
    order = gateway.approved()
    wire.sent.clear()
    gateway.fill(order, "0.01")
    assert wire.operations() == ["GetItem", READ, COMMIT]
    wire.sent.clear()
    gateway.on_order("PATCH", order, body={"quantity": "0.09"})
    assert wire.operations() == ["GetItem", READ, COMMIT]
    wire.sent.clear()
    gateway.cancel(order)
    assert wire.operations() == [READ, COMMIT]
    wire.sent.clear()
    gateway.snapshot("100000")
    # Which quotes value its coins depends on the account.
    assert wire.operations() == [READ, READ, COMMIT]


def test_refusal_when_the_request_is_invalid_then_nothing_is_sent(gateway: Gateway, wire: Wire) -> None:
    assert gateway.submit(quantity="NaN").status == 400
    assert gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders", "{").status == 400
    assert wire.sent == []


def test_decision_when_approvals_are_long_over_then_still_one_transaction(gateway: Gateway, wire: Wire) -> None:
    gateway.limits(order_rate_max=100)
    for n in range(1, 6):
        gateway.approved(quantity=f"0.00{n}")
    gateway.advance(minutes=16)
    gateway.refresh_quotes()
    gateway.limits(totp=False, state_max_age_seconds=299)
    wire.sent.clear()
    gateway.submit(symbol=BTC)
    assert wire.operations() == [READ, COMMIT]
    assert len(gateway.account()["open_orders"]) == 5
