"""Fills that slipped in after a stop: what had stopped the order, and what did not slip in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Breaker, Heartbeat
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.order import Order
from riskgate.core.safeguards.late_fills import list_stops_passed
from tests.support.builders import (
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    build_account,
    build_order,
    build_position,
    dec,
)

TINY = timedelta(microseconds=1)
DECIDED, FILLED = NOW - MINUTE, NOW
KEY = build_position().key
FLAGS = [
    KillSwitch(scope="global", key="", engaged=True),
    KillSwitch(scope="strategy", key="trend", engaged=False),
    KillSwitch(scope="symbol", key=SPOT, engaged=None),
]


def passed(
    state: AccountState, order: Order | None = None, flags: list[KillSwitch] | None = None, quantity: str = "1"
) -> tuple[str, ...]:
    return list_stops_passed(
        state, order or build_order(), flags or [], dec(quantity), decided_at=DECIDED, executed_at=FILLED
    )


def tripped(**changes: Any) -> AccountState:
    return build_account(breakers={"B": Breaker(**({"tripped_at": NOW - 30 * SECOND} | changes))})


def test_fill_when_switches_are_engaged_then_each_is_named() -> None:
    assert passed(build_account(), flags=FLAGS) == ("kill switch global", f"kill switch symbol {SPOT}")
    assert passed(build_account()) == ()


@pytest.mark.parametrize(("off", "is_told"), [(-TINY, True), (timedelta(), False), (TINY, False)])
def test_fill_when_executed_before_the_switch_then_it_did_not_slip_in(off: timedelta, is_told: bool) -> None:
    assert bool(passed(build_account(killed_at=FILLED + off), flags=FLAGS)) is is_told


@pytest.mark.parametrize(
    ("held", "changes", "quantity", "is_told"),
    [
        ("10", {}, "1", True),
        ("10", {"side": SELL}, "1", False),
        ("10", {"side": SELL}, "20", False),
        ("10", {"side": SELL}, "21", True),
        ("-10", {}, "1", False),
        ("-10", {"side": SELL}, "1", True),
        ("10", {"reduce_only": True}, "1", False),
        ("10", {"operator_exit": True}, "1", False),
    ],
)
def test_fill_when_it_reduces_then_nothing_stopped_it(
    held: str, changes: dict[str, Any], quantity: str, is_told: bool
) -> None:
    state = build_account(positions=[build_position(held, SWAP)])
    assert bool(passed(state, build_order(symbol=SWAP, **changes), FLAGS, quantity)) is is_told


@pytest.mark.parametrize(
    ("at", "is_told"),
    [
        (DECIDED, True),
        (DECIDED - TINY, False),
        (FILLED - TINY, True),
        (FILLED, False),
    ],
)
def test_fill_when_a_breaker_tripped_between_decision_and_fill_then_named(at: Any, is_told: bool) -> None:
    assert passed(tripped(tripped_at=at)) == (("breaker B",) if is_told else ())


@pytest.mark.parametrize(
    ("scope", "key", "is_told"),
    [
        ("account", "", True),
        ("symbol", KEY, True),
        ("symbol", "other", False),
        ("strategy", "trend", True),
        ("strategy", "grid", False),
    ],
)
def test_fill_when_a_breaker_is_of_something_else_then_not_named(scope: str, key: str, is_told: bool) -> None:
    assert bool(passed(tripped(scope=scope, key=key))) is is_told


@pytest.mark.parametrize(
    ("ago", "is_told"),
    [(60 * SECOND + TINY, True), (60 * SECOND, False), (120 * SECOND, True), (120 * SECOND + TINY, False)],
)
def test_fill_when_a_heartbeat_was_due_between_then_named(ago: timedelta, is_told: bool) -> None:
    beats = {"trend": Heartbeat(at=FILLED - ago, interval_seconds=60)}
    assert passed(build_account(heartbeats=beats)) == (("heartbeat of trend missed",) if is_told else ())
    assert passed(build_account(heartbeats={"grid": beats["trend"]})) == ()


def test_fill_when_the_missed_heartbeat_tripped_a_breaker_then_named_once() -> None:
    beats = {"trend": Heartbeat(at=FILLED - 90 * SECOND, interval_seconds=60)}
    silent = Breaker(tripped_at=NOW - SECOND, scope="strategy", key="trend")
    other = Breaker(tripped_at=NOW - SECOND)
    state = build_account(heartbeats=beats, breakers={"HEARTBEAT_MISSED trend": silent})
    assert passed(state) == ("breaker HEARTBEAT_MISSED trend",)
    state = build_account(heartbeats=beats, breakers={"MANUAL_STOP": other})
    assert passed(state) == ("breaker MANUAL_STOP", "heartbeat of trend missed")
