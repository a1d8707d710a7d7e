"""VAR_LIMIT, STRESS_LIMIT: the book after the order in the stored scenarios."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.checks.scenario_loss import SCENARIOS_MIN
from riskgate.core.codes import DenyCode
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.levels.utilization import measure_utilization
from riskgate.core.order import OrderType
from tests.support.builders import (
    DAY,
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    Number,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_report,
    build_row,
    run_check,
)
from tests.support.hypothesis_profiles import QUICK

VAR, STRESS = DenyCode.VAR_LIMIT, DenyCode.STRESS_LIMIT
VAR_ON = build_limits(var_fraction_max="0.10", var_confidence="0.95")
STRESS_ON = build_limits(stress_loss_fraction_max="0.50")
HELD = build_position(10, "ETH/USDT")


def report(days: int = 252, exposures: dict[str, Number] | None = None) -> RiskReport:
    """Return a book of 1,000 in ETH: day number k loses k, in no order; the worst scenario loses 600."""
    shuffled = [Decimal(-number) for number in (*range(2, days + 1, 2), *range(1, days + 1, 2))]
    return build_report(
        {"ETH": 1000} if exposures is None else exposures,
        scenario_pnl=tuple(shuffled),
        stress_pnl={"crash": Decimal(-600), "rally": Decimal(400)},
    )


def row(move: str = "0", days: int = 252, crash: str = "0", rally: str = "0") -> CorrelationRow:
    return build_row(
        "BTC",
        {},
        scenario_returns=(Decimal(move),) * days,
        stress_shocks={"crash": Decimal(crash), "rally": Decimal(rally)},
    )


def var_of(days: int, confidence: str) -> Decimal:
    state = build_account(positions=[HELD])
    limits = build_limits(var_fraction_max="1", var_confidence=confidence)
    result = run_check(VAR, build_order("0.001"), state, limits=limits, report=report(days), correlation=row(days=days))
    assert result.observed is not None
    return result.observed * state.equity


@pytest.mark.parametrize(
    ("days", "confidence", "nth_worst"),
    [
        (252, "0.95", 13),
        (252, "0.99", 3),
        (100, "0.95", 6),
        (100, "0.99", 2),
        (60, "0.95", 4),
        (250, "0.996", 2),
        (100, "0.93", 8),
        (1000, "0.999", 2),
        (252, "1", 1),
    ],
)
def test_var_when_read_off_the_scenarios_then_the_order_statistic(days: int, confidence: str, nth_worst: int) -> None:
    """The (floor(np) + 1)-th worst day; the n-th worst loses days + 1 - n."""
    assert var_of(days, confidence) == days + 1 - nth_worst


@QUICK
@given(days=st.integers(SCENARIOS_MIN, 400), confidence=st.decimals("0.5", "1", places=4))
def test_var_when_for_any_confidence_then_the_rank_is_exact(days: int, confidence: Decimal) -> None:
    rank = int((1 - Fraction(confidence)) * days // 1)

    assert var_of(days, str(confidence)) == days - min(rank, days)


def test_var_when_measured_for_the_dashboard_then_the_same_rank() -> None:
    state = build_account(positions=[HELD])
    rows = {r.code: r for r in measure_utilization(state, VAR_ON, report(100))}

    assert rows[VAR].value == Decimal(95) / 10_000
    assert rows[STRESS].value == Decimal(600) / 10_000


@pytest.mark.parametrize(("quantity", "outcome"), [("76", PASSED), ("76.001", VIOLATED)])
def test_var_when_the_order_adds_to_it_then_counted(quantity: str, outcome: object) -> None:
    """240 on the 13th worst day, and 10 % of the order's value on every day, against 1,000."""
    state = build_account(positions=[HELD])

    result = run_check(VAR, build_order(quantity), state, limits=VAR_ON, report=report(), correlation=row(move="-0.1"))
    assert result.outcome is outcome


