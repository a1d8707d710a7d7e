"""HEARTBEAT_MISSED: a strategy that went silent adds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Heartbeat
from riskgate.core.codes import DenyCode
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.HEARTBEAT_MISSED


def silent_for(seconds: float) -> AccountState:
    beat = Heartbeat(at=NOW - timedelta(seconds=seconds), interval_seconds=60)
    return build_account(heartbeats={"trend": beat}, positions=[build_position(10, "ETH/USDT")])


@pytest.mark.parametrize(("seconds", "outcome"), [(0, PASSED), (60, PASSED), (60.001, VIOLATED), (86_400, VIOLATED)])
def test_entry_when_the_heartbeat_is_overdue_then_denied(seconds: float, outcome: object) -> None:
    assert run_check(CODE, build_order(), silent_for(seconds)).outcome is outcome


def test_entry_when_another_strategy_is_silent_then_disabled() -> None:
    assert run_check(CODE, build_order(strategy="carry"), silent_for(999)).outcome is DISABLED


def test_entry_when_the_heartbeat_is_from_the_future_then_denied() -> None:
    assert run_check(CODE, build_order(), silent_for(-3600)).outcome is VIOLATED


def test_exit_when_the_heartbeat_is_overdue_then_exempt() -> None:
    assert run_check(CODE, build_order(symbol="ETH/USDT", side=SELL), silent_for(999)).outcome is NOT_APPLICABLE


def test_strategy_when_it_promised_no_heartbeat_then_disabled() -> None:
    assert run_check(CODE, build_order()).outcome is DISABLED
