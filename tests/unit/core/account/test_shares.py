"""Whose a position is: exits take the seller's part first, readings move what the position's own strategy holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.shares import charge_fill, parts_of
from tests.support.builders import SPOT, SWAP, build_account, build_position, dec

type Parts = dict[str, int]


#: Coins are held in thousandths too.
UNITS = pytest.mark.parametrize("unit", [Decimal(1), Decimal("0.001")])


def _exact(parts: Parts, unit: Decimal = Decimal(1)) -> dict[str, Decimal]:
    return {name: part * unit for name, part in parts.items()}


@UNITS
@pytest.mark.parametrize(
    ("held", "recorded", "strategy", "signed", "after"),
    [
        (4, {}, "b", 3, {"a": 4, "b": 3}),
        (-4, {}, "b", -3, {"a": -4, "b": -3}),
        (7, {"a": 4, "b": 3}, "b", -2, {"a": 4, "b": 1}),
        (7, {"a": 4, "b": 3}, "b", -5, {"a": 2}),
        (-7, {"a": -4, "b": -3}, "b", 5, {"a": -2}),
        (7, {"a": 4, "b": 3}, "c", -5, {"b": 2}),
        (7, {"a": 4, "b": 3}, "b", -7, {}),
        (7, {"a": 4, "b": 3}, "b", -9, {"b": -2}),
    ],
)
def test_fill_when_charged_then_to_who_ordered_and_an_exit_takes_the_sellers_own_first(
    held: int, recorded: Parts, strategy: str, signed: int, after: Parts, unit: Decimal
) -> None:
    position = build_position(held * unit, strategy="a")
    assert charge_fill(position, _exact(recorded, unit), strategy, signed * unit) == _exact(after, unit)


def test_fill_when_it_opens_then_it_is_all_the_orderers() -> None:
    assert charge_fill(None, _exact({"gone": 5}), "b", Decimal(2)) == _exact({"b": 2})


@UNITS
@pytest.mark.parametrize(
    ("held", "recorded", "parts"),
    [
        (9, {"a": 4, "b": 3}, {"a": 6, "b": 3}),
        (9, {"b": 3}, {"a": 6, "b": 3}),
        (5, {"a": 4, "b": 3}, {"a": 2, "b": 3}),
        (2, {"a": 4, "b": 3}, {"b": 2}),
        (-5, {"a": 4, "b": 3}, {"a": -5}),
        (5, {}, {"a": 5}),
    ],
)
def test_parts_when_a_reading_found_more_or_less_then_the_positions_own_strategy_bears_it(
    held: int, recorded: Parts, parts: Parts, unit: Decimal
) -> None:
    assert parts_of(build_position(held * unit, strategy="a"), _exact(recorded, unit)) == _exact(parts, unit)


@given(
    held=st.integers(-9, 9).filter(bool),
    recorded=st.dictionaries(st.sampled_from("abc"), st.integers(-9, 9), max_size=3),
    strategy=st.sampled_from("abcd"),
    signed=st.integers(-20, 20).filter(bool),
)
def test_parts_whatever_fills_then_they_are_the_position_and_have_its_sign(
    held: int, recorded: Parts, strategy: str, signed: int
) -> None:
    after = charge_fill(build_position(held, strategy="a"), _exact(recorded), strategy, Decimal(signed))
    assert sum(after.values()) == held + signed
    assert all(part * (held + signed) > 0 for part in after.values())


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
@pytest.mark.parametrize("sign", [1, -1])
def test_exposure_when_several_hold_a_position_then_each_strategys_own_and_together_all_of_it(
    symbol: str, sign: int
) -> None:
    position = build_position(3 * sign, symbol)
    parts = {position.key: {"trend": dec(1 * sign), "grid": dec(2 * sign)}}
    shared = build_account(positions=[position], position_parts=parts).exposure
    assert shared.by_strategy == {"trend": 100, "grid": 200}
    assert build_account(positions=[position]).exposure.by_strategy == {"trend": 300}
    assert shared.gross == 300