def test_var_when_the_order_hedges_then_less() -> None:
    state = build_account(1000, positions=[HELD])
    given_: dict[str, Any] = {"limits": VAR_ON, "report": report(), "correlation": row(move="-0.5")}

    assert run_check(VAR, build_order(1, symbol=SWAP), state, **given_).outcome is VIOLATED
    hedge = run_check(VAR, build_order(4, symbol=SWAP, side=SELL), state, **given_)
    assert (hedge.outcome, hedge.observed) == (PASSED, Decimal("0.04"))


def test_var_when_the_book_gains_in_the_tail_then_zero_and_not_negative() -> None:
    gains = build_report({}, scenario_pnl=(Decimal(50),) * 100)

    result = run_check(VAR, build_order(), limits=VAR_ON, report=gains, correlation=row(days=100))
    assert (result.outcome, result.observed) == (PASSED, Decimal(0))


@pytest.mark.parametrize(
    "known",
    [None, build_report({}), build_report({}, scenario_pnl=(Decimal(0),) * (SCENARIOS_MIN - 1))],
    ids=["no report", "no scenarios", "59 days"],
)
def test_var_when_there_are_too_few_scenarios_then_the_whole_gross_exposure_may_be_lost(known: Any) -> None:
    given_: dict[str, Any] = {"limits": VAR_ON, "report": known, "correlation": row()}

    assert run_check(VAR, build_order(10), **given_).outcome is PASSED
    assert run_check(VAR, build_order("10.001"), **given_).outcome is VIOLATED


@pytest.mark.parametrize("known", [None, build_row("BTC", {}), row(days=251)], ids=["no row", "empty", "other days"])
def test_var_when_the_asset_has_no_matching_scenarios_then_the_order_counts_as_lost(known: Any) -> None:
    """240 of the book and 760 of the order."""
    state = build_account(positions=[HELD])
    given_: dict[str, Any] = {"limits": VAR_ON, "report": report(), "correlation": known}

    assert run_check(VAR, build_order("7.6"), state, **given_).outcome is PASSED
    assert run_check(VAR, build_order("7.601"), state, **given_).outcome is VIOLATED


def test_var_when_another_exposure_changed_since_the_report_then_the_change_counts_as_lost() -> None:
    """The report knows 1,000 in ETH of the 1,400 held, and 300 in SOL that is gone."""
    state = build_account(positions=[build_position(14, "ETH/USDT")])
    stale = report(exposures={"ETH": 1000, "SOL": 300})

    result = run_check(VAR, build_order("0.001"), state, limits=VAR_ON, report=stale, correlation=row())
    assert result.observed == Decimal(240 + 400 + 300) / 10_000


def test_var_when_a_later_confidence_is_higher_then_never_smaller() -> None:
    values = [var_of(252, confidence) for confidence in ("0.5", "0.9", "0.95", "0.99", "0.999", "1")]

    assert values == sorted(values)


@pytest.mark.parametrize(("quantity", "outcome"), [("44", PASSED), ("44.001", VIOLATED)])
def test_stress_when_the_worst_scenario_after_the_order_is_beyond_the_limit_then_denied(
    quantity: str, outcome: object
) -> None:
    """600 of the book in the crash and the whole order, against 5,000."""
    state = build_account(positions=[HELD])
    given_: dict[str, Any] = {"limits": STRESS_ON, "report": report(), "correlation": row(crash="-1")}

    assert run_check(STRESS, build_order(quantity), state, **given_).outcome is outcome


def test_stress_when_a_short_then_it_loses_in_the_rally() -> None:
    state = build_account(positions=[HELD])
    given_: dict[str, Any] = {"limits": STRESS_ON, "report": report(), "correlation": row(crash="-0.5", rally="0.6")}

    result = run_check(STRESS, build_order(90, symbol=SWAP, side=SELL), state, **given_)
    assert (result.outcome, result.observed) == (PASSED, Decimal("0.5"))


@pytest.mark.parametrize(
    "known", [None, build_row("BTC", {}, stress_shocks={"crash": Decimal(0)})], ids=["none", "one"]
)
def test_stress_when_a_scenario_says_nothing_of_the_asset_then_the_order_counts_as_lost(known: Any) -> None:
    state = build_account(positions=[HELD])

    result = run_check(STRESS, build_order(10), state, limits=STRESS_ON, report=report(), correlation=known)
    assert result.observed == Decimal(600 + 1000) / 10_000


