"""QUANTITY_INVALID: positive, on the lot step, within the instrument's bounds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from tests.support.builders import (
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_instrument,
    build_order,
    build_position,
    build_quote,
    evaluate_order,
    run_check,
)

CODE = DenyCode.QUANTITY_INVALID
BOUNDED = build_instrument(quantity_min=Decimal("0.1"), quantity_max=Decimal(50), step_size=Decimal("0.05"))
TOLD = [
    ("0.1", PASSED),
    ("0.05", VIOLATED),
    ("0.15", PASSED),
    ("0.12", VIOLATED),
    ("50", PASSED),
    ("50.05", VIOLATED),
    ("0", VIOLATED),
    ("-1", VIOLATED),
]


@pytest.mark.parametrize(("quantity", "outcome"), TOLD)
def test_quantity_when_off_step_or_out_of_bounds_then_denied(quantity: str, outcome: object) -> None:
    assert run_check(CODE, build_order(quantity), instrument=BOUNDED).outcome is outcome


@pytest.mark.parametrize(("quantity", "outcome"), TOLD)
def test_exit_when_off_step_or_out_of_bounds_then_denied_all_the_same(quantity: str, outcome: object) -> None:
    state = build_account(positions=[build_position(100)])

    assert run_check(CODE, build_order(quantity, side=SELL), state, instrument=BOUNDED).outcome is outcome


@pytest.mark.parametrize(
    ("quote_quantity", "quantity"), [("5", "0.05"), ("14.99", "0.1"), ("15", "0.15"), ("1000", "10")]
)
def test_quote_quantity_when_converted_then_floored_to_the_step(quote_quantity: str, quantity: str) -> None:
    order = build_order(None, type=OrderType.MARKET, quote_quantity=quote_quantity)

    assert evaluate_order(order, instrument=BOUNDED).context.quantity == Decimal(quantity)


def test_quote_quantity_when_for_contracts_then_counted_in_contracts() -> None:
    order = build_order(None, type=OrderType.MARKET, quote_quantity=1000, symbol=SWAP)
    tenths = build_instrument(SWAP, contract_size=Decimal("0.1"))

    assert evaluate_order(order, instrument=tenths).context.quantity == 100


def test_quote_quantity_when_worth_less_than_a_lot_then_denied() -> None:
    order = build_order(None, type=OrderType.MARKET, quote_quantity="4.99")

    assert evaluate_order(order, instrument=BOUNDED).code is CODE


def test_quote_quantity_when_converted_then_at_the_side_that_is_paid() -> None:
    quote = build_quote(bid=Decimal(80), ask=Decimal(125))
    buy = build_order(None, type=OrderType.MARKET, quote_quantity=1000)
    sell = build_order(None, type=OrderType.MARKET, quote_quantity=1000, side=SELL)

    assert evaluate_order(buy, quote=quote).context.quantity == 8
    assert evaluate_order(sell, quote=quote).context.quantity == Decimal("12.5")


@pytest.mark.parametrize("step", ["0", "0.001", "1000000"])
def test_quote_quantity_when_it_buys_more_than_can_be_counted_then_denied(step: str) -> None:
    order = build_order(None, type=OrderType.MARKET, quote_quantity="999999999999999")
    free = build_instrument(step_size=Decimal(step))

    result = run_check(CODE, order, instrument=free, quote=build_quote(price="0.000000000001"))
    assert result.outcome is VIOLATED


def test_quantity_when_the_instrument_has_no_rules_then_any_positive_passes() -> None:
    free = build_instrument(step_size=Decimal(0))

    assert run_check(CODE, build_order("0.000000000001"), instrument=free).outcome is PASSED


def test_quantity_when_it_cannot_be_resolved_then_not_applicable() -> None:
    assert run_check(CODE, build_order(), instrument=None).outcome is NOT_APPLICABLE
    unpriced = build_order(None, type=OrderType.MARKET, quote_quantity=100)
    assert run_check(CODE, unpriced, quote=None).outcome is NOT_APPLICABLE


def test_message_when_the_step_is_written_with_zeros_then_the_same_as_after_storing() -> None:
    written, stored = build_instrument(step_size=Decimal("0.050")), build_instrument(step_size=Decimal("0.05"))
    order = build_order("0.12")

    assert run_check(CODE, order, instrument=written).message == run_check(CODE, order, instrument=stored).message


AT_MARKET = build_instrument(
    step_size=Decimal("0.1"),
    quantity_max=Decimal(100),
    market_quantity_min=Decimal(1),
    market_quantity_max=Decimal(20),
    market_step_size=Decimal("0.5"),
)


@pytest.mark.parametrize(
    ("quantity", "outcome"), [("0.5", VIOLATED), ("1", PASSED), ("1.2", VIOLATED), ("20", PASSED), ("20.5", VIOLATED)]
)
@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.STOP])
def test_order_at_market_when_off_the_venues_bounds_of_those_then_denied(
    kind: OrderType, quantity: str, outcome: object
) -> None:
    order = build_order(quantity, type=kind)

    assert run_check(CODE, order, instrument=AT_MARKET).outcome is outcome
    assert run_check(CODE, order, instrument=AT_MARKET, rules=3).outcome is PASSED


@pytest.mark.parametrize("quantity", ["0.5", "1.2", "20.5"])
def test_limit_order_when_off_the_bounds_of_orders_at_market_then_passes(quantity: str) -> None:
    assert run_check(CODE, build_order(quantity), instrument=AT_MARKET).outcome is PASSED


def test_quote_quantity_when_at_market_then_floored_to_the_step_of_such_orders() -> None:
    order = build_order(None, type=OrderType.MARKET, quote_quantity="345")

    assert evaluate_order(order, instrument=AT_MARKET).context.quantity == 3
    assert evaluate_order(order, instrument=AT_MARKET, rules=3).context.quantity == Decimal("3.4")


@pytest.mark.parametrize("quantity", ["0", "-1", "-0.001"])
def test_quantity_when_not_positive_then_denied_as_that(quantity: str) -> None:
    result = run_check(DenyCode.QUANTITY_INVALID, build_order(quantity))
    assert (result.outcome, result.message) == (VIOLATED, "the quantity is not positive")
