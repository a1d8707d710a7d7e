"""Telegram down, throttled, deaf or gone: nothing is lost, nothing shown twice, order kept, the rest not held up."""

from __future__ import annotations

import json
from itertools import count, pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.simulators.telegram.bot_api import Fault
from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.core.severity import Severity
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import telegram_notifier
from tests.support.alert_path import (
    CHATS,
    DEPUTY,
    GROUP,
    NOTIFICATION_TABLE,
    PERSON,
    TELEGRAM_SECRET_ID,
    TOKEN,
    Phone,
    queue_record,
)

RED, ORANGE, YELLOW = Severity.RED, Severity.ORANGE, Severity.YELLOW


def pending(phone: Phone, chat: str) -> int:
    return len(telegram_notifier.outbox().list_pending(chat))


def test_telegram_when_down_for_ten_minutes_then_one_summary_in_order_and_nothing_is_lost(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="error", count=None, status=502))
    alerts = []
    for minute in range(10):
        for account in ("a", "b"):
            alert = phone.alert(RED if (minute, account) == (4, "b") else ORANGE, account)
            alerts.append(alert)
            phone.publish(alert)
        phone.notify()
        phone.gateway.advance(minutes=1)
        phone.tick()
    assert phone.texts() == []
    assert pending(phone, PERSON) == 20
    # The queue is free for what comes next: nothing waits there.
    assert phone.waiting(phone.queue_url) == 0

    phone.api.clear(faults=True)
    phone.gateway.advance(minutes=1)
    phone.tick()

    (summary,) = phone.texts(PERSON)
    lines = summary.splitlines()
    assert lines[0] == "📬 20 delayed alerts"
    shown = [line.split(" ", 3)[3] for line in lines[2:]]
    in_order = [a.title for a in alerts if a.account == "b"] + [a.title for a in alerts if a.account == "a"]
    assert shown == in_order
    assert pending(phone, PERSON) == 0
    phone.tick()
    assert len(phone.texts()) == 1


def test_telegram_when_back_then_fresh_alerts_follow_the_summary_one_by_one(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="drop", count=None))
    old = [phone.alert(ORANGE) for _ in range(3)]
    phone.publish(*old)
    phone.notify()
    phone.gateway.advance(minutes=10)
    fresh = [phone.alert(RED), phone.alert(ORANGE)]
    phone.api.clear(faults=True)
    phone.publish(*fresh)
    phone.notify()

    titles = phone.titles(PERSON)
    assert titles[0] == "📬 3 delayed alerts"
    assert [title[2:] for title in titles[1:]] == [alert.title for alert in fresh]


def test_telegram_when_it_throttles_then_its_pause_is_kept_and_each_alert_is_shown_once(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="throttle", count=2, retry_after=5))
    phone.publish(phone.alert(RED))
    phone.notify()

    attempts = [call["at"] for call in phone.api.calls if call["chat_id"] == PERSON]
    assert len(attempts) == 3
    assert all(later - earlier >= 5 for earlier, later in pairwise(attempts))
    assert len(phone.texts(PERSON)) == 1


def test_telegram_when_its_pause_is_longer_than_an_invocation_then_the_chat_rests_so_long(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="throttle", count=1, retry_after=300, chat_id=PERSON))
    phone.publish(phone.alert(RED), phone.alert(YELLOW))
    phone.notify()
    assert phone.texts(PERSON) == []
    # Another chat is not held up.
    assert len(phone.texts(GROUP)) == 1
    for _ in range(4):
        phone.gateway.advance(minutes=1)
        phone.tick()
    assert len([call for call in phone.api.calls if call["chat_id"] == PERSON]) == 1

    phone.gateway.advance(minutes=1)
    phone.tick()
    assert len(phone.texts(PERSON)) == 1


