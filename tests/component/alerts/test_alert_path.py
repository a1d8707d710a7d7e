"""From the audit log to the phone: what is told, in which chat, and how often."""

from __future__ import annotations

import copy
import json
import random
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest

from functions.control_stream.app import lambda_handler
from infra.simulators.telegram.bot_api import Fault
from riskgate.adapters.aws.alert_channel import AlertTopic
from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.alerts.acknowledge_alert import acknowledge_alert
from riskgate.app.alerts.watch_levels import watch_levels
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.errors import DocumentTooNew
from riskgate.core.severity import Severity
from riskgate.runtime import wiring
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.alert import read_alert
from tests.support.alert_path import (
    DEPUTY,
    GROUP,
    PERSON,
    TELEGRAM_SECRET_ID,
    TOKEN,
    Phone,
    queue_record,
)
from tests.support.builders import build_report
from tests.support.gateway import TRACE_ID
from tests.support.routed_account import to_lambda_record

TRIP = [
    "🟡 Half of the limit used",
    "🟠 Three quarters of the limit used",
    "🔴 Breaker tripped: new entries stopped",
]


def lose(phone: Phone) -> None:
    """Let the account lose until its breaker trips."""
    for equity in ("98400", "97700", "96900", "96800"):
        phone.gateway.advance(minutes=1)
        assert phone.gateway.snapshot(equity).status == 201


def test_loss_when_it_grows_then_yellow_orange_red_reach_the_phone_once_each(phone: Phone) -> None:
    for equity in ("98400", "97700", "96900", "96800"):
        phone.gateway.advance(minutes=1)
        assert phone.gateway.snapshot(equity).status == 201
        phone.deliver()

    assert phone.titles() == TRIP
    assert len(phone.texts(GROUP)) == 1
    assert len(phone.texts(PERSON)) == 2


def test_breaker_when_told_then_the_message_has_number_limit_what_stopped_and_what_to_do(phone: Phone) -> None:
    lose(phone)
    phone.deliver()

    text = phone.texts(PERSON)[-1]
    for part in ("demo · DAILY_LOSS", "3.10 % ≥ 3.00 %", "New entries are blocked until 2026-03-05",
                 "→ Check open positions", "audit #"):  # fmt: skip
        assert part in text


def test_topic_when_alerts_are_announced_then_subscribers_get_the_schema_and_attributes_to_filter_by(
    phone: Phone,
) -> None:
    lose(phone)
    phone.announce()

    envelopes = phone.published()
    alerts = [read_alert(envelope["Message"]) for envelope in envelopes]
    assert [a.severity for a in alerts] == [Severity.YELLOW, Severity.ORANGE, Severity.RED]
    attributes = {name: value["Value"] for name, value in envelopes[-1]["MessageAttributes"].items()}
    told = {"schema_version": "1", "severity": "red", "account": "demo", "kind": "breaker_tripped"}
    assert attributes == told | {"trace_id": TRACE_ID}
    assert envelopes[-1]["Subject"] == "[RED] demo: Breaker tripped: new entries stopped DAILY_LOSS"


def test_stream_when_every_batch_comes_twice_then_each_alert_is_shown_once(phone: Phone) -> None:
    lose(phone)
    records = phone.announce()
    phone.fan_out(records)
    phone.notify()
    # Long after the queue forgot them.
    phone.gateway.advance(minutes=30)
    phone.fan_out(records)
    phone.notify()

    assert phone.titles(GROUP) == TRIP[:1]
    assert phone.titles(PERSON) == TRIP[1:]


