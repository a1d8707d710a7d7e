"""A kill switch edited in the table itself: into the log, to the phone, to the order worker; once, and in any order."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import Transient
from riskgate.runtime import wiring
from riskgate.runtime.jobs.control_stream import read_edit
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.alert_path import Phone
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import PERMIT_SECRET_ID
from tests.support.wire import Wire, lose_reply

ENGAGED = {"BOOL": True}
RELEASED = {"BOOL": False}


def edit(phone: Phone, name: str = "GLOBAL", **attributes: Any) -> None:
    """Change attributes of a flag as the AWS CLI's update-item does; everything else stays."""
    names = {f"#{key}": key for key in attributes}
    phone.gateway.aws.dynamodb.update_item(
        TableName=phone.gateway.aws.control_table,
        Key={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name}},
        UpdateExpression="SET " + ", ".join(f"#{key} = :{key}" for key in attributes),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{key}": value for key, value in attributes.items()},
    )


def changes(account: str) -> list[tuple[str, bool, str]]:
    """Return actor, flag and reason of every kill-switch entry of a chain."""
    found = []
    for row in wiring.deps().store.list_audit(account, after=0, limit=200):
        entry = read_entry(row.entry)
        if entry.event == "kill_switch_changed":
            found.append((entry.actor, entry.inputs["engaged"], entry.inputs["reason"]))
    return found


def test_flag_when_engaged_in_the_table_then_in_both_logs_and_on_the_phone(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED, reason={"S": "exchange looks wrong"})
    phone.note_edits()
    phone.deliver()

    expected = [("table edit", True, "exchange looks wrong")]
    assert changes(ACCOUNT_ID) == expected
    assert changes("gateway") == expected
    (text,) = phone.texts()
    assert text.startswith("🔴 Kill switch engaged")
    assert "by table edit" in text
    assert "exchange looks wrong" in text
    assert phone.order_messages() == []


def test_flag_when_released_in_the_table_then_told(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED)
    phone.note_edits()
    edit(phone, engaged=RELEASED)
    phone.note_edits()
    phone.deliver()

    assert [title[2:] for title in phone.titles()] == [
        "Kill switch engaged",
        "Kill switch released: trading is allowed again",
    ]


def test_edit_when_the_account_is_told_then_a_decision_under_way_loses_its_race(phone: Phone) -> None:
    before = phone.gateway.account()["state_version"]
    edit(phone, engaged=ENGAGED)
    phone.note_edits()

    assert phone.gateway.account()["state_version"] == before + 1


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"engaged": {"S": "true"}}, "missing or not a boolean: treated as engaged"),
        ({"engaged": {"N": "0"}}, "missing or not a boolean: treated as engaged"),
    ],
)
def test_flag_when_it_is_no_boolean_then_told_as_engaged(phone: Phone, attributes: Any, reason: str) -> None:
    edit(phone, **attributes)
    phone.note_edits()

    assert changes("gateway") == [("table edit", True, reason)]


def test_flag_when_its_item_is_deleted_then_the_global_one_counts_as_engaged(phone: Phone) -> None:
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    phone.gateway.aws.dynamodb.delete_item(TableName=phone.gateway.aws.control_table, Key=key)
    phone.note_edits()
    phone.deliver()

    assert changes("gateway")[0][1] is True
    assert phone.titles() == ["🔴 Kill switch engaged"]


def test_flag_when_only_its_reason_is_edited_then_nothing_is_told(phone: Phone) -> None:
    edit(phone, reason={"S": "typo"})
    phone.note_edits()
    phone.deliver()

    assert changes("gateway") == []
    assert phone.texts() == []


def test_route_when_it_changes_a_flag_then_the_stream_adds_nothing(phone: Phone) -> None:
    phone.gateway.kill(reason="drill")
    phone.gateway.kill(engaged=False, reason="over")
    phone.note_edits()
    phone.deliver()

    assert len(changes("gateway")) == 2
    assert [title[2:] for title in phone.titles()] in (
        ["Kill switch engaged", "Kill switch released: trading is allowed again"],
        ["2 delayed alerts"],
    )


def test_edit_when_it_follows_a_change_by_the_route_then_the_routes_stamp_does_not_hide_it(phone: Phone) -> None:
    phone.gateway.kill(reason="drill")
    edit(phone, engaged=RELEASED)
    phone.note_edits()

    assert [(actor, engaged) for actor, engaged, _ in changes("gateway")][-1] == ("table edit", False)


