"""Heartbeats: a strategy that promised signs of life may only reduce while one is overdue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.callers import BOT, READER
from tests.support.gateway import ACCOUNT_ID, Answer, Gateway

PATH = f"/accounts/{ACCOUNT_ID}/heartbeats/trend"


def beat(gateway: Gateway, interval_seconds: Any = 60, **fields: Any) -> Answer:
    return gateway.call("PUT", PATH, {"interval_seconds": interval_seconds}, caller=BOT, **fields)


def sequence(gateway: Gateway) -> int:
    """Return how many audit entries the account has."""
    return int(gateway.account()["state_version"])


def test_strategy_when_it_promised_and_is_silent_then_only_exits_pass_until_it_beats_again(gateway: Gateway) -> None:
    gateway.fill(gateway.approved(), "0.1")
    assert beat(gateway).body["due_at"] == "2026-03-04T12:01:00Z"
    gateway.advance(seconds=60)
    gateway.refresh_quotes()
    assert gateway.check(quantity="0.01").body["decision"] == "approved"

    gateway.advance(seconds=1)
    denied = gateway.submit(quantity="0.01")
    assert denied.code == "TRADING_REDUCING"
    assert "HEARTBEAT_MISSED" in denied.violated
    assert gateway.submit(side="sell", quantity="0.01", price="51000", stop_loss_price=None).status == 201
    assert gateway.submit(strategy="mean", quantity="0.01").status == 201
    account = gateway.account()
    assert account["trading_state"] == "ACTIVE"
    (breaker,) = account["breakers"]
    assert (breaker["name"], breaker["scope"], breaker["key"]) == ("HEARTBEAT_MISSED", "strategy", "trend")
    assert account["heartbeats"][0]["overdue"] is True

    assert beat(gateway).body["recorded"] is True
    assert gateway.account()["breakers"] == []
    assert gateway.submit(quantity="0.011").status == 201


def test_beat_when_it_comes_soon_after_the_last_then_answered_and_not_recorded(gateway: Gateway) -> None:
    beat(gateway)
    before = sequence(gateway)

    gateway.advance(seconds=29)
    early = beat(gateway)
    assert (early.body["recorded"], early.body["due_at"]) == (False, "2026-03-04T12:01:00Z")
    assert sequence(gateway) == before

    gateway.advance(seconds=1)
    assert beat(gateway).body["due_at"] == "2026-03-04T12:01:30Z"
    assert sequence(gateway) == before + 1


def test_strategy_when_it_beats_far_more_often_than_promised_then_never_missed_and_the_log_stays_small(
    gateway: Gateway,
) -> None:
    beat(gateway)
    before = sequence(gateway)
    for _ in range(60):
        gateway.advance(seconds=7)
        assert beat(gateway).body["overdue"] is False
        assert gateway.account()["breakers"] == []
    assert sequence(gateway) - before <= 420 / 30


def test_beat_when_it_promises_another_interval_then_recorded_at_once(gateway: Gateway) -> None:
    beat(gateway)

    assert beat(gateway, 600).body == {
        "strategy": "trend",
        "interval_seconds": 600,
        "due_at": "2026-03-04T12:10:00Z",
        "overdue": False,
        "recorded": True,
        "trading_state": "ACTIVE",
    }


def test_strategy_when_it_promises_no_more_then_free_of_it(gateway: Gateway) -> None:
    beat(gateway)
    gateway.advance(seconds=61)
    gateway.refresh_quotes()
    assert gateway.submit().status == 422

    assert gateway.call("DELETE", PATH, caller=BOT).status == 200
    assert gateway.account()["heartbeats"] == gateway.account()["breakers"] == []
    assert gateway.submit().status == 201
    assert gateway.call("DELETE", PATH, caller=BOT).code == "HEARTBEAT_NOT_FOUND"


@pytest.mark.parametrize("interval", [4, 86_401, 0, -1, "60", 1.5, None, True])
def test_beat_when_its_interval_makes_no_sense_then_400(gateway: Gateway, interval: Any) -> None:
    assert beat(gateway, interval).status == 400


def test_beat_when_the_caller_may_only_read_then_403(gateway: Gateway) -> None:
    assert gateway.call("PUT", PATH, {"interval_seconds": 60}, caller=READER).status == 403
