"""REDUCE_ONLY_INVALID: the flag must be true of the order."""

from __future__ import annotations

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.REDUCE_ONLY_INVALID


@pytest.mark.parametrize(
    ("held", "side", "quantity", "outcome"),
    [
        (10, SELL, "9.999", PASSED),
        (10, SELL, "10", PASSED),
        (10, SELL, "10.001", VIOLATED),
        (10, BUY, "1", VIOLATED),
        (-10, BUY, "10", PASSED),
        (-10, BUY, "10.001", VIOLATED),
        (-10, SELL, "1", VIOLATED),
        (0, SELL, "1", VIOLATED),
    ],
)
def test_flag_when_the_order_does_more_than_reduce_then_denied(
    held: int, side: Side, quantity: str, outcome: object
) -> None:
    state = build_account(positions=[build_position(held, SWAP)])
    order = build_order(quantity, symbol=SWAP, side=side, reduce_only=True)

    assert run_check(CODE, order, state).outcome is outcome


def test_flag_when_there_is_no_position_then_denied() -> None:
    assert run_check(CODE, build_order(side=SELL, reduce_only=True)).outcome is VIOLATED


def test_flag_when_not_set_or_the_quantity_unknown_then_not_applicable() -> None:
    assert run_check(CODE, build_order()).outcome is NOT_APPLICABLE
    unpriced = build_order(None, type=OrderType.MARKET, quote_quantity=10, reduce_only=True)
    assert run_check(CODE, unpriced, quote=None).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("held", "side"), [("0.5", BUY), ("-0.5", SELL)])
def test_reduce_only_when_in_the_direction_of_a_small_position_then_denied_as_that(held: str, side: Side) -> None:
    state = build_account(positions=[build_position(held, SWAP)])
    result = run_check(
        DenyCode.REDUCE_ONLY_INVALID, build_order("0.1", symbol=SWAP, side=side, reduce_only=True), state
    )
    assert (result.outcome, result.message) == (VIOLATED, "reduce-only in the position's own direction")
