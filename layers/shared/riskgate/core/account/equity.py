"""Equity over time: marks, UTC day and week rolls, transfers, loss and drawdown."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState, DaySession, WeekSession
from riskgate.core.account.exposure import mark_legs
from riskgate.core.account.parts import LossBasis
from riskgate.core.account.results import roll_results
from riskgate.core.money import ZERO, quantize_money
from riskgate.core.replacing import replace


def roll_sessions(state: AccountState, now: datetime) -> AccountState:
    """Start a new UTC day and week if `now` is past them.

    The baselines are the last equity known before the roll, so a late job opens no gap. A clock that
    steps back never rolls: sessions only move forward.
    """
    today = now.date()
    if today > state.day.day:
        breakers = {n: b for n, b in state.breakers.items() if b.clears_on is None or b.clears_on > today}
        results = roll_results(state, today)
        state = replace(restart_day(state), breakers=breakers, results=results)
        state = replace(state, day=DaySession(day=today, baseline=state.equity))
    monday = today - timedelta(days=today.weekday())
    if monday > state.week.monday:
        state = restart_week(replace(state, week=WeekSession(monday=monday, peak=state.capital)))
    return state


def restart_day(state: AccountState) -> AccountState:
    """Measure the day's loss from now."""
    day = replace(state.day, baseline=state.equity, transfers=ZERO)
    if (seen := state.unexplained) is not None:
        moves = tuple(replace(move, in_day=False) for move in seen.moves)
        state = replace(state, unexplained=replace(seen, moves=moves))
    # What was withdrawn in full stays the measure until money comes in again.
    is_empty = state.loss_basis is not None and state.loss_basis.emptied_from is not None
    basis = LossBasis(day=state.capital, emptied_from=state.capital) if is_empty else None
    return replace(state, day=day, loss_basis=basis)


def restart_week(state: AccountState) -> AccountState:
    """Measure the week's drawdown from now."""
    if (seen := state.unexplained) is not None:
        moves = tuple(replace(move, week_peak=ZERO) for move in seen.moves)
        state = replace(state, unexplained=replace(seen, moves=moves, week_peak=state.capital))
    return replace(state, week=replace(state.week, peak=state.capital))


def restart_peak(state: AccountState) -> AccountState:
    """Measure the maximal drawdown from now."""
    if (seen := state.unexplained) is not None:
        moves = tuple(replace(move, peak=ZERO) for move in seen.moves)
        state = replace(state, unexplained=replace(seen, moves=moves, peak=state.capital))
    return replace(state, peak_equity=state.capital)


def set_equity(state: AccountState, equity: Decimal) -> AccountState:
    """Return the state at a new equity, with the peaks raised to it."""
    if state.loss_basis is not None and state.loss_basis.emptied_from is not None and equity > 0:
        # Whoever took everything out and brings some back has gained and lost nothing by that.
        state = scale_capital(state, equity, state.loss_basis.emptied_from)
    if (seen := state.unexplained) is not None:
        seen = replace(seen, peak=max(seen.peak, equity), week_peak=max(seen.week_peak, equity))
    return replace(
        state,
        equity=equity,
        peak_equity=max(state.peak_equity, equity),
        week=replace(state.week, peak=max(state.week.peak, equity)),
        unexplained=seen,
    )


def scale_capital(state: AccountState, capital: Decimal, before: Decimal) -> AccountState:
    """Move all that losses are measured from by `capital` / `before`, so that every loss stays the fraction it was."""

    def scaled(amount: Decimal) -> Decimal:
        return quantize_money(amount * capital / before)

    if (seen := state.unexplained) is not None:
        moves = tuple(replace(m, peak=scaled(m.peak), week_peak=scaled(m.week_peak)) for m in seen.moves)
        seen = replace(seen, moves=moves, peak=scaled(seen.peak), week_peak=scaled(seen.week_peak))
    return replace(
        state,
        peak_equity=scaled(state.peak_equity),
        week=replace(state.week, peak=scaled(state.week.peak)),
        loss_basis=LossBasis(day=scaled(measure_day_from(state))),
        unexplained=seen,
    )


def measure_day_from(state: AccountState) -> Decimal:
    """Return what the day's loss is measured from: the baseline, and the transfers since."""
    return state.loss_basis.day if state.loss_basis is not None else state.day.baseline + state.day.transfers


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
    moved = mark_legs(state, marked)
    gain = moved.exposure.net - state.exposure.net
    if state.equity_parts is not None:
        for key, position in marked.items():
            moved = move_part(moved, position.venue, position.value - state.positions[key].value)
    return set_equity(moved, moved.equity + gain)


def move_part(state: AccountState, venue: str, gain: Decimal) -> AccountState:
    """Move the part of equity that a venue belongs to, where parts are kept, by what was gained there."""
    parts = state.equity_parts
    if parts is None:
        return state
    if venue in state.keyed_venues:
        return replace(state, equity_parts=replace(parts, read=parts.read + gain))
    return replace(state, equity_parts=replace(parts, reported=parts.reported + gain))


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
    """Account for a deposit (> 0) or withdrawal (< 0) that equity shows already, and no unexplained move tells of.

    Until now it looked like a gain or a loss. The day's loss adds it back, unless it was made before the day, whose
    baseline holds it then. A withdrawal lowers the peaks in proportion. A deposit leaves them: whether they rose
    with it nobody can tell any more, and higher ones would make a drawdown of it.
    """
    results = state.results.absorb(amount, executed_at) if state.results is not None else None
    state = replace(state, transferred=state.transferred + amount, results=results)
    if executed_at.date() >= state.day.day:
        basis = state.loss_basis
        basis = replace(basis, day=basis.day + amount) if basis is not None else None
        state = replace(state, day=replace(state.day, transfers=state.day.transfers + amount), loss_basis=basis)
    if amount >= 0 or state.equity <= 0:
        return state

    def lowered(peak: Decimal) -> Decimal:
        return max(state.equity, quantize_money(peak * state.equity / (state.equity - amount)))

    week = replace(state.week, peak=lowered(state.week.peak))
    return replace(state, peak_equity=lowered(state.peak_equity), week=week)


def compute_daily_loss(state: AccountState) -> Decimal | None:
    """Return the day's loss as a fraction, at least 0; None without anything to measure it from.

    It is measured against the baseline, which moves with every transfer as the peaks do. Transfers that earlier rules
    recorded are added to the baseline, and the loss is a fraction of the baseline alone.
    """
    if state.loss_basis is not None:
        return compute_drawdown(state.loss_basis.day, state.capital)
    if state.day.baseline <= 0:
        return None
    return max(ZERO, (state.day.baseline + state.day.transfers - state.capital) / state.day.baseline)


def compute_drawdown(peak: Decimal, equity: Decimal) -> Decimal | None:
    """Return the fall from the peak as a fraction of it, at least 0; None without a positive peak."""
    if peak <= 0:
        return None
    return max(ZERO, (peak - equity) / peak)
