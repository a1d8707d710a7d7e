"""LIQUIDATION_DISTANCE and MARGIN_RATIO: how near the venue is to taking a position away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import Position
from riskgate.core.checks.liquidation import compute_distance, compute_margin_ratio, compute_nearest
from riskgate.core.codes import DenyCode
from riskgate.core.levels.utilization import Utilization, measure_utilization
from riskgate.core.limits import Limits
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    dec,
    run_check,
)

DISTANCE, RATIO = DenyCode.LIQUIDATION_DISTANCE, DenyCode.MARGIN_RATIO
LIMITS = build_limits(liquidation_distance_fraction_min="0.1", margin_ratio_max="0.5")


def held(quantity: int, liquidation: str | None, **changes: Any) -> Position:
    price = dec(liquidation) if liquidation is not None else None
    return build_position(quantity, SWAP, liquidation_price=price, **changes)


@pytest.mark.parametrize(
    ("quantity", "liquidation", "distance"),
    [(10, "90", "0.1"), (10, "0.001", "0.99999"), (-10, "130", "0.3"), (10, "101", "0"), (-10, "99", "0")],
)
def test_distance_when_long_or_short_then_of_the_mark_and_none_left_beyond(
    quantity: int, liquidation: str, distance: str
) -> None:
    assert compute_distance(held(quantity, liquidation)) == Decimal(distance)


def test_distance_when_the_venue_names_no_price_then_unknown_and_the_nearest_is_of_those_known() -> None:
    near, far = held(1, "95"), held(-1, "150")
    assert compute_distance(held(1, None)) is None
    assert compute_nearest(build_account(positions=[held(1, None)])) is None
    assert compute_nearest(build_account(positions=[near, build_position(1, SPOT)])) == Decimal("0.05")
    assert compute_nearest(build_account(positions=[far])) == Decimal("0.5")


@pytest.mark.parametrize(("liquidation", "outcome"), [("89", PASSED), ("90", PASSED), ("90.01", VIOLATED)])
def test_entry_when_nearer_than_the_limit_then_denied_and_exit_passes(liquidation: str, outcome: object) -> None:
    state = build_account(positions=[held(10, liquidation)])

    assert run_check(DISTANCE, build_order(symbol=SWAP, side=BUY), state, limits=LIMITS).outcome is outcome
    exits = run_check(DISTANCE, build_order(10, symbol=SWAP, side=SELL), state, limits=LIMITS)
    assert exits.outcome is NOT_APPLICABLE


def test_entry_when_nothing_can_be_liquidated_there_then_not_applicable_and_without_a_limit_disabled() -> None:
    state = build_account(positions=[held(10, "99")])

    assert run_check(DISTANCE, build_order(), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(DISTANCE, build_order(symbol=SWAP), limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(DISTANCE, build_order(symbol=SWAP), state).outcome is DISABLED


@pytest.mark.parametrize(("ratio", "outcome"), [("0.5", PASSED), ("0.500001", VIOLATED)])
def test_swap_entry_when_its_wallets_margin_ratio_is_above_the_limit_then_denied(ratio: str, outcome: object) -> None:
    state = build_account(positions=[held(10, None)], margin_ratios={VENUE: Decimal(ratio)})

    assert run_check(RATIO, build_order(symbol=SWAP), state, limits=LIMITS).outcome is outcome
    assert run_check(RATIO, build_order(), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(RATIO, build_order(10, symbol=SWAP, side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE
    elsewhere = build_account(margin_ratios={"kraken": Decimal(9)})
    assert run_check(RATIO, build_order(symbol=SWAP), elsewhere, limits=LIMITS).outcome is NOT_APPLICABLE
    assert compute_margin_ratio(state) == Decimal(ratio)
    assert run_check(RATIO, build_order(symbol=SWAP), state).outcome is DISABLED


def rows(*positions: Position) -> dict[DenyCode, Utilization]:
    measured = measure_utilization(build_account(positions=list(positions)), Limits(), None)
    return {row.code: row for row in measured}


@pytest.mark.parametrize(
    ("liquidation", "level"),
    [
        (None, "none"),
        ("50", "none"),
        ("79.9", "none"),
        ("80", "yellow"),
        ("86.6", "yellow"),
        ("87", "orange"),
        ("90", "red"),
        ("101", "red"),
    ],
)
def test_level_when_liquidation_comes_nearer_then_higher(liquidation: str | None, level: str) -> None:
    """With the shipped floor of 10 % yellow begins at 20 %, orange at 13.3 %."""
    assert rows(held(10, liquidation))[DISTANCE].level == level


def test_row_when_a_floor_is_measured_then_its_use_is_the_inverse() -> None:
    assert rows(held(10, "80"))[DISTANCE].fraction == Decimal("0.5")
    assert rows()[DISTANCE].fraction == Decimal("0.1")
