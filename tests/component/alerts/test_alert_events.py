"""The sample events of the alert functions do as they claim: the same files serve `sam local invoke`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from tests.support.alert_path import Phone

EVENTS = Path(__file__).resolve().parents[3] / "events"
FUNCTIONS = ("alert_fanout", "control_stream", "telegram_notifier")


def invoke(phone: Phone, name: str) -> object:
    handler = import_module(f"functions.{name.partition('/')[0]}.app").lambda_handler
    return handler(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")), phone.context())


def test_events_when_invoked_then_each_does_what_it_is_called() -> None:
    files = {f"{path.parent.name}/{path.stem}" for name in FUNCTIONS for path in (EVENTS / name).glob("*.json")}

    assert files == {
        "alert_fanout/alarm",
        "alert_fanout/breaker_tripped",
        "control_stream/raw_edit",
        "control_stream/tick",
        "telegram_notifier/breaker_tripped",
        "telegram_notifier/tick",
    }


def test_entry_event_when_fanned_out_then_the_notifiers_event_shows_the_same(phone: Phone) -> None:
    phone.gateway.traveller.move_to("2026-03-04T12:01:05Z", tick=False)
    invoke(phone, "alert_fanout/breaker_tripped")
    phone.notify()
    shown = phone.texts()
    assert len(shown) == 1
    # The same alert, by another way.
    assert invoke(phone, "telegram_notifier/breaker_tripped") == {"batchItemFailures": []}
    invoke(phone, "telegram_notifier/tick")

    assert phone.texts() == shown


def test_alarm_event_when_fanned_out_then_shown(phone: Phone) -> None:
    invoke(phone, "alert_fanout/alarm")
    phone.notify()

    assert phone.titles() == ["🔴 Alarm: The monitor does not run"]


def test_edit_event_when_handled_then_told_and_its_probe_arrives(phone: Phone) -> None:
    invoke(phone, "control_stream/raw_edit")
    invoke(phone, "control_stream/tick")
    phone.deliver()

    assert phone.titles() == ["🔴 Kill switch engaged"]
    assert sorted(call["method"] for call in phone.api.calls) == ["getMe", "sendMessage"]
