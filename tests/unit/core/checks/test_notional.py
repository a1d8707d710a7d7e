"""NOTIONAL_BELOW_MINIMUM, NOTIONAL_ABOVE_MAXIMUM: instrument and account bounds; equal passes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VIOLATED,
    build_account,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_quote,
    run_check,
)

MINIMUM, MAXIMUM = DenyCode.NOTIONAL_BELOW_MINIMUM, DenyCode.NOTIONAL_ABOVE_MAXIMUM


@pytest.mark.parametrize(("quantity", "outcome"), [("0.099", VIOLATED), ("0.1", PASSED), ("0.101", PASSED)])
@pytest.mark.parametrize(
    "given",
    [
        {"instrument": build_instrument(SWAP, notional_min=Decimal(10))},
        {"limits": build_limits(order_notional_min=Decimal(10))},
    ],
    ids=["instrument", "account"],
)
@pytest.mark.parametrize("side", [BUY, SELL])
def test_value_when_below_the_minimum_then_denied(
    side: Side, given: dict[str, Any], quantity: str, outcome: object
) -> None:
    assert run_check(MINIMUM, build_order(quantity, symbol=SWAP, side=side), **given).outcome is outcome


@pytest.mark.parametrize("reduce_only", [True, False])
def test_exit_when_below_the_accounts_minimum_then_exempt(*, reduce_only: bool) -> None:
    state = build_account(positions=[build_position(10)])
    order = build_order("0.001", side=SELL, reduce_only=reduce_only)

    assert run_check(MINIMUM, order, state, limits=build_limits(order_notional_min="10")).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(
    ("symbol", "reduce_only", "outcome"),
    [(SPOT, False, VIOLATED), (SPOT, True, VIOLATED), (SWAP, False, VIOLATED), (SWAP, True, NOT_APPLICABLE)],
)
@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.MARKET])
def test_exit_when_below_the_venues_minimum_then_exempt_where_the_venue_exempts_it(
    symbol: str, outcome: object, kind: OrderType, *, reduce_only: bool
) -> None:
    state = build_account(positions=[build_position("0.03", symbol)])
    order = build_order("0.03", symbol=symbol, type=kind, side=SELL, reduce_only=reduce_only)
    instrument = build_instrument(symbol, notional_min=Decimal(5))

    assert run_check(MINIMUM, order, state, instrument=instrument).outcome is outcome
    assert run_check(MINIMUM, order, state, instrument=instrument, rules=3).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("quantity", "outcome"), [("0.049", VIOLATED), ("0.05", NOT_APPLICABLE)])
def test_exit_when_equal_to_the_venues_minimum_then_passes(quantity: str, outcome: object) -> None:
    state = build_account(positions=[build_position(10)])
    order = build_order(quantity, type=OrderType.MARKET, side=SELL)

    assert run_check(MINIMUM, order, state, instrument=build_instrument(notional_min=Decimal(5))).outcome is outcome


def test_exit_at_market_when_no_fresh_price_tells_its_value_then_passes() -> None:
    state = build_account(positions=[build_position(10)])
    order = build_order("0.03", type=OrderType.MARKET, side=SELL)
    given = {"instrument": build_instrument(notional_min=Decimal(5))}

    assert run_check(MINIMUM, order, state, quote=None, **given).outcome is NOT_APPLICABLE
    old = build_quote(at=NOW - timedelta(seconds=31))
    limits = build_limits(quote_max_age_seconds=30)
    assert run_check(MINIMUM, order, state, quote=old, limits=limits, **given).outcome is NOT_APPLICABLE


def test_exit_when_its_limit_is_below_the_market_then_worth_its_limit() -> None:
    state = build_account(positions=[build_position(10)])
    given = {"instrument": build_instrument(notional_min=Decimal(5))}

    assert run_check(MINIMUM, build_order("0.05", 99, side=SELL), state, **given).outcome is VIOLATED
    assert run_check(MINIMUM, build_order("0.05", 100, side=SELL), state, **given).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("quantity", "outcome"), [("9.999", PASSED), ("10", PASSED), ("10.001", VIOLATED)])
@pytest.mark.parametrize(
    "given",
    [
        {"instrument": build_instrument(SWAP, notional_max=Decimal(1000))},
        {"limits": build_limits(order_notional_max=Decimal(1000))},
        {"limits": build_limits(order_notional_fraction_max=Decimal("0.1"))},
    ],
    ids=["instrument", "account", "fraction of equity"],
)
@pytest.mark.parametrize("side", [BUY, SELL])
def test_value_when_above_the_maximum_then_denied(
    side: Side, given: dict[str, Any], quantity: str, outcome: object
) -> None:
    assert run_check(MAXIMUM, build_order(quantity, symbol=SWAP, side=side), **given).outcome is outcome


def test_exit_when_above_the_accounts_maximum_then_passes_and_above_the_instruments_then_denied() -> None:
    state = build_account(positions=[build_position(50)])
    order = build_order(50, side=SELL)
    limits = build_limits(order_notional_max=Decimal(1000), order_notional_fraction_max=Decimal("0.1"))

    assert run_check(MAXIMUM, order, state, limits=limits).outcome is PASSED
    tight = build_instrument(notional_max=Decimal(1000))
    assert run_check(MAXIMUM, order, state, instrument=tight).outcome is VIOLATED


def test_flip_when_only_its_increasing_part_fits_then_passes() -> None:
    state = build_account(positions=[build_position(50, SWAP)])
    limits = build_limits(order_notional_max=Decimal(1000))

    assert run_check(MAXIMUM, build_order(60, symbol=SWAP, side=SELL), state, limits=limits).outcome is PASSED
    assert run_check(MAXIMUM, build_order("60.001", symbol=SWAP, side=SELL), state, limits=limits).outcome is VIOLATED


def test_contract_size_when_not_one_then_multiplies_the_value() -> None:
    instrument = build_instrument(SWAP, contract_size=Decimal("0.01"))
    limits = build_limits(order_notional_max=Decimal(1000))

    assert run_check(MAXIMUM, build_order(1000, symbol=SWAP), instrument=instrument, limits=limits).outcome is PASSED
    over = build_order("1000.001", symbol=SWAP)
    assert run_check(MAXIMUM, over, instrument=instrument, limits=limits).outcome is VIOLATED


@pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
def test_fraction_when_equity_is_not_positive_then_denied(equity: str) -> None:
    limits = build_limits(order_notional_fraction_max="0.1")

    assert run_check(MAXIMUM, build_order(), build_account(equity), limits=limits).outcome is VIOLATED


def test_value_when_beyond_what_can_be_accounted_then_denied_with_every_limit_off() -> None:
    assert run_check(MAXIMUM, build_order("99999999999999.999"), build_account("999999999999999")).outcome is VIOLATED


def test_value_when_the_order_cannot_be_valued_then_not_applicable() -> None:
    for code in (MINIMUM, MAXIMUM):
        assert run_check(code, build_order(type=OrderType.MARKET), quote=None).outcome is NOT_APPLICABLE


def test_limits_when_none_then_passes_whatever_the_size() -> None:
    assert run_check(MINIMUM, build_order("0.001")).outcome is PASSED
    assert run_check(MAXIMUM, build_order(1_000_000)).outcome is PASSED
