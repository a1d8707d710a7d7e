"""KILL_SWITCH_UNREADABLE: a flag nobody can read is engaged."""

from __future__ import annotations

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.kill_switch import KillSwitch
from tests.support.builders import (
    PASSED,
    RELEASED,
    SELL,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.KILL_SWITCH_UNREADABLE
MISTYPED = KillSwitch(scope="global", key="", engaged=None)


@pytest.mark.parametrize(
    ("flags", "outcome"),
    [
        ((RELEASED,), PASSED),
        ((), VIOLATED),
        ((KillSwitch(scope="account", key="demo", engaged=False),), VIOLATED),
        ((MISTYPED,), VIOLATED),
        ((RELEASED, KillSwitch(scope="venue", key="binance", engaged=None)), VIOLATED),
    ],
    ids=["readable", "none at all", "no global flag", "global mistyped", "venue mistyped"],
)
def test_flag_when_missing_or_mistyped_then_denied(flags: tuple[KillSwitch, ...], outcome: object) -> None:
    assert run_check(CODE, build_order(), kill_switches=flags).outcome is outcome


def test_flag_when_unreadable_then_an_exit_is_denied_too() -> None:
    state = build_account(positions=[build_position(10)])

    assert run_check(CODE, build_order(side=SELL), state, kill_switches=(MISTYPED,)).outcome is VIOLATED
