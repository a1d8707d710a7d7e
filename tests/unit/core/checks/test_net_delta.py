"""NET_DELTA: the signed sum, in the worst order in which what works can fill."""

from __future__ import annotations

from decimal import Decimal

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

CODE = DenyCode.NET_DELTA
LIMITS = build_limits(net_delta_fraction_max="0.80")
ETH = "ETH/USDT:USDT"


@pytest.mark.parametrize(("quantity", "outcome"), [("79.999", PASSED), ("80", PASSED), ("80.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_order_when_alone_beyond_the_limit_then_denied(side: Side, quantity: str, outcome: object) -> None:
    assert run_check(CODE, build_order(quantity, symbol=SWAP, side=side), limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("side", "held"), [(SELL, 50), (BUY, -50)])
def test_order_when_it_offsets_the_book_then_netted(side: Side, held: int) -> None:
    state = build_account(positions=[build_position(held, ETH)])

    assert run_check(CODE, build_order(130, symbol=SWAP, side=side), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order("130.001", symbol=SWAP, side=side), state, limits=LIMITS).outcome is VIOLATED


def test_order_when_an_offsetting_one_only_works_then_it_does_not_count_as_filled() -> None:
    state = build_account(working=[build_working(50, ETH, side=SELL)])

    assert run_check(CODE, build_order(80, symbol=SWAP), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order("80.001", symbol=SWAP), state, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize(("side", "sign"), [(SELL, 1), (BUY, -1)])
def test_order_when_an_exit_works_on_the_other_leg_then_the_book_without_that_leg_counts(side: Side, sign: int) -> None:
    """Long 70 against short 70 is flat, but with the long sold it is short 70 and the order makes it 80."""
    exit_order = build_working(70, ETH, side=side, increasing_quantity=Decimal(0))
    state = build_account(
        positions=[build_position(sign * 70, ETH), build_position(-sign * 70, "SOL/USDT:USDT")], working=[exit_order]
    )

    assert run_check(CODE, build_order(10, symbol=SWAP, side=side), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order("10.001", symbol=SWAP, side=side), state, limits=LIMITS).outcome is VIOLATED


def test_order_when_two_reduce_only_exits_work_then_the_position_leaves_only_once() -> None:
    """A stop loss and a take profit, each of the whole position: the venue caps them at it."""
    exits = [
        build_working(
            70, ETH, side=SELL, reduce_only=True, increasing_quantity=Decimal(0), client_order_id=f"x{number}"
        )
        for number in range(2)
    ]
    state = build_account(positions=[build_position(70, ETH)], working=exits)

    assert run_check(CODE, build_order(80, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is PASSED


def test_exit_when_the_book_is_beyond_the_limit_then_exempt() -> None:
    state = build_account(positions=[build_position(500)])

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
def test_delta_when_equity_is_not_positive_then_denied(equity: str) -> None:
    assert run_check(CODE, build_order(), build_account(equity), limits=LIMITS).outcome is VIOLATED


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(1000)).outcome is DISABLED
