"""PRICE_INVALID: positive, on tick, within the instrument's bounds; triggers as well."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from tests.support.builders import (
    NOT_APPLICABLE,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_instrument,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.PRICE_INVALID
BOUNDED = build_instrument(price_min=Decimal(50), price_max=Decimal(150), tick_size=Decimal("0.05"))
TOLD = [
    ("100.05", PASSED),
    ("100.04", VIOLATED),
    ("100.0500000001", VIOLATED),
    ("50", PASSED),
    ("49.95", VIOLATED),
    ("150", PASSED),
    ("150.05", VIOLATED),
    ("0", VIOLATED),
    ("-100", VIOLATED),
]


@pytest.mark.parametrize(("price", "outcome"), TOLD)
def test_limit_price_when_off_tick_or_out_of_bounds_then_denied(price: str, outcome: object) -> None:
    assert run_check(CODE, build_order(1, price), instrument=BOUNDED).outcome is outcome


@pytest.mark.parametrize(("price", "outcome"), TOLD)
def test_trigger_price_when_off_tick_or_out_of_bounds_then_denied(price: str, outcome: object) -> None:
    assert run_check(CODE, build_order(1, price, type=OrderType.STOP), instrument=BOUNDED).outcome is outcome


def test_stop_limit_when_only_the_trigger_is_off_tick_then_denied() -> None:
    order = build_order(1, 100, type=OrderType.STOP_LIMIT, trigger_price="100.01")

    assert run_check(CODE, order, instrument=BOUNDED).outcome is VIOLATED


def test_price_when_the_tick_is_zero_then_any_passes() -> None:
    free = build_instrument(tick_size=Decimal(0))

    assert run_check(CODE, build_order(1, "100.123456789012"), instrument=free).outcome is PASSED


def test_exit_when_its_price_is_off_tick_then_denied() -> None:
    state = build_account(positions=[build_position(10)])

    assert run_check(CODE, build_order(1, "100.01", side=SELL), state, instrument=BOUNDED).outcome is VIOLATED


def test_price_when_there_is_none_or_no_instrument_then_not_applicable() -> None:
    assert run_check(CODE, build_order(type=OrderType.MARKET)).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(1, -1), instrument=None).outcome is NOT_APPLICABLE


def test_message_when_the_tick_is_written_with_zeros_then_the_same_as_after_storing() -> None:
    """A replay reads the tick back without trailing zeros and must say the same."""
    written = build_instrument(tick_size=Decimal("0.050"))
    stored = build_instrument(tick_size=Decimal("0.05"))
    order = build_order(1, "100.01")

    assert run_check(CODE, order, instrument=written).message == run_check(CODE, order, instrument=stored).message