def test_stream_when_edits_come_twice_then_each_is_noted_and_told_once(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED)
    edit(phone, engaged=RELEASED)
    records = phone.note_edits()
    phone.control(records)
    phone.control(records[:1])
    phone.deliver()
    phone.deliver()

    assert [engaged for _, engaged, _ in changes("gateway")] == [True, False]
    assert [engaged for _, engaged, _ in changes(ACCOUNT_ID)] == [True, False]
    assert len(phone.texts()) == 2


@pytest.fixture
def routed(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the id of a routed order that waits for the worker."""
    gateway = phone.gateway
    gateway.aws.secretsmanager.create_secret(Name=PERMIT_SECRET_ID, SecretString="k" * 64)
    monkeypatch.setenv("PERMIT_SECRET_ID", PERMIT_SECRET_ID)
    monkeypatch.setenv("ORDER_AGE_SECONDS_MAX", "60")
    forget()
    venues = [{"venue": "binance", "market_type": "spot", "secret_name": "riskgate/exchange/demo"}]
    assert gateway.register(venues=venues).status in {200, 201}
    answer = gateway.submit(gateway.order(route=True, price="49000", stop_loss_price="48000", quantity="0.01"))
    assert answer.status == 201, answer.text
    phone.order_messages()
    phone.sqs.purge_queue(QueueUrl=phone.orders_url)
    yield str(answer.body["client_order_id"])
    forget()


def test_edit_when_it_asks_to_cancel_then_the_worker_is_told_once(phone: Phone, routed: str) -> None:
    edit(phone, engaged=ENGAGED, cancel_open_orders={"BOOL": True}, reason={"S": "out"})
    records = phone.note_edits()
    phone.control(records)

    (message,) = phone.order_messages()
    assert (message["kind"], message["account_id"], message["scope"]) == ("cancel_matching", ACCOUNT_ID, "global")
    assert message["actor"] == "table edit"
    phone.deliver()
    assert "Open orders are being cancelled" in phone.texts()[-1]
    assert wiring.deps().store.get_order(ACCOUNT_ID, routed).status is OrderStatus.APPROVED


def test_edit_when_it_is_told_after_the_release_then_nothing_is_cancelled(phone: Phone, routed: str) -> None:
    del routed
    edit(phone, engaged=ENGAGED, cancel_open_orders={"BOOL": True})
    edit(phone, engaged=RELEASED)
    phone.note_edits()

    assert phone.order_messages() == []


def test_queue_when_it_fails_half_way_then_the_repetition_finishes_and_repeats_nothing(
    phone: Phone, routed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del routed
    edit(phone, engaged=ENGAGED, cancel_open_orders={"BOOL": True})
    records = [r for r in phone.records(phone.gateway.aws.control_table) if "engaged" in r["dynamodb"]["NewImage"]]
    url = phone.orders_url
    monkeypatch.setenv("ORDER_QUEUE_URL", url.replace("orders", "nowhere"))
    forget()
    with pytest.raises(Transient):
        phone.control(records)
    assert changes("gateway") == []

    monkeypatch.setenv("ORDER_QUEUE_URL", url)
    forget()
    phone.control(records)
    assert len(changes(ACCOUNT_ID)) == 1
    assert len(changes("gateway")) == 1
    assert len(phone.order_messages()) == 1


def test_database_when_it_loses_an_answer_then_the_edit_is_noted_once(phone: Phone, wire: Wire) -> None:
    edit(phone, engaged=ENGAGED)
    records = phone.records(phone.gateway.aws.control_table)
    wire.then("TransactWriteItems", lose_reply, lose_reply, lose_reply)
    phone.control(records)
    wire.heal()
    phone.control(records)

    assert len(changes(ACCOUNT_ID)) == 1
    assert len(changes("gateway")) == 1


def test_record_when_it_is_none_of_a_flag_then_it_is_put_aside(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED)
    record = deepcopy(phone.records(phone.gateway.aws.control_table)[0])
    record["dynamodb"]["Keys"]["sk"]["S"] = "NONSENSE#1"
    phone.control([record])

    assert phone.waiting(phone.stream_letters_url) == 1


def test_edit_when_read_then_its_time_is_never_before_it_was_made_nor_ahead_of_the_clock(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED)
    record = phone.records(phone.gateway.aws.control_table)[0]
    made = phone.gateway.now
    phone.gateway.advance(seconds=10)

    found = read_edit(record)
    assert found is not None
    assert made <= found.edited_at <= made + timedelta(seconds=1)