def test_stress_when_there_is_no_report_then_the_whole_gross_exposure_may_be_lost() -> None:
    assert run_check(STRESS, build_order(50), limits=STRESS_ON).outcome is PASSED
    assert run_check(STRESS, build_order("50.001"), limits=STRESS_ON).outcome is VIOLATED


@pytest.mark.parametrize(("code", "limits"), [(VAR, VAR_ON), (STRESS, STRESS_ON)])
class TestBoth:
    def test_exit_when_beyond_the_limit_then_exempt(self, code: DenyCode, limits: Any) -> None:
        state = build_account(positions=[build_position(500)])

        assert run_check(code, build_order(side=SELL), state, limits=limits).outcome is NOT_APPLICABLE

    @pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
    def test_loss_when_equity_is_not_positive_then_denied(self, code: DenyCode, limits: Any, equity: str) -> None:
        assert run_check(code, build_order(), build_account(equity), limits=limits).outcome is VIOLATED

    def test_order_when_it_cannot_be_valued_then_not_applicable(self, code: DenyCode, limits: Any) -> None:
        order = build_order(type=OrderType.MARKET)

        assert run_check(code, order, quote=None, limits=limits).outcome is NOT_APPLICABLE

    def test_limit_when_none_then_disabled(self, code: DenyCode, limits: Any) -> None:
        off = replace(limits, var_fraction_max=None, stress_loss_fraction_max=None)

        assert run_check(code, build_order(1000), limits=off).outcome is DISABLED


@pytest.mark.parametrize(("row_is_later", "observed"), [(-1, "0.051"), (0, "0.051"), (1, "0.001"), (2, "0.001")])
def test_var_when_the_two_were_written_on_different_days_then_only_days_that_both_know_count(
    row_is_later: int, observed: str
) -> None:
    """The book lost 500 on its first day and nothing since, one day is not known; the order loses 10 on each."""
    days = [Decimal(-500), *[Decimal(0)] * 40, None, *[Decimal(0)] * 40]
    seen = build_report({"ETH": 1000}, scenario_pnl=tuple(days), scenario_day=NOW.date())
    moves = replace(row(move="-0.1", days=len(days)), scenario_day=NOW.date() + row_is_later * DAY)
    limits = build_limits(var_fraction_max="1", var_confidence="1")
    state = build_account(positions=[HELD])
    result = run_check(VAR, build_order(1), state, limits=limits, report=seen, correlation=moves)
    assert result.observed == Decimal(observed)


@pytest.mark.parametrize(
    ("days_apart", "covered"), [(0, True), (40, True), (41, False), (-40, True), (-41, False), (200, False)]
)
def test_var_when_too_few_days_are_known_of_both_then_the_order_counts_as_lost(days_apart: int, covered: bool) -> None:
    """A hundred days each, and sixty are enough."""
    seen = build_report({"ETH": 1000}, scenario_pnl=(Decimal(0),) * 100, scenario_day=NOW.date())
    moves = replace(row(move="-0.1", days=100), scenario_day=NOW.date() + days_apart * DAY)
    limits = build_limits(var_fraction_max="1", var_confidence="1")
    result = run_check(
        VAR, build_order(1), build_account(positions=[HELD]), limits=limits, report=seen, correlation=moves
    )
    assert result.observed == Decimal("0.001" if covered else "0.01")


@pytest.mark.parametrize("unknown", ["report", "row"])
def test_var_when_one_side_does_not_tell_its_day_then_the_order_counts_as_lost(unknown: str) -> None:
    seen = build_report({"ETH": 1000}, scenario_pnl=(Decimal(0),) * 100, scenario_day=NOW.date())
    moves = replace(row(move="-0.1", days=100), scenario_day=NOW.date())
    if unknown == "report":
        seen = replace(seen, scenario_day=None)
    else:
        moves = replace(moves, scenario_day=None)
    limits = build_limits(var_fraction_max="1", var_confidence="1")
    result = run_check(
        VAR, build_order(1), build_account(positions=[HELD]), limits=limits, report=seen, correlation=moves
    )
    assert result.observed == Decimal("0.01")
