"""TOTAL_OPEN_RISK: what the book loses if every stop is hit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

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

CODE = DenyCode.TOTAL_OPEN_RISK
LIMITS = build_limits(open_risk_fraction_max="0.06")
ETH = "ETH/USDT:USDT"


@pytest.mark.parametrize(("quantity", "outcome"), [("59.999", PASSED), ("60", PASSED), ("60.001", VIOLATED)])
@pytest.mark.parametrize(("side", "stop"), [(BUY, 90), (SELL, 110)])
def test_order_when_alone_beyond_the_limit_then_denied(side: Side, stop: int, quantity: str, outcome: object) -> None:
    order = build_order(quantity, symbol=SWAP, side=side, stop_loss_price=stop)

    assert run_check(CODE, order, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("quantity", "outcome"), [("10", PASSED), ("10.001", VIOLATED)])
def test_order_when_positions_and_working_orders_are_at_risk_then_all_count(quantity: str, outcome: object) -> None:
    state = build_account(
        positions=[
            build_position(20, ETH, stop_loss_price=Decimal(90)),
            build_position(-10, "SOL/USDT:USDT", stop_loss_price=Decimal(110)),
        ],
        working=[build_working(20, "ADA/USDT:USDT", unit_risk=Decimal(10), stop_loss_price=Decimal(90))],
    )

    assert run_check(CODE, build_order(quantity, stop_loss_price=90), state, limits=LIMITS).outcome is outcome


def test_position_when_it_has_no_stop_then_its_whole_value_is_at_risk() -> None:
    state = build_account(positions=[build_position(5, ETH)])

    assert run_check(CODE, build_order(1), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order("1.001"), state, limits=LIMITS).outcome is VIOLATED


def test_position_when_its_stop_did_not_hold_then_its_whole_value_is_at_risk() -> None:
    passed_by = build_position(5, ETH, stop_loss_price=Decimal(101))

    assert (
        run_check(CODE, build_order("1.001"), build_account(positions=[passed_by]), limits=LIMITS).outcome is VIOLATED
    )


def test_position_when_an_addition_widens_its_stop_then_it_counts_down_to_the_new_one() -> None:
    """The stop of the latest entry covers the position: 50 units 10 away, and not 1, is 5 % of equity."""
    state = build_account(positions=[build_position(50, SWAP, stop_loss_price=Decimal(99))])

    def add(quantity: str, stop: int | None) -> object:
        return run_check(CODE, build_order(quantity, symbol=SWAP, stop_loss_price=stop), state, limits=LIMITS).outcome

    assert add("10", 90) is PASSED
    assert add("10.001", 90) is VIOLATED
    assert add("0.001", 89) is PASSED
    assert add("0.001", 88) is VIOLATED
    assert add("0.001", None) is VIOLATED, "an entry without a stop leaves the whole position unprotected"


def test_position_when_a_working_order_would_widen_its_stop_then_that_counts_for_the_next_one() -> None:
    waiting = build_working(1, SWAP, unit_risk=Decimal(10), stop_loss_price=Decimal(90))
    state = build_account(positions=[build_position(50, SWAP, stop_loss_price=Decimal(99))], working=[waiting])

    order = build_order(9, symbol=SWAP, stop_loss_price=99)
    assert run_check(CODE, order, state, limits=LIMITS).outcome is PASSED
    order = build_order("9.001", symbol=SWAP, stop_loss_price=99)
    assert run_check(CODE, order, state, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize(
    ("exit_order", "outcome"),
    [
        ({"stop_loss_price": None}, VIOLATED),
        ({"stop_loss_price": Decimal(101)}, PASSED),
        ({"stop_loss_price": None, "reduce_only": True}, PASSED),
    ],
    ids=["no stop", "stop", "reduce only"],
)
def test_turn_when_an_exit_works_that_could_fill_last_then_its_stop_is_the_one_that_counts(
    exit_order: dict[str, Any], outcome: object
) -> None:
    """Long 50, an exit of 50 works; the order turns to short 20, which may be what is left of that exit."""
    waiting = build_working(50, SWAP, side=SELL, increasing_quantity=Decimal(0), **exit_order)
    held = build_position(50, SWAP, stop_loss_price=Decimal(99))
    state = build_account(positions=[held], working=[waiting])

    order = build_order(20, symbol=SWAP, side=SELL, stop_loss_price=101)
    if exit_order.get("reduce_only"):
        order = build_order(70, symbol=SWAP, side=SELL, stop_loss_price=101)
    assert run_check(CODE, order, state, limits=LIMITS).outcome is outcome


def test_exit_when_the_book_is_beyond_the_limit_then_exempt() -> None:
    state = build_account(positions=[build_position(500)])

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize("equity", ["0", "NaN"])
def test_risk_when_equity_is_not_positive_then_denied(equity: str) -> None:
    assert run_check(CODE, build_order(), build_account(equity), limits=LIMITS).outcome is VIOLATED


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(1000)).outcome is DISABLED