def test_storm_when_telegram_enforces_its_limits_then_no_message_is_refused_and_all_are_shown(phone: Phone) -> None:
    """Sixty alerts in a group within a minute: Telegram's own limits are on."""
    for _ in range(12):
        phone.publish(*[phone.alert(YELLOW, account) for account in ("a", "b", "c", "d", "e")])
        phone.notify()
        phone.gateway.advance(seconds=4)
    for _ in range(10):
        phone.gateway.advance(minutes=1)
        phone.tick()

    sends = [call["at"] for call in phone.api.calls if call["chat_id"] == GROUP]
    assert len(sends) == len(phone.texts(GROUP)), "Telegram refused some"
    assert all(later - earlier >= 1 for earlier, later in pairwise(sends))
    assert all(len([at for at in sends if start <= at < start + 60]) <= 20 for start in sends)
    shown = "\n".join(phone.texts(GROUP))
    titles = [f"alert {number}" for number in range(1, 200) if f"alert {number}\n" in shown + "\n"]
    assert len(titles) == 60
    assert pending(phone, GROUP) == 0


def test_storm_when_every_call_is_throttled_then_the_queue_is_free_and_nothing_is_lost(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="throttle", count=None, retry_after=30))
    for _ in range(30):
        phone.publish(phone.alert(ORANGE))
        phone.notify()
    assert phone.waiting(phone.queue_url) == 0
    assert pending(phone, PERSON) == 30

    phone.api.clear(faults=True)
    phone.gateway.advance(minutes=2)
    phone.tick()
    assert phone.titles(PERSON) == ["📬 30 delayed alerts"]


def test_answer_when_lost_then_the_alert_comes_again_rather_than_never(phone: Phone) -> None:
    """Telegram has no idempotency key: what was perhaps shown is shown again."""
    phone.api.add_fault(Fault(kind="lose", count=1))
    phone.publish(phone.alert(RED))
    phone.notify()

    assert 1 <= len(phone.texts(PERSON)) <= 2
    assert pending(phone, PERSON) == 0


