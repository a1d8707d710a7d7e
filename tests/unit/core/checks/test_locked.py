"""STOPLOSS_GUARD, LOSS_STREAK, COOLDOWN, LOW_PROFIT, DRAWDOWN_GUARD, REPEATED_EXECUTION: locked entries, free exits."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Cooldown, DrawdownGuard, LossStreak, LowProfit, StoplossGuard
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)

ON = build_limits(
    stoploss_guard=StoplossGuard(),
    loss_streak=LossStreak(losses=3, lock_minutes=60),
    cooldown=Cooldown(minutes=5),
    low_profit=LowProfit(window_minutes=60, profit_fraction_min=Decimal(0), trades_min=2, lock_minutes=60),
    drawdown_guard=DrawdownGuard(
        window_minutes=60, trades_min=3, drawdown_fraction_max=Decimal("0.1"), lock_minutes=60
    ),
    repeated_execution_max=10,
)
CODES = [
    DenyCode.STOPLOSS_GUARD,
    DenyCode.LOSS_STREAK,
    DenyCode.COOLDOWN,
    DenyCode.LOW_PROFIT,
    DenyCode.DRAWDOWN_GUARD,
    DenyCode.REPEATED_EXECUTION,
]
each_protection = pytest.mark.parametrize("code", CODES)


def locked(code: DenyCode, scope: str = "all", key: str = "*", *, until: datetime | None = None) -> AccountState:
    lock = Lock(code=code, scope=scope, key=key, reason="three losses", until=until)
    return build_account(locks=(lock,), positions=[build_position(10, SWAP)])


@each_protection
def test_entry_when_nothing_is_locked_then_passes(code: DenyCode) -> None:
    assert run_check(code, build_order(), limits=ON).outcome is PASSED


@each_protection
@pytest.mark.parametrize(("left", "outcome"), [(60, VIOLATED), (0.001, VIOLATED), (0, PASSED), (-1, PASSED)])
def test_entry_when_locked_until_an_instant_then_denied_before_it(code: DenyCode, left: float, outcome: object) -> None:
    state = locked(code, until=NOW + timedelta(seconds=left))

    assert run_check(code, build_order(), state, limits=ON).outcome is outcome


@each_protection
def test_entry_when_locked_until_a_person_unlocks_then_denied_and_told_why(code: DenyCode) -> None:
    result = run_check(code, build_order(), locked(code), limits=ON)

    assert result.outcome is VIOLATED
    assert "three losses" in result.message


@pytest.mark.parametrize(
    ("scope", "key", "outcome"),
    [
        ("symbol", f"binance:{SPOT}", VIOLATED),
        ("symbol", "binance:ETH/USDT", PASSED),
        ("symbol", f"kraken:{SPOT}", PASSED),
        ("side", BUY.value, VIOLATED),
        ("side", SELL.value, PASSED),
        ("strategy", "trend", VIOLATED),
        ("strategy", "carry", PASSED),
        ("all", "*", VIOLATED),
    ],
)
def test_entry_when_the_lock_covers_something_else_then_passes(scope: str, key: str, outcome: object) -> None:
    state = locked(DenyCode.LOSS_STREAK, scope, key)

    assert run_check(DenyCode.LOSS_STREAK, build_order(), state, limits=ON).outcome is outcome


@each_protection
def test_entry_when_another_protection_locked_then_only_that_one_denies(code: DenyCode) -> None:
    for other in CODES:
        expected = VIOLATED if other is code else PASSED
        assert run_check(other, build_order(), locked(code), limits=ON).outcome is expected


@each_protection
def test_exit_when_locked_then_exempt(code: DenyCode) -> None:
    order = build_order(10, symbol=SWAP, side=SELL)

    assert run_check(code, order, locked(code), limits=ON).outcome is NOT_APPLICABLE


@each_protection
def test_protection_when_off_then_disabled_and_a_lock_already_set_still_holds(code: DenyCode) -> None:
    assert run_check(code, build_order()).outcome is DISABLED
    assert run_check(code, build_order(), locked(code)).outcome is VIOLATED
