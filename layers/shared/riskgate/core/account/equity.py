"""Equity over time: marks, UTC day and week rolls, transfers, loss and drawdown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState, DaySession, WeekSession, WorkingOrder
from riskgate.core.account.exposure import compute_leg, shift_exposure
from riskgate.core.account.results import roll_results
from riskgate.core.money import ZERO, quantize_money


def roll_sessions(state: AccountState, now: datetime) -> AccountState:
    """Start a new UTC day and week if `now` is past them.

    The baselines are the last equity known before the roll, so a late job opens no gap. A clock that
    steps back never rolls: sessions only move forward.
    """
    today = now.date()
    if today > state.day.day:
        breakers = {n: b for n, b in state.breakers.items() if b.clears_on is None or b.clears_on > today}
        day, results = DaySession(day=today, baseline=state.equity), roll_results(state, today)
        state = replace(state, day=day, results=results, breakers=breakers)
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


def mark_positions(state: AccountState, marks: Mapping[str, tuple[Decimal, datetime]]) -> AccountState:
    """Revalue positions at fresh prices, by market key with their instants; equity moves by the change in value.

    All at once: a peak that equity would only pass through between one mark and the next never was.
    """
    marked = {}
    for key, (price, at) in marks.items():
        position = state.positions.get(key)
        if position is not None and at >= position.marked_at and price != position.mark_price:
            marked[key] = replace(position, mark_price=price, marked_at=at)
    if not marked:
        return state
    orders = _orders_by_market(state, marked)
    legs = [
        (compute_leg(state.positions[key], orders[key], parts), compute_leg(position, orders[key], parts))
        for key, position in marked.items()
        for parts in (state.position_parts.get(key),)
    ]
    change = sum((after.value - before.value for before, after in legs), ZERO)
    state = replace(state, positions={**state.positions, **marked}, exposure=shift_exposure(state.exposure, *legs))
    return set_equity(state, state.equity + change)


def _orders_by_market(state: AccountState, keys: Iterable[str]) -> dict[str, list[WorkingOrder]]:
    """Return the working orders of some markets, in one pass over all."""
    found: dict[str, list[WorkingOrder]] = {key: [] for key in keys}
    for order in state.working_orders.values():
        if (key := order.key) in found:
            found[key].append(order)
    return found


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
        transferred=state.transferred + amount,
        peak_equity=moved(state.peak_equity),
        week=replace(state.week, peak=moved(state.week.peak)),
        day=replace(state.day, transfers=state.day.transfers + amount),
    )


def absorb_transfer(state: AccountState, amount: Decimal, executed_at: datetime) -> AccountState:
    """Account for a deposit (> 0) or withdrawal (< 0) that equity shows already: the venue told of it late.

    Until now it looked like a gain or a loss. The day's loss adds it back, unless it was made before the day, whose
    baseline holds it then. A withdrawal lowers the peaks in proportion. A deposit leaves them: whether they rose
    with it nobody can tell any more, and higher ones would make a drawdown of it.
    """
    results = state.results.absorb(amount, executed_at) if state.results is not None else None
    state = replace(state, transferred=state.transferred + amount, results=results)
    if executed_at.date() >= state.day.day:
        state = replace(state, day=replace(state.day, transfers=state.day.transfers + amount))
    if amount >= 0 or state.equity <= 0:
        return state

    def lowered(peak: Decimal) -> Decimal:
        return max(state.equity, quantize_money(peak * state.equity / (state.equity - amount)))

    week = replace(state.week, peak=lowered(state.week.peak))
    return replace(state, peak_equity=lowered(state.peak_equity), week=week)


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
