"""The filters of the table streams let through what the functions behind them act on, and little else."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from riskgate.core.alerts.alerts import ANNOUNCED_EVENTS
from riskgate.core.ledger.events import EVENT_TYPES
from tests.template.reading import Resources

STREAM_HOURS = 24


def patterns_of(resources: Resources, source: str) -> list[str]:
    """Return the patterns of an event source mapping; a record passes where one of them matches."""
    return [found["Pattern"] for found in resources[source]["Properties"]["FilterCriteria"]["Filters"]]


def passes(patterns: list[str], record: dict[str, Any]) -> bool:
    return any(EventPattern.load(pattern).matches_event(record) for pattern in patterns)


def entry(event: str, notices: int = 0, name: str = "INSERT") -> dict[str, Any]:
    """Return what of an audit entry's record the filters look at."""
    image = {"event": {"S": event}, "notices": {"N": str(notices)}}
    return {"eventName": name, "dynamodb": {"NewImage": image}}


def test_audit_stream_when_filtered_then_it_names_the_events_that_are_announced(resources: Resources) -> None:
    filters = [json.loads(pattern) for pattern in patterns_of(resources, "AlertFanoutSource")]
    named = [
        name
        for found in filters
        for name in found.get("dynamodb", {}).get("NewImage", {}).get("event", {}).get("S", [])
    ]

    assert sorted(named) == sorted(ANNOUNCED_EVENTS)


@pytest.mark.parametrize("event", sorted(EVENT_TYPES))
def test_entry_when_it_has_nothing_to_tell_then_it_invokes_nothing(resources: Resources, event: str) -> None:
    patterns = patterns_of(resources, "AlertFanoutSource")

    assert passes(patterns, entry(event)) is (event in ANNOUNCED_EVENTS)
    assert passes(patterns, entry(event, notices=1))
    assert passes(patterns, entry(event, notices=12))


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_entry_when_it_was_edited_or_removed_then_it_is_told(resources: Resources, name: str) -> None:
    record = entry("snapshot_recorded", name=name)
    if name == "REMOVE":
        del record["dynamodb"]["NewImage"]

    assert passes(patterns_of(resources, "AlertFanoutSource"), record)


def test_breaker_stream_when_filtered_then_new_entries_with_notices_and_closed_orders_pass(
    resources: Resources,
) -> None:
    patterns = patterns_of(resources, "BreakerSource")

    assert passes(patterns, entry("fill_recorded", notices=2))
    assert passes(patterns, entry("order_closed"))
    assert not passes(patterns, entry("order_closed", name="MODIFY"))
    assert not passes(patterns, entry("fill_recorded"))
    assert not passes(patterns, entry("fill_recorded", notices=2, name="MODIFY"))


@pytest.mark.parametrize(
    ("partition", "told"), [("KILL_SWITCH", True), ("KILL_SWITCH_GUARD#07", False), ("LIMITS", False)]
)
@pytest.mark.parametrize("name", ["INSERT", "MODIFY", "REMOVE"])
def test_control_stream_when_filtered_then_kill_switches_alone_pass(
    resources: Resources, partition: str, told: bool, name: str
) -> None:
    record = {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": partition}, "sk": {"S": "GLOBAL"}}}}

    assert passes(patterns_of(resources, "ControlStreamSource"), record) is told


@pytest.mark.parametrize("source", ["AlertFanoutSource", "ControlStreamSource", "BreakerSource"])
def test_stream_when_a_record_fails_for_hours_then_it_is_put_aside_before_the_stream_forgets_it(
    resources: Resources, source: str
) -> None:
    mapping = resources[source]["Properties"]

    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert 3_600 <= mapping["MaximumRecordAgeInSeconds"] < STREAM_HOURS * 3_600
    assert "MaximumRetryAttempts" not in mapping, "an outage must not use up the attempts"
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["StreamDeadLetterQueue", "Arn"]}