@pytest.mark.parametrize("kind", ["forbidden", "not_found"])
def test_chat_when_it_never_takes_a_message_then_the_deputy_gets_all_and_others_are_not_held_up(
    phone: Phone, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    phone.api.add_fault(Fault(kind=kind, count=None, chat_id=PERSON))
    alerts = [phone.alert(RED), phone.alert(RED), phone.alert(YELLOW)]
    phone.publish(*alerts)
    phone.notify()

    assert [title[2:] for title in phone.titles(DEPUTY)] == [alerts[0].title, alerts[1].title]
    assert len(phone.texts(GROUP)) == 1
    assert '"ChatUnreachable":[' in capsys.readouterr().out.replace(" ", "")


def test_chat_when_there_is_no_deputy_then_it_is_kept_until_the_chat_takes_it(phone: Phone) -> None:
    secret = {"token": TOKEN, "chats": {"red": [PERSON]}, "api_url": phone.server.url}
    phone.gateway.aws.secretsmanager.put_secret_value(SecretId=TELEGRAM_SECRET_ID, SecretString=json.dumps(secret))
    wiring.secrets().clear()
    phone.api.add_fault(Fault(kind="forbidden", count=1, chat_id=PERSON))
    phone.publish(phone.alert(RED))
    phone.notify()
    assert pending(phone, PERSON) == 1

    phone.gateway.advance(minutes=6)
    phone.tick()
    assert len(phone.texts(PERSON)) == 1


def test_chats_when_one_is_busy_then_the_gravest_is_served_first_and_the_queue_is_soon_free(phone: Phone) -> None:
    calm = [phone.alert(YELLOW, account) for account in ("a", "b", "c", "d", "e", "f", "g", "h")]
    started = utc_now()
    assert phone.invoke([queue_record(alert, alert.id) for alert in (*calm, phone.alert(RED, "z"))]) == set()

    assert phone.api.list_messages()[0]["chat_id"] == PERSON
    assert len(phone.texts(GROUP)) == len(calm)
    # Telegram takes no more than twenty a minute in a group: the alerts behind do not wait for that in the queue.
    for batch in range(3):
        alerts = [phone.alert(YELLOW, account) for account in ("a", "b", "c", "d", "e", "f", "g", "h")]
        phone.invoke([queue_record(alert, f"{alert.id}/{batch}") for alert in alerts])
    assert (utc_now() - started).total_seconds() <= 4 * telegram_notifier.BATCH_SECONDS
    assert pending(phone, GROUP) > 0
    for _ in range(2):
        phone.gateway.advance(minutes=1)
        phone.tick()
    assert pending(phone, GROUP) == 0


def test_notifiers_when_they_write_at_once_then_each_tries_again_and_nothing_is_shown_twice(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repetition that is being turned away holds the items of its alert for a moment."""
    conflict = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
    }
    client, turns = dynamodb_client(), count()
    write = client.transact_write_items

    def contended(**request: Any) -> Any:
        if next(turns) % 3 != 2:
            raise ClientError(conflict, "TransactWriteItems")  # type: ignore[arg-type]
        return write(**request)

    monkeypatch.setattr(client, "transact_write_items", contended)
    alerts = [phone.alert(RED), phone.alert(ORANGE)]
    assert phone.invoke([queue_record(alert, alert.id) for alert in (*alerts, *alerts)]) == set()

    assert [title[2:] for title in phone.titles(PERSON)] == [alert.title for alert in alerts]
    assert pending(phone, PERSON) == 0


def test_invocation_when_it_dies_with_the_lane_then_the_next_one_takes_over(phone: Phone) -> None:
    outbox, now = telegram_notifier.outbox(), utc_now()
    alert = phone.alert(RED)
    outbox.add(alert, [PERSON], now)
    assert outbox.acquire(PERSON, "dead", now, now.replace(minute=1)) is not None
    phone.tick()
    assert phone.texts(PERSON) == []

    phone.gateway.advance(minutes=2)
    phone.tick()
    assert len(phone.texts(PERSON)) == 1


def test_notifiers_when_two_run_at_once_then_only_one_delivers_to_a_chat(phone: Phone) -> None:
    outbox, now = telegram_notifier.outbox(), utc_now()
    until = now.replace(minute=1)

    lane = outbox.acquire(PERSON, "one", now, until)
    assert lane is not None
    assert outbox.acquire(PERSON, "two", now, until) is None
    outbox.release(lane, None)
    assert outbox.acquire(PERSON, "two", now, until) is not None


def test_summary_when_it_is_long_then_it_comes_in_pages_that_telegram_takes(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="error", count=None))
    alerts = [phone.alert(ORANGE, "demo", title="x<&>" * 40) for _ in range(60)]
    for start in range(0, 60, 10):
        phone.publish(*alerts[start : start + 10])
        phone.notify()
    phone.api.clear(faults=True)
    phone.gateway.advance(minutes=5)
    phone.tick()

    texts = phone.texts(PERSON)
    assert len(texts) > 2
    assert sum(text.count("x<&>" * 40) for text in texts) == 60
    assert all(len(text.encode("utf-16-le")) // 2 <= 4096 for text in texts)


def test_table_when_it_does_not_answer_then_the_alert_stays_in_the_queue(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = phone.alert(RED)
    boto3.client("dynamodb").delete_table(TableName=NOTIFICATION_TABLE)

    assert phone.invoke([queue_record(alert, "m1")]) == {"m1"}


def test_secret_when_it_names_no_chat_for_red_then_the_default_gets_it(phone: Phone) -> None:
    secret = {"token": TOKEN, "chats": {**CHATS, "red": []}, "api_url": phone.server.url}
    phone.gateway.aws.secretsmanager.put_secret_value(SecretId=TELEGRAM_SECRET_ID, SecretString=json.dumps(secret))
    wiring.secrets().clear()
    phone.publish(phone.alert(RED))
    phone.notify()

    assert len(phone.texts(GROUP)) == 1