@pytest.mark.parametrize("seed", range(5))
def test_queue_when_it_delivers_anything_again_and_in_any_order_then_each_alert_is_shown_once(
    phone: Phone, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 a reproducible order
    alerts = [phone.alert(account=name) for name in ("a", "b", "c") for _ in range(3)]
    deliveries = [queue_record(alert, f"{alert.id}/{copy}") for alert in alerts for copy in range(3)]
    chance.shuffle(deliveries)
    while deliveries:
        batch, deliveries = deliveries[:7], deliveries[7:]
        assert phone.invoke(batch) == set()

    assert sorted(phone.titles(GROUP)) == sorted(f"🟡 {alert.title}" for alert in alerts)


def test_chat_when_alerts_arrive_together_then_each_accounts_order_is_kept_and_red_accounts_come_first(
    phone: Phone,
) -> None:
    calm = [phone.alert(Severity.ORANGE, "calm") for _ in range(2)]
    hot = [phone.alert(Severity.ORANGE, "hot"), phone.alert(Severity.RED, "hot"), phone.alert(Severity.ORANGE, "hot")]
    phone.publish(*calm, *hot)
    phone.notify()

    # Up to its red alert the hot account goes first; then it is no hotter than the other.
    assert [title[2:] for title in phone.titles(PERSON)] == [a.title for a in (*hot[:2], *calm, hot[2])]


def test_alert_when_yellow_then_silent_and_when_red_then_loud(phone: Phone) -> None:
    phone.publish(phone.alert(Severity.YELLOW), phone.alert(Severity.RED))
    phone.notify()

    assert {m["chat_id"]: m["silent"] for m in phone.api.list_messages()} == {GROUP: True, PERSON: False}


def test_text_when_it_holds_markup_then_it_is_shown_as_it_is(phone: Phone) -> None:
    phone.publish(phone.alert(title="<b>a & b</b>", detail="1 < 2 </i> <script>", subject="&lt;"))
    phone.notify()

    text = phone.texts()[0]
    assert "<b>a & b</b>" in text
    assert "1 < 2 </i> <script>" in text
    assert "&lt;" in text


def test_kill_switch_when_the_route_sets_it_then_told_once_and_not_as_an_edit(phone: Phone) -> None:
    assert phone.gateway.kill(reason="drill <1>").status == 200
    phone.note_edits()
    phone.deliver()

    (text,) = phone.texts()
    assert text.startswith("🔴 Kill switch engaged")
    assert "by " in text
    assert "drill <1>" in text


def test_limits_when_loosened_then_orange_and_when_tightened_then_info(phone: Phone) -> None:
    phone.gateway.limits(daily_loss_fraction_max="0.05")
    phone.gateway.limits(daily_loss_fraction_max="0.02", totp=False)
    phone.deliver()

    assert "loosened: daily_loss_fraction_max" in phone.texts(PERSON)[0]
    assert phone.titles(GROUP) == ["\N{INFORMATION SOURCE} Limits changed"]


def test_reset_when_a_person_does_it_then_told_with_the_reason(phone: Phone) -> None:
    lose(phone)
    phone.deliver()
    path = "/accounts/demo/breakers/DAILY_LOSS/reset"
    answer = phone.gateway.call("POST", path, {"reason": "bad tick"}, headers=phone.gateway.next_totp())
    assert answer.status == 200, answer.text
    phone.deliver()

    assert phone.titles()[-1] == "\N{INFORMATION SOURCE} Breaker reset by an operator: entries are allowed again"
    assert "bad tick" in phone.texts()[-1]


def test_readings_when_equity_reads_zero_and_zero_again_then_one_alert_and_no_trip(phone: Phone) -> None:
    for seconds in (60, 0, 0):
        phone.gateway.advance(seconds=seconds)
        phone.gateway.snapshot("0")
    phone.deliver()

    assert phone.titles() == ["🟠 Unexpected account reading"]
    assert phone.gateway.account()["breakers"] == []


def test_denial_when_an_order_is_denied_then_nobody_is_told(phone: Phone) -> None:
    assert phone.gateway.submit(phone.gateway.order(quantity="50")).status == 422
    phone.deliver()

    assert phone.texts() == []


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_audit_entry_when_changed_or_removed_then_red(phone: Phone, name: str) -> None:
    lose(phone)
    record = phone.records(phone.gateway.aws.audit_table)[0]
    phone.fan_out([record | {"eventName": name}])
    phone.notify()

    assert phone.titles() == ["🔴 The audit log was edited"]


def alarm(state: str = "ALARM", before: str = "OK", **changes: Any) -> str:
    fields = {
        "AlarmName": "riskgate-JobNotSucceeding-monitor",
        "AlarmDescription": "The monitor did not succeed. Runbook: infra/runbooks/JobNotSucceeding.md",
        "NewStateValue": state,
        "OldStateValue": before,
        "NewStateReason": "no datapoints were received for 3 periods",
        "StateChangeTime": "2026-03-04T12:00:00.000+0000",
    }
    return json.dumps(fields | changes)


def on_topic(phone: Phone, text: str, message_id: str = "m1") -> None:
    sns = {"Message": text, "MessageId": message_id, "Timestamp": "2026-03-04T12:00:00.000Z"}
    phone.fan_out([{"EventSource": "aws:sns", "Sns": sns}])
    phone.notify()


def test_alarm_when_published_on_the_topic_then_red_with_its_runbook_and_once(phone: Phone) -> None:
    on_topic(phone, alarm())
    on_topic(phone, alarm(), "m2")
    on_topic(phone, alarm("OK", "ALARM", StateChangeTime="2026-03-04T12:10:00.000+0000"))
    # Made a moment ago: it is OK for the first time.
    on_topic(phone, alarm("OK", "INSUFFICIENT_DATA", AlarmName="riskgate-StreamAge-control"))

    assert phone.titles(PERSON) == ["🔴 Alarm: The monitor did not succeed"]
    assert "infra/runbooks/JobNotSucceeding.md" in phone.texts(PERSON)[0]
    assert phone.titles(GROUP) == ["\N{INFORMATION SOURCE} Alarm cleared: The monitor did not succeed"]
    # What came from the topic does not go back there.
    assert phone.published() == []


def test_alarm_when_its_metric_stops_then_told_as_one_that_goes_off_and_what_ends_it(phone: Phone) -> None:
    on_topic(phone, alarm("INSUFFICIENT_DATA"))
    on_topic(phone, alarm("OK", "INSUFFICIENT_DATA", StateChangeTime="2026-03-04T12:10:00.000+0000"))
    # To this one silence is good news.
    on_topic(phone, alarm("INSUFFICIENT_DATA", AlarmName="riskgate-StreamAge-control"))

    assert phone.titles(PERSON) == ["🔴 Alarm: The monitor did not succeed"]
    assert phone.titles(GROUP) == ["\N{INFORMATION SOURCE} Alarm cleared: The monitor did not succeed"]


def test_topic_when_somebody_writes_a_text_then_it_is_shown(phone: Phone) -> None:
    on_topic(phone, "maintenance at 22:00 <UTC>")

    assert "maintenance at 22:00 <UTC>" in phone.texts(GROUP)[0]


def test_probe_when_the_schedule_runs_then_it_travels_the_path_and_disturbs_nobody(
    phone: Phone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Subscribers of the topic, by e-mail for one, must not hear of it.
    monkeypatch.setattr(AlertTopic, "send", lambda *_: pytest.fail("the test of the path was published"))
    lambda_handler({}, phone.context())
    phone.gateway.advance(seconds=2)
    phone.announce()
    capsys.readouterr()
    phone.notify()

    assert phone.texts() == []
    assert [call["method"] for call in phone.api.calls] == ["getMe"]
    assert list(metrics_of(capsys.readouterr().out, "AlertPathSeconds")) == [[2.0]]


def test_delivery_when_it_took_a_while_then_the_metric_says_how_long(
    phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone.publish(phone.alert(Severity.RED))
    phone.gateway.advance(seconds=3)
    capsys.readouterr()
    phone.notify()

    assert list(metrics_of(capsys.readouterr().out, "AlertDeliverySeconds")) == [[3.0]]


def metrics_of(output: str, name: str) -> Iterator[list[float]]:
    for line in output.splitlines():
        if line.startswith("{"):
            body = json.loads(line)
            if "_aws" in body and name in body:
                yield body[name]


def test_record_when_nobody_can_read_it_then_it_is_put_aside_and_the_next_is_told(phone: Phone) -> None:
    lose(phone)
    records = phone.records(phone.gateway.aws.audit_table)
    broken = json.loads(json.dumps(records[0], default=str))
    broken["dynamodb"]["NewImage"]["entry"]["S"] = '{"account_id":'
    phone.fan_out([broken, *records])
    phone.notify()

    assert sorted(phone.titles()) == sorted(TRIP)
    assert phone.waiting(phone.stream_letters_url) == 1


@pytest.mark.parametrize("how", ["dictionary", "shape"])
def test_record_when_a_newer_version_wrote_it_then_the_batch_comes_again_and_nothing_is_put_aside(
    phone: Phone, how: str
) -> None:
    lose(phone)
    records = phone.records(phone.gateway.aws.audit_table)
    newer = copy.deepcopy(records[0])
    text = unpack(newer["dynamodb"]["NewImage"]["entry"])
    if how == "dictionary":
        packer = zlib.compressobj(zdict=b"what a newer version's documents have in common")
        newer["dynamodb"]["NewImage"]["entry"] = {"B": packer.compress(text) + packer.flush()}
    else:
        grown = json.loads(text) | {"schema_version": 99, "sequence": {"of": "later"}}
        newer["dynamodb"]["NewImage"]["entry"] = {"S": json.dumps(grown)}
    for hand_over in (phone.fan_out, phone.control):
        with pytest.raises(DocumentTooNew):
            hand_over([newer, *records[1:]])
    assert phone.waiting(phone.stream_letters_url) == 0
    # The newer version of the function reads it.
    phone.fan_out(records)
    phone.notify()
    assert sorted(phone.titles()) == sorted(TRIP)


def test_log_when_alerts_are_delivered_or_fail_then_the_token_is_not_in_it(
    phone: Phone, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    phone.publish(phone.alert())
    phone.notify()
    phone.server.api.token = "1000000002:other"
    phone.publish(phone.alert())
    phone.notify()

    captured = capsys.readouterr()
    for text in (captured.out, captured.err, caplog.text):
        assert TOKEN not in text
        assert TOKEN.partition(":")[2] not in text


def test_token_when_it_was_replaced_then_what_waited_is_shown(phone: Phone) -> None:
    new = "1000000002:AAnewTokenThatNoServerEverKnewNorWill000"
    phone.server.api.token = new
    phone.publish(phone.alert())
    phone.notify()
    assert phone.texts() == []
    secret = json.loads(phone.gateway.aws.secretsmanager.get_secret_value(SecretId=TELEGRAM_SECRET_ID)["SecretString"])
    phone.gateway.aws.secretsmanager.put_secret_value(
        SecretId=TELEGRAM_SECRET_ID, SecretString=json.dumps(secret | {"token": new})
    )
    phone.gateway.advance(minutes=1)
    phone.tick()

    assert len(phone.texts()) == 1


def test_telegram_when_no_token_is_set_then_alerts_pass_and_nothing_is_kept(phone: Phone) -> None:
    text = json.dumps({"token": "", "chats": {}})
    phone.gateway.aws.secretsmanager.put_secret_value(SecretId=TELEGRAM_SECRET_ID, SecretString=text)
    wiring.secrets().clear()
    phone.publish(phone.alert())
    phone.notify()

    assert phone.waiting(phone.queue_url) == 0
    assert phone.texts() == []


def test_queue_when_a_message_is_no_alert_then_it_ends_among_the_dead_letters(phone: Phone) -> None:
    boto3.client("sqs").send_message(
        QueueUrl=phone.queue_url, MessageBody="{}", MessageGroupId="x", MessageDeduplicationId="x"
    )
    for _ in range(6):
        messages = phone.receive()
        if messages:
            assert phone.invoke([to_lambda_record(message) for message in messages])
        phone.gateway.advance(minutes=2)

    assert phone.waiting(phone.dead_letters_url) == 1


def test_acknowledgement_when_given_then_told_and_in_the_log(phone: Phone) -> None:
    lose(phone)
    names = acknowledge_alert(Acting(deps=wiring.deps(), actor="telegram:1", now=phone.gateway.now), "demo", "")
    again = acknowledge_alert(Acting(deps=wiring.deps(), actor="telegram:1", now=phone.gateway.now), "demo", "")
    phone.deliver()

    assert names == ("DAILY_LOSS",)
    assert again == ()
    assert "Alert acknowledged" in phone.titles(GROUP)[-1]


def test_chats_when_a_person_blocks_the_bot_then_the_deputy_gets_it(phone: Phone) -> None:
    phone.api.add_fault(Fault(kind="forbidden", count=None, chat_id=PERSON))
    phone.publish(phone.alert(Severity.RED))
    phone.notify()

    assert len(phone.texts(DEPUTY)) == 1
    assert phone.texts(PERSON) == []


def put_report(phone: Phone, worst: str) -> None:
    """Store risk figures as the risk jobs do."""
    report = build_report(
        {}, as_of=phone.gateway.now, scenario_pnl=(Decimal(worst),) * 60, stress_pnl={"c": Decimal(-1)}
    )
    document = {"document": {"S": encode(report).decode()}}
    phone.gateway.aws.dynamodb.put_item(
        TableName=phone.gateway.aws.state_table, Item=items.report_key("demo") | document
    )


def watch(phone: Phone) -> bool:
    return watch_levels(Acting(deps=wiring.deps(), actor="job:monitor", now=phone.gateway.now), "demo")


def test_watch_when_risk_figures_cross_a_level_then_told_once_and_else_nothing_is_written(phone: Phone) -> None:
    assert not watch(phone)
    put_report(phone, "-8000")
    assert watch(phone)
    assert not watch(phone)
    phone.deliver()

    (text,) = phone.texts()
    assert text.startswith("🟠 Three quarters of the limit used")
    assert "VAR_LIMIT" in text
    assert "8.00 % of 10.00 %" in text


def test_watch_when_the_figures_are_too_old_then_they_tell_nothing(phone: Phone) -> None:
    put_report(phone, "-8000")
    phone.gateway.advance(days=3)

    assert not watch(phone)


def test_watch_when_the_day_turns_on_a_silent_account_then_the_breaker_clears_and_is_told(phone: Phone) -> None:
    lose(phone)
    phone.deliver()
    phone.gateway.advance(hours=13)
    assert watch(phone)
    phone.deliver()

    assert phone.titles()[-1] == "\N{INFORMATION SOURCE} Breaker cleared: entries are allowed again"


def test_watch_when_red_lasts_on_a_silent_account_then_a_reminder_an_hour(phone: Phone) -> None:
    lose(phone)
    phone.deliver()
    for _ in range(12):
        phone.gateway.advance(minutes=10)
        watch(phone)
        phone.deliver()

    assert len([title for title in phone.titles(PERSON) if "Still at the limit" in title]) == 2
