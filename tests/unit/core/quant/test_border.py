"""The border between floats and money."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.quant.border import to_float, to_loss, to_pnl, to_statistic
from tests.support.hypothesis_profiles import examples

floats = st.floats(allow_nan=False, allow_infinity=False)


def test_loss_when_rounded_then_up_and_pnl_down() -> None:
    assert to_loss(0.123456781) == Decimal("0.12345679")
    assert to_loss(-0.123456789) == Decimal("-0.12345678")
    assert to_pnl(0.123456789) == Decimal("0.12345678")
    assert to_pnl(-10.001, Decimal("0.01")) == Decimal("-10.01")
    assert to_statistic(0.000000005) == Decimal("0E-8")


def test_loss_when_it_prints_exactly_then_not_moved() -> None:
    assert to_loss(0.1) == Decimal("0.10000000")
    assert to_pnl(0.3) == Decimal("0.30000000")


@pytest.mark.parametrize("convert", [to_loss, to_pnl, to_statistic])
def test_figure_when_zero_then_not_negative_zero(convert: object) -> None:
    assert str(convert(-0.0)) == "0E-8"  # type: ignore[operator]
    assert str(to_loss(-1e-12)) == "0E-8"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_figure_when_not_finite_then_refused(bad: float) -> None:
    for convert in (to_loss, to_pnl, to_statistic):
        with pytest.raises(ValueError, match="finite"):
            convert(bad)
    with pytest.raises(ValueError, match="finite"):
        to_float(Decimal(str(bad)))


@examples(100)
@given(value=floats)
def test_rounding_when_any_float_then_against_the_trader(value: float) -> None:
    printed = Decimal(repr(value))
    assert to_loss(value) >= printed >= to_pnl(value)
    assert to_loss(value) - to_pnl(value) <= Decimal("1e-8")


def test_to_float_when_decimal_then_nearest() -> None:
    assert to_float(Decimal("0.1")) == 0.1
    assert to_float(Decimal("1E+15")) == 1e15
