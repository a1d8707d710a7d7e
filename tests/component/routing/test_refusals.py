"""What happened since the approval counts: flags, trading state, age and permit are looked at in the claim."""

from __future__ import annotations

import json
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.app.routing import claim_order, send_order
from riskgate.core.account.document import OrderStatus
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.routed_account import PERMIT_SECRET_ID, Desk

SCOPES = [
    ("global", None, "GLOBAL"),
    ("account", ACCOUNT_ID, f"ACCOUNT#{ACCOUNT_ID}"),
    ("venue", VENUE, f"VENUE#{VENUE}"),
    ("strategy", "trend", "STRATEGY#trend"),
    ("symbol", BTC, f"SYMBOL#{BTC}"),
]


def assert_none_sent(desk: Desk, orders: list[str], reason: str) -> None:
    assert desk.requests("POST") == []
    assert desk.simulator.orders() == []
    for order in orders:
        record = desk.record(order)
        assert (record.status, reason in record.reason) == (OrderStatus.CANCELLED, True), record.reason
        desk.assert_agrees(order)
    assert desk.state().working_orders == {}


@pytest.mark.parametrize(("scope", "key", "_name"), SCOPES)
def test_orders_when_a_kill_switch_is_engaged_while_they_wait_then_none_is_sent(
    desk: Desk, scope: str, key: str | None, _name: str
) -> None:
    orders = [desk.approved(quantity=f"0.01{n}") for n in range(5)]
    assert desk.gateway.kill(scope, key).status == 200
    desk.work_all()
    assert_none_sent(desk, orders, f"kill switch engaged before it was sent: {scope}")


@pytest.mark.parametrize(("_scope", "_key", "name"), SCOPES)
@pytest.mark.parametrize("value", [{"BOOL": True}, {"S": "false"}])
def test_orders_when_a_flag_is_flipped_in_the_table_while_they_wait_then_none_is_sent(
    desk: Desk, _scope: str, _key: str | None, name: str, value: dict[str, Any]
) -> None:
    orders = [desk.approved(quantity=f"0.01{n}") for n in range(3)]
    desk.gateway.put_flag(name, value)
    desk.work_all()
    assert_none_sent(desk, orders, "kill switch engaged before it was sent")


def test_order_when_the_kill_switch_is_engaged_between_check_and_claim_then_not_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = desk.approved()
    find = claim_order.find_refusal
    killed: list[int] = []

    def engage_after_the_look(*arguments: Any) -> str:
        reason = find(*arguments)
        if not killed:
            killed.append(desk.gateway.kill().status)
        return reason

    monkeypatch.setattr(claim_order, "find_refusal", engage_after_the_look)
    desk.work_all()
    assert killed == [200]
    assert_none_sent(desk, [order], "kill switch engaged before it was sent")


def test_orders_when_the_account_reduces_since_then_entries_stay_and_exits_go(desk: Desk) -> None:
    entry = desk.approved(type="market", price=None)
    desk.work_all()
    waiting = desk.approved(quantity="0.02")
    way_out = desk.approved(side="sell", quantity="0.01", price="52000", stop_loss_price=None)
    desk.gateway.limits(totp=False, daily_loss_fraction_max="0.01")
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.01", "average_price": "50000", "mark_price": "50000"}
    desk.gateway.reading("98000", positions=[held])
    assert desk.state().trading_state.value == "REDUCING"
    desk.work_all()
    assert desk.status(entry) == "filled"
    assert (desk.status(waiting), desk.venue_orders(waiting)) == ("cancelled", [])
    assert "limited to exits" in desk.record(waiting).reason
    assert desk.status(way_out) == "submitted"
    desk.assert_agrees(way_out)


@pytest.mark.parametrize(("seconds", "sent"), [(59, True), (61, False)])
def test_order_when_it_waited_then_sent_only_while_its_approval_is_young(desk: Desk, seconds: int, sent: bool) -> None:
    order = desk.approved()
    desk.gateway.advance(seconds=seconds)
    desk.work_all()
    assert bool(desk.venue_orders(order)) is sent
    assert desk.status(order) == ("submitted" if sent else "cancelled")
    desk.assert_agrees(order)


