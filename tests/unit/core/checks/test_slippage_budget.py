"""SLIPPAGE_BUDGET: stop adding while fills keep costing more than decided."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import SlippageSample
from riskgate.core.codes import DenyCode
from riskgate.core.levels.utilization import measure_utilization
from tests.support.builders import (
    DISABLED,
    HOUR,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    dec,
    decide,
    run_check,
)

CODE = DenyCode.SLIPPAGE_BUDGET
LIMITS = build_limits(slippage_budget_bps_max="50")


def sample(cost: str, notional: str = "1000", *, age: timedelta = HOUR) -> SlippageSample:
    return SlippageSample(at=NOW - age, notional=Decimal(notional), cost=Decimal(cost))


@pytest.mark.parametrize(("cost", "outcome"), [("4.999", PASSED), ("5", PASSED), ("5.001", VIOLATED)])
def test_slippage_when_above_the_budget_then_denied(cost: str, outcome: object) -> None:
    state = build_account(slippage=(sample(cost),))

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is outcome


def test_slippage_when_over_many_fills_then_weighted_by_notional() -> None:
    state = build_account(slippage=(sample("60", "1000"), sample("0", "9000")))
    assert run_check(CODE, build_order(), state, limits=LIMITS).observed == 60

    gained = build_account(slippage=(sample("60", "1000"), sample("-60", "9000")))
    assert run_check(CODE, build_order(), gained, limits=LIMITS).outcome is PASSED


def test_slippage_when_only_gains_then_zero_and_not_negative() -> None:
    result = run_check(CODE, build_order(), build_account(slippage=(sample("-9"),)), limits=LIMITS)

    assert (result.outcome, result.observed) == (PASSED, dec(0))


def test_budget_when_spent_a_day_ago_then_entries_are_possible_again() -> None:
    spent = build_account(slippage=(sample("60"),))

    assert not decide(spent, build_order(), limits=LIMITS, now=NOW + 22 * HOUR)[1].approved
    assert decide(spent, build_order(), limits=LIMITS, now=NOW + 23 * HOUR)[1].approved


def test_exit_when_the_budget_is_spent_then_exempt() -> None:
    state = build_account(positions=[build_position(10)], slippage=(sample("60"),))

    assert run_check(CODE, build_order(side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE


def test_fills_when_none_or_worth_nothing_then_passes_and_limit_when_none_then_disabled() -> None:
    assert run_check(CODE, build_order(), limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order(), build_account(slippage=(sample("0", "0"),)), limits=LIMITS).outcome is PASSED
    assert run_check(CODE, build_order(), build_account(slippage=(sample("60"),))).outcome is DISABLED


@pytest.mark.parametrize(("costs", "used"), [([], "0"), ([5], "50"), ([5, -3], "10"), ([-5], "0")])
def test_use_when_shown_then_what_fills_cost_more_than_decided_and_never_less_than_nothing(
    costs: list[int], used: str
) -> None:
    """Each fill was of 1,000."""
    samples = tuple(SlippageSample(at=NOW, notional=Decimal(1000), cost=Decimal(cost)) for cost in costs)
    rows = measure_utilization(build_account(slippage=samples), build_limits(slippage_budget_bps_max="50"), None)
    assert [row.value for row in rows if row.code is DenyCode.SLIPPAGE_BUDGET] == [Decimal(used)]
