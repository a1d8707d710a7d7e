"""How far a stack goes: the page is current, and the limits that it names first are those."""

from __future__ import annotations

import pytest

from infra.cost.__main__ import CAPACITY_PAGE
from infra.cost.capacity import DECISIONS, OF_ACCOUNTS, Capacity, render_capacity
from infra.cost.model import Model
from infra.cost.stack import Stack


@pytest.fixture
def capacity() -> Capacity:
    return Capacity(Model(Stack.read()))


def test_page_then_it_is_what_the_arithmetic_comes_to() -> None:
    assert CAPACITY_PAGE.read_text(encoding="utf-8") == render_capacity(), "python -m infra.cost"


@pytest.mark.parametrize(
    ("unit", "what"),
    [
        (DECISIONS, "the API's own throttle, `ThrottleRate`"),
        (OF_ACCOUNTS, "accounts with keys at Binance spot behind one address"),
    ],
)
def test_bounds_then_the_tightest_is_named_first(capacity: Capacity, unit: str, what: str) -> None:
    bounds = [bound for bound in capacity.list_bounds() if bound.unit == unit]
    assert bounds[0].what == what
    assert bounds[0].most == min(bound.most for bound in bounds)


def test_bounds_then_the_flag_that_stops_all_is_read_three_thousand_times_a_second(capacity: Capacity) -> None:
    (item,) = [bound for bound in capacity.list_bounds() if bound.what == "reads of `KILL_SWITCH / GLOBAL`, one item"]
    assert item.most == 3_000
