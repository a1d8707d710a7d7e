"""Deposits and withdrawals: they make no loss and hide none, and each counts once, whenever it is told.

A transfer moves all that losses are measured from in proportion to equity, so that every loss stays the fraction it
was. A reading says which of the told transfers the venue shows: one that it does not show yet is taken back until
then. What a reading moves beyond that is kept: a transfer told later explains it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.equity import absorb_transfer, measure_day_from, scale_capital
from riskgate.core.account.parts import LossBasis, ToldTransfer, UnexplainedMove, UnexplainedMoves
from riskgate.core.money import ZERO, quantize_money
from riskgate.core.replacing import replace

#: The first rules by which a transfer moves the day's baseline too, and is looked for in the readings.
TRANSFERS_ONCE_SINCE = 4
#: Moves of equity below this fraction of it are noise, and no transfer to look for.
NOISE_FRACTION = Decimal("0.001")
#: How far, as a fraction of equity, an unexplained move and the transfer that explains it may differ.
MISFIT_FRACTION = Decimal("0.005")
#: The same as a fraction of the transfer, where a reading came while it was under way.
MISFIT_OF_AMOUNT = Decimal("0.2")
#: A transfer dated later than this after a reading was made after it.
CLOCK_SKEW = timedelta(seconds=30)
#: A venue takes some days at most to show a transfer, or to tell of it.
TRANSFER_AGE_MAX = timedelta(days=5)
#: Told transfers and unexplained moves kept in the account document.
TOLD_MAX = 20
MOVES_MAX = 20


def tell_transfer(
    state: AccountState,
    amount: Decimal,
    executed_at: datetime,
    now: datetime,
    *,
    in_equity: bool = False,
    is_new: bool = False,
) -> tuple[AccountState, UnexplainedMove | None]:
    """Account for a deposit (> 0) or withdrawal (< 0), and return the unexplained move that it explains, if any.

    A reading that shows it already has moved equity: then only what losses are measured from moves.

    Parameters
    ----------
    executed_at : a transfer made after a reading does not explain it; one that is dated `now` may be of any time.
    in_equity : a reading shows it. Where none moved by it unexplained, it was told before.
    is_new : no reading shows it.
    """
    move = None if is_new else _find_move(state, amount, executed_at, now)
    if move is not None:
        return _explain(state, move, amount), move
    if in_equity:
        is_small = abs(amount) <= NOISE_FRACTION * max(state.equity, ZERO)
        return (absorb_transfer(state, amount, executed_at) if is_small else state), None
    told = ToldTransfer(at=now, amount=amount)
    return replace(move_capital(state, amount), told_transfers=(*state.told_transfers, told)[-TOLD_MAX:]), None


def move_capital(state: AccountState, amount: Decimal) -> AccountState:
    """Return the account with money moved in or out, every loss and drawdown the fraction that it was."""
    before, after = state.capital, state.equity + amount
    day = replace(state.day, transfers=state.day.transfers + amount)
    moved = replace(state, equity=after, transferred=state.transferred + amount, day=day)
    if before <= 0:
        return _move_by(moved, measure_day_from(state), amount)
    if after <= 0:
        # There is no fraction of nothing: it is kept as it is until money comes in again.
        return replace(moved, loss_basis=LossBasis(day=measure_day_from(state), emptied_from=before))
    scaled = scale_capital(replace(moved, loss_basis=LossBasis(day=measure_day_from(state))), after, before)
    week = replace(scaled.week, peak=max(after, scaled.week.peak))
    return replace(scaled, peak_equity=max(after, scaled.peak_equity), week=week)


def take_reading(
    state: AccountState, equity: Decimal, explained: Decimal, *, at: datetime, now: datetime
) -> AccountState:
    """Hold a reading against the told transfers, and keep what it moves beyond them.

    Parameters
    ----------
    equity, explained : what was read, and what it would be by fills, prices and the transfers that equity holds.
    at, now : when it was taken, and when it is recorded.
    """
    told = tuple(t for t in state.told_transfers if at - t.at <= TRANSFER_AGE_MAX)
    change = equity - explained
    turned = _choose(told, change, max(explained, ZERO))
    state = replace(state, equity=explained)
    for index in turned:
        state = move_capital(state, _turn(told[index]))
    waiting = (replace(t, counted=False) for index, t in enumerate(told) if t.counted == (index in turned))
    state = replace(state, told_transfers=tuple(waiting))
    rest = equity - state.equity
    if abs(rest) <= NOISE_FRACTION * max(state.equity, ZERO):
        return state
    return _note_move(state, rest, at, now)


def _turn(told: ToldTransfer) -> Decimal:
    """Return by how much equity moves when a told transfer is taken back, or counted again."""
    return -told.amount if told.counted else told.amount


def _choose(told: Sequence[ToldTransfer], change: Decimal, explained: Decimal) -> tuple[int, ...]:
    """Return which told transfers a reading turns: counted ones it does not show, others that it shows now."""
    counted = tuple(index for index, t in enumerate(told) if t.counted)
    waiting = tuple(index for index, t in enumerate(told) if not t.counted)

    def moved(option: tuple[int, ...]) -> Decimal:
        return sum((_turn(told[index]) for index in option), ZERO)

    options = [(), counted, waiting, *((index,) for index in range(len(told)))]
    best = min(options, key=lambda option: abs(change - moved(option)))
    allowed = MISFIT_FRACTION * explained
    if best and told[best[0]].counted:
        allowed = max(allowed, MISFIT_OF_AMOUNT * abs(moved(best)))
    return best if abs(change - moved(best)) <= allowed else ()


def _note_move(state: AccountState, amount: Decimal, at: datetime, now: datetime) -> AccountState:
    seen = state.unexplained
    move = UnexplainedMove(
        at=at,
        noted_at=now,
        before=state.equity,
        amount=amount,
        peak=state.peak_equity if seen is None else seen.peak,
        week_peak=state.week.peak if seen is None else seen.week_peak,
    )
    moves = [*(seen.moves if seen is not None else ()), move]
    while len(moves) > MOVES_MAX or at - moves[0].at > TRANSFER_AGE_MAX:
        # Nobody explained the oldest: it was a gain or a loss, and what was highest before it stays so.
        oldest, following = moves.pop(0), moves[0]
        peak, week_peak = max(oldest.peak, following.peak), max(oldest.week_peak, following.week_peak)
        moves[0] = replace(following, peak=peak, week_peak=week_peak)
    return replace(state, unexplained=UnexplainedMoves(moves=tuple(moves)))


def _find_move(state: AccountState, amount: Decimal, executed_at: datetime, now: datetime) -> UnexplainedMove | None:
    """Return the unexplained move that a transfer was part of, None where no reading shows the transfer yet."""
    moves = state.unexplained.moves if state.unexplained is not None else ()
    is_dated = executed_at < now - CLOCK_SKEW

    def explains(move: UnexplainedMove) -> bool:
        if move.amount * amount <= 0 or now - move.at > TRANSFER_AGE_MAX:
            return False
        if is_dated and executed_at > move.at + CLOCK_SKEW:
            return False
        allowed = max(MISFIT_FRACTION * move.before, MISFIT_OF_AMOUNT * abs(amount))
        # One of several that the reading showed at once is told with its time.
        return abs(move.amount - amount) <= allowed or (is_dated and abs(amount) <= abs(move.amount))

    return min(filter(explains, moves), key=lambda move: (abs(move.amount - amount), move.at), default=None)


def _explain(state: AccountState, move: UnexplainedMove, amount: Decimal) -> AccountState:
    """Move what losses are measured from as if the transfer had been told before the reading that showed it."""
    assert state.unexplained is not None  # noqa: S101 the move is one of them
    capital = measure_day_from(state)
    seen, after = state.unexplained, move.before + amount
    if move.before > 0 and after <= 0:
        # More went than there was: what was read says what is left.
        after = move.before + move.amount
    place = seen.moves.index(move)
    moves = [*seen.moves[:place], replace(move, before=after, amount=move.amount - amount), *seen.moves[place + 1 :]]
    # The periods that began between the reading and now held it already.
    results = state.results.absorb(amount, move.at) if state.results is not None else None
    state = replace(state, transferred=state.transferred + amount, results=results)
    state = replace(state, unexplained=replace(seen, moves=tuple(moves)))
    if move.in_day:
        state = replace(state, day=replace(state.day, transfers=state.day.transfers + amount))
    if move.before > 0 and after <= 0:
        # All of it went. What losses are measured from waits for money to come in again.
        basis = LossBasis(day=capital, emptied_from=move.before)
        return replace(state, loss_basis=basis) if state.equity <= 0 else state

    def moved(peak: Decimal) -> Decimal:
        return quantize_money(peak * after / move.before) if move.before > 0 else peak + amount

    if move.in_day:
        state = replace(state, loss_basis=LossBasis(day=moved(capital)))
    for index in range(place + 1):
        earlier = moves[index]
        # Nothing was highest where the measure was started anew since.
        peak, week_peak = (moved(peak) if peak else ZERO for peak in (earlier.peak, earlier.week_peak))
        moves[index] = replace(earlier, peak=peak, week_peak=week_peak)
    peak = max(seen.peak, *(m.peak for m in moves))
    week_peak = max(seen.week_peak, *(m.week_peak for m in moves))
    seen = replace(seen, moves=tuple(moves))
    return replace(state, unexplained=seen, peak_equity=peak, week=replace(state.week, peak=week_peak))


def _move_by(state: AccountState, capital: Decimal, amount: Decimal) -> AccountState:
    """Move what losses are measured from by an amount: equity was not positive, and nothing is a fraction of it."""

    def moved(peak: Decimal) -> Decimal:
        return max(state.equity, peak + amount)

    week, basis = replace(state.week, peak=moved(state.week.peak)), LossBasis(day=capital + amount)
    return replace(state, peak_equity=moved(state.peak_equity), week=week, loss_basis=basis)
