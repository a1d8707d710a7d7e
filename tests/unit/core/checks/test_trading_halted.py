"""TRADING_HALTED: nothing but cancels."""

from __future__ import annotations

import pytest

from riskgate.core.account.document import TradingState
from riskgate.core.codes import DenyCode
from tests.support.builders import PASSED, SELL, VIOLATED, build_account, build_order, build_position, run_check

CODE = DenyCode.TRADING_HALTED


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(TradingState.ACTIVE, PASSED), (TradingState.REDUCING, PASSED), (TradingState.HALTED, VIOLATED)],
)
def test_entry_when_the_account_is_halted_then_denied(state: TradingState, outcome: object) -> None:
    assert run_check(CODE, build_order(), build_account(trading_state=state)).outcome is outcome


def test_exit_when_the_account_is_halted_then_denied() -> None:
    state = build_account(positions=[build_position(10)], trading_state=TradingState.HALTED)

    assert run_check(CODE, build_order(side=SELL, reduce_only=True), state).outcome is VIOLATED
