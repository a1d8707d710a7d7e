"""Circuit breakers: trip at the limit, latch, clear at their boundary or by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, OrderStatus, TradingState
from riskgate.core.account.parts import Lock
from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.ledger.account_events import LimitsChanged
from riskgate.core.limits import Limits
from riskgate.core.orders.events import RULES, OrderClosed
from riskgate.core.safeguards.breakers import SECOND_LOOK_AFTER
from riskgate.core.safeguards.events import BreakerReset, KillSwitchChanged
from tests.support.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    apply,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_snapshot,
    build_transfer,
    build_working,
    decide,
)

MIDNIGHT = datetime(2026, 11, 19, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAILY = build_limits(daily_loss_fraction_max="0.03")
WEEKLY = build_limits(weekly_drawdown_fraction_max="0.08")
MAXIMUM = build_limits(drawdown_fraction_max="0.20")
NOTE = KillSwitchChanged(scope="global", key="", engaged=False, reason="nothing happened")


def seen(state: AccountState, equity: int | str, limits: Limits, now: datetime = NOW) -> AccountState:
    """Return the account after two looks that found this equity."""
    for later in (timedelta(0), SECOND_LOOK_AFTER):
        state = apply(state, build_snapshot(equity, taken_at=now + later), limits=limits, now=now).state
    return state


def seen_once(state: AccountState, equity: int | str, at: datetime = NOW) -> AccountState:
    """Return the account after one look that found this equity."""
    return apply(state, build_snapshot(equity, taken_at=at), limits=Limits(), now=at).state


def reset(state: AccountState, name: str, limits: Limits, now: datetime = NOW) -> AccountState:
    return apply(state, BreakerReset(name=name, reason="looked at"), limits=limits, now=now).state


@pytest.mark.parametrize(
    ("name", "limits", "passes", "trips", "clears_on"),
    [
        ("DAILY_LOSS", DAILY, "9700.000000000001", "9700", date(2026, 11, 19)),
        ("WEEKLY_DRAWDOWN", WEEKLY, "9200.000000000001", "9200", None),
        ("MAX_DRAWDOWN", MAXIMUM, "8000.000000000001", "8000", None),
    ],
)
def test_breaker_when_its_limit_is_reached_then_trips_and_only_exits_pass(
    name: str, limits: Limits, passes: str, trips: str, clears_on: date | None
) -> None:
    assert not seen(build_account(), passes, limits).breakers

    state = seen(build_account(), trips, limits)
    breaker = state.breakers[name]
    assert (breaker.tripped_at, breaker.observed, breaker.clears_on) == (NOW, breaker.limit, clears_on)
    assert state.trading_state is TradingState.REDUCING
    assert decide(state, build_order(), limits=limits)[1].evaluation.code is DenyCode.TRADING_REDUCING


@pytest.mark.parametrize("limits", [DAILY, WEEKLY, MAXIMUM], ids=["daily", "weekly", "max"])
def test_breaker_when_tripped_then_stays_although_equity_comes_back(limits: Limits) -> None:
    state = seen(build_account(), 7_000, limits)
    (name, breaker), *_ = state.breakers.items()

    state = seen(state, 30_000, limits)

    assert state.breakers == {name: breaker}
    assert state.trading_state is TradingState.REDUCING


def test_drawdown_when_seen_once_then_entries_stop_for_the_day_and_nothing_waits_for_a_person() -> None:
    state = seen_once(build_account(), 7_000)

    assert set(state.breakers) == {"DAILY_LOSS"}
    assert set(state.drawdown_doubts) == {"WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}
    violated = {code for code, _ in decide(state, build_order(), limits=Limits())[1].evaluation.violations}
    assert violated >= {DenyCode.TRADING_REDUCING, DenyCode.WEEKLY_DRAWDOWN, DenyCode.MAX_DRAWDOWN}


def test_drawdown_when_the_second_look_finds_it_too_then_trips() -> None:
    state = seen_once(build_account(), 7_000)
    too_soon = seen_once(state, 7_000, NOW + SECOND)
    assert set(too_soon.breakers) == {"DAILY_LOSS"}

    state = seen_once(too_soon, 7_000, NOW + SECOND_LOOK_AFTER)

    assert set(state.breakers) == {"DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}
    assert not state.drawdown_doubts


def test_drawdown_when_the_second_look_does_not_find_it_then_forgotten() -> None:
    state = seen_once(seen_once(build_account(), 7_000), 10_000, NOW + MINUTE)
    assert (set(state.breakers), state.drawdown_doubts) == ({"DAILY_LOSS"}, {})

    assert set(seen_once(state, 7_000, NOW + HOUR).breakers) == {"DAILY_LOSS"}


def test_drawdown_when_something_else_happens_then_that_is_no_second_look() -> None:
    state = seen_once(build_account(), 7_000)

    for hours in range(1, 4):
        state = apply(state, NOTE, limits=Limits(), now=NOW + hours * HOUR).state
        state, _ = decide(state, build_order(), limits=Limits(), now=NOW + hours * HOUR)

    assert set(state.breakers) == {"DAILY_LOSS"}


def test_drawdown_when_one_quote_crashes_then_a_later_one_must_too() -> None:
    state = build_account(positions=[build_position(50, marked_at=NOW)])
    state, _ = decide(state, build_order(), limits=MAXIMUM, quote=build_quote(price=50, at=NOW))
    assert (state.equity, state.breakers) == (7_500, {})

    for seconds, tripped in ((1, set()), (2, {"MAX_DRAWDOWN"})):
        quote = build_quote(price=50 - seconds, at=NOW + seconds * SECOND)
        state, _ = decide(state, build_order(), limits=MAXIMUM, now=NOW + seconds * SECOND, quote=quote)
        assert set(state.breakers) == tripped


def test_drawdown_when_the_log_is_from_before_then_trips_at_the_first_look() -> None:
    event = replace(build_snapshot(7_000), rules=1)

    assert set(apply(build_account(), event, limits=Limits()).state.breakers) >= {"WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}


def test_breaker_when_tripped_again_then_the_first_observation_stands() -> None:
    state = seen(build_account(), 9_700, DAILY)

    assert seen(state, 9_000, DAILY).breakers["DAILY_LOSS"].observed == Decimal("0.03")


@pytest.mark.parametrize(
    ("now", "trading"),
    [
        (MIDNIGHT - INSTANT, TradingState.REDUCING),
        (MIDNIGHT, TradingState.ACTIVE),
        (MIDNIGHT + 5 * DAY, TradingState.ACTIVE),
    ],
)
def test_daily_loss_when_the_next_utc_day_begins_then_clears_and_not_before(
    now: datetime, trading: TradingState
) -> None:
    state = seen(build_account(), 9_700, DAILY)

    assert apply(state, NOTE, limits=DAILY, now=now).state.trading_state is trading


def test_daily_loss_when_cleared_by_the_day_then_measured_from_the_new_baseline() -> None:
    state = apply(seen(build_account(), 9_000, DAILY), NOTE, limits=DAILY, now=MIDNIGHT).state
    assert state.day.baseline == 9_000

    assert not seen(state, 8_731, DAILY, MIDNIGHT).breakers
    assert "DAILY_LOSS" in seen(state, 8_730, DAILY, MIDNIGHT).breakers


def test_daily_loss_when_the_clock_steps_back_after_midnight_then_a_cleared_one_does_not_return() -> None:
    state = apply(seen(build_account(), 9_700, DAILY), NOTE, limits=DAILY, now=MIDNIGHT).state

    back = apply(state, NOTE, limits=DAILY, now=MIDNIGHT - INSTANT).state
    assert back.trading_state is TradingState.ACTIVE
    tripped = seen(back, 9_000, DAILY, MIDNIGHT - INSTANT)
    assert tripped.breakers["DAILY_LOSS"].clears_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("name", "limits", "equity"), [("WEEKLY_DRAWDOWN", WEEKLY, 9_200), ("MAX_DRAWDOWN", MAXIMUM, 8_000)]
)
def test_drawdown_when_tripped_then_no_day_week_or_month_clears_it(name: str, limits: Limits, equity: int) -> None:
    state = seen(build_account(), equity, limits)
    for days in (1, 7, 30, 400):
        state = apply(state, NOTE, limits=limits, now=NOW + days * DAY).state
        assert name in state.breakers
        assert state.trading_state is TradingState.REDUCING


@pytest.mark.parametrize(
    ("name", "limits", "low", "again", "still_fine"),
    [
        ("DAILY_LOSS", DAILY, 9_000, "8730", "8730.01"),
        ("WEEKLY_DRAWDOWN", WEEKLY, 9_000, "8280", "8280.01"),
        ("MAX_DRAWDOWN", MAXIMUM, 8_000, "6400", "6400.01"),
    ],
)
def test_reset_when_a_person_does_it_then_the_measure_starts_from_here(
    name: str, limits: Limits, low: int, again: str, still_fine: str
) -> None:
    state = reset(seen(build_account(), low, limits), name, limits)

    assert not state.breakers
    assert state.trading_state is TradingState.ACTIVE
    assert not seen(state, still_fine, limits).breakers
    assert name in seen(state, again, limits).breakers


def test_reset_when_it_is_of_one_of_three_then_the_others_stand() -> None:
    limits = Limits()
    state = seen(build_account(), 7_000, limits)
    assert set(state.breakers) == {"DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}

    state = reset(state, "WEEKLY_DRAWDOWN", limits)

    assert set(state.breakers) == {"DAILY_LOSS", "MAX_DRAWDOWN"}
    assert state.trading_state is TradingState.REDUCING


@pytest.mark.parametrize("name", ["DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"])
def test_reset_when_nothing_is_tripped_then_refused_and_no_baseline_moves(name: str) -> None:
    with pytest.raises(NotFound):
        reset(build_account(), name, Limits())


def test_reset_when_it_is_of_a_protection_then_its_locks_go_and_the_others_stay() -> None:
    locks = tuple(Lock(code=code, scope="all", key="*", reason="", until=None) for code in ("COOLDOWN", "LOSS_STREAK"))
    state = build_account(locks=locks)

    assert [lock.code for lock in reset(state, "COOLDOWN", build_limits()).locks] == ["LOSS_STREAK"]


def test_limits_when_tightened_below_the_present_loss_then_the_breaker_trips_at_once() -> None:
    state = seen(build_account(), 9_800, DAILY)
    tight = build_limits(daily_loss_fraction_max="0.02")

    after = apply(state, LimitsChanged(limits=tight, limits_hash="h", loosened=()), limits=DAILY).state

    assert "DAILY_LOSS" in after.breakers
    assert (after.limits_version, after.limits_hash) == (2, "h")


def test_limits_when_loosened_or_switched_off_then_a_tripped_breaker_stays() -> None:
    state = seen(build_account(), 9_700, DAILY)

    after = apply(state, LimitsChanged(limits=build_limits(), limits_hash="h", loosened=()), limits=DAILY).state

    assert "DAILY_LOSS" in after.breakers
    assert after.trading_state is TradingState.REDUCING


def test_breaker_when_the_loss_came_with_the_mark_then_tripped_by_the_decision_that_saw_it() -> None:
    state = build_account(positions=[build_position(100)])
    order = build_order(1, 97)

    after, decision = decide(state, order, limits=DAILY, quote=build_quote(price=97))

    assert not decision.approved
    assert after.breakers["DAILY_LOSS"].observed == Decimal("0.03")


def test_transfer_when_made_while_tripped_then_neither_trips_nor_clears_anything() -> None:
    state = seen(build_account(), 9_701, Limits())
    assert not state.breakers
    assert not apply(state, build_transfer(-9_000), limits=Limits()).state.breakers

    tripped = seen(build_account(), 9_700, Limits())
    assert set(apply(tripped, build_transfer(10**6), limits=Limits()).state.breakers) == {"DAILY_LOSS"}


def test_halted_when_set_then_no_breaker_and_no_reset_lifts_it() -> None:
    halted = replace(seen(build_account(), 9_700, DAILY), trading_state=TradingState.HALTED)

    assert reset(halted, "DAILY_LOSS", DAILY).trading_state is TradingState.HALTED
    assert apply(halted, NOTE, limits=DAILY, now=MIDNIGHT).state.trading_state is TradingState.HALTED


def test_failures_when_old_ones_are_kept_beside_as_many_new_ones_as_allowed_then_tripped_by_the_new_ones() -> None:
    failures = (NOW - 3600 * SECOND, NOW - 2 * SECOND, NOW - SECOND)
    limits = build_limits(order_failures_max=3, order_failures_window_seconds=300)
    state = build_account(working=[build_working()], order_failures=failures)
    event = OrderClosed(client_order_id="w1", status=OrderStatus.REJECTED, reason="no", rules=RULES)
    [breaker] = apply(state, event, limits=limits).state.breakers.values()
    assert breaker.observed == 3


@pytest.mark.parametrize(("oldest", "trips"), [(299, True), (300, False), (10_000, False)])
def test_failures_when_as_many_as_allowed_within_the_window_then_tripped_and_older_ones_do_not_count(
    oldest: int, trips: bool
) -> None:
    failures = (NOW - oldest * SECOND, NOW - SECOND)
    limits = build_limits(order_failures_max=3, order_failures_window_seconds=300)
    state = build_account(working=[build_working()], order_failures=failures)
    event = OrderClosed(client_order_id="w1", status=OrderStatus.REJECTED, reason="no", rules=RULES)
    breakers = apply(state, event, limits=limits).state.breakers
    assert list(breakers) == [BreakerName.ORDER_FAILURE_RATE.value] * trips
    if trips:
        [breaker] = breakers.values()
        assert (breaker.observed, breaker.limit, breaker.reason) == (3, 3, "3 orders failed within 300 s")
