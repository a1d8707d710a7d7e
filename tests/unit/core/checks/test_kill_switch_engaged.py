"""KILL_SWITCH_ENGAGED: any matching flag stops any order, exits too."""

from __future__ import annotations

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.kill_switch import KillSwitch
from tests.support.builders import (
    PASSED,
    RELEASED,
    SELL,
    VENUE,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    evaluate_order,
    run_check,
)

CODE = DenyCode.KILL_SWITCH_ENGAGED
SCOPES = [("global", ""), ("account", "demo"), ("venue", VENUE), ("strategy", "trend"), ("symbol", "BTC/USDT")]


def test_flag_when_released_then_passes() -> None:
    assert run_check(CODE, build_order()).outcome is PASSED


@pytest.mark.parametrize(("scope", "key"), SCOPES)
def test_flag_when_engaged_in_any_scope_then_denied_with_its_reason(scope: str, key: str) -> None:
    flags = (RELEASED, KillSwitch(scope=scope, key=key, engaged=True, reason="venue outage"))

    result = run_check(CODE, build_order(), kill_switches=flags)

    assert result.outcome is VIOLATED
    assert scope in result.message
    assert "venue outage" in result.message


def test_flag_when_engaged_and_everything_else_wrong_too_then_it_names_the_answer() -> None:
    flags = (KillSwitch(scope="global", key="", engaged=True),)

    assert evaluate_order(build_order(-1, -1), kill_switches=flags, instrument=None, quote=None).code is CODE


def test_flag_when_engaged_then_an_exit_is_denied_too() -> None:
    state = build_account(positions=[build_position(10)])
    flags = (KillSwitch(scope="global", key="", engaged=True),)

    assert run_check(CODE, build_order(side=SELL), state, kill_switches=flags).outcome is VIOLATED
