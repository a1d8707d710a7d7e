"""What is reserved while an order is replaced: enough for either terms, and for fills of the old before the new."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import WorkingOrder
from riskgate.core.orders.replacement import cover
from riskgate.core.side import Side
from tests.support.builders import BUY, SELL, build_working, dec

UNITS = ("unit_notional", "unit_risk", "unit_reserved")


def terms(quantity: str, price: str = "100", *, side: Side = BUY, **changes: str | None) -> WorkingOrder:
    exact = {name: None if value is None else dec(value) for name, value in changes.items()}
    return build_working(quantity, price=price, side=side, **exact)


def test_cover_when_more_is_ordered_then_the_larger_quantity_and_totals() -> None:
    covered = cover(terms("1", "120"), terms("2", "100"))
    assert (covered.quantity, covered.increasing_quantity) == (2, 2)
    assert [getattr(covered, unit) for unit in UNITS] == [100, 100, 100]


def test_cover_when_less_is_ordered_then_what_the_old_terms_take_still() -> None:
    covered = cover(terms("3", "100", increasing_quantity="2"), terms("1", "90"))
    assert (covered.quantity, covered.increasing_quantity) == (3, 2)
    assert [getattr(covered, unit) for unit in UNITS] == [100, 100, 100]


def test_cover_when_a_total_does_not_divide_then_rounded_up() -> None:
    covered = cover(terms("1", "100"), terms("3", "1"))
    assert covered.unit_risk * 3 >= 100
    assert covered.unit_risk * 3 - 100 < dec("0.001")


def test_cover_when_neither_adds_to_a_position_then_the_dearer_unit() -> None:
    covered = cover(terms("1", "110", increasing_quantity="0"), terms("2", "100", increasing_quantity="0"))
    assert (covered.increasing_quantity, covered.unit_notional) == (0, 110)


@pytest.mark.parametrize(("side", "further"), [(BUY, 110), (SELL, 100)])
def test_cover_when_prices_differ_then_the_one_further_from_the_stop(side: Side, further: int) -> None:
    for one, other in (("100", "110"), ("110", "100")):
        covered = cover(terms("1", one, side=side), terms("1", other, side=side))
        assert (covered.decision_price, covered.rest_price) == (further, further)


@pytest.mark.parametrize(("side", "wider"), [(BUY, 90), (SELL, 95)])
def test_cover_when_stops_differ_then_the_wider_and_without_one_none(side: Side, wider: int) -> None:
    for one, other in (("90", "95"), ("95", "90")):
        covered = cover(terms("1", side=side, stop_loss_price=one), terms("1", side=side, stop_loss_price=other))
        assert covered.stop_loss_price == wider
    with_stop, without = terms("1", side=side, stop_loss_price="90"), terms("1", side=side)
    assert cover(with_stop, without).stop_loss_price is None
    assert cover(without, with_stop).stop_loss_price is None


def test_cover_when_one_alone_rests_then_its_price() -> None:
    rests, takes = terms("1", "100"), terms("1", "100", rest_price=None)
    assert cover(rests, takes).rest_price == 100
    assert cover(takes, rests).rest_price == 100
    assert cover(takes, takes).rest_price is None


AMOUNTS = st.decimals("0.001", 1_000, places=3)


@given(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), st.tuples(AMOUNTS, AMOUNTS, AMOUNTS))
def test_cover_when_made_of_any_terms_then_no_less_than_either(
    old: tuple[Decimal, Decimal, Decimal], new: tuple[Decimal, Decimal, Decimal]
) -> None:
    both = [
        build_working(quantity, price=price, increasing_quantity=min(quantity, increasing))
        for quantity, price, increasing in (old, new)
    ]
    covered = cover(*both)
    for order in both:
        assert covered.quantity >= order.quantity
        for unit in UNITS:
            reserved = covered.increasing_quantity * getattr(covered, unit)
            assert reserved >= order.increasing_quantity * getattr(order, unit), unit
