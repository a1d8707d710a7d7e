"""GROSS_EXPOSURE, LEVERAGE: the sum of |value| over equity, longs and shorts and working orders alike."""

from __future__ import annotations

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_working,
    run_check,
)

LIMITS = build_limits(gross_exposure_fraction_max="0.80", leverage_max="0.80")
#: One measure under two codes: a share of equity, and a multiple of it.
either = pytest.mark.parametrize("code", [DenyCode.GROSS_EXPOSURE, DenyCode.LEVERAGE])


@either
@pytest.mark.parametrize(("quantity", "outcome"), [("79.999", PASSED), ("80", PASSED), ("80.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_order_when_alone_beyond_the_limit_then_denied(
    code: DenyCode, side: Side, quantity: str, outcome: object
) -> None:
    assert run_check(code, build_order(quantity, symbol=SWAP, side=side), limits=LIMITS).outcome is outcome


@either
@pytest.mark.parametrize(("quantity", "outcome"), [("10", PASSED), ("10.001", VIOLATED)])
def test_order_when_longs_shorts_and_working_orders_are_held_then_all_count(
    code: DenyCode, quantity: str, outcome: object
) -> None:
    state = build_account(
        positions=[build_position(30, "ETH/USDT"), build_position(-30, "SOL/USDT:USDT")],
        working=[build_working(10, "ADA/USDT")],
    )

    assert run_check(code, build_order(quantity), state, limits=LIMITS).outcome is outcome


@either
def test_order_when_it_offsets_an_own_working_order_then_the_two_do_not_net(code: DenyCode) -> None:
    state = build_account(working=[build_working(60, SWAP)])

    assert run_check(code, build_order(80, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is PASSED
    assert run_check(code, build_order("80.001", symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is VIOLATED


@either
def test_exit_when_the_book_is_beyond_the_limit_then_exempt(code: DenyCode) -> None:
    state = build_account(positions=[build_position(500)])

    assert run_check(code, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


@either
@pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
def test_exposure_when_equity_is_not_positive_then_denied(code: DenyCode, equity: str) -> None:
    assert run_check(code, build_order(), build_account(equity), limits=LIMITS).outcome is VIOLATED


@either
def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled(code: DenyCode) -> None:
    assert run_check(code, build_order(type=OrderType.MARKET), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(code, build_order(1000)).outcome is DISABLED
