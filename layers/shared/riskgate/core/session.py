"""Equity over time: marks, UTC day and week rolls, transfers, loss and drawdown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account import AccountState, DaySession, WeekSession
from riskgate.core.exposure import compute_leg, orders_of, shift_exposure
from riskgate.core.money import ZERO, quantize_money


def roll_sessions(state: AccountState, now: datetime) -> AccountState:
    """Start a new UTC day and week if `now` is past them.

    The baselines are the last equity known before the roll, so a late job opens no gap. A clock that
    steps back never rolls: sessions only move forward.
    """
    today = now.date()
    if today > state.day.day:
        breakers = {n: b for n, b in state.breakers.items() if b.clears_on is None or b.clears_on > today}
        state = replace(state, day=DaySession(day=today, baseline=state.equity), breakers=breakers)
    monday = today - timedelta(days=today.weekday())
    if monday > state.week.monday:
        state = replace(state, week=WeekSession(monday=monday, peak=state.equity))
    return state


def set_equity(state: AccountState, equity: Decimal) -> AccountState:
    """Return the state at a new equity, with the peaks raised to it."""
    return replace(
        state,
        equity=equity,
        peak_equity=max(state.peak_equity, equity),
        week=replace(state.week, peak=max(state.week.peak, equity)),
    )


def mark_position(state: AccountState, key: str, price: Decimal, at: datetime) -> AccountState:
    """Revalue one position at a fresh price; equity moves by the change in its value."""
    position = state.positions.get(key)
    if position is None or at < position.marked_at or price == position.mark_price:
        return state
    marked = replace(position, mark_price=price, marked_at=at)
    orders = orders_of(state, key)
    exposure = shift_exposure(state.exposure, compute_leg(position, orders), compute_leg(marked, orders))
    state = replace(state, positions={**state.positions, key: marked}, exposure=exposure)
    return set_equity(state, state.equity + quantize_money(marked.value) - quantize_money(position.value))


def apply_transfer(state: AccountState, amount: Decimal) -> AccountState:
    """Move equity and baselines by a deposit (> 0) or withdrawal (< 0), so that neither is a gain or a loss.

    The day's loss adds transfers back; the peaks are scaled with equity, which leaves every drawdown
    fraction as it was. Without positive equity on both sides they move by the amount.
    """
    before, after = state.equity, state.equity + amount

    def moved(peak: Decimal) -> Decimal:
        if before > 0 and after > 0:
            return max(after, quantize_money(peak * after / before))
        return max(after, peak + amount)

    return replace(
        state,
        equity=after,
        peak_equity=moved(state.peak_equity),
        week=replace(state.week, peak=moved(state.week.peak)),
        day=replace(state.day, transfers=state.day.transfers + amount),
    )


def compute_daily_loss(state: AccountState) -> Decimal | None:
    """Return (day baseline + transfers - equity) / baseline, at least 0; None without a positive baseline."""
    if state.day.baseline <= 0:
        return None
    return max(ZERO, (state.day.baseline + state.day.transfers - state.equity) / state.day.baseline)


def compute_drawdown(peak: Decimal, equity: Decimal) -> Decimal | None:
    """Return the fall from the peak as a fraction of it, at least 0; None without a positive peak."""
    if peak <= 0:
        return None
    return max(ZERO, (peak - equity) / peak)
