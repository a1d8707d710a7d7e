"""The mistakes in the two texts the rules come from, each closed by a test of its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DAY,
    MINUTE,
    NOW,
    SELL,
    SWAP,
    VIOLATED,
    apply,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_snapshot,
    build_transfer,
    dec,
    decide,
    evaluate_order,
)

SHIPPED = Limits()
#: The shipped limits without the three that need precomputed risk figures.
ALONE = replace(SHIPPED, var_fraction_max=None, stress_loss_fraction_max=None, correlation_max=None)


@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.STOP])
def test_market_order_when_it_has_no_price_then_never_valued_at_zero(kind: OrderType) -> None:
    """Valued at 0, a market order of any size would be within every limit."""
    order = build_order(1000, type=kind, symbol=SWAP)

    evaluation = evaluate_order(order, limits=SHIPPED)

    assert evaluation.context.notional == 100_000
    assert DenyCode.POSITION_SIZE in dict(evaluation.violations)


@pytest.mark.parametrize(
    "quote", [None, build_quote(bid=None, ask=None), build_quote(price=0)], ids=["no", "empty", "0"]
)
@pytest.mark.parametrize("limits", [SHIPPED, build_limits()], ids=["shipped", "all off"])
def test_market_order_when_nothing_tells_its_value_then_denied_whatever_the_limits(quote: Any, limits: Limits) -> None:
    state, decision = decide(build_account(), build_order(type=OrderType.MARKET), limits=limits, quote=quote)

    assert not decision.approved
    assert decision.reserved == (dec(0), dec(0))
    assert not state.working_orders


@pytest.mark.parametrize(("side", "held"), [(BUY, "6"), (SELL, "-6")])
def test_ten_percent_rule_when_a_position_exists_then_it_counts(side: Side, held: str) -> None:
    """Two orders of 6 % are 12 %."""
    state = build_account(positions=[build_position(held, SWAP, stop_loss_price=Decimal(100 - side.sign))])
    limits = build_limits(position_size_fraction_max="0.10")

    assert evaluate_order(build_order(4, symbol=SWAP, side=side), state, limits=limits).code is None
    denied = evaluate_order(build_order("4.001", symbol=SWAP, side=side), state, limits=limits)
    assert denied.code is DenyCode.POSITION_SIZE


def test_ten_percent_rule_when_an_order_still_works_then_it_counts() -> None:
    limits = build_limits(position_size_fraction_max="0.10")
    state, first = decide(build_account(), build_order(6), limits=limits)
    assert first.approved

    _, second = decide(state, build_order(6, client_order_id="o2"), limits=limits)
    assert second.evaluation.code is DenyCode.POSITION_SIZE


def test_stop_when_missing_then_the_whole_notional_is_the_risk() -> None:
    evaluation = evaluate_order(build_order(3), limits=SHIPPED)

    assert evaluation.context.risk == evaluation.context.notional == 300
    assert DenyCode.RISK_PER_TRADE in dict(evaluation.violations)


def test_stop_when_missing_and_required_then_denied_under_its_own_code() -> None:
    limits = replace(ALONE, stop_loss_required=True)

    assert evaluate_order(build_order(1), limits=limits).code is DenyCode.STOP_LOSS_REQUIRED


@pytest.mark.parametrize(("side", "stop"), [(BUY, "100"), (BUY, "150"), (SELL, "100"), (SELL, "50")])
def test_stop_when_on_the_wrong_side_then_denied_and_its_risk_neither_negative_nor_small(side: Side, stop: str) -> None:
    """Left signed, |price - stop| of a stop beyond the price would be a gain."""
    evaluation = evaluate_order(build_order(1, symbol=SWAP, side=side, stop_loss_price=stop), limits=SHIPPED)

    assert DenyCode.STOP_LOSS_WRONG_SIDE in dict(evaluation.violations)
    assert evaluation.context.risk == 100


@pytest.mark.parametrize("equity", ["0", "-0", "-1", "NaN", "sNaN"])
def test_equity_when_zero_negative_or_no_number_then_every_entry_is_denied_and_nothing_raises(equity: str) -> None:
    evaluation = evaluate_order(build_order("0.001"), build_account(equity), limits=ALONE)

    violated = dict(evaluation.violations)
    assert {DenyCode.POSITION_SIZE, DenyCode.GROSS_EXPOSURE, DenyCode.RISK_PER_TRADE} <= violated.keys()


def test_equity_when_zero_then_an_exit_still_passes() -> None:
    state = build_account(0, positions=[build_position(10)])

    assert evaluate_order(build_order(10, side=SELL), state, limits=ALONE).code is None


@pytest.mark.parametrize(
    ("loss", "approved"), [("299.999999999999", True), ("300", False), ("300.000000000001", False)]
)
def test_daily_loss_when_reached_then_stops_and_one_tick_below_then_trades(loss: str, approved: bool) -> None:
    """3 % of 10,000: reached is stopped, not only exceeded."""
    limits = build_limits(daily_loss_fraction_max="0.03")
    equity = Decimal(10_000) - Decimal(loss)
    state = apply(build_account(), build_snapshot(equity), limits=limits).state

    _, decision = decide(state, build_order(1), limits=limits)

    assert decision.approved is approved
    assert ("DAILY_LOSS" in state.breakers) is not approved


@pytest.mark.parametrize("amount", ["-300", "-5000", "-9000"])
def test_withdrawal_when_made_then_no_loss_by_any_measure(amount: str) -> None:
    state = apply(build_account(), build_transfer(amount), limits=SHIPPED).state
    state = apply(state, build_snapshot(state.equity), limits=SHIPPED).state

    assert not state.breakers
    evaluation = evaluate_order(build_order("0.1"), state, limits=SHIPPED)
    for code in (DenyCode.DAILY_LOSS, DenyCode.WEEKLY_DRAWDOWN, DenyCode.MAX_DRAWDOWN):
        result = dict(evaluation.checks)[code]
        assert result.outcome is not VIOLATED
        assert result.observed == 0


def test_withdrawal_when_made_after_a_loss_then_the_loss_stays_what_it_was() -> None:
    state = apply(build_account(), build_snapshot(9_800), limits=SHIPPED).state
    before = dict(evaluate_order(build_order(), state, limits=SHIPPED).checks)

    state = apply(state, build_transfer(-4_900), limits=SHIPPED).state
    after = dict(evaluate_order(build_order(), state, limits=SHIPPED).checks)

    for code in (DenyCode.DAILY_LOSS, DenyCode.WEEKLY_DRAWDOWN, DenyCode.MAX_DRAWDOWN):
        assert before[code].observed == after[code].observed == Decimal("0.02"), code


def test_deposit_when_made_after_a_loss_then_it_does_not_hide_the_loss() -> None:
    state = apply(build_account(), build_snapshot(9_699), limits=SHIPPED).state
    assert "DAILY_LOSS" in state.breakers

    state = apply(state, build_transfer(50_000), limits=SHIPPED, now=NOW + MINUTE).state
    assert "DAILY_LOSS" in state.breakers
    assert not decide(state, build_order(1), limits=SHIPPED, now=NOW + MINUTE)[1].approved


def test_loss_when_the_day_changes_before_anybody_looked_then_it_counts_for_the_day_it_is_seen() -> None:
    """Nothing ran at midnight; the baseline is the last equity known before it, so no loss falls in between."""
    limits = build_limits(daily_loss_fraction_max="0.03")
    later = NOW + DAY

    state = apply(build_account(), build_snapshot(9_700, taken_at=later), limits=limits, now=later).state

    assert state.day.baseline == 10_000
    assert "DAILY_LOSS" in state.breakers
