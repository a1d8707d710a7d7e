"""TRADING_REDUCING: only what strictly shrinks a position and never crosses zero."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    build_working,
    run_check,
)

CODE = DenyCode.TRADING_REDUCING
REDUCING = TradingState.REDUCING


@pytest.mark.parametrize(
    ("held", "side", "quantity", "outcome"),
    [
        (10, SELL, "9.999", PASSED),
        (10, SELL, "10", PASSED),
        (10, SELL, "10.001", VIOLATED),
        (10, BUY, "0.001", VIOLATED),
        (-10, BUY, "10", PASSED),
        (-10, BUY, "10.001", VIOLATED),
        (-10, SELL, "0.001", VIOLATED),
    ],
    ids=["shrinks", "closes", "crosses zero", "adds", "short closes", "short crosses zero", "short adds"],
)
def test_order_when_reducing_then_passes_only_to_shrink(held: int, side: Side, quantity: str, outcome: object) -> None:
    state = build_account(positions=[build_position(held, SWAP)], trading_state=REDUCING)

    assert run_check(CODE, build_order(quantity, symbol=SWAP, side=side), state).outcome is outcome


@pytest.mark.parametrize("side", [BUY, SELL])
def test_order_when_flat_and_reducing_then_denied(side: Side) -> None:
    assert run_check(CODE, build_order(side=side), build_account(trading_state=REDUCING)).outcome is VIOLATED


def test_order_when_active_then_passes() -> None:
    assert run_check(CODE, build_order()).outcome is PASSED


def test_second_exit_when_the_first_still_works_then_the_two_must_not_cross_zero() -> None:
    working = build_working(6, SWAP, side=SELL, increasing_quantity=Decimal(0))
    state = build_account(positions=[build_position(10, SWAP)], working=[working], trading_state=REDUCING)

    assert run_check(CODE, build_order(4, symbol=SWAP, side=SELL), state).outcome is PASSED
    assert run_check(CODE, build_order("4.001", symbol=SWAP, side=SELL), state).outcome is VIOLATED
    capped = build_order(10, symbol=SWAP, side=SELL, reduce_only=True)
    assert run_check(CODE, capped, state).outcome is PASSED, "the venue caps a reduce-only order at the position"


def test_order_when_it_cannot_be_valued_then_it_is_no_exit() -> None:
    state = build_account(positions=[build_position(10)], trading_state=REDUCING)
    unpriced = replace(build_order(side=SELL), price=None)

    assert run_check(CODE, unpriced, state).outcome is VIOLATED
