"""Protections: which closes lock what, until when, and that a lock always ends or can be lifted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Cooldown, DrawdownGuard, Limits, LossStreak, LowProfit, StoplossGuard
from riskgate.core.order import OrderType
from riskgate.core.protections import CLOSED_TRADES_MAX, record_close
from riskgate.core.protections.drawdown_guard import compute_drawdown_of
from riskgate.core.safeguards.events import BreakerReset
from tests.support.builders import (
    BUY,
    HOUR,
    MINUTE,
    NOW,
    SELL,
    SWAP,
    VENUE,
    apply,
    build_account,
    build_fill,
    build_limits,
    build_order,
    build_position,
    build_trade,
    decide,
)

ETH, SOL = f"{VENUE}:ETH/USDT", f"{VENUE}:SOL/USDT"


def close(limits: Limits, *trades: ClosedTrade) -> AccountState:
    """Return the account after these closes."""
    return reduce(lambda state, trade: record_close(state, limits, trade), trades, build_account())


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def only_lock(state: AccountState) -> Lock:
    (lock,) = state.locks
    return lock


def stop_out(minute: float, **changes: Any) -> ClosedTrade:
    return build_trade(at=at(minute), stopped=True, **changes)


class TestStoplossGuard:
    LIMITS = build_limits(stoploss_guard=StoplossGuard())

    def test_lock_when_three_stop_outs_within_the_hour_then_forty_minutes_from_the_last(self) -> None:
        assert not close(self.LIMITS, stop_out(0), stop_out(10)).locks

        lock = only_lock(close(self.LIMITS, stop_out(0), stop_out(10), stop_out(59)))
        assert (lock.code, lock.scope, lock.until) == (DenyCode.STOPLOSS_GUARD, "all", at(99))

    @pytest.mark.parametrize(("last", "locked"), [(59.9, True), (60, False), (61, False)])
    def test_lock_when_the_first_left_the_window_then_none(self, last: float, *, locked: bool) -> None:
        assert bool(close(self.LIMITS, stop_out(0), stop_out(10), stop_out(last)).locks) is locked

    def test_lock_when_the_closes_were_no_stop_outs_then_none(self) -> None:
        assert not close(self.LIMITS, *(build_trade(-99, at=at(minute)) for minute in range(9))).locks

    @pytest.mark.parametrize(
        ("scope", "other", "key"),
        [
            ("symbol", {"key": ETH}, f"{VENUE}:BTC/USDT"),
            ("side", {"side": SELL}, BUY.value),
            ("strategy", {"strategy": "other"}, "trend"),
        ],
    )
    def test_lock_when_per_symbol_side_or_strategy_then_others_neither_count_nor_are_locked(
        self, scope: str, other: dict[str, Any], key: str
    ) -> None:
        limits = build_limits(stoploss_guard=StoplossGuard(scope=scope))

        mixed = close(limits, stop_out(0), stop_out(1), stop_out(2, **other))
        assert not mixed.locks
        lock = only_lock(record_close(mixed, limits, stop_out(3)))
        assert (lock.scope, lock.key) == (scope, key)


class TestLossStreak:
    LIMITS = build_limits(loss_streak=LossStreak(losses=3, lock_minutes=30))

    @pytest.mark.parametrize(
        ("results", "locked"),
        [
            ((-1, -1), False),
            ((-1, -1, -1), True),
            ((-1, -1, 1, -1), False),
            ((-1, -1, 0, -1, -1), False),
            ((1, -1, -1, -1), True),
            ((-1, -1, -1, 1), True),
        ],
    )
    def test_lock_when_so_many_losses_follow_each_other_then_set(
        self, results: tuple[int, ...], *, locked: bool
    ) -> None:
        state = close(self.LIMITS, *(build_trade(pnl, at=at(minute)) for minute, pnl in enumerate(results)))

        assert bool(state.locks) is locked

    def test_lock_when_it_ends_then_from_the_last_losing_close(self) -> None:
        losses = [build_trade(-1, at=at(minute)) for minute in (0, 5, 20)]

        assert only_lock(close(self.LIMITS, *losses)).until == at(50)

    def test_streak_when_per_symbol_then_a_winner_elsewhere_does_not_break_it(self) -> None:
        limits = build_limits(loss_streak=LossStreak(losses=2, lock_minutes=30, scope="symbol"))

        state = close(limits, build_trade(-1), build_trade(5, key=ETH), build_trade(-1, at=at(1)))

        assert only_lock(state).key == f"{VENUE}:BTC/USDT"


class TestCooldown:
    def test_lock_when_a_market_closes_then_that_market_rests(self) -> None:
        state = close(build_limits(cooldown=Cooldown(minutes=5)), build_trade(100))

        lock = only_lock(state)
        assert (lock.scope, lock.key, lock.until) == ("symbol", f"{VENUE}:BTC/USDT", at(5))

    @pytest.mark.parametrize(
        ("closed", "ends"),
        [
            (NOW, NOW + HOUR),
            (NOW + HOUR - MINUTE, NOW + HOUR),
            (NOW + HOUR, NOW + 25 * HOUR),
            (NOW + 2 * HOUR, NOW + 25 * HOUR),
        ],
    )
    def test_lock_when_until_a_time_of_day_then_the_next_one(self, closed: datetime, ends: datetime) -> None:
        state = close(build_limits(cooldown=Cooldown(unlock_at="13:00")), build_trade(at=closed))

        assert only_lock(state).until == ends

    def test_locks_when_several_markets_close_then_one_each(self) -> None:
        state = close(
            build_limits(cooldown=Cooldown(minutes=5)), build_trade(), build_trade(key=ETH), build_trade(key=SOL)
        )

        assert {lock.key for lock in state.locks} == {f"{VENUE}:BTC/USDT", ETH, SOL}


class TestLowProfit:
    LIMITS = build_limits(
        low_profit=LowProfit(window_minutes=60, profit_fraction_min=Decimal("0.01"), trades_min=2, lock_minutes=30)
    )

    @pytest.mark.parametrize(
        ("results", "locked"), [((10, 10), False), ((10, "9.99"), True), ((-50,), False), ((100, -90), True)]
    )
    def test_lock_when_the_window_earned_too_little_then_that_market(
        self, results: tuple[Any, ...], *, locked: bool
    ) -> None:
        state = close(self.LIMITS, *(build_trade(pnl, at=at(minute)) for minute, pnl in enumerate(results)))

        assert bool(state.locks) is locked

    def test_window_when_a_close_is_older_or_elsewhere_then_it_does_not_count(self) -> None:
        assert not close(self.LIMITS, build_trade(-50), build_trade(20, at=at(60)), build_trade(10, at=at(61))).locks
        assert not close(self.LIMITS, build_trade(-50, key=ETH), build_trade(10), build_trade(10, at=at(1))).locks

    def test_lock_when_per_strategy_then_its_closes_in_every_market_count(self) -> None:
        rule = LowProfit(
            window_minutes=60, profit_fraction_min=Decimal("0.01"), trades_min=2, lock_minutes=30, scope="strategy"
        )
        limits = build_limits(low_profit=rule)

        state = close(limits, build_trade(99, strategy="other"), build_trade(5), build_trade(5, key=ETH, at=at(1)))

        assert (only_lock(state).scope, only_lock(state).key) == ("strategy", "trend")
        assert not decide(state, build_order(strategy="trend"), limits=limits)[1].approved
        assert decide(state, build_order(strategy="other"), limits=limits)[1].approved


class TestDrawdownGuard:
    """Closes of an account that has 10,000 after them."""

    LIMITS = build_limits(
        drawdown_guard=DrawdownGuard(
            window_minutes=60, trades_min=3, drawdown_fraction_max=Decimal("0.02"), lock_minutes=30
        )
    )

    @pytest.mark.parametrize(
        ("results", "locked"),
        [
            ((-300, -300), False),
            ((-100, -50, -50), False),
            ((-100, -55, -55), True),
            ((0, -210, 0), True),
            ((-400, 300, 300), True),
            ((500, -150, -40), False),
            ((500, -150, -70), True),
        ],
    )
    def test_lock_when_the_closes_fell_too_far_from_their_best_then_all_entries(
        self, results: tuple[int, ...], *, locked: bool
    ) -> None:
        state = close(self.LIMITS, *(build_trade(pnl, at=at(minute)) for minute, pnl in enumerate(results)))

        assert bool(state.locks) is locked
        if locked:
            lock = only_lock(state)
            assert (lock.code, lock.scope, lock.key, lock.until) == (DenyCode.DRAWDOWN_GUARD, "all", "*", at(32))

    def test_lock_when_its_time_is_over_then_entries_pass_again_without_a_person(self) -> None:
        state = close(self.LIMITS, *(build_trade(-100, at=at(minute)) for minute in (0, 1, 2)))

        assert not decide(state, build_order(), limits=self.LIMITS, now=at(31))[1].approved
        assert decide(state, build_order(), limits=self.LIMITS, now=at(32))[1].approved

    def test_window_when_closes_are_older_or_of_any_market_then_only_those_within_count(self) -> None:
        assert not close(self.LIMITS, build_trade(-500), build_trade(-1, at=at(60)), build_trade(-1, at=at(61))).locks
        assert close(
            self.LIMITS, build_trade(-100, key=ETH), build_trade(-100), build_trade(-100, strategy="other")
        ).locks

    def test_lock_when_there_was_no_capital_before_then_a_loss_is_all_of_it(self) -> None:
        broke = replace(build_account(), equity=Decimal(-30))

        state = reduce(
            lambda s, t: record_close(s, self.LIMITS, t), [build_trade(-10, at=at(m)) for m in range(3)], broke
        )

        assert only_lock(state).code == DenyCode.DRAWDOWN_GUARD


class TestRepeatedExecution:
    LIMITS = build_limits(repeated_execution_max=3)

    def test_lock_when_so_many_round_trips_then_until_a_person_and_counting_starts_anew(self) -> None:
        state = close(self.LIMITS, build_trade(1), build_trade(2))
        assert not state.locks
        state = record_close(state, self.LIMITS, build_trade(3))
        assert (only_lock(state).until, only_lock(state).scope) == (None, "all")

        later = NOW + 10_000 * HOUR
        assert not decide(state, build_order(), limits=self.LIMITS, now=later)[1].approved
        state = apply(state, BreakerReset(name="REPEATED_EXECUTION", reason="looked at"), limits=self.LIMITS).state
        assert (state.locks, state.round_trips) == ((), 0)
        assert decide(state, build_order(), limits=self.LIMITS)[1].approved


ALL = build_limits(
    stoploss_guard=StoplossGuard(stops=1),
    loss_streak=LossStreak(losses=1, lock_minutes=40),
    cooldown=Cooldown(minutes=40),
    low_profit=LowProfit(window_minutes=60, profit_fraction_min=Decimal(0), trades_min=1, lock_minutes=40),
    drawdown_guard=DrawdownGuard(
        window_minutes=60, trades_min=1, drawdown_fraction_max=Decimal("0.0001"), lock_minutes=40
    ),
    repeated_execution_max=1,
)
TIMED = ["STOPLOSS_GUARD", "LOSS_STREAK", "COOLDOWN", "LOW_PROFIT", "DRAWDOWN_GUARD"]


def test_closes_when_none_is_switched_on_then_no_lock() -> None:
    assert not close(build_limits(), *(stop_out(minute) for minute in range(50))).locks


def test_losing_exit_when_everything_is_on_then_all_lock_at_once_and_the_rest_of_the_position_can_leave() -> None:
    state = build_account(positions=[build_position(10, SWAP)])
    stop = build_order(4, 90, symbol=SWAP, side=SELL, type=OrderType.STOP)

    state = apply(state, build_fill(stop, 4, 90), limits=ALL).state

    assert {lock.code for lock in state.locks} == {*TIMED, "REPEATED_EXECUTION"}
    entry = build_order(1, symbol=SWAP, client_order_id="entry")
    _, decision = decide(state, entry, limits=ALL)
    assert {code for code, _ in decision.evaluation.violations} == {*TIMED, "REPEATED_EXECUTION"}
    rest = build_order(6, symbol=SWAP, side=SELL, client_order_id="rest")
    assert decide(state, rest, limits=ALL)[1].approved


@pytest.mark.parametrize(("minutes", "approved"), [(39.99, False), (40, True)])
def test_locks_when_their_time_is_over_then_entries_pass_again(minutes: float, *, approved: bool) -> None:
    limits = replace(ALL, repeated_execution_max=None)
    state = close(limits, stop_out(0))
    assert {lock.code for lock in state.locks} == set(TIMED)

    assert decide(state, build_order(), limits=limits, now=at(minutes))[1].approved is approved


@pytest.mark.parametrize("code", TIMED)
def test_lock_when_a_person_lifts_it_then_gone_before_its_time(code: str) -> None:
    state = apply(close(ALL, stop_out(0)), BreakerReset(name=code, reason="looked at"), limits=ALL).state

    assert code not in {lock.code for lock in state.locks}
    assert len(state.locks) == len(TIMED)


def test_lock_when_an_older_close_is_reported_late_then_never_shortened() -> None:
    limits = build_limits(stoploss_guard=StoplossGuard(stops=1), repeated_execution_max=1)
    state = record_close(close(limits, stop_out(0)), limits, stop_out(-30))

    assert {lock.code: lock.until for lock in state.locks} == {"STOPLOSS_GUARD": at(40), "REPEATED_EXECUTION": None}


def test_locks_when_ended_then_forgotten_with_the_next_close() -> None:
    limits = build_limits(cooldown=Cooldown(minutes=5))
    state = close(limits, build_trade(key=ETH), build_trade(at=at(5)))

    assert [lock.key for lock in state.locks] == [f"{VENUE}:BTC/USDT"]


def test_closes_when_very_many_then_the_document_keeps_the_latest() -> None:
    state = close(build_limits(), *(build_trade(minute, at=at(minute)) for minute in range(CLOSED_TRADES_MAX + 20)))

    assert len(state.closed_trades) == CLOSED_TRADES_MAX
    assert state.closed_trades[-1].realized_pnl == CLOSED_TRADES_MAX + 19
    assert state.round_trips == CLOSED_TRADES_MAX + 20


def test_closes_when_they_are_fills_of_one_order_then_one_trade() -> None:
    first = build_trade(-30, client_order_id="o1", notional=Decimal(200), at=at(2))
    second = build_trade(-12, client_order_id="o1", notional=Decimal(100), at=at(1), stopped=True)
    state = close(build_limits(), first, second)
    assert state.round_trips == 1
    assert state.closed_trades == (
        replace(second, at=at(2), realized_pnl=Decimal(-42), notional=Decimal(300), stopped=True),
    )
    for other in (replace(second, client_order_id="o2"), replace(second, key=ETH), replace(second, client_order_id="")):
        assert len(close(build_limits(), first, other).closed_trades) == 2
    nameless = replace(first, client_order_id="")
    assert close(build_limits(), nameless, nameless).round_trips == 2


@pytest.mark.parametrize(
    ("capital", "results", "fall"),
    [
        ("1", ("-0.5",), "0.3333333333333333333333333333"),
        ("0.5", ("-0.1",), "0.1666666666666666666666666667"),
        ("-1", ("-1",), "1"),
        ("-2", ("-1", "-1"), "1"),
        ("100", ("10",), "0"),
        ("100", (), "0"),
        ("100", ("100", "-50", "25"), "0.4"),
    ],
)
def test_drawdown_when_closes_fell_then_a_fraction_of_their_highest(
    capital: str, results: tuple[str, ...], fall: str
) -> None:
    trades = [build_trade(Decimal(result)) for result in results]
    assert compute_drawdown_of(trades, Decimal(capital)) == Decimal(fall)


@pytest.mark.parametrize(
    ("first", "second", "trades"),
    [
        ({"client_order_id": "o1"}, {"client_order_id": "o1"}, 1),
        ({"client_order_id": "o1"}, {"client_order_id": "o2"}, 2),
        ({"client_order_id": "o1"}, {"client_order_id": "o1", "key": ETH}, 2),
        ({"client_order_id": ""}, {"client_order_id": ""}, 2),
        ({"client_order_id": "o1"}, {"client_order_id": ""}, 2),
    ],
)
def test_closes_when_of_one_order_in_one_market_then_added_up_and_else_trades_of_their_own(
    first: dict[str, Any], second: dict[str, Any], trades: int
) -> None:
    """Ten were lost on 1,000 at a stop, then four won on 500."""
    lost = build_trade(-10, stopped=True, **first)
    won = replace(build_trade(4, **second), notional=Decimal(500), at=NOW + MINUTE)
    state = reduce(lambda account, trade: record_close(account, build_limits(), trade), (lost, won), build_account())
    assert (state.round_trips, len(state.closed_trades)) == (trades, trades)
    last = state.closed_trades[-1]
    one = (Decimal(-6), Decimal(1500), True) if trades == 1 else (Decimal(4), Decimal(500), False)
    assert (last.realized_pnl, last.notional, last.stopped, last.at) == (*one, NOW + MINUTE)
