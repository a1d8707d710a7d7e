"""MAX_DAILY_TRADES: approved increasing orders per UTC day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from riskgate.core.orders.events import OrderClosed
from tests.support.builders import (
    DAY,
    DISABLED,
    HOUR,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    apply,
    approve,
    build_account,
    build_fill,
    build_limits,
    build_modified,
    build_order,
    build_position,
    decide,
    run_check,
)

CODE = DenyCode.MAX_DAILY_TRADES
LIMITS = build_limits(daily_trades_max=2)


def with_trades(count: int) -> AccountState:
    state = build_account()
    return replace(state, day=replace(state.day, approved_orders=count))


@pytest.mark.parametrize(("count", "outcome"), [(0, PASSED), (1, PASSED), (2, VIOLATED), (3, VIOLATED)])
def test_order_when_more_than_the_limit_then_denied(count: int, outcome: object) -> None:
    assert run_check(CODE, build_order(), with_trades(count), limits=LIMITS).outcome is outcome


def test_count_when_an_order_is_denied_then_unchanged() -> None:
    state, decision = decide(build_account(), build_order(-1), limits=LIMITS)

    assert not decision.approved
    assert state.day.approved_orders == 0


def test_count_when_cancelled_without_a_fill_then_given_back() -> None:
    state = approve(build_account(), build_order(), limits=LIMITS)
    assert state.day.approved_orders == 1

    closed = OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED)
    assert apply(state, closed, limits=LIMITS).state.day.approved_orders == 0


def test_count_when_cancelled_after_a_partial_fill_then_kept() -> None:
    order = build_order(2)
    state = approve(build_account(), order, limits=LIMITS)
    state = apply(state, build_fill(order, 1), limits=LIMITS).state

    closed = OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED)
    assert apply(state, closed, limits=LIMITS).state.day.approved_orders == 1


def test_count_when_the_order_is_of_yesterday_then_todays_is_not_given_back() -> None:
    order = build_order(route=True)
    state = approve(build_account(), order, limits=LIMITS)
    state = approve(state, build_order(client_order_id="o2"), limits=LIMITS, now=NOW + DAY)

    closed = OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED)
    assert apply(state, closed, limits=LIMITS, now=NOW + DAY).state.day.approved_orders == 1


def test_count_when_the_day_ends_then_starts_at_zero() -> None:
    state = with_trades(2)

    assert not decide(state, build_order(), limits=LIMITS, now=NOW + 11 * HOUR)[1].approved
    assert decide(state, build_order(), limits=LIMITS, now=NOW + 12 * HOUR)[1].approved


@pytest.mark.parametrize("filled", [0, 1], ids=["unfilled", "partially filled"])
def test_count_when_an_order_is_modified_many_times_then_one(filled: int) -> None:
    order = build_order(3)
    state = approve(build_account(), order, limits=LIMITS)
    if filled:
        state = apply(state, build_fill(order, filled), limits=LIMITS).state
    for quantity in range(1, 6):
        result = apply(state, build_modified(build_order(quantity)), limits=LIMITS)
        assert result.decisions[0].approved
        state = result.state

    assert state.day.approved_orders == 1


def test_modified_order_when_it_becomes_an_entry_then_checked_and_counted() -> None:
    """An exit is exempt; made larger than the position it opens one, which is a trade of the day."""
    order = build_order(10, symbol=SWAP, side=SELL)
    flipped = build_modified(replace(order, quantity=order.quantity and order.quantity + 5))

    def modify(already: int) -> tuple[bool, int]:
        state = replace(with_trades(already), positions={f"binance:{SWAP}": build_position(10, SWAP)})
        result = apply(approve(state, order, limits=LIMITS), flipped, limits=LIMITS)
        return result.decisions[0].approved, result.state.day.approved_orders

    assert modify(already=1) == (True, 2)
    assert modify(already=2) == (False, 2)


def test_exit_when_the_limit_is_reached_then_exempt_and_not_counted() -> None:
    state = replace(with_trades(2), positions={"binance:BTC/USDT": build_position(10)})

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert approve(state, build_order(side=SELL), limits=LIMITS).day.approved_orders == 2


def test_limit_when_none_then_disabled() -> None:
    off: Limits = build_limits()

    assert run_check(CODE, build_order(), with_trades(999), limits=off).outcome is DISABLED
