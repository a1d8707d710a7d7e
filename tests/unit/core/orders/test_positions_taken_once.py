"""What closes a position takes it once: no spot sell goes short, and no two buys close the same short."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import Balance, TradingState
from riskgate.core.account.exposure import resplit_orders
from riskgate.core.codes import DenyCode
from riskgate.core.orders.evaluate import evaluate
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    VIOLATED,
    approve,
    build_account,
    build_inputs,
    build_limits,
    build_order,
    build_position,
    build_working,
    evaluate_order,
    run_check,
)

BALANCE = DenyCode.INSUFFICIENT_BALANCE
WITH_BALANCE = build_limits(balance_required=True)


def increasing_of(order_id: str, quantity: str, *, reduce_only: bool = False, rules: int = 3) -> tuple[Decimal, ...]:
    """Return what ten equal buys against a spot short of 10 add, one approved after the other."""
    state = build_account(positions=[build_position(-10)])
    found = []
    for number in range(10):
        order = build_order(quantity, side=BUY, client_order_id=f"{order_id}{number}", reduce_only=reduce_only)
        inputs = replace(build_inputs(order), rules=rules)
        context = evaluate(state, inputs).context
        assert context.candidate is not None
        found.append(context.increasing)
        state = replace(state, working_orders={**state.working_orders, order.client_order_id: context.candidate})
    return tuple(found)


@pytest.mark.parametrize("reduce_only", [True, False])
def test_spot_buys_when_ten_close_the_same_short_then_the_first_takes_it_and_the_rest_is_reserved(
    reduce_only: bool,
) -> None:
    assert increasing_of("b", "10", reduce_only=reduce_only) == (0, *[10] * 9)
    assert increasing_of("b", "4", reduce_only=reduce_only)[:4] == (0, 0, 2, 4)


def test_spot_buys_when_an_old_entry_is_replayed_then_as_they_were_decided() -> None:
    assert set(increasing_of("b", "10", rules=2)) == {0}


@pytest.mark.parametrize(("rules", "increasing"), [(2, 0), (3, 10)])
def test_spot_buys_when_the_position_changes_then_split_anew_by_the_rules_of_the_event(
    rules: int, increasing: int
) -> None:
    orders = {
        name: build_working(10, client_order_id=name, side=BUY, increasing_quantity=Decimal(0), reduce_only=True)
        for name in ("a", "b")
    }
    state = build_account(positions=[build_position(-10)], working=orders.values())
    after = resplit_orders(state, f"{VENUE}:{SPOT}", rules)

    assert after.working_orders["a"].increasing_quantity == 0
    assert after.working_orders["b"].increasing_quantity == increasing


@pytest.mark.parametrize(("quantity", "outcome"), [("10", NOT_APPLICABLE), ("10.001", VIOLATED), ("20", VIOLATED)])
def test_spot_sell_when_it_is_larger_than_what_is_held_then_denied(quantity: str, outcome: object) -> None:
    held = {VENUE: {"BTC": Balance(total=Decimal(10)), "USDT": Balance(total=Decimal(9))}}
    state = build_account(positions=[build_position(10)], balances=held)

    assert run_check(BALANCE, build_order(quantity, side=SELL), state, limits=WITH_BALANCE).outcome is outcome


def hedged(quantity: str, *, working: str | None = None, side: Side = SELL) -> tuple[object, object]:
    """Return what risk per trade and a tripped breaker say to a swap order beside a spot position of 10."""
    state = build_account(positions=[build_position(10)], trading_state=TradingState.REDUCING)
    if working is not None:
        resting = build_working(working, SWAP, client_order_id="other", side=side)
        state = replace(state, working_orders={"other": resting})
    order = build_order(quantity, symbol=SWAP, side=side)
    limits = build_limits(risk_per_trade_fraction_max=Decimal("0.000001"))
    checks = dict(evaluate_order(order, state, limits=limits).checks)
    return checks[DenyCode.RISK_PER_TRADE].outcome, checks[DenyCode.TRADING_REDUCING].outcome


@pytest.mark.parametrize(
    ("quantity", "working", "passes"),
    [("9.999", None, True), ("10", None, True), ("10.001", None, False), ("6", "4", True), ("6", "4.001", False)],
)
def test_swap_hedge_when_it_lowers_the_delta_whatever_else_fills_then_it_passes(
    quantity: str, working: str | None, passes: bool
) -> None:
    verdicts = hedged(quantity, working=working)

    assert verdicts == ((NOT_APPLICABLE, PASSED) if passes else (VIOLATED, VIOLATED))


def test_swap_order_when_it_adds_to_what_is_held_then_held_to_the_limits() -> None:
    assert hedged("1", side=BUY) == (VIOLATED, VIOLATED)


def test_swap_hedge_when_an_old_entry_is_replayed_then_denied_as_it_was() -> None:
    state = build_account(positions=[build_position(10)], trading_state=TradingState.REDUCING)
    inputs = replace(build_inputs(build_order("5", symbol=SWAP, side=SELL)), rules=2)

    assert dict(evaluate(state, inputs).checks)[DenyCode.TRADING_REDUCING].outcome is VIOLATED


def test_exits_when_several_sells_reduce_the_same_holding_then_each_passes() -> None:
    state = build_account(positions=[build_position(10)])
    state = approve(state, build_order("10", side=SELL, client_order_id="a"))

    both = approve(state, build_order("10", side=SELL, client_order_id="b", price=Decimal(105)))

    assert {order.increasing_quantity for order in both.working_orders.values()} == {0}
