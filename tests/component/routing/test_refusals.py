"""What happened since the approval counts: flags, trading state, age and permit are looked at in the claim."""

from __future__ import annotations

import json
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.routing import claim_order, send_order
from riskgate.core.account.document import OrderStatus
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.kill_switches import SCOPES
from tests.support.routed_account import PERMIT_SECRET_ID, VENUE_SECRET, RoutedAccount


def assert_none_sent(routed: RoutedAccount, orders: list[str], reason: str) -> None:
    assert routed.requests("POST") == []
    assert routed.simulator.orders() == []
    for order in orders:
        record = routed.record(order)
        assert (record.status, reason in record.reason) == (OrderStatus.CANCELLED, True), record.reason
        routed.assert_agrees(order)
    assert routed.state().working_orders == {}


@pytest.mark.parametrize(("scope", "key", "_name"), SCOPES)
def test_orders_when_a_kill_switch_is_engaged_while_they_wait_then_none_is_sent(
    routed: RoutedAccount, scope: str, key: str | None, _name: str
) -> None:
    orders = [routed.approved(quantity=f"0.01{n}") for n in range(5)]
    assert routed.gateway.kill(scope, key).status == 200
    routed.work_all()
    assert_none_sent(routed, orders, f"kill switch engaged before it was sent: {scope}")


@pytest.mark.parametrize(("_scope", "_key", "name"), SCOPES)
@pytest.mark.parametrize("value", [{"BOOL": True}, {"S": "false"}])
def test_orders_when_a_flag_is_flipped_in_the_table_while_they_wait_then_none_is_sent(
    routed: RoutedAccount, _scope: str, _key: str | None, name: str, value: dict[str, Any]
) -> None:
    orders = [routed.approved(quantity=f"0.01{n}") for n in range(3)]
    routed.gateway.put_flag(name, value)
    routed.work_all()
    assert_none_sent(routed, orders, "kill switch engaged before it was sent")


