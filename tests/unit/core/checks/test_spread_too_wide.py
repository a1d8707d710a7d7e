"""SPREAD_TOO_WIDE: no order that takes liquidity from an empty book."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Quote
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    run_check,
)

CODE = DenyCode.SPREAD_TOO_WIDE
LIMITS = build_limits(spread_fraction_max="0.01")
TAKERS = [OrderType.MARKET, OrderType.STOP]


@pytest.mark.parametrize(
    ("bid", "ask", "outcome"),
    [("100", "100", PASSED), ("99.6", "100.4", PASSED), ("99.5", "100.5", PASSED), ("99.49", "100.5", VIOLATED)],
)
@pytest.mark.parametrize("kind", TAKERS)
@pytest.mark.parametrize("side", [BUY, SELL])
def test_taker_when_the_spread_is_above_the_limit_then_denied(
    side: Side, kind: OrderType, bid: str, ask: str, outcome: object
) -> None:
    quote = build_quote(bid=Decimal(bid), ask=Decimal(ask))

    assert run_check(CODE, build_order(type=kind, side=side), quote=quote, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize("quote", [build_quote(bid=None), build_quote(ask=None)], ids=["no bid", "no ask"])
def test_taker_when_the_quote_is_one_sided_then_denied(quote: Quote) -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET), quote=quote, limits=LIMITS).outcome is VIOLATED


@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.STOP_LIMIT])
def test_order_when_it_names_its_own_price_then_not_applicable(kind: OrderType) -> None:
    quote = build_quote(bid=Decimal(50), ask=Decimal(150))

    assert run_check(CODE, build_order(type=kind), quote=quote, limits=LIMITS).outcome is NOT_APPLICABLE


def test_exit_when_the_spread_is_wide_then_exempt() -> None:
    state = build_account(positions=[build_position(10)])
    quote = build_quote(bid=Decimal(90), ask=Decimal(110))

    order = build_order(type=OrderType.MARKET, side=SELL)
    assert run_check(CODE, order, state, quote=quote, limits=LIMITS).outcome is NOT_APPLICABLE


def test_quote_when_missing_then_not_applicable_and_limit_when_none_then_disabled() -> None:
    order = build_order(type=OrderType.MARKET)

    assert run_check(CODE, order, quote=None, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, order, quote=build_quote(bid=Decimal(1))).outcome is DISABLED
