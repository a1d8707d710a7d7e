"""Transfers that equity showed before the venue told of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.equity import absorb_transfer, apply_transfer, compute_daily_loss, compute_drawdown
from riskgate.core.money import with_risk_context
from tests.support.builders import DAY, NOW, apply, build_account, build_snapshot, build_transfer, dec
from tests.support.hypothesis_profiles import QUICK

money = st.integers(1, 10**12).map(lambda cents: Decimal(cents) / 100)
absorb = with_risk_context(absorb_transfer)


@QUICK
@given(equity=money, peak_factor=st.integers(100, 300), part=st.integers(1, 99))
def test_withdrawal_when_told_of_late_then_as_if_it_had_been_told_of_in_time(
    equity: Decimal, peak_factor: int, part: int
) -> None:
    start = build_account(equity)
    peak = equity * peak_factor / 100
    start = replace(start, peak_equity=peak, week=replace(start.week, peak=peak))
    amount = -equity * part / 100
    in_time = with_risk_context(apply_transfer)(start, amount)

    shown = replace(start, equity=equity + amount)
    late = absorb(shown, amount, NOW)

    assert replace(late, peak_equity=in_time.peak_equity, week=in_time.week) == in_time
    assert abs(late.peak_equity - in_time.peak_equity) < Decimal("1e-9")
    assert compute_daily_loss(late) == 0


@QUICK
@given(equity=money, gain=money)
def test_deposit_when_told_of_late_then_the_day_gained_nothing_and_no_drawdown_is_made_up(
    equity: Decimal, gain: Decimal
) -> None:
    shown = with_risk_context(lambda: apply(build_account(equity), build_snapshot(equity + gain)).state)()

    late = absorb(replace(shown, equity=equity + gain), gain, NOW)

    assert late.equity == equity + gain
    assert compute_daily_loss(late) == 0
    assert late.day.baseline + late.day.transfers == late.equity
    assert compute_drawdown(late.peak_equity, late.equity) == compute_drawdown(shown.peak_equity, shown.equity)


def test_transfer_when_made_before_the_day_then_the_days_baseline_holds_it_already() -> None:
    state = apply(build_account(), build_snapshot(9_000)).state
    event = build_transfer(-1_000, executed_at=NOW, in_equity=True)

    tomorrow = apply(state, event, now=NOW + DAY).state

    assert (tomorrow.day.baseline, tomorrow.day.transfers, tomorrow.equity) == (dec(9_000), dec(0), dec(9_000))
    assert tomorrow.transferred == -1_000


def test_transfer_when_equity_does_not_show_it_then_moves_equity() -> None:
    state = apply(build_account(), build_transfer(-1_000)).state

    assert (state.equity, state.day.transfers) == (dec(9_000), dec(-1_000))


def test_withdrawal_when_equity_is_gone_then_no_peak_is_lowered() -> None:
    state = replace(build_account(), equity=Decimal(0))

    assert absorb(state, Decimal(-10_000), NOW).peak_equity == 10_000
