"""From the audit log's stream, and from what others publish on the alert topic, to everybody who is to know."""

from datetime import UTC, datetime, timedelta
from typing import Any

from riskgate.adapters.aws.alert_channel import AlertQueue, AlertTopic
from riskgate.adapters.aws.clients import sns_client, sqs_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.alerts.wording import advise
from riskgate.core.severity import Severity
from riskgate.observability import MetricUnit, log_action, logger, metrics
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.streams import StreamRecord, keys_of, read_image
from riskgate.runtime.settings import Name, Settings, load
from riskgate.schemas.messages.alarm import read_topic_message

ALERT_ANNOUNCED = "alert_announced"
ENTRY_ANNOUNCED = "entry_announced"
#: The fewest days that a deployment keeps entries in their table (parameter KeepDays).
KEEP_DAYS_MIN = 35
#: Who removes an item whose time is over, as a stream names it.
TIME_TO_LIVE = "dynamodb.amazonaws.com"
PROBES = frozenset({AlertKind.PROBE})


class AlertSettings(Settings, frozen=True):
    """Where alerts go."""

    alert_queue_url: Name
    alert_topic_arn: Name


@lazy
def alert_queue() -> AlertQueue:
    """Return the notifier's queue."""
    return AlertQueue(sqs_client(), load(AlertSettings).alert_queue_url)


@lazy
def alert_topic() -> AlertTopic:
    """Return the alert topic."""
    return AlertTopic(sns_client(), load(AlertSettings).alert_topic_arn)


def handle_entry(record: StreamRecord) -> None:
    """Announce one new audit entry; an entry that was changed or removed is an alert by itself.

    Not so one that is old enough to be archived: the archive sets when it goes, and DynamoDB removes it then.

    Raises ValueError, KeyError: the record is no audit entry; Transient: it has to come again.
    """
    sinks = (alert_queue(), alert_topic())
    if record["eventName"] != "INSERT":
        if _is_ending(record):
            return
        edited = describe_edit(record)
        for sink in sinks:
            sink.send(edited)
        _count(edited)
        return
    started = utc_now()
    entry = read_image(record)
    with logger.append_context_keys(account_id=entry.account_id, **keys_of(entry)):
        alerts = announce_entry(entry, sinks)
        for alert in alerts:
            _count(alert)
        log_action(
            ENTRY_ANNOUNCED,
            entry.event,
            request={"sequence": entry.sequence, "actor": entry.actor},
            response={"alerts": len(alerts)},
            duration_ms=(utc_now() - started) // timedelta(milliseconds=1),
        )


def handle_topic_message(record: dict[str, Any]) -> None:
    """Bring what others published, alarms above all, to the notifier.

    Raises Transient: the topic delivers it again.
    """
    message = record["Sns"]
    sent_at = datetime.fromisoformat(message["Timestamp"]).astimezone(UTC)
    alert = read_topic_message(message["Message"], message_id=message["MessageId"], sent_at=sent_at)
    if alert is not None:
        # Our own alerts come by here too: the queue and the outbox know them already.
        alert_queue().send(alert)
        if "schema_version" not in message.get("MessageAttributes", {}):
            _count(alert)


def _is_ending(record: StreamRecord) -> bool:
    """Tell whether an old entry got its time to go, or went by it."""
    change = record["dynamodb"]
    before, after = dict(change.get("OldImage", {})), dict(change.get("NewImage", {}))
    if "at" not in before:
        return False
    changed_at = datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC)
    if changed_at - datetime.fromisoformat(before["at"]["S"]) < timedelta(days=KEEP_DAYS_MIN):
        return False
    if record["eventName"] == "REMOVE":
        return "ttl" in before and record.get("userIdentity", {}).get("principalId") == TIME_TO_LIVE
    before.pop("ttl", None)
    return "ttl" in after and after.pop("ttl") is not None and before == after


def describe_edit(record: StreamRecord) -> Alert:
    """Return the alert of an audit entry that was changed or removed: nothing of ours ever does that."""
    change = record["dynamodb"]
    keys, kind = change["Keys"], AlertKind.AUDIT_EDITED
    advice, account = advise(kind), keys["account_id"]["S"]
    verb = "removed" if record["eventName"] == "REMOVE" else "changed"
    return Alert(
        id=f"audit-edit:{record['eventID']}",
        kind=kind,
        severity=Severity.RED,
        account="" if account == GATEWAY_CHAIN else account,
        title=advice.title,
        action=advice.action,
        detail=f"entry {keys['sequence']['N']} was {verb}",
        at=datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC),
    )


def _count(alert: Alert) -> None:
    logger.info(ALERT_ANNOUNCED, alert_id=alert.id, kind=alert.kind.value, severity=alert.severity.value)
    if alert.kind not in PROBES:
        metrics.add_metric(name="AlertsAnnounced", unit=MetricUnit.Count, value=1)
