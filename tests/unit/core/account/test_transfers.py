"""Transfers make no loss and hide none, however often and in whichever order they are told and shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.account.equity import compute_daily_loss, compute_drawdown
from riskgate.core.account.transfers import CLOCK_SKEW, TRANSFER_AGE_MAX, tell_transfer
from riskgate.core.codes import DenyCode
from riskgate.core.orders.events import RULES
from riskgate.core.safeguards.breakers import reset_breaker
from tests.support.builders import NOW, apply, build_account, build_limits, build_snapshot, build_transfer, dec
from tests.support.hypothesis_profiles import QUICK

MINUTE = timedelta(minutes=1)
#: No breaker stops anything, so that every loss can be looked at.
OFF = build_limits()
LIMITS = build_limits(daily_loss_fraction_max="0.03")


def tell(
    state: AccountState,
    amount: float | Decimal,
    at: datetime = NOW,
    *,
    executed_at: datetime | None = None,
    is_new: bool = False,
) -> AccountState:
    event = build_transfer(dec(amount), executed_at=executed_at or at, is_new=is_new, rules=RULES)
    return apply(state, event, limits=OFF, now=at).state


def show(state: AccountState, equity: float | Decimal, at: datetime = NOW) -> AccountState:
    return apply(state, build_snapshot(dec(equity), taken_at=at), limits=OFF, now=at).state


def losses(state: AccountState) -> tuple[Decimal, Decimal, Decimal]:
    measured = (
        compute_daily_loss(state),
        compute_drawdown(state.week.peak, state.capital),
        compute_drawdown(state.peak_equity, state.capital),
    )
    return tuple(value for value in measured if value is not None)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("equity", "transfer", "left", "loss"),
    [(10_000, -9_000, 926, "0.074"), (1_000, 9_000, 9_969, "0.0031")],
)
def test_daily_loss_when_money_moved_first_then_a_fraction_of_what_was_at_risk(
    equity: int, transfer: int, left: int, loss: str
) -> None:
    state = show(tell(build_account(equity), transfer), left, NOW + MINUTE)

    assert losses(state) == (Decimal(loss),) * 3


@pytest.mark.parametrize("amount", [90_000, -9_000])
def test_loss_when_money_moves_after_it_then_stays_the_fraction_it_was(amount: int) -> None:
    state = tell(show(build_account(10_000), 9_800), amount, NOW + MINUTE)

    assert [round(loss, 12) for loss in losses(state)] == [Decimal("0.02")] * 3


def test_withdrawal_when_the_snapshot_shows_it_first_then_counts_once_and_the_breaker_it_tripped_clears() -> None:
    shown = apply(build_account(10_000), build_snapshot(6_000), limits=LIMITS).state
    assert DenyCode.DAILY_LOSS in shown.breakers

    told = apply(shown, build_transfer(-4_000, rules=RULES), limits=LIMITS, now=NOW + MINUTE).state

    assert (told.equity, told.transferred, losses(told)) == (dec(6_000), dec(-4_000), (dec(0),) * 3)
    assert told.breakers == {}


def test_loss_when_a_withdrawal_explains_a_part_of_the_fall_then_the_rest_still_stops_entries() -> None:
    shown = apply(build_account(10_000), build_snapshot(5_700), limits=LIMITS).state

    told = apply(shown, build_transfer(-4_000, rules=RULES), limits=LIMITS, now=NOW + MINUTE).state

    assert losses(told) == (Decimal("0.05"),) * 3
    assert DenyCode.DAILY_LOSS in told.breakers


def test_loss_when_it_was_real_and_made_good_before_the_withdrawal_is_told_then_its_breaker_stays() -> None:
    shown = apply(build_account(10_000), build_snapshot(5_700), limits=LIMITS).state
    back = apply(shown, build_snapshot(6_000, taken_at=NOW + MINUTE), limits=LIMITS, now=NOW + MINUTE).state
    later = NOW + 2 * MINUTE

    told = apply(back, build_transfer(-4_000, rules=RULES), limits=LIMITS, now=later).state

    assert losses(told) == (dec(0),) * 3
    assert told.breakers[DenyCode.DAILY_LOSS] == back.breakers[DenyCode.DAILY_LOSS]


def test_transfer_when_the_one_before_explained_all_that_was_seen_then_it_is_another() -> None:
    shown = tell(show(build_account(10_000), 6_000), -4_000, NOW + MINUTE)

    told = tell(shown, -20, NOW + 2 * MINUTE)

    assert (told.equity, told.transferred) == (5_980, -4_020)


def test_breaker_when_a_person_told_of_nothing_then_a_transfer_made_after_the_reading_clears_none() -> None:
    shown = apply(build_account(10_000), build_snapshot(6_000), limits=LIMITS).state
    later = NOW + 10 * MINUTE

    event = build_transfer(-4_000, executed_at=NOW + 5 * MINUTE, rules=RULES)
    told = apply(shown, event, limits=LIMITS, now=later).state

    assert (told.equity, DenyCode.DAILY_LOSS in told.breakers) == (dec(2_000), True)


def test_transfer_when_told_under_two_names_then_the_next_reading_takes_one_back() -> None:
    state = tell(tell(build_account(10_000), -4_000), -4_000)
    assert state.equity == 2_000

    state = show(state, 6_000, NOW + MINUTE)

    assert (state.equity, state.transferred, losses(state)) == (dec(6_000), dec(-4_000), (dec(0),) * 3)


def test_transfer_when_a_reading_does_not_show_it_yet_then_waits_for_the_one_that_does() -> None:
    state = show(tell(build_account(10_000), -4_000), 10_000, NOW + MINUTE)
    assert (state.equity, losses(state)) == (dec(10_000), (dec(0),) * 3)

    state = show(state, 6_000, NOW + 2 * MINUTE)

    assert (state.equity, state.transferred, losses(state)) == (dec(6_000), dec(-4_000), (dec(0),) * 3)
    assert state.told_transfers == ()


@pytest.mark.parametrize(("equity", "is_shown"), [(10_950, True), (10_949, False), (11_050, True), (11_051, False)])
def test_transfer_when_a_reading_shows_about_as_much_then_it_is_the_one_within_half_a_percent_of_equity(
    equity: int, *, is_shown: bool
) -> None:
    waiting = show(tell(build_account(10_000), 1_000), 10_000, NOW + MINUTE)
    assert waiting.transferred == 0

    shown = show(waiting, equity, NOW + 2 * MINUTE)

    assert shown.transferred == (1_000 if is_shown else 0)


@pytest.mark.parametrize(("equity", "is_taken_back"), [(12_000, True), (12_001, False)])
def test_transfer_when_a_fifth_of_it_is_shown_then_taken_back_and_a_step_more_not(
    equity: int, *, is_taken_back: bool
) -> None:
    """A reading may come while a transfer is under way: what it shows of it is no reason to count the rest."""
    shown = show(tell(build_account(10_000), 10_000), equity, NOW + MINUTE)

    assert shown.transferred == (0 if is_taken_back else 10_000)


def test_drawdown_when_everything_is_withdrawn_and_paid_in_again_then_it_was_not_hidden() -> None:
    state = tell(show(build_account(10_000), 9_000), -9_000, NOW + MINUTE)
    assert (state.equity, losses(state)) == (dec(0), (Decimal("0.1"),) * 3)

    state = tell(state, 4_500, NOW + 2 * MINUTE)

    assert (state.equity, losses(state)) == (dec(4_500), (Decimal("0.1"),) * 3)


def test_deposit_when_an_empty_account_shows_it_first_then_no_loss_and_the_day_is_measured_from_it() -> None:
    state = tell(show(build_account(0), 10_000), 10_000, NOW + MINUTE)
    state = show(state, 9_900, NOW + 2 * MINUTE)

    assert losses(state) == (Decimal("0.01"),) * 3


def test_loss_when_a_person_started_it_anew_then_an_old_withdrawal_does_not_lower_what_it_is_measured_from() -> None:
    shown = apply(build_account(10_000), build_snapshot(6_000), limits=LIMITS).state
    state = reset_breaker(shown, DenyCode.DAILY_LOSS)

    told = tell(state, -4_000, NOW + MINUTE)

    assert compute_daily_loss(show(told, 5_940, NOW + 2 * MINUTE)) == Decimal("0.01")


@dataclass(frozen=True)
class Step:
    """What happens between two readings: a return, then a transfer, told before the reading, after it, or both."""

    change: Decimal
    transfer: Decimal
    told: str


steps = st.lists(
    st.builds(
        Step,
        change=st.integers(-60, 60).map(lambda n: Decimal(n) / 1_000),
        transfer=st.one_of(st.integers(-80, -5), st.integers(5, 300)).map(lambda n: Decimal(n) / 100),
        told=st.sampled_from(["before", "after", "twice", "late", "not yet shown", "none"]),
    ),
    max_size=6,
)


@QUICK
@given(steps=steps)
def test_losses_when_money_comes_and_goes_then_those_of_the_same_account_without_any(steps: list[Step]) -> None:
    with_money, without = build_account(10_000), build_account(10_000)
    now, equity, alone = NOW, Decimal(10_000), Decimal(10_000)
    late: list[tuple[Decimal, datetime]] = []
    for step in steps:
        equity, alone = equity * (1 + step.change), alone * (1 + step.change)
        now += MINUTE
        with_money, without = show(with_money, equity, now), show(without, alone, now)
        if step.told == "none":
            continue
        amount = equity * step.transfer
        now += MINUTE
        made = now
        if step.told in {"before", "twice", "not yet shown"}:
            with_money = tell(with_money, amount, now, is_new=True)
        if step.told == "not yet shown":
            now += MINUTE
            with_money = show(with_money, equity, now)
        equity += amount
        now += MINUTE
        with_money = show(with_money, equity, now)
        now += MINUTE
        if step.told == "after":
            with_money = tell(with_money, amount, now)
        if step.told == "twice":
            again = build_transfer(amount, executed_at=made, in_equity=True, rules=RULES)
            with_money = apply(with_money, again, limits=OFF, now=now).state
        if step.told == "late":
            late.append((amount, made))
    for amount, made in late:
        with_money = tell(with_money, amount, now, executed_at=made)

    assert abs(with_money.equity - equity) < Decimal("1e-6")
    for seen, true in zip(losses(with_money), losses(without), strict=True):
        assert abs(seen - true) < Decimal("1e-9")


@pytest.mark.parametrize(("amount", "explained"), [("-0.5", True), ("0.5", False)])
def test_transfer_when_of_the_other_direction_then_it_does_not_explain_a_move_however_small(
    amount: str, *, explained: bool
) -> None:
    state = show(build_account(100), dec("99.5"), NOW)
    made = NOW - timedelta(hours=1)
    _, move = tell_transfer(state, dec(amount), made, NOW + MINUTE)
    assert (move is not None) == explained


@pytest.mark.parametrize(("ago", "explained"), [(CLOCK_SKEW, True), (CLOCK_SKEW + timedelta(microseconds=1), False)])
def test_transfer_when_told_with_its_time_then_it_explains_no_move_from_before_it(
    ago: timedelta, explained: bool
) -> None:
    """A transfer of just now carries no time that tells anything: it is told as it is made."""
    state = show(build_account(100), dec("99.5"), NOW)
    now = NOW + timedelta(hours=1)
    _, move = tell_transfer(state, dec("-0.5"), now - ago, now)
    assert (move is not None) == explained


def test_transfer_when_a_reading_showed_it_on_the_day_before_then_no_profit_of_either_day() -> None:
    shown = show(build_account(10_000), 9_000, NOW + MINUTE)
    tomorrow = show(shown, 9_000, NOW + timedelta(days=1))
    assert tomorrow.results is not None
    assert (tomorrow.results.day.since, tomorrow.results.day.equity) == (NOW.date() + timedelta(days=1), 9_000)
    told = tell(tomorrow, -1_000, NOW + timedelta(days=1, minutes=1), executed_at=NOW)
    assert told.results is not None
    assert (told.results.day.equity, told.results.week.equity) == (10_000, 10_000)
    assert told.equity - told.transferred == 10_000


def empty(state: AccountState, equity: int) -> AccountState:
    """Show twice that nothing is left: once is not believed."""
    return show(show(state, equity, NOW + MINUTE), equity, NOW + 2 * MINUTE)


@pytest.mark.parametrize("left", [0, -50])
def test_drawdown_when_a_reading_showed_that_everything_went_then_the_loss_before_is_measured_on_what_comes_in(
    left: int,
) -> None:
    """Ten percent were lost before; what was withdrawn then is told after the reading that shows it."""
    state = empty(show(build_account(10_000), 9_000), left)
    assert (state.equity, state.capital) == (left, left)
    state = tell(state, left - 9_000, NOW + 3 * MINUTE)
    assert (state.equity, state.capital, losses(state)) == (dec(left), dec(9_000), (Decimal("0.1"),) * 3)


def test_capital_when_money_came_in_before_the_withdrawal_of_everything_was_told_then_what_is_there_now() -> None:
    state = show(empty(build_account(10_000), 0), 500, NOW + 3 * MINUTE)
    state = tell(state, -10_000, NOW + 4 * MINUTE)
    assert (state.equity, state.capital) == (500, 500)


def moves_of(state: AccountState) -> list[tuple[timedelta, Decimal]]:
    seen = state.unexplained
    return [] if seen is None else [(move.at - NOW, move.amount) for move in seen.moves]


@pytest.mark.parametrize(("late", "kept"), [(timedelta(0), 2), (timedelta(seconds=1), 1)])
def test_move_when_nobody_explained_it_for_five_days_then_it_is_not_waited_for_any_more(
    late: timedelta, kept: int
) -> None:
    later = TRANSFER_AGE_MAX + late
    state = show(show(build_account(10_000), 9_000), 8_000, NOW + later)
    assert moves_of(state) == [(timedelta(0), dec(-1_000)), (later, dec(-1_000))][-kept:]


def test_moves_when_one_of_three_is_explained_then_the_others_still_wait() -> None:
    state = build_account(10_000)
    for number, equity in enumerate((9_000, 7_000, 4_000)):
        state = show(state, equity, NOW + number * MINUTE)
    state = tell(state, -1_000, NOW + 3 * MINUTE)
    assert [amount for _, amount in moves_of(state)] == [0, -2_000, -3_000]
    state = tell(state, -2_000, NOW + 4 * MINUTE)
    state = tell(state, -3_000, NOW + 5 * MINUTE)
    assert [amount for _, amount in moves_of(state)] == [0, 0, 0]
    assert (state.equity, state.transferred, losses(state)) == (dec(4_000), dec(-6_000), (dec(0),) * 3)


@pytest.mark.parametrize("amount", ["0.5", "2000"])
def test_loss_when_everything_was_withdrawn_then_any_money_that_comes_in_has_the_same_loss(amount: str) -> None:
    state = tell(show(build_account(10_000), 9_000), -9_000, NOW + MINUTE)
    state = tell(state, dec(amount), NOW + 2 * MINUTE)
    assert state.equity == dec(amount)
    assert [round(loss, 11) for loss in losses(state)] == [Decimal("0.1")] * 3


def test_loss_when_an_emptied_accounts_next_reading_shows_half_a_unit_then_it_has_the_same_loss() -> None:
    state = tell(show(build_account(10_000), 9_000), -9_000, NOW + MINUTE)
    state = show(state, dec("0.5"), NOW + 2 * MINUTE)
    assert state.equity == dec("0.5")
    assert [round(loss, 11) for loss in losses(state)] == [Decimal("0.1")] * 3
