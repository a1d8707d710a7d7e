"""ACCOUNT_CAPACITY: the account document stays within what one item can hold."""

from __future__ import annotations

from riskgate.core.account.document import POSITIONS_MAX, WORKING_ORDERS_MAX, Position, WorkingOrder
from riskgate.core.account.exposure import hold_coins
from riskgate.core.codes import DenyCode
from tests.support.builders import (
    NOT_APPLICABLE,
    PASSED,
    SELL,
    VENUE,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    build_working,
    dec,
    run_check,
)

CODE = DenyCode.ACCOUNT_CAPACITY


def list_positions(count: int) -> list[Position]:
    return [build_position(1, f"C{number}/USDT") for number in range(count)]


def list_working(count: int, *, markets: int = 1) -> list[WorkingOrder]:
    return [build_working(1, f"C{number % markets}/USDT", client_order_id=f"w{number}") for number in range(count)]


def test_positions_when_one_more_fits_then_passes() -> None:
    state = build_account(positions=list_positions(POSITIONS_MAX - 1))

    assert run_check(CODE, build_order(), state).outcome is PASSED


def test_positions_when_full_then_a_new_market_is_denied_and_an_open_one_is_not() -> None:
    state = build_account(positions=list_positions(POSITIONS_MAX))

    result = run_check(CODE, build_order(), state)
    assert (result.outcome, result.observed) == (VIOLATED, dec(POSITIONS_MAX + 1))
    assert run_check(CODE, build_order(symbol="C7/USDT"), state).outcome is PASSED


def test_positions_when_each_market_of_one_coin_is_one_then_they_count_all_the_same() -> None:
    markets = [build_position(1, f"BTC/C{number}") for number in range(POSITIONS_MAX)]
    state = hold_coins(build_account(positions=markets))

    assert state.exposure.open_positions == 1
    assert run_check(CODE, build_order(symbol="BTC/NEW"), state).outcome is VIOLATED
    assert run_check(CODE, build_order(symbol="BTC/C7"), state).outcome is PASSED


def test_positions_when_full_with_those_that_working_orders_will_open_then_denied() -> None:
    state = build_account(
        positions=list_positions(POSITIONS_MAX - 10),
        working=[
            build_working(1, f"D{number}/USDT", client_order_id=f"w{number}", venue=VENUE) for number in range(10)
        ],
    )

    assert run_check(CODE, build_order(), state).outcome is VIOLATED


def test_working_orders_when_one_more_fits_then_passes_and_beyond_then_denied() -> None:
    assert run_check(CODE, build_order(), build_account(working=list_working(WORKING_ORDERS_MAX - 1))).outcome is PASSED
    assert run_check(CODE, build_order(), build_account(working=list_working(WORKING_ORDERS_MAX))).outcome is VIOLATED


def test_exit_when_everything_is_full_then_exempt() -> None:
    state = build_account(positions=[build_position(10)], working=list_working(WORKING_ORDERS_MAX))

    assert run_check(CODE, build_order(side=SELL), state).outcome is NOT_APPLICABLE


def test_account_when_empty_then_passes() -> None:
    assert run_check(CODE, build_order()).outcome is PASSED
