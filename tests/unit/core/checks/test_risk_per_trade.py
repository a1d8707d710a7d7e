"""RISK_PER_TRADE: what one trade loses down to its stop; without one its whole value."""

from __future__ import annotations

import pytest

from riskgate.core.checks.context import HEDGES_SINCE
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.orders.events import RULES
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
    run_check,
)

CODE = DenyCode.RISK_PER_TRADE
LIMITS = build_limits(risk_per_trade_fraction_max="0.02")


@pytest.mark.parametrize(("quantity", "outcome"), [("19.999", PASSED), ("20", PASSED), ("20.001", VIOLATED)])
@pytest.mark.parametrize(("side", "stop"), [(BUY, 90), (SELL, 110)])
def test_risk_when_beyond_the_limit_then_denied(side: Side, stop: int, quantity: str, outcome: object) -> None:
    order = build_order(quantity, symbol=SWAP, side=side, stop_loss_price=stop)

    assert run_check(CODE, order, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("quantity", "outcome"), [("2", PASSED), ("2.001", VIOLATED)])
def test_risk_when_there_is_no_stop_then_the_whole_notional(quantity: str, outcome: object) -> None:
    assert run_check(CODE, build_order(quantity), limits=LIMITS).outcome is outcome


def test_risk_when_the_stop_is_on_the_wrong_side_then_the_whole_notional_and_never_negative() -> None:
    result = run_check(CODE, build_order(3, stop_loss_price=150), limits=LIMITS)

    assert (result.outcome, result.observed) == (VIOLATED, run_check(CODE, build_order(3), limits=LIMITS).observed)


def test_flip_when_only_its_increasing_part_is_within_then_passes() -> None:
    state = build_account(positions=[build_position(50, SWAP)])
    order = build_order(52, symbol=SWAP, side=SELL)

    assert run_check(CODE, order, state, limits=LIMITS).outcome is PASSED


def test_exit_when_worth_any_amount_then_exempt() -> None:
    state = build_account(positions=[build_position(50)])

    assert run_check(CODE, build_order(50, side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


@pytest.mark.parametrize("equity", ["0", "-5", "NaN"])
def test_risk_when_equity_is_not_positive_then_denied(equity: str) -> None:
    assert run_check(CODE, build_order(), build_account(equity), limits=LIMITS).outcome is VIOLATED


def test_risk_when_the_order_cannot_be_valued_then_not_applicable() -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=None, limits=LIMITS).outcome is NOT_APPLICABLE


def test_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(1000)).outcome is DISABLED


@pytest.mark.parametrize("rules", [HEDGES_SINCE - 1, HEDGES_SINCE, RULES])
@pytest.mark.parametrize(("quantity", "lowers"), [("1", True), ("10", True), ("10.001", False)])
def test_hedge_when_it_lowers_the_delta_then_exempt_by_the_rules_that_know_hedges(
    rules: int, quantity: str, lowers: bool
) -> None:
    """Ten are held on spot; a short of more than that in the swap turns the book around."""
    state = build_account(positions=[build_position(10)])
    order = build_order(quantity, symbol=SWAP, side=SELL)
    limits = build_limits(risk_per_trade_fraction_max="0.001")
    outcome = run_check(DenyCode.RISK_PER_TRADE, order, state, limits=limits, rules=rules).outcome
    assert outcome is (NOT_APPLICABLE if lowers and rules >= HEDGES_SINCE else VIOLATED)