def test_order_when_the_kill_switch_is_engaged_between_check_and_claim_then_not_sent(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = routed.approved()
    find = claim_order.find_refusal
    killed: list[int] = []

    def engage_after_the_look(*arguments: Any) -> str:
        reason = find(*arguments)
        if not killed:
            killed.append(routed.gateway.kill().status)
        return reason

    monkeypatch.setattr(claim_order, "find_refusal", engage_after_the_look)
    routed.work_all()
    assert killed == [200]
    assert_none_sent(routed, [order], "kill switch engaged before it was sent")


def test_orders_when_the_account_reduces_since_then_entries_stay_and_exits_go(routed: RoutedAccount) -> None:
    entry = routed.approved(type="market", price=None)
    routed.work_all()
    waiting = routed.approved(quantity="0.02")
    way_out = routed.approved(side="sell", quantity="0.00999", price="52000", stop_loss_price=None)
    routed.gateway.limits(totp=False, daily_loss_fraction_max="0.01")
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.01", "average_price": "50000", "mark_price": "50000"}
    routed.gateway.reading("98000", positions=[held])
    assert routed.state().trading_state.value == "REDUCING"
    routed.work_all()
    assert routed.status(entry) == "filled"
    assert (routed.status(waiting), routed.venue_orders(waiting)) == ("cancelled", [])
    assert "limited to exits" in routed.record(waiting).reason
    assert routed.status(way_out) == "submitted"
    routed.assert_agrees(way_out)


@pytest.mark.parametrize(("seconds", "sent"), [(59, True), (61, False)])
def test_order_when_it_waited_then_sent_only_while_its_approval_is_young(
    routed: RoutedAccount, seconds: int, sent: bool
) -> None:
    order = routed.approved()
    routed.gateway.advance(seconds=seconds)
    routed.work_all()
    assert bool(routed.venue_orders(order)) is sent
    assert routed.status(order) == ("submitted" if sent else "cancelled")
    routed.assert_agrees(order)


def edit_order(routed: RoutedAccount, client_order_id: str, *path: str, value: str) -> None:
    """Edit an order's item in the table, as somebody with write access to it could."""
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"ORDER#{client_order_id}"}}
    table, client = routed.gateway.aws.state_table, routed.gateway.aws.dynamodb
    item = client.get_item(TableName=table, Key=key)["Item"]
    document = json.loads(unpack(item["document"]))
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
    routed: RoutedAccount, path: tuple[str, ...], value: str
) -> None:
    order = routed.approved()
    original = routed.gateway.aws.dynamodb.get_item(
        TableName=routed.gateway.aws.state_table,
        Key={"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"ORDER#{order}"}},
    )["Item"]
    edit_order(routed, order, *path, value=value)
    routed.work()
    routed.gateway.advance(seconds=5)
    assert routed.requests("POST") == []
    assert routed.simulator.orders() == []
    if value != "x":
        assert routed.record(order).reason == "its permit does not match the stored order"
    # What somebody wrote into the table is no history of ours: the invariants are for the rest.
    restored = original | {"document": {"S": unpack(original["document"]).decode()}}
    if value != "x":
        document = json.loads(unpack(original["document"])) | {"status": "cancelled"}
        restored |= {"document": {"S": json.dumps(document)}, "status": {"S": "cancelled"}}
    routed.gateway.aws.dynamodb.put_item(TableName=routed.gateway.aws.state_table, Item=restored)


def test_message_when_its_permit_is_not_the_orders_then_ignored_and_the_true_one_works(routed: RoutedAccount) -> None:
    order = routed.approved()
    message = routed.receive()
    assert message is not None
    body = json.loads(message["Body"])
    forged = message | {"Body": json.dumps(body | {"permit": "9999999999." + "0" * 64})}
    assert routed.invoke(forged) == []
    assert (routed.status(order), routed.requests("POST")) == ("approved", [])
    assert routed.invoke(message) == []
    assert routed.status(order) == "submitted"


def test_order_when_the_permit_key_was_changed_to_one_unknown_then_cancelled(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.gateway.aws.secretsmanager.put_secret_value(SecretId=PERMIT_SECRET_ID, SecretString="z" * 64)
    forget()
    routed.work_all()
    assert_none_sent(routed, [order], "its permit does not match the stored order")


def test_message_when_it_is_no_message_then_returned_until_it_is_given_up(routed: RoutedAccount) -> None:
    routed.sqs.send_message(
        QueueUrl=routed.queue_url, MessageBody="{}", MessageGroupId=ACCOUNT_ID, MessageDeduplicationId="poison"
    )
    order = routed.approved()
    for _ in range(20):
        routed.work()
        routed.gateway.advance(seconds=1)
    assert routed.dead() == 1
    assert routed.status(order) == "submitted"


def test_batch_when_one_account_fails_then_its_later_messages_wait_and_the_others_are_worked(
    routed: RoutedAccount,
) -> None:
    routed.gateway.aws.secretsmanager.create_secret(Name="riskgate/exchange/broken", SecretString="no json")
    routed.accounts["broken"] = "riskgate/exchange/broken"
    routed.open_accounts()
    good = routed.approved()
    messages = [routed.receive()]
    bad = routed.approved("broken")
    messages.append(routed.receive())
    assert all(messages)
    first, second = (message for message in messages if message is not None)
    assert routed.invoke(second, first) == [second["MessageId"]]
    assert routed.status(good) == "submitted"
    assert routed.status(bad, "broken") == "approved"
    assert routed.requests("POST")[0]["account"] == "alice"
    routed.assert_agrees(good)


def test_order_when_the_account_lost_its_key_while_it_waited_then_cancelled(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.gateway.register(totp=True)
    routed.work_all()
    assert_none_sent(routed, [order], "no key for this venue")


def test_claim_when_lost_to_another_worker_then_nothing_is_sent_twice(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = routed.approved()
    message = routed.receive()
    assert message is not None
    claim = send_order.claim_order
    raced: list[list[str]] = []

    def race(*arguments: Any) -> Any:
        # The other one reads, claims and sends between our look at the order and our claim.
        monkeypatch.setattr(send_order, "claim_order", claim)
        raced.append(routed.invoke(message))
        return claim(*arguments)

    monkeypatch.setattr(send_order, "claim_order", race)
    assert routed.invoke(message) == [message["MessageId"]]
    assert raced == [[]]
    assert len(routed.requests("POST")) == 1
    assert routed.invoke(message) == []
    routed.assert_agrees(order)


def test_order_when_its_venues_key_is_another_accounts_then_none_is_sent(routed: RoutedAccount) -> None:
    order = routed.approved(quantity="0.02")
    owner = {"pk": {"S": "SECRET"}, "sk": {"S": VENUE_SECRET}, "account_id": {"S": "other"}}
    routed.gateway.aws.dynamodb.put_item(TableName=routed.gateway.aws.control_table, Item=owner)

    routed.work_all()

    assert_none_sent(routed, [order], "the venue's key is another account's")


@pytest.mark.parametrize("key", ["k", "k" * 31])
def test_order_when_the_permit_key_is_too_short_then_503_and_nothing_is_approved(
    routed: RoutedAccount, key: str
) -> None:
    routed.gateway.aws.secretsmanager.put_secret_value(SecretId=PERMIT_SECRET_ID, SecretString=key)
    forget()
    answer = routed.submit(client_order_id="never")
    assert (answer.status, answer.code) == (503, "SECRET_UNREADABLE"), answer.text
    assert routed.gateway.on_order("GET", "never").status == 404
    assert routed.gateway.account()["open_orders"] == []
