"""The alert message and what else arrives on the topic: written, read back, and never guessed at."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.errors import GatewayError, InvalidRequest
from riskgate.core.severity import Severity
from riskgate.schemas.messages.alarm import read_topic_message
from riskgate.schemas.messages.alert import SCHEMA_VERSION, alert_attributes, read_alert, write_alert
from riskgate.schemas.secrets.telegram import API_URL, read_telegram_secret
from tests.support import alert_samples as samples

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
SAMPLES = tuple(samples.list_samples())


def read(text: str) -> Alert | None:
    return read_topic_message(text, message_id="m1", sent_at=AT)


@pytest.mark.parametrize("alert", SAMPLES, ids=lambda alert: alert.kind.value)
def test_alert_when_written_and_read_back_then_the_same(alert: Alert) -> None:
    assert read_alert(write_alert(alert)) == alert
    assert json.loads(write_alert(alert))["schema_version"] == SCHEMA_VERSION


@pytest.mark.parametrize("alert", SAMPLES, ids=lambda alert: alert.kind.value)
def test_attributes_when_written_then_sns_takes_them(alert: Alert) -> None:
    told = {"schema_version", "severity", "account", "kind"} | ({"trace_id"} if alert.trace_id else set())
    assert set(alert_attributes(alert)) == told
    assert all(alert_attributes(alert).values())


def test_alert_when_it_has_fields_nobody_knows_yet_then_read() -> None:
    text = json.dumps(json.loads(write_alert(SAMPLES[0])) | {"new_field": 1})

    assert read_alert(text) == SAMPLES[0]


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", '{"schema_version": 2}', '{"schema_version": 1}'])
def test_text_when_it_is_no_alert_of_this_version_then_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_alert(text)


def test_ids_when_the_samples_are_listed_then_the_queue_takes_them() -> None:
    assert all(0 < len(alert.id) <= 128 for alert in SAMPLES)


def alarm(**changes: str) -> str:
    fields = {"AlarmName": "s-OrderQueueAge", "NewStateValue": "ALARM", "OldStateValue": "OK"}
    return json.dumps(fields | {"StateChangeTime": "t1"} | changes)


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, Severity.ORANGE),
        ({"AlarmName": "s-OrderDeadLetters"}, Severity.RED),
        ({"AlarmName": "s-JobNotSucceeding-monitor"}, Severity.RED),
        ({"AlarmName": "s-JobFailures-monitor"}, Severity.RED),
        ({"NewStateValue": "OK", "OldStateValue": "ALARM"}, Severity.INFO),
        ({"AlarmName": "s-JobNotSucceeding-var", "NewStateValue": "INSUFFICIENT_DATA"}, Severity.RED),
        ({"AlarmName": "s-AlertPathBroken", "NewStateValue": "INSUFFICIENT_DATA"}, Severity.RED),
        ({"AlarmName": "s-ClosesBehind", "NewStateValue": "INSUFFICIENT_DATA"}, Severity.ORANGE),
        ({"AlarmName": "s-ClosesBehind", "NewStateValue": "OK", "OldStateValue": "INSUFFICIENT_DATA"}, Severity.INFO),
    ],
)
def test_alarm_when_it_changes_then_as_grave_as_what_it_watches(changes: dict[str, str], severity: Severity) -> None:
    alert = read(alarm(**changes))

    assert alert is not None
    assert alert.severity is severity


@pytest.mark.parametrize(
    "changes",
    [
        {"NewStateValue": "INSUFFICIENT_DATA"},
        {"NewStateValue": "OK", "OldStateValue": "INSUFFICIENT_DATA"},
    ],
)
def test_alarm_when_it_only_starts_to_watch_then_no_news(changes: dict[str, str]) -> None:
    assert read(alarm(**changes)) is None


def test_alarm_when_repeated_then_the_same_id_and_another_change_another() -> None:
    once, again, other = read(alarm()), read(alarm()), read(alarm(StateChangeTime="t2"))

    assert once is not None
    assert again is not None
    assert other is not None
    assert once.id == again.id != other.id


@given(text=st.text(max_size=300))
def test_topic_when_anybody_writes_anything_then_it_is_shown_as_text(text: str) -> None:
    alert = read(text)

    assert alert is not None
    assert alert.kind is AlertKind.MESSAGE
    assert alert.detail == text


def test_topic_when_an_alert_is_published_by_hand_then_it_is_that_alert() -> None:
    assert read(write_alert(SAMPLES[0])) == SAMPLES[0]


def test_secret_when_read_then_chats_by_severity_with_a_default() -> None:
    secret = read_telegram_secret(
        json.dumps({"token": "t", "chats": {"default": [1], "red": ["2", 2, 3], "info": [], "fallback": [9]}, "x": 1})
    )

    assert secret.api_url == API_URL
    assert secret.chats_of(Severity.RED) == ("2", "3")
    assert secret.chats_of(Severity.YELLOW) == ("1",)
    assert secret.chats_of(Severity.INFO) == ()
    assert secret.fallback == "9"


@pytest.mark.parametrize("text", ["", "{}", '{"token": 5}', '{"token": "s3cr3t", "chats": [1]}', "s3cr3t"])
def test_secret_when_it_is_none_then_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(GatewayError) as refused:
        read_telegram_secret(text)

    assert refused.value.code == "SECRET_UNREADABLE"
    assert "s3cr3t" not in str(refused.value)
    assert refused.value.__cause__ is None