def edit_order(desk: Desk, client_order_id: str, *path: str, value: str) -> None:
    """Edit an order's item in the table, as somebody with write access to it could."""
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"ORDER#{client_order_id}"}}
    table, client = desk.gateway.aws.state_table, desk.gateway.aws.dynamodb
    item = client.get_item(TableName=table, Key=key)["Item"]
    document = json.loads(item["document"]["S"])
    target = document
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    client.put_item(TableName=table, Item=item | {"document": {"S": json.dumps(document)}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("order", "quantity"), "1"),
        (("order", "price"), "50500"),
        (("order", "side"), "sell"),
        (("order", "reduce_only"), "x"),
        (("quantity",), "1"),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else value,
)
def test_order_when_its_item_was_edited_in_the_table_then_never_sent(
    desk: Desk, path: tuple[str, ...], value: str
) -> None:
    order = desk.approved()
    original = desk.gateway.aws.dynamodb.get_item(
        TableName=desk.gateway.aws.state_table,
        Key={"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"ORDER#{order}"}},
    )["Item"]
    edit_order(desk, order, *path, value=value)
    desk.work()
    desk.gateway.advance(seconds=5)
    assert desk.requests("POST") == []
    assert desk.simulator.orders() == []
    if value != "x":
        assert desk.record(order).reason == "its permit does not match the stored order"
    # What somebody wrote into the table is no history of ours: the invariants are for the rest.
    restored = original | {"document": {"S": original["document"]["S"]}}
    if value != "x":
        document = json.loads(original["document"]["S"]) | {"status": "cancelled"}
        restored |= {"document": {"S": json.dumps(document)}, "status": {"S": "cancelled"}}
    desk.gateway.aws.dynamodb.put_item(TableName=desk.gateway.aws.state_table, Item=restored)


def test_message_when_its_permit_is_not_the_orders_then_ignored_and_the_true_one_works(desk: Desk) -> None:
    order = desk.approved()
    message = desk.receive()
    assert message is not None
    body = json.loads(message["Body"])
    forged = message | {"Body": json.dumps(body | {"permit": "9999999999." + "0" * 64})}
    assert desk.invoke(forged) == []
    assert (desk.status(order), desk.requests("POST")) == ("approved", [])
    assert desk.invoke(message) == []
    assert desk.status(order) == "submitted"


def test_order_when_the_permit_key_was_changed_to_one_unknown_then_cancelled(desk: Desk) -> None:
    order = desk.approved()
    desk.gateway.aws.secretsmanager.put_secret_value(SecretId=PERMIT_SECRET_ID, SecretString="z" * 64)
    forget()
    desk.work_all()
    assert_none_sent(desk, [order], "its permit does not match the stored order")


def test_message_when_it_is_no_message_then_returned_until_it_is_given_up(desk: Desk) -> None:
    desk.sqs.send_message(
        QueueUrl=desk.queue_url, MessageBody="{}", MessageGroupId=ACCOUNT_ID, MessageDeduplicationId="poison"
    )
    order = desk.approved()
    for _ in range(20):
        desk.work()
        desk.gateway.advance(seconds=1)
    assert desk.dead() == 1
    assert desk.status(order) == "submitted"


def test_batch_when_one_account_fails_then_its_later_messages_wait_and_the_others_are_worked(desk: Desk) -> None:
    desk.gateway.aws.secretsmanager.create_secret(Name="riskgate/exchange/broken", SecretString="no json")
    desk.accounts["broken"] = "riskgate/exchange/broken"
    desk.open_accounts()
    good = desk.approved()
    messages = [desk.receive()]
    bad = desk.approved("broken")
    messages.append(desk.receive())
    assert all(messages)
    first, second = (message for message in messages if message is not None)
    assert desk.invoke(second, first) == [second["MessageId"]]
    assert desk.status(good) == "submitted"
    assert desk.status(bad, "broken") == "approved"
    assert desk.requests("POST")[0]["account"] == "alice"
    desk.assert_agrees(good)


def test_order_when_the_account_lost_its_key_while_it_waited_then_cancelled(desk: Desk) -> None:
    order = desk.approved()
    desk.gateway.register()
    desk.work_all()
    assert_none_sent(desk, [order], "no key for this venue")


def test_claim_when_lost_to_another_worker_then_nothing_is_sent_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = desk.approved()
    message = desk.receive()
    assert message is not None
    claim = send_order.claim_order
    raced: list[list[str]] = []

    def race(*arguments: Any) -> Any:
        # The other one reads, claims and sends between our look at the order and our claim.
        monkeypatch.setattr(send_order, "claim_order", claim)
        raced.append(desk.invoke(message))
        return claim(*arguments)

    monkeypatch.setattr(send_order, "claim_order", race)
    assert desk.invoke(message) == [message["MessageId"]]
    assert raced == [[]]
    assert len(desk.requests("POST")) == 1
    assert desk.invoke(message) == []
    desk.assert_agrees(order)
