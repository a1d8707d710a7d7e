"""SYMBOL_NOT_PERMITTED: own venues, allow and deny lists."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.codes import DenyCode
from tests.support.builders import (
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SPOT,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.SYMBOL_NOT_PERMITTED


@pytest.mark.parametrize(
    ("lists", "outcome"),
    [
        ({}, PASSED),
        ({"symbols_allowed": (SPOT,)}, PASSED),
        ({"symbols_allowed": ("ETH/USDT",)}, VIOLATED),
        ({"symbols_allowed": ()}, VIOLATED),
        ({"symbols_denied": (SPOT,)}, VIOLATED),
        ({"symbols_denied": ("ETH/USDT",)}, PASSED),
        ({"symbols_allowed": (SPOT,), "symbols_denied": (SPOT,)}, VIOLATED),
        ({"strategy_symbols": {"trend": (SPOT,)}}, PASSED),
        ({"strategy_symbols": {"trend": ("ETH/USDT",)}}, VIOLATED),
        ({"strategy_symbols": {"trend": ()}}, VIOLATED),
        ({"strategy_symbols": {"carry": ("ETH/USDT",)}}, PASSED),
    ],
)
def test_symbol_when_listed_then_by_the_lists(lists: dict[str, Any], outcome: object) -> None:
    assert run_check(CODE, build_order(), limits=build_limits(**lists)).outcome is outcome


def test_venue_when_not_one_of_the_accounts_then_denied() -> None:
    assert run_check(CODE, build_order(venue="kraken")).outcome is VIOLATED
    assert run_check(CODE, build_order(), build_account(venues=())).outcome is VIOLATED


def test_exit_when_the_symbol_was_banned_later_then_exempt() -> None:
    state = build_account(positions=[build_position(10)])
    limits = build_limits(symbols_denied=(SPOT,))

    assert run_check(CODE, build_order(side=SELL), state, limits=limits).outcome is NOT_APPLICABLE
