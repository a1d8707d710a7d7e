"""DUPLICATE_ORDER: a bot that repeats itself under a new id."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    approve,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.DUPLICATE_ORDER
LIMITS = build_limits(duplicate_window_seconds=2)
FIRST = build_order(client_order_id="first")
AFTER_FIRST = approve(build_account(), FIRST, limits=LIMITS)


@pytest.mark.parametrize(
    ("age", "outcome"), [(0, VIOLATED), (1.999, VIOLATED), (2, PASSED), (60, PASSED), (-1, VIOLATED)]
)
def test_order_when_the_same_was_approved_within_the_window_then_denied(age: float, outcome: object) -> None:
    now = NOW + timedelta(seconds=age)

    assert run_check(CODE, build_order(), AFTER_FIRST, limits=LIMITS, now=now).outcome is outcome


@pytest.mark.parametrize(
    "other",
    [
        {"symbol": "ETH/USDT"},
        {"venue": "kraken"},
        {"side": SELL},
        {"quantity": 2},
        {"price": 101},
        {"type": OrderType.MARKET},
        {"client_order_id": "first"},
    ],
    ids=str,
)
def test_order_when_it_differs_or_is_the_very_same_then_passes(other: dict[str, Any]) -> None:
    assert run_check(CODE, build_order(**other), AFTER_FIRST, limits=LIMITS).outcome is PASSED


def test_order_when_only_written_differently_then_still_the_same() -> None:
    assert run_check(CODE, build_order("1.000", "100.00"), AFTER_FIRST, limits=LIMITS).outcome is VIOLATED


def test_exit_when_repeated_then_exempt() -> None:
    state = replace(build_account(positions=[build_position(10)]), recent_orders=AFTER_FIRST.recent_orders)

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_quantity_when_unknown_then_not_applicable() -> None:
    unpriced = build_order(None, type=OrderType.MARKET, quote_quantity=10)

    assert run_check(CODE, unpriced, AFTER_FIRST, limits=LIMITS, quote=None).outcome is NOT_APPLICABLE


def test_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(), AFTER_FIRST).outcome is DISABLED
