"""MAX_OPEN_POSITIONS: distinct markets; adding to one is not a new one."""

from __future__ import annotations

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from tests.support.builders import (
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
    dec,
    run_check,
)

CODE = DenyCode.MAX_OPEN_POSITIONS
LIMITS = build_limits(open_positions_max=2)
LONG, SHORT = build_position(1, "ETH/USDT"), build_position(-1, "SOL/USDT:USDT")


def test_position_when_the_last_that_fits_then_passes() -> None:
    assert run_check(CODE, build_order(), build_account(positions=[LONG]), limits=LIMITS).outcome is PASSED


def test_position_when_one_more_than_the_limit_then_denied() -> None:
    result = run_check(CODE, build_order(), build_account(positions=[LONG, SHORT]), limits=LIMITS)

    assert (result.outcome, result.observed, result.limit) == (VIOLATED, dec(3), dec(2))


def test_position_when_a_working_order_will_open_one_then_it_counts() -> None:
    state = build_account(positions=[LONG], working=[build_working(1, "SOL/USDT")])

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is VIOLATED
    assert run_check(CODE, build_order(symbol="SOL/USDT"), state, limits=LIMITS).outcome is PASSED


def test_position_when_already_open_then_adding_passes_even_beyond_the_limit() -> None:
    state = build_account(positions=[LONG, SHORT, build_position(1, SWAP)])

    assert run_check(CODE, build_order(symbol=SWAP), state, limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order(2, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is PASSED


def test_position_when_the_same_asset_trades_at_another_venue_then_a_new_one() -> None:
    state = build_account(positions=[LONG, build_position(1, venue="kraken")])

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is VIOLATED


def test_exit_when_beyond_the_limit_then_exempt() -> None:
    state = build_account(positions=[LONG, SHORT, build_position(1)])

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    full = build_account(positions=[LONG, SHORT])

    market = build_order(type=OrderType.MARKET)
    assert run_check(CODE, market, full, quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(), full).outcome is DISABLED
