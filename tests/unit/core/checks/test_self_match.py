"""SELF_MATCH: an account does not trade with itself."""

from __future__ import annotations

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

CODE = DenyCode.SELF_MATCH
LIMITS = build_limits(self_match_prevention=True)


@pytest.mark.parametrize(
    ("resting", "side", "price", "outcome"),
    [
        (SELL, BUY, "99.99", PASSED),
        (SELL, BUY, "100", VIOLATED),
        (SELL, BUY, "100.01", VIOLATED),
        (BUY, SELL, "100.01", PASSED),
        (BUY, SELL, "100", VIOLATED),
        (BUY, SELL, "99.99", VIOLATED),
        (BUY, BUY, "101", PASSED),
    ],
)
def test_order_when_it_would_cross_an_own_resting_one_then_denied(
    resting: Side, side: Side, price: str, outcome: object
) -> None:
    state = build_account(working=[build_working(1, SWAP, side=resting)])

    assert run_check(CODE, build_order(1, price, symbol=SWAP, side=side), state, limits=LIMITS).outcome is outcome


def test_market_order_when_an_own_order_rests_on_the_other_side_then_denied() -> None:
    state = build_account(working=[build_working(1, SWAP, side=SELL)])

    assert run_check(CODE, build_order(symbol=SWAP, type=OrderType.MARKET), state, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize("other", [{"symbol": "ETH/USDT:USDT"}, {"venue": "kraken"}], ids=str)
def test_order_when_the_resting_one_is_in_another_market_then_passes(other: dict[str, Any]) -> None:
    state = build_account(working=[build_working(1, SWAP, side=SELL)])
    order = build_order(**({"symbol": SWAP} | other))

    assert run_check(CODE, order, state, limits=LIMITS).outcome is PASSED


def test_order_when_the_working_one_does_not_rest_in_the_book_then_passes() -> None:
    stop = build_working(1, SWAP, side=SELL, type=OrderType.STOP, rest_price=None)

    assert run_check(CODE, build_order(symbol=SWAP), build_account(working=[stop]), limits=LIMITS).outcome is PASSED


def test_stop_order_when_it_waits_for_its_trigger_then_not_applicable() -> None:
    state = build_account(working=[build_working(1, SWAP, side=SELL)])
    order = build_order(symbol=SWAP, type=OrderType.STOP)

    assert run_check(CODE, order, state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_exit_when_it_would_cross_then_exempt() -> None:
    state = build_account(positions=[build_position(10)], working=[build_working(1)])

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_account_when_nothing_rests_then_passes_and_when_off_then_disabled() -> None:
    assert run_check(CODE, build_order(), limits=LIMITS).outcome is PASSED
    crossing = build_account(working=[build_working(1, SWAP, side=SELL)])
    assert run_check(CODE, build_order(symbol=SWAP, side=BUY), crossing).outcome is DISABLED
