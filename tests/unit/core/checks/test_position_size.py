"""POSITION_SIZE: what is held and what still works counts, not the order alone."""

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

CODE = DenyCode.POSITION_SIZE
LIMITS = build_limits(position_size_fraction_max="0.10")


@pytest.mark.parametrize(("quantity", "outcome"), [("9.999", PASSED), ("10", PASSED), ("10.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_order_when_it_opens_beyond_the_limit_then_denied(side: Side, quantity: str, outcome: object) -> None:
    assert run_check(CODE, build_order(quantity, symbol=SWAP, side=side), limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("quantity", "outcome"), [("4", PASSED), ("4.001", VIOLATED)])
@pytest.mark.parametrize(("side", "held"), [(BUY, 6), (SELL, -6)])
def test_order_when_it_adds_to_a_position_then_both_count(
    side: Side, held: int, quantity: str, outcome: object
) -> None:
    state = build_account(positions=[build_position(held, SWAP)])

    assert run_check(CODE, build_order(quantity, symbol=SWAP, side=side), state, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("quantity", "outcome"), [("1", PASSED), ("1.001", VIOLATED)])
def test_order_when_others_work_then_they_count_as_filled(quantity: str, outcome: object) -> None:
    state = build_account(positions=[build_position(6)], working=[build_working(3)])

    assert run_check(CODE, build_order(quantity), state, limits=LIMITS).outcome is outcome


def test_order_when_the_other_side_works_too_then_the_two_do_not_net() -> None:
    state = build_account(working=[build_working(8, SWAP, side=SELL)])

    assert run_check(CODE, build_order(10, symbol=SWAP), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order("10.001", symbol=SWAP), state, limits=LIMITS).outcome is VIOLATED
    assert run_check(CODE, build_order("2.001", symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize(("quantity", "outcome"), [("16", PASSED), ("16.001", VIOLATED)])
def test_flip_when_beyond_zero_then_only_what_is_left_counts(quantity: str, outcome: object) -> None:
    state = build_account(positions=[build_position(6, SWAP)])

    assert run_check(CODE, build_order(quantity, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is outcome


def test_position_when_its_mark_moved_then_valued_at_the_mark() -> None:
    state = build_account(positions=[build_position(6, price=50, mark_price=Decimal(150))])

    assert run_check(CODE, build_order(1), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order("1.001"), state, limits=LIMITS).outcome is VIOLATED


def test_exit_when_the_position_is_too_large_then_exempt() -> None:
    state = build_account(positions=[build_position(1000)])

    assert run_check(CODE, build_order(1, side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
def test_size_when_equity_is_not_positive_then_denied(equity: str) -> None:
    assert run_check(CODE, build_order(), build_account(equity), limits=LIMITS).outcome is VIOLATED


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(1000)).outcome is DISABLED
