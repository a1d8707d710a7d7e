"""Profit and loss by period: what equity grew by, transfers neutral, and what of it was realised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.equity import absorb_transfer, apply_transfer, roll_sessions, set_equity
from riskgate.core.account.results import Results, begin_results, compute_gain, roll_results
from riskgate.core.account.stored import Snapshot, StoredAccount, StoredLimits
from riskgate.core.statements.view import PeriodPnl, view_book
from riskgate.schemas.codec import decode, encode
from tests.support.builders import NOW, build_account, build_limits, build_position

D = Decimal
MIDNIGHT_AFTER = datetime(NOW.year, NOW.month, NOW.day + 1, tzinfo=UTC)


def started(**changes: Any) -> AccountState:
    state = build_account(**changes)
    return replace(state, results=begin_results(state))


def periods(state: AccountState, now: datetime = NOW) -> dict[str, PeriodPnl]:
    account = StoredAccount(state=state, version=state.version, audit_sequence=1, audit_head="0" * 64)
    limits = StoredLimits(limits=build_limits(), version=1, content_hash="")
    return {row.name: row for row in view_book(Snapshot(account=account, limits=limits), now).periods}


def test_results_when_equity_grows_then_every_period_shows_it_and_transfers_do_not_count() -> None:
    state = started()
    state = apply_transfer(set_equity(state, state.equity + 40), D(500))

    found = periods(state)

    assert list(found) == ["day", "week", "month", "start"]
    assert {row.total for row in found.values()} == {D(40)}
    assert found["day"].other == D(40)


def test_day_when_it_rolls_then_begins_anew_and_the_longer_periods_go_on() -> None:
    state = set_equity(started(), build_account().equity + 40)
    state = roll_sessions(state, MIDNIGHT_AFTER)
    state = set_equity(state, state.equity - 15)

    found = periods(state, MIDNIGHT_AFTER)

    assert found["day"].total == -15
    assert found["day"].since == MIDNIGHT_AFTER.date()
    assert {found[name].total for name in ("week", "month", "start")} == {D(25)}


def test_month_and_week_when_they_roll_then_begin_on_the_first_and_on_monday_whenever_the_next_event_comes() -> None:
    state = set_equity(started(), build_account().equity + 40)

    found = periods(state, datetime(2027, 2, 3, 9, tzinfo=UTC))

    assert found["month"].since == date(2027, 2, 1)
    assert found["week"].since == date(2027, 2, 1)
    assert found["day"].since == date(2027, 2, 3)
    assert found["month"].total == found["week"].total == found["day"].total == 0
    assert found["start"].total == 40


@pytest.mark.parametrize(("days_before", "day_total"), [(0, 0), (1, 300)])
def test_deposit_that_equity_shows_already_when_told_late_then_is_no_gain_of_any_period(
    days_before: int, day_total: int
) -> None:
    """Made before the day, it is in what the day began with, so that the day's own gain stays."""
    state = started()
    state = set_equity(state, state.equity + 300)
    executed = NOW if not days_before else datetime(NOW.year, NOW.month, NOW.day - days_before, 12, tzinfo=UTC)

    assert periods(absorb_transfer(state, D(300), executed))["day"].total == day_total


def test_breaker_reset_when_it_moves_the_baseline_then_the_days_result_stays() -> None:
    state = set_equity(started(), build_account().equity - 70)
    state = replace(state, day=replace(state.day, baseline=state.equity))

    assert periods(state)["day"].total == -70


def test_gain_when_short_then_grows_as_the_price_falls() -> None:
    position = build_position(-2)

    assert compute_gain(position) == (position.mark_price - position.average_price) * -2


def test_results_when_stored_then_come_back_and_an_account_without_any_keeps_its_bytes() -> None:
    state = started()

    assert b'"results"' not in encode(build_account())
    assert decode(encode(state), AccountState).results == state.results
    assert isinstance(state.results, Results)
    assert state.results.move(D(5), None, D(-1)) == state.results.move(D(5), funding=D(-1)).move(fee=None)
    assert state.results.move(fee=None).unpriced == 1


@pytest.mark.parametrize(
    ("today", "week", "month"),
    [
        (date(2026, 11, 19), date(2026, 11, 16), date(2026, 11, 1)),
        (date(2026, 11, 22), date(2026, 11, 16), date(2026, 11, 1)),
        (date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 1)),
        (date(2026, 11, 30), date(2026, 11, 30), date(2026, 11, 1)),
        (date(2026, 12, 1), date(2026, 11, 30), date(2026, 12, 1)),
    ],
)
def test_periods_when_a_day_begins_then_week_and_month_begin_anew_on_their_first_day_alone(
    today: date, week: date, month: date
) -> None:
    """Equity was 10,000 when the periods began, and is 10,400 now: what began before shows what it began with."""
    state = started()
    assert state.results is not None
    known = state.results
    began = replace(
        known, week=replace(known.week, since=date(2026, 11, 16)), month=replace(known.month, since=date(2026, 11, 1))
    )
    rolled = roll_results(replace(set_equity(state, D(10_400)), results=began), today)
    assert rolled is not None
    assert (rolled.day.since, rolled.week.since, rolled.month.since) == (today, week, month)
    is_new = [rolled.week.since != began.week.since, rolled.month.since != began.month.since]
    assert [period.equity for period in (rolled.week, rolled.month)] == [10_400 if new else 10_000 for new in is_new]
    assert (rolled.day.equity, rolled.start) == (10_400, known.start)


@pytest.mark.parametrize(("days", "equity"), [(-1, 9_500), (0, 10_000), (1, 10_000)])
def test_opening_when_a_transfer_was_made_before_its_day_then_it_held_it_already(days: int, equity: int) -> None:
    results = started().results
    assert results is not None
    absorbed = results.absorb(D(500), NOW + timedelta(days=days))
    openings = (absorbed.day, absorbed.week, absorbed.month, absorbed.start)
    assert [opening.equity for opening in openings] == [equity] * 4
