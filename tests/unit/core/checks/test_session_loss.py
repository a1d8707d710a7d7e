"""DAILY_LOSS, WEEKLY_DRAWDOWN, MAX_DRAWDOWN: reached is tripped; exits pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Breaker
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)


@dataclass(frozen=True)
class Case:
    """One loss limit: its code, the limit on, and the highest loss of 10,000 that still trades."""

    code: DenyCode
    limits: Limits
    reached: str


CASES = [
    Case(DenyCode.DAILY_LOSS, build_limits(daily_loss_fraction_max="0.03"), "9700"),
    Case(DenyCode.WEEKLY_DRAWDOWN, build_limits(weekly_drawdown_fraction_max="0.08"), "9200"),
    Case(DenyCode.MAX_DRAWDOWN, build_limits(drawdown_fraction_max="0.20"), "8000"),
]
each_limit = pytest.mark.parametrize("case", CASES, ids=lambda case: case.code.value)
TICK = Decimal("1e-12")


def at_equity(equity: Decimal | str) -> AccountState:
    """Return an account that started the day and the week, and peaked, at 10,000."""
    return replace(build_account(positions=[build_position(10)]), equity=Decimal(equity))


@each_limit
def test_loss_when_one_tick_below_the_limit_then_passes_and_reached_then_denied(case: Case) -> None:
    reached = Decimal(case.reached)

    assert run_check(case.code, build_order(), at_equity(reached + TICK), limits=case.limits).outcome is PASSED
    assert run_check(case.code, build_order(), at_equity(reached), limits=case.limits).outcome is VIOLATED
    assert run_check(case.code, build_order(), at_equity(reached - TICK), limits=case.limits).outcome is VIOLATED


@each_limit
@pytest.mark.parametrize("equity", ["10000", "10001", "1000000"])
def test_loss_when_there_is_none_then_passes(case: Case, equity: str) -> None:
    assert run_check(case.code, build_order(), at_equity(equity), limits=case.limits).outcome is PASSED


@each_limit
@pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
def test_loss_when_equity_is_zero_negative_or_no_number_then_denied(case: Case, equity: str) -> None:
    assert run_check(case.code, build_order(), at_equity(equity), limits=case.limits).outcome is VIOLATED


@each_limit
@pytest.mark.parametrize("baseline", [Decimal(0), Decimal(-1)])
def test_loss_when_its_baseline_is_not_positive_then_it_cannot_be_measured_and_is_denied(
    case: Case, baseline: Decimal
) -> None:
    state = build_account()
    state = replace(
        state,
        peak_equity=baseline,
        week=replace(state.week, peak=baseline),
        day=replace(state.day, baseline=baseline),
    )

    assert run_check(case.code, build_order(), state, limits=case.limits).outcome is VIOLATED


@each_limit
@pytest.mark.parametrize("clears_on", [None, date(2026, 11, 19)])
def test_loss_when_its_breaker_is_tripped_then_denied_although_equity_came_back(
    case: Case, clears_on: date | None
) -> None:
    breaker = Breaker(tripped_at=NOW, observed=Decimal("0.5"), limit=Decimal("0.1"), clears_on=clears_on)
    state = replace(at_equity("20000"), breakers={case.code.value: breaker})

    result = run_check(case.code, build_order(), state, limits=case.limits)

    assert (result.outcome, result.observed, result.limit) == (VIOLATED, Decimal("0.5"), Decimal("0.1"))
    clears = "on 2026-11-19" if clears_on else "when a person resets it"
    assert result.message == f"{case.code.value} tripped at 50.00 % and clears {clears}"


@each_limit
def test_loss_when_its_breaker_saw_no_figure_then_none_is_told(case: Case) -> None:
    state = replace(build_account(), breakers={case.code.value: Breaker(tripped_at=NOW)})
    result = run_check(case.code, build_order(), state, limits=case.limits)
    assert result.message == f"{case.code.value} tripped and clears when a person resets it"


@each_limit
def test_loss_when_its_breaker_is_tripped_then_switching_the_limit_off_does_not_clear_it(case: Case) -> None:
    breaker = Breaker(tripped_at=NOW, observed=Decimal("0.5"), limit=Decimal("0.1"))
    state = replace(build_account(), breakers={case.code.value: breaker})

    assert run_check(case.code, build_order(), state).outcome is VIOLATED


@each_limit
def test_exit_when_the_loss_is_total_then_exempt(case: Case) -> None:
    assert run_check(case.code, build_order(side=SELL), at_equity("1"), limits=case.limits).outcome is NOT_APPLICABLE


@each_limit
def test_limit_when_none_then_disabled(case: Case) -> None:
    assert run_check(case.code, build_order(), at_equity("1")).outcome is DISABLED
