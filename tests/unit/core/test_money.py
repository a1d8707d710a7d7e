"""Decimal arithmetic: exact totals, one rounding direction, one way to write an amount."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.money import (
    MONEY_MAX,
    MONEY_QUANTUM,
    is_multiple,
    plain,
    plain_figure,
    quantize_money,
    with_risk_context,
)
from tests.support.hypothesis_profiles import QUICK

amounts = st.decimals("-1e14", "1e14", allow_nan=False, places=20)


@QUICK
@given(amount=amounts)
def test_amount_when_quantized_then_away_from_zero_by_less_than_a_quantum(amount: Decimal) -> None:
    quantized = quantize_money(amount)

    assert abs(quantized) >= abs(amount)
    with localcontext(prec=60):
        assert abs(quantized - amount) < MONEY_QUANTUM


@pytest.mark.parametrize("amount", ["1e15", "1e60", "999999999999999.9999999999999"])
def test_amount_when_beyond_what_is_accounted_then_cut_with_its_sign(amount: str) -> None:
    assert quantize_money(Decimal(amount)) == MONEY_MAX
    assert quantize_money(-Decimal(amount)) == -MONEY_MAX


@QUICK
@given(values=st.lists(amounts, max_size=30), order=st.randoms(use_true_random=False))
def test_sums_when_of_quantized_amounts_then_exact_in_any_order(values: list[Decimal], order: object) -> None:
    quantized = [quantize_money(value) for value in values]
    shuffled = list(quantized)
    order.shuffle(shuffled)  # type: ignore[attr-defined]

    total = with_risk_context(lambda numbers: sum(numbers, Decimal(0)))
    assert total(quantized) == total(shuffled)


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        ("0.3", "0.1", True),
        ("0.35", "0.1", False),
        ("999999999999999.999999999999", "0.000000000001", True),
        ("999999999999999.999999999999", "0.000000000002", False),
        ("-0.3", "0.1", True),
        ("5", "0", True),
        ("0", "7", True),
    ],
)
def test_multiple_when_asked_then_exact_for_any_digits(value: str, step: str, *, expected: bool) -> None:
    assert is_multiple(Decimal(value), Decimal(step)) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.500", "1.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1E-12", "0.000000000001"),
        ("0.000", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("-1.10", "-1.1"),
    ],
)
def test_text_when_written_then_without_exponent_or_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@QUICK
@given(value=st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**15), max_value=10**15))
def test_text_when_read_back_then_the_same_amount(value: Decimal) -> None:
    assert Decimal(plain(value)) == value


def test_context_when_the_caller_has_another_then_results_do_not_depend_on_it_and_it_is_left_alone() -> None:
    third = with_risk_context(lambda: Decimal(1) / 3)
    expected = Decimal("0.3333333333333333333333333334")

    with localcontext(Context(prec=3, rounding=ROUND_DOWN)):
        assert third() == expected
        assert getcontext().prec == 3
    assert third() == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("0", "0"),
        ("1.50", "1.5"),
        ("0.1234567890125", "0.123456789012"),
        ("1e20", "100000000000000000000"),
    ],
)
def test_figure_when_written_then_at_most_twelve_decimals(value: str | None, text: str | None) -> None:
    assert plain_figure(Decimal(value) if value is not None else None) == text
