"""What people see of an order at its venue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskgate.core.orders.venue_side import VENUE_SIDE_SINCE, add_fill, name_at_venue
from tests.support.builders import build_working, dec

NOW_RULES, BEFORE = VENUE_SIDE_SINCE, VENUE_SIDE_SINCE - 1
ORDER = build_working(10)


def test_order_when_its_venue_names_it_then_kept() -> None:
    assert name_at_venue(ORDER, "7", NOW_RULES).exchange_order_id == "7"
    for told, rules in (("7", BEFORE), (None, NOW_RULES), ("", NOW_RULES)):
        assert name_at_venue(ORDER, told, rules) is ORDER


def test_fills_when_they_come_then_value_and_fees_add_up() -> None:
    first = add_fill(ORDER, dec(2), dec(100), {"USDT": dec("0.2"), "BNB": dec("0.5")}, NOW_RULES)
    assert (first.filled_notional, first.fees) == (200, {"USDT": dec("0.2"), "BNB": dec("0.5")})
    second = add_fill(replace(first, filled_quantity=dec(2)), dec(1), dec(90), {"USDT": dec("0.3")}, NOW_RULES)
    assert (second.filled_notional, second.fees) == (290, {"USDT": dec("0.5"), "BNB": dec("0.5")})
    rebate = add_fill(replace(second, filled_quantity=dec(3)), dec(1), dec(90), {"BNB": dec("-0.5")}, NOW_RULES)
    assert rebate.fees == {"USDT": dec("0.5")}


@pytest.mark.parametrize(("filled", "notional", "rules"), [("2", None, NOW_RULES), ("0", None, BEFORE)])
def test_fill_when_earlier_ones_were_not_kept_then_unknown_still(filled: str, notional: None, rules: int) -> None:
    order = replace(ORDER, filled_quantity=dec(filled), filled_notional=notional)
    assert add_fill(order, dec(2), dec(100), {"USDT": dec(1)}, rules) is order


@pytest.mark.parametrize(("filled", "notional", "average"), [("2", "190", "95"), ("0", None, None), ("2", None, None)])
def test_average_when_fills_were_kept_then_of_all_of_them(
    filled: str, notional: str | None, average: str | None
) -> None:
    order = replace(ORDER, filled_quantity=dec(filled), filled_notional=None if notional is None else dec(notional))
    assert order.average_fill_price == (None if average is None else dec(average))
