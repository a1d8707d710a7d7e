"""The daily summary: once a day, from what it counts, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Breaker
from riskgate.core.account.results import Opening, begin_results
from riskgate.core.levels.notices import NoticeKind
from riskgate.core.limits import Limits
from riskgate.core.money import MONEY_MAX
from riskgate.core.statements.summary import SummaryTold, is_due, tell_summary
from tests.support.builders import NOW, build_account, build_limits, build_position, build_working, dec

TODAY = NOW.date()
EVENT = SummaryTold(day=TODAY, time_zone="UTC", report=None)
OPENING = Opening(
    since=date(2026, 11, 16), equity=dec(9_000), realized=dec(100), fees=dec(10), funding=dec(-5), unrealized=dec(0)
)


def tell(state: AccountState, limits: Limits | None = None) -> tuple[AccountState, list[str]]:
    after, [notice] = tell_summary(state, limits or build_limits(), EVENT, NOW)
    assert (notice.kind, notice.observed, notice.unit, notice.currency) == (
        NoticeKind.DAILY_SUMMARY,
        state.equity,
        "base_currency",
        "USDT",
    )
    return after, notice.detail.split("\n")


@pytest.mark.parametrize(("days", "due"), [(None, True), (-1, True), (0, False), (1, False)])
def test_summary_when_told_for_a_day_then_not_again(days: int | None, due: bool) -> None:
    known = None if days is None else replace(OPENING, since=TODAY + timedelta(days=days))
    state = build_account(summarised=known)
    assert is_due(state, TODAY) is due
    after, notices = tell_summary(state, build_limits(), EVENT, NOW)
    assert len(notices) == due
    assert after.summarised is not None
    assert after.summarised.since == max(TODAY, known.since if known is not None else TODAY)
    assert tell_summary(after, build_limits(), EVENT, NOW)[1] == ()


def test_summary_when_told_then_the_next_counts_from_here() -> None:
    position = build_position(10, average_price=dec(90))
    state = build_account(10_000, positions=[position], transferred=dec(400))
    results = replace(begin_results(state), realized=dec(50), fees=dec(7), funding=dec(3))
    after, _ = tell(replace(state, results=results))
    assert after.summarised == Opening(
        since=TODAY, equity=dec(9_600), realized=dec(50), fees=dec(7), funding=dec(3), unrealized=dec(100)
    )


def test_summary_when_it_is_the_first_then_of_today_and_nothing_that_is_zero() -> None:
    _, lines = tell(build_account(10_000))
    assert lines[:2] == ["ACTIVE", "P&L today +0.00"]
    assert lines[3] == "0 positions · 0 open orders · drawdown 0.0 %"
    assert len(lines) == 4, "no limit is in use"


def test_summary_when_there_was_one_before_then_what_came_since_in_its_parts() -> None:
    state = build_account(10_000, positions=[build_position(10, average_price=dec(90))], summarised=OPENING)
    results = replace(begin_results(state), realized=dec(1350), fees=dec(35), funding=dec(-25))
    _, lines = tell(replace(state, results=results))
    assert lines[1] == ("P&L since 16 Nov +1,000.00, realised +1,250.00, open +100.00, fees -25.00, funding -20.00")
    assert [part.rpartition(" ")[0] for part in lines[2].split(" · ")] == ["week", "month", "in all"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"peak_equity": dec(12_500)}, "1 position · 2 open orders · drawdown 20.0 %"),
        ({"peak_equity": dec("10004")}, "1 position · 2 open orders · drawdown 0.0 %"),
    ],
)
def test_summary_when_something_is_held_then_counted_with_how_far_equity_fell(
    changes: dict[str, Any], line: str
) -> None:
    working = [build_working(), build_working(client_order_id="w2")]
    _, lines = tell(build_account(10_000, positions=[build_position(1)], working=working, **changes))
    assert lines[3] == line


def test_summary_when_breakers_hold_entries_then_named_in_order() -> None:
    tripped = Breaker(tripped_at=NOW)
    state = build_account(breakers={"MANUAL_STOP": tripped, "MAX_DRAWDOWN": tripped})
    _, lines = tell(state)
    assert lines[0].endswith(", stopped by MANUAL_STOP, MAX_DRAWDOWN")


def test_summary_when_limits_are_in_use_then_the_closest_and_rounded_down() -> None:
    limits = build_limits(open_positions_max=3, gross_exposure_fraction_max="1")
    state = build_account(10_000, positions=[build_position("9.999")])
    _, lines = tell(state, limits)
    assert lines[4].startswith("Limits most in use: MAX_OPEN_POSITIONS 33.3 %, ")
    assert lines[4].endswith(" 9.9 %")


def test_summary_when_equity_is_beyond_all_money_then_told_as_it_is() -> None:
    state = build_account(10_000)
    for equity in (MONEY_MAX, -MONEY_MAX, MONEY_MAX - 1):
        _, [notice] = tell_summary(replace(state, equity=Decimal(equity)), build_limits(), EVENT, NOW)
        assert notice.observed == equity


def test_summary_when_several_limits_are_in_use_then_the_three_closest_and_those_alike_by_name() -> None:
    """Of 10,000 one asset has 1,000: 25 % of what an asset may have, 20 % of two others, and 10 % of the gross limit."""
    limits = build_limits(
        gross_exposure_fraction_max="1", net_delta_fraction_max="0.5", open_positions_max=5, asset_fraction_max="0.4"
    )
    _, lines = tell(build_account(10_000, positions=[build_position(10)]), limits)
    assert lines[4] == "Limits most in use: ASSET_CONCENTRATION 25.0 %, MAX_OPEN_POSITIONS 20.0 %, NET_DELTA 20.0 %"


def test_summary_when_no_limit_is_in_use_then_none_is_named() -> None:
    _, lines = tell(
        build_account(10_000), build_limits(gross_exposure_fraction_max="1", daily_loss_fraction_max="0.03")
    )
    assert len(lines) == 4
