"""UTC days and weeks, transfers: what a loss is measured from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.equity import apply_transfer, compute_daily_loss, compute_drawdown, roll_sessions
from riskgate.core.money import with_risk_context
from riskgate.core.orders.events import RULES
from tests.support.builders import (
    DAY,
    NOW,
    apply,
    build_account,
    build_snapshot,
    build_transfer,
    dec,
)
from tests.support.hypothesis_profiles import QUICK

MIDNIGHT = datetime(2026, 11, 19, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def test_day_when_midnight_has_not_come_then_unchanged() -> None:
    state = replace(build_account(), equity=Decimal(9_900))

    assert roll_sessions(state, MIDNIGHT - INSTANT) is state


@pytest.mark.parametrize("late", [timedelta(0), INSTANT, timedelta(hours=23, minutes=59), 3 * DAY])
def test_day_when_midnight_came_then_starts_at_the_last_known_equity_however_late_anybody_looks(
    late: timedelta,
) -> None:
    state = replace(build_account(), equity=Decimal(9_900))
    state = replace(state, day=replace(state.day, transfers=Decimal(5), approved_orders=7))

    day = roll_sessions(state, MIDNIGHT + late).day

    assert (day.day, day.baseline, day.transfers, day.approved_orders) == (
        (MIDNIGHT + late).date(),
        dec(9_900),
        dec(0),
        0,
    )


def test_day_when_it_follows_a_transfer_then_its_losses_are_measured_from_its_own_start() -> None:
    state = roll_sessions(apply(build_account(), build_transfer(5_000, rules=RULES)).state, MIDNIGHT)

    assert (state.loss_basis, state.day.baseline, state.capital) == (None, 15_000, 15_000)
    fallen = replace(state, equity=Decimal(13_500))
    assert (fallen.capital, compute_daily_loss(fallen)) == (13_500, dec("0.1"))


def test_day_when_everything_was_withdrawn_before_it_then_no_loss_is_made_or_hidden_until_money_comes_in() -> None:
    state = replace(build_account(), equity=Decimal(8_000))
    emptied = roll_sessions(apply(state, build_transfer(-8_000, rules=RULES)).state, MIDNIGHT)

    assert (emptied.equity, emptied.capital, compute_daily_loss(emptied)) == (0, 8_000, 0)
    filled = apply(emptied, build_transfer(4_000, rules=RULES), now=MIDNIGHT).state
    assert compute_daily_loss(filled) == 0
    assert compute_drawdown(filled.peak_equity, filled.capital) == dec("0.2")


def test_week_when_monday_came_then_starts_at_the_last_known_equity() -> None:
    state = replace(build_account(), equity=Decimal(9_500))

    sunday = roll_sessions(state, MONDAY - INSTANT)
    assert (sunday.week.monday, sunday.week.peak) == (date(2026, 11, 16), dec(10_000))
    monday = roll_sessions(state, MONDAY)
    assert (monday.week.monday, monday.week.peak) == (date(2026, 11, 23), dec(9_500))


def test_week_when_the_year_changes_within_it_then_not_a_new_one() -> None:
    monday = datetime(2026, 12, 28, tzinfo=UTC)
    state = roll_sessions(build_account(), monday)

    assert roll_sessions(state, datetime(2027, 1, 1, tzinfo=UTC)).week == state.week
    assert roll_sessions(state, datetime(2027, 1, 4, tzinfo=UTC)).week.monday == date(2027, 1, 4)


def test_sessions_when_the_clock_steps_back_over_midnight_then_they_start_only_once() -> None:
    state = roll_sessions(build_account(), MIDNIGHT)
    lost = replace(state, equity=Decimal(9_000), day=replace(state.day, approved_orders=3))

    back = roll_sessions(lost, MIDNIGHT - DAY)
    again = roll_sessions(back, MIDNIGHT + INSTANT)

    assert back is lost
    assert again is lost
    assert again.day.baseline == 10_000


@pytest.mark.parametrize(
    ("baseline", "transfers", "equity", "loss"),
    [
        ("10000", "0", "9700", "0.03"),
        ("10000", "0", "10300", "0"),
        ("10000", "-5000", "5000", "0"),
        ("10000", "-5000", "4700", "0.03"),
        ("10000", "5000", "14700", "0.03"),
        ("10000", "0", "-10000", "2"),
        ("0", "0", "100", None),
        ("-1", "0", "100", None),
    ],
)
def test_daily_loss_when_measured_then_from_the_baseline_with_transfers(
    baseline: str, transfers: str, equity: str, loss: str | None
) -> None:
    state = build_account(equity)
    state = replace(state, day=replace(state.day, baseline=Decimal(baseline), transfers=Decimal(transfers)))

    assert compute_daily_loss(state) == (None if loss is None else Decimal(loss))


@pytest.mark.parametrize(
    ("peak", "equity", "drawdown"),
    [("10000", "9200", "0.08"), ("10000", "10000", "0"), ("10000", "11000", "0"), ("0", "1", None), ("-5", "1", None)],
)
def test_drawdown_when_measured_then_from_the_peak(peak: str, equity: str, drawdown: str | None) -> None:
    expected = None if drawdown is None else Decimal(drawdown)

    assert compute_drawdown(Decimal(peak), Decimal(equity)) == expected


def test_peaks_when_equity_rises_then_follow_and_when_it_falls_then_stay() -> None:
    state = apply(build_account(), build_snapshot(12_000)).state
    state = apply(state, build_snapshot(11_000)).state

    assert (state.peak_equity, state.week.peak, state.day.baseline) == (dec(12_000), dec(12_000), dec(10_000))


money = st.integers(1, 10**12).map(lambda cents: Decimal(cents) / 100)


@QUICK
@given(equity=money, peak_factor=st.integers(100, 300), amount=money, is_deposit=st.booleans())
def test_transfer_when_made_then_every_loss_and_drawdown_stays_as_it_was(
    equity: Decimal, peak_factor: int, amount: Decimal, *, is_deposit: bool
) -> None:
    peak = equity * peak_factor / 100
    state = build_account(equity)
    state = replace(state, peak_equity=peak, week=replace(state.week, peak=peak))
    moved = amount if is_deposit else -min(amount, equity * Decimal("0.99"))

    after = with_risk_context(apply_transfer)(state, moved)

    assert after.equity == equity + moved
    assert compute_daily_loss(after) == compute_daily_loss(state)
    before_fraction, after_fraction = (compute_drawdown(s.peak_equity, s.equity) for s in (state, after))
    assert before_fraction is not None
    assert after_fraction is not None
    assert after_fraction >= before_fraction, "rounding goes against the trader"
    assert after_fraction - before_fraction < Decimal("1e-9")
    assert after.week.peak == after.peak_equity


@pytest.mark.parametrize("amount", [-10_000, -15_000])
def test_withdrawal_when_it_takes_everything_then_equity_is_gone_and_no_drawdown_is_hidden(amount: int) -> None:
    state = apply(build_account(), build_transfer(amount)).state

    assert state.equity == 10_000 + amount
    assert compute_daily_loss(state) == 0
    assert state.peak_equity >= state.equity


def test_transfers_when_many_on_one_day_then_they_add_up_and_start_anew_the_next() -> None:
    state = apply(build_account(), build_transfer(500)).state
    state = apply(state, build_transfer(-200, transfer_id="t2")).state
    assert state.day.transfers == 300

    state = apply(state, build_transfer(1, transfer_id="t3"), now=NOW + DAY).state
    assert (state.day.transfers, state.day.baseline) == (dec(1), dec(10_300))


@pytest.mark.parametrize(
    ("equity", "amount", "peak"),
    [
        (10_000, -10_000, 2_000),
        (10_000, -10_001, 1_999),
        (10_000, -9_999, "1.2"),
        (0, 500, 12_500),
        (-100, 500, 12_500),
    ],
)
def test_transfer_when_nothing_is_left_on_one_side_of_it_then_the_peaks_move_by_the_amount(
    equity: int, amount: int, peak: Decimal
) -> None:
    state = build_account(equity)
    state = replace(state, peak_equity=Decimal(12_000), week=replace(state.week, peak=Decimal(12_000)))

    after = with_risk_context(apply_transfer)(state, Decimal(amount))

    assert (after.peak_equity, after.week.peak) == (Decimal(peak),) * 2
    assert (after.transferred, after.day.transfers) == (amount, amount)
