"""A kill switch on its way to every account: finished whatever breaks in between, and nothing of it done twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from riskgate.app.safeguards import carry_out_change as fan_out
from riskgate.runtime import wiring
from tests.component.alerts.test_table_edits import changes, put_raw
from tests.support.alert_path import Phone
from tests.support.gateway import ACCOUNT_ID

OTHERS = ("second", "third")


class Crash(BaseException):
    """The function's process ends here."""


@contextmanager
def crashing_at(step: int) -> Iterator[list[int]]:
    """End the process before its n-th request to DynamoDB or to a queue; yields what was counted."""
    count = [0]

    def before_send(**_: Any) -> None:
        count[0] += 1
        if count[0] == step:
            raise Crash

    store: Any = wiring.deps().store
    clients: list[tuple[Any, str]] = [(store._client, "dynamodb"), (wiring.queue()._client, "sqs")]
    for client, service in clients:
        client.meta.events.register_first(f"before-send.{service}", before_send)
    try:
        yield count
    finally:
        for client, service in clients:
            client.meta.events.unregister(f"before-send.{service}", before_send)


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_fan_out_when_it_crashes_at_any_step_then_a_repetition_finishes_it_and_repeats_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "ACCOUNTS_PER_SLICE", 2)
    for account in OTHERS:
        phone.gateway.register(account)
    phone.note_edits()
    step, crashed, engaged = 0, True, False
    told = {account: len(changes(account)) for account in (ACCOUNT_ID, *OTHERS, "gateway")}
    while crashed:
        step, engaged, crashed = step + 1, not engaged, False
        phone.gateway.advance(seconds=400)
        put_raw(phone, engaged=engaged)
        records = phone.edits()
        try:
            with crashing_at(step):
                phone.control(records)
                phone.follow()
        except Crash:
            crashed = True
            phone.gateway.advance(seconds=60)
            phone.control(records)
            phone.follow()
        for account, before in told.items():
            entries = changes(account)
            assert len(entries) == before + step, f"{account} after a crash at step {step}"
            assert entries[-1][1] is engaged
        progress = phone.gateway.call("GET", "/kill-switch").body["kill_switches"][0]["progress"]
        assert (progress["complete"], progress["accounts_noted"]) == (True, 3), f"after a crash at step {step}"
    assert step > 10, "every step of the way was tried"
