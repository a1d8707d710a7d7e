"""A kill switch edited in the table itself: into the log, to the phone, to the order worker; once, and in any order."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.set_kill_switch import write_kill_switch
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import Transient
from riskgate.core.kill_switch import KillSwitch
from riskgate.runtime import wiring
from riskgate.runtime.jobs.control_stream import read_change
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
    phone.follow()
    phone.deliver()
    phone.deliver()

    assert [engaged for _, engaged, _ in changes("gateway")] == [True, False]
    assert [engaged for _, engaged, _ in changes(ACCOUNT_ID)] == [True, False]
    assert len(phone.texts()) == 2


@pytest.fixture
def routed(phone: Phone) -> str:
    """Give the id of a routed order that waits for the worker."""
    gateway = phone.gateway
    gateway.aws.secretsmanager.create_secret(Name=PERMIT_SECRET_ID, SecretString="k" * 64)
    venues = [{"venue": "binance", "market_type": "spot", "secret_name": "riskgate/exchange/demo"}]
    assert gateway.register(totp=True, venues=venues).status in {200, 201}
    answer = gateway.submit(gateway.order(route=True, price="49000", stop_loss_price="48000", quantity="0.01"))
    assert answer.status == 201, answer.text
    phone.order_messages()
    return str(answer.body["client_order_id"])


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
    records = [r for r in phone.edits() if "engaged" in r["dynamodb"]["NewImage"]]
    url = phone.orders_url
    monkeypatch.setenv("ORDER_QUEUE_URL", url.replace("orders", "nowhere"))
    forget()
    with pytest.raises(Transient):
        phone.control(records)
    # The log and the alert do not wait for the venues.
    assert len(changes("gateway")) == 1
    assert changes(ACCOUNT_ID) == []

    monkeypatch.setenv("ORDER_QUEUE_URL", url)
    forget()
    phone.control(records)
    phone.follow()
    assert len(changes(ACCOUNT_ID)) == 1
    assert len(changes("gateway")) == 1
    assert len(phone.order_messages()) == 1


def test_database_when_it_loses_an_answer_then_the_edit_is_noted_once(phone: Phone, wire: Wire) -> None:
    edit(phone, engaged=ENGAGED)
    records = phone.edits()
    wire.then("TransactWriteItems", lose_reply, lose_reply, lose_reply)
    phone.control(records)
    wire.heal()
    phone.control(records)
    phone.follow()

    assert len(changes(ACCOUNT_ID)) == 1
    assert len(changes("gateway")) == 1


def test_record_when_it_is_none_of_a_flag_then_it_is_put_aside(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED)
    record = deepcopy(phone.edits()[0])
    del record["dynamodb"]["Keys"]["sk"]
    phone.control([record])

    assert phone.waiting(phone.stream_letters_url) == 1


#: Keys a person may type that no order is ever held against.
NOT_UNDERSTOOD = [
    "SYMBOL#btc/usdt",
    "GLOBAL#",
    "symbol#BTC/USDT",
    "VENUE#Binance",
    "STRATEGY#Alpha",
    "NONSENSE#1",
    "SYMBOL#",
    "ACCOUNT#a b",
]


@pytest.mark.parametrize("item", NOT_UNDERSTOOD)
def test_edit_when_no_order_is_held_against_its_key_then_said_loudly_and_not_listed_as_engaged(
    phone: Phone, item: str
) -> None:
    phone.gateway.put_flag(item)
    records = phone.note_edits()
    phone.control(records)
    phone.deliver()

    listed = phone.gateway.call("GET", "/kill-switch").body
    assert [flag["engaged"] for flag in listed["kill_switches"]] == [False]
    assert listed["not_understood"] == [item]
    (text,) = phone.texts()
    assert text.startswith("🔴 A kill switch was edited that stops nothing")
    assert item in text
    assert "every new order" not in text
    assert phone.gateway.submit().status == 201


def test_edit_when_an_item_that_stops_nothing_is_taken_away_or_released_then_nothing_is_said(phone: Phone) -> None:
    phone.gateway.put_flag("VENUE#Binance", RELEASED)
    phone.gateway.aws.dynamodb.delete_item(
        TableName=phone.gateway.aws.control_table, Key={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "VENUE#Binance"}}
    )
    phone.note_edits()
    phone.deliver()

    assert phone.texts() == []


def put_raw(phone: Phone, *, engaged: bool = True, cancel_open_orders: bool = False) -> None:
    """Set the global flag as `riskctl kill on --raw` does."""
    acting = Acting(deps=wiring.deps(), actor="aws:arn:aws:iam::123456789012:user/ann", now=phone.gateway.now)
    flag = KillSwitch(scope="global", key="", engaged=engaged, reason="drill")
    write_kill_switch(acting, flag, cancel_open_orders=cancel_open_orders)


def test_raw_when_it_asks_to_cancel_then_entry_alert_and_cancel_as_for_the_route(phone: Phone, routed: str) -> None:
    del routed
    put_raw(phone, cancel_open_orders=True)
    phone.note_edits()

    by = "table edit, stamped aws:arn:aws:iam::123456789012:user/ann"
    assert changes("gateway") == changes(ACCOUNT_ID) == [(by, True, "drill")]
    (message,) = phone.order_messages()
    assert (message["kind"], message["account_id"]) == ("cancel_matching", ACCOUNT_ID)
    phone.deliver()
    assert "Open orders are being cancelled" in phone.texts()[-1]


def test_raw_when_it_is_repeated_then_carried_out_again(phone: Phone, routed: str) -> None:
    del routed
    for _ in range(2):
        put_raw(phone, cancel_open_orders=True)
        phone.gateway.advance(seconds=400)
        phone.note_edits()

    assert len(changes("gateway")) == 2
    assert [message["kind"] for message in phone.order_messages()] == ["cancel_matching"] * 2


def test_edit_when_it_copies_what_the_route_once_wrote_then_it_is_no_change_of_the_route(phone: Phone) -> None:
    phone.gateway.kill(engaged=False, reason="all is well")
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    table = phone.gateway.aws.control_table
    released = phone.gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    phone.gateway.kill(reason="stop")
    version = {"N": str(int(released["version"]["N"]) + 2)}
    phone.note_edits()
    phone.gateway.aws.dynamodb.put_item(TableName=table, Item=released | {"version": version})
    phone.note_edits()

    assert changes("gateway")[-1] == ("table edit, stamped token:adminadmin01", False, "all is well")


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_route_when_it_dies_before_its_entry_then_the_stream_writes_one(phone: Phone, wire: Wire) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    wire.always("TransactWriteItems", die)
    with pytest.raises(Killed):
        phone.gateway.kill(reason="stop")
    wire.heal()
    phone.note_edits()

    by = "table edit, stamped token:adminadmin01"
    assert changes("gateway") == changes(ACCOUNT_ID) == [(by, True, "stop")]


def test_flag_when_one_account_is_corrupt_then_the_others_take_note_and_the_progress_names_it(phone: Phone) -> None:
    gateway = phone.gateway
    gateway.register("zulu")
    key = {"pk": {"S": "LIMITS"}, "sk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}}
    table = gateway.aws.control_table
    before = gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    gateway.aws.dynamodb.put_item(TableName=table, Item=before | {"document": {"S": "{}"}})
    assert gateway.kill().status == 200
    phone.note_edits()
    assert [engaged for _, engaged, _ in changes("zulu")] == [True]
    progress = gateway.call("GET", "/kill-switch").body["kill_switches"][0]["progress"]
    assert (progress["complete"], progress["accounts_unreadable"]) == (True, [ACCOUNT_ID])
    assert (progress["accounts_to_note"], progress["accounts_noted"]) == (2, 1)
    gateway.aws.dynamodb.put_item(TableName=table, Item=before)
    assert gateway.submit().code == "KILL_SWITCH_ENGAGED"


def test_edit_when_read_then_its_time_is_never_before_it_was_made_nor_ahead_of_the_clock(phone: Phone) -> None:
    edit(phone, engaged=ENGAGED)
    record = phone.edits()[0]
    made = phone.gateway.now
    phone.gateway.advance(seconds=10)

    found = read_change(record)
    assert found is not None
    assert made <= found.seen_at <= made + timedelta(seconds=1)
