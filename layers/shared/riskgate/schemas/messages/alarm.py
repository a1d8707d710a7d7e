"""What CloudWatch says on the alert topic, and what anybody else does, as alerts."""

import json
from datetime import datetime
from typing import Any

from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.errors import InvalidRequest
from riskgate.core.severity import Severity
from riskgate.schemas.messages.alert import read_alert

#: Alarms that mean that trading is unwatched, or that something may be lost; all others are orange.
RED_ALARMS = (
    "EquityStale",
    "JobNotSucceeding",
    "JobFailures",
    "StreamAge",
    "DeadLetters",
    "AlertPathBroken",
    "ChatUnreachable",
    "ApiServerErrors",
)
#: Alarms that go off when a metric stops, which CloudWatch calls INSUFFICIENT_DATA; to the others silence is good news.
SILENCE_ALARMS = ("JobNotSucceeding", "AlertPathBroken", "ClosesBehind")
_RUNBOOK = " Runbook: "


def read_topic_message(text: str, *, message_id: str, sent_at: datetime) -> Alert | None:
    """Return what arrived (an alarm, an alert, any text) as an alert; None for what nobody needs to hear of.

    `message_id` is the topic's: the same for a repetition.
    """
    try:
        return read_alert(text)
    except InvalidRequest:
        fields = _read_object(text)
    if "AlarmName" in fields and "NewStateValue" in fields:
        return _read_alarm(fields, sent_at)
    return Alert(
        id=f"sns:{message_id}",
        kind=AlertKind.MESSAGE,
        severity=Severity.INFO,
        account="",
        title="Message on the alert topic",
        detail=text[:1_000],
        at=sent_at,
    )


def is_silence_alarm(name: str) -> bool:
    """Tell whether an alarm goes off when its metric stops."""
    return any(part in name for part in SILENCE_ALARMS)


def _read_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _read_alarm(fields: dict[str, Any], sent_at: datetime) -> Alert | None:
    name, state = str(fields["AlarmName"]), str(fields["NewStateValue"])
    going_off = {"ALARM", "INSUFFICIENT_DATA"} if is_silence_alarm(name) else {"ALARM"}
    raised = state in going_off
    if not raised and (state != "OK" or fields.get("OldStateValue") not in going_off):
        # Others begin without data, and are OK for the first time: no news.
        return None
    is_red = any(part in name for part in RED_ALARMS)
    severity = (Severity.RED if is_red else Severity.ORANGE) if raised else Severity.INFO
    description, _, runbook = str(fields.get("AlarmDescription") or "").partition(_RUNBOOK)
    changed = str(fields.get("StateChangeTime") or sent_at.isoformat())
    return Alert(
        id=f"alarm:{name}:{state}:{changed}"[-128:],
        kind=AlertKind.ALARM if raised else AlertKind.ALARM_CLEARED,
        severity=severity,
        account="",
        title=f"Alarm: {description.rstrip('.') or name}"
        if raised
        else f"Alarm cleared: {description.rstrip('.') or name}",
        name=name,
        action=f"Runbook: {runbook}" if raised and runbook else "",
        detail=str(fields.get("NewStateReason") or "") if raised else "",
        at=sent_at,
    )
