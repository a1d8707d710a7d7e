"""Breakers with a scope, order failures, manual stops, heartbeats, single locks, and exits that a person vouched for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, OrderStatus, TradingState
from riskgate.core.account.parts import Heartbeat, Lock
from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.levels.utilization import measure_utilization
from riskgate.core.order import OrderType
from riskgate.core.orders.events import OrderClosed
from riskgate.core.routing.events import OrderOutcomeUnknown, OrderSubmitting
from riskgate.core.routing.steps import find_refusal, list_covered
from riskgate.core.safeguards.breakers import ORDER_FAILURES_MAX
from riskgate.core.safeguards.events import (
    BreakerReset,
    BreakerTripped,
    ExitRequested,
    HeartbeatEnded,
    HeartbeatReceived,
    LockCleared,
)
from riskgate.core.safeguards.heartbeats import HEARTBEATS_MAX, is_overdue, needs_recording
from riskgate.core.safeguards.locks import lock_id_of
from tests.support.builders import (
    ACCOUNT_ID,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SPOT,
    VENUE,
    apply,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_working,
    decide,
    run_check,
)

MARKET, ETH = f"{VENUE}:{SPOT}", "ETH/USDT"
ENGAGED = (KillSwitch(scope="global", key="", engaged=True, reason="drill"),)
UNREADABLE = (KillSwitch(scope="global", key="", engaged=None),)


def broken(state: AccountState, market: str = MARKET) -> AccountState:
    event = BreakerTripped(name=BreakerName.RECONCILIATION_BREAK, scope="symbol", key=market, reason="0.1 BTC missing")
    return apply(state, event).state


class TestScope:
    def test_symbol_when_its_books_differ_then_only_that_market_reduces(self) -> None:
        held = [build_position(10), build_position(10, ETH)]
        state = broken(build_account(positions=held))

        assert state.trading_state is TradingState.ACTIVE
        _, denied = decide(state, build_order())
        assert denied.evaluation.code is DenyCode.TRADING_REDUCING
        assert "RECONCILIATION_BREAK binance:BTC/USDT" in denied.evaluation.violations[0][1].message
        assert decide(state, build_order(side=SELL))[1].approved
        assert not decide(state, build_order(11, side=SELL))[1].approved
        assert decide(state, build_order(symbol=ETH))[1].approved

    def test_breakers_when_of_two_markets_then_each_is_reset_by_itself(self) -> None:
        state = broken(broken(build_account()), f"{VENUE}:{ETH}")
        name = BreakerName.RECONCILIATION_BREAK

        state = apply(state, BreakerReset(name=name, reason="booked", key=MARKET)).state

        assert set(state.breakers) == {f"{name} {VENUE}:{ETH}"}
        assert decide(state, build_order())[1].approved
        with pytest.raises(NotFound):
            apply(state, BreakerReset(name=name, reason="again", key=MARKET))

    def test_breaker_when_tripped_again_then_the_first_stands(self) -> None:
        state = broken(build_account())
        event = BreakerTripped(name=BreakerName.RECONCILIATION_BREAK, scope="symbol", key=MARKET, reason="other")

        assert apply(state, event, now=NOW + HOUR).state.breakers == state.breakers

    def test_strategy_when_a_person_stops_it_then_heartbeats_of_others_leave_that_alone(self) -> None:
        event = BreakerTripped(name=BreakerName.MANUAL_STOP, scope="strategy", key="trend", reason="odd")
        state = apply(build_account(), event).state
        state = apply(state, HeartbeatReceived(strategy="mean", interval_seconds=60)).state

        assert set(state.breakers) == {"MANUAL_STOP trend"}
        assert not decide(state, build_order())[1].approved
        assert decide(state, build_order(strategy="mean"))[1].approved

    def test_order_on_its_way_when_its_market_only_reduces_then_entries_stay_and_exits_leave(self) -> None:
        state = broken(build_account(positions=[build_position(10)]))
        released = (KillSwitch(scope="global", key="", engaged=False),)

        assert "RECONCILIATION_BREAK" in find_refusal(state, build_working(), released)
        out = build_working(side=SELL, increasing_quantity=Decimal(0))
        assert find_refusal(state, out, released) == ""
        assert find_refusal(state, build_working(symbol=ETH), released) == ""


class TestOrderFailures:
    LIMITS = build_limits(order_failures_max=3, order_failures_window_seconds=300)

    def sent(self, count: int = 6) -> AccountState:
        """Return an account with so many orders at their venue."""
        return build_account(working=[build_working(client_order_id=f"w{n}", expires_at=None) for n in range(count)])

    def fail(self, state: AccountState, seconds: int, status: OrderStatus = OrderStatus.REJECTED) -> AccountState:
        """End one of its orders."""
        event = OrderClosed(client_order_id=min(state.working_orders), status=status)
        return apply(state, event, limits=self.LIMITS, now=NOW + seconds * SECOND).state

    def test_breaker_when_so_many_fail_within_the_window_then_trips_and_only_a_person_resets_it(self) -> None:
        state = self.fail(self.fail(self.sent(), 0), 1)
        assert not state.breakers

        state = self.fail(state, 299)
        breaker = state.breakers["ORDER_FAILURE_RATE"]
        assert (breaker.observed, breaker.limit, breaker.scope) == (3, 3, "account")
        assert state.trading_state is TradingState.REDUCING
        rested = self.fail(state, 10_000, OrderStatus.CANCELLED)
        assert "ORDER_FAILURE_RATE" in rested.breakers
        reset = apply(rested, BreakerReset(name="ORDER_FAILURE_RATE", reason="key fixed"), limits=self.LIMITS).state
        assert not reset.breakers
        assert not self.fail(self.fail(reset, 300), 301).breakers

    def test_breaker_when_the_first_left_the_window_or_orders_only_ended_then_does_not_trip(self) -> None:
        assert not self.fail(self.fail(self.fail(self.sent(), 0), 1), 300).breakers
        state = self.sent()
        for status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.CANCELLED):
            state = self.fail(state, 0, status)
        assert state.order_failures == ()

    def test_order_when_its_outcome_is_unknown_then_counts_as_failed(self) -> None:
        state = build_account(working=[build_working(expires_at=None)])
        for attempt in (1, 2, 3):
            sent = OrderSubmitting(client_order_id="w1", attempt=attempt)
            state = apply(state, sent, limits=self.LIMITS).state
            unknown = OrderOutcomeUnknown(client_order_id="w1", reason="timeout")
            state = apply(state, unknown, limits=self.LIMITS).state
        assert "ORDER_FAILURE_RATE" in state.breakers

    def test_failures_when_very_many_then_the_document_keeps_the_latest(self) -> None:
        state = self.sent(ORDER_FAILURES_MAX + 5)
        for second in range(ORDER_FAILURES_MAX + 5):
            state = self.fail(state, second)
        assert len(state.order_failures) == ORDER_FAILURES_MAX
        assert state.order_failures[-1] == NOW + (ORDER_FAILURES_MAX + 4) * SECOND


class TestOpenRisk:
    def test_open_risk_when_the_mark_moves_it_beyond_its_limit_then_entries_are_denied_and_nothing_trips(self) -> None:
        limits = build_limits(open_risk_fraction_max="0.06")
        # 100 units, 5 above their stop: 500 of 10,000 at risk, and 700 once the price has risen by 2.
        state = build_account(positions=[build_position(100, stop_loss_price=Decimal(95))])
        assert decide(state, build_order(stop_loss_price=99), limits=limits)[1].approved

        order = build_order(price=102, stop_loss_price=101)
        after, denied = decide(state, order, limits=limits, quote=build_quote(price=102))

        assert denied.evaluation.code is DenyCode.TOTAL_OPEN_RISK
        assert not after.breakers
        (row,) = (r for r in measure_utilization(after, limits, None) if r.code is DenyCode.TOTAL_OPEN_RISK)
        assert row.level == "red"


class TestHeartbeats:
    def beat(self, state: AccountState, seconds: int = 60, at: int = 0, strategy: str = "trend") -> AccountState:
        event = HeartbeatReceived(strategy=strategy, interval_seconds=seconds)
        return apply(state, event, now=NOW + at * SECOND).state

    def test_beat_when_its_strategy_or_promise_is_new_or_it_was_silent_then_recorded(self) -> None:
        state = self.beat(build_account())
        assert not needs_recording(state, "trend", 60, NOW + 29 * SECOND)
        assert needs_recording(state, "trend", 60, NOW + 30 * SECOND)
        assert needs_recording(state, "mean", 60, NOW)
        assert needs_recording(state, "trend", 61, NOW)
        assert needs_recording(state, "trend", 60, NOW + 61 * SECOND)
        assert needs_recording(state, "trend", 60, NOW - HOUR)

    def test_strategy_when_silent_longer_than_promised_then_reduces_and_is_free_with_its_next_beat(self) -> None:
        state = self.beat(build_account())
        assert decide(state, build_order(), now=NOW + MINUTE)[1].approved

        late = NOW + MINUTE + SECOND
        after, denied = decide(state, build_order(), now=late)
        assert denied.evaluation.code is DenyCode.TRADING_REDUCING
        assert {code for code, _ in denied.evaluation.violations} >= {DenyCode.HEARTBEAT_MISSED}
        breaker = after.breakers["HEARTBEAT_MISSED trend"]
        assert (breaker.tripped_at, breaker.scope, breaker.key) == (late, "strategy", "trend")
        assert after.trading_state is TradingState.ACTIVE
        assert not self.beat(after, at=90).breakers

    def test_breaker_when_silence_goes_on_then_it_keeps_its_time(self) -> None:
        state = self.beat(build_account())
        first, _ = decide(state, build_order(), now=NOW + 2 * MINUTE)
        second, _ = decide(first, build_order(), now=NOW + 3 * MINUTE)

        assert second.breakers["HEARTBEAT_MISSED trend"].tripped_at == NOW + 2 * MINUTE

    def test_promise_when_it_ends_then_so_does_its_breaker(self) -> None:
        silent, _ = decide(self.beat(build_account()), build_order(), now=NOW + 2 * MINUTE)

        state = apply(silent, HeartbeatEnded(strategy="trend"), now=NOW + 2 * MINUTE).state

        assert state.heartbeats == {}
        assert state.breakers == {}

    def test_breaker_when_a_person_resets_it_and_the_strategy_is_silent_still_then_it_trips_again(self) -> None:
        now = NOW + 2 * MINUTE
        silent, _ = decide(self.beat(build_account()), build_order(), now=now)
        reset = BreakerReset(name="HEARTBEAT_MISSED", key="trend", reason="looked")

        assert "HEARTBEAT_MISSED trend" in apply(silent, reset, now=now).state.breakers

    def test_promises_when_too_many_then_refused_and_known_ones_go_on(self) -> None:
        beats = {f"s{n}": Heartbeat(at=NOW, interval_seconds=60) for n in range(HEARTBEATS_MAX)}
        state = build_account(heartbeats=beats)

        with pytest.raises(Conflict):
            self.beat(state, strategy="one_more")
        assert self.beat(state, strategy="s0").heartbeats.keys() == beats.keys()

    @given(
        interval=st.integers(5, 3_600),
        gaps=st.lists(st.floats(0.01, 1.0, allow_nan=False), min_size=1, max_size=60),
    )
    def test_strategy_when_its_beats_come_at_even_steps_then_never_missed_and_few_are_recorded(
        self, interval: int, gaps: list[float]
    ) -> None:
        period = timedelta(seconds=interval) * gaps[0]
        state, now, recorded = build_account(), NOW, 0
        for _ in range(60):
            for strategy, heartbeat in state.heartbeats.items():
                assert not is_overdue(heartbeat, now), strategy
            if needs_recording(state, "trend", interval, now):
                beat = Heartbeat(at=now, interval_seconds=interval)
                state = replace(state, heartbeats={"trend": beat})
                recorded += 1
            now += period
        assert recorded <= 1 + 2 * (now - NOW) / timedelta(seconds=interval)


class TestLocks:
    def test_lock_when_cleared_then_that_one_alone_and_round_trips_start_anew_with_theirs(self) -> None:
        locks = tuple(
            Lock(code=code, scope="symbol", key=key, reason="", until=None)
            for code, key in (("COOLDOWN", "a"), ("COOLDOWN", "b"), ("REPEATED_EXECUTION", "*"))
        )
        state = build_account(locks=locks, round_trips=7)
        assert len({lock_id_of(lock) for lock in locks}) == 3

        state = apply(state, LockCleared(lock_id=lock_id_of(locks[1]), reason="seen")).state
        assert (state.locks, state.round_trips) == ((locks[0], locks[2]), 7)
        state = apply(state, LockCleared(lock_id=lock_id_of(locks[2]), reason="seen")).state
        assert (state.locks, state.round_trips) == ((locks[0],), 0)
        with pytest.raises(NotFound):
            apply(state, LockCleared(lock_id="0" * 16, reason="seen"))


class TestOperatorExit:
    HELD = build_account(positions=[build_position(10)])

    @pytest.mark.parametrize("flags", [ENGAGED, UNREADABLE, ()], ids=["engaged", "unreadable", "missing"])
    def test_exit_when_a_person_vouched_for_it_then_no_flag_and_no_halt_stands_in_its_way(
        self, flags: tuple[KillSwitch, ...]
    ) -> None:
        halted = replace(self.HELD, trading_state=TradingState.HALTED)
        order = build_order(10, None, type=OrderType.MARKET, side=SELL, reduce_only=True)

        assert not decide(halted, order, kill_switches=flags)[1].approved
        assert decide(halted, replace(order, operator_exit=True), kill_switches=flags)[1].approved

    @pytest.mark.parametrize("changes", [{"side": SELL, "quantity": Decimal(11)}, {}, {"symbol": ETH, "side": SELL}])
    def test_order_when_it_would_do_more_than_exit_then_the_mark_is_worth_nothing(
        self, changes: dict[str, object]
    ) -> None:
        order = replace(build_order(operator_exit=True), **changes)  # type: ignore[arg-type]

        assert run_check(DenyCode.KILL_SWITCH_ENGAGED, order, self.HELD, kill_switches=ENGAGED).outcome == "violated"
        assert run_check(DenyCode.KILL_SWITCH_UNREADABLE, order, self.HELD, kill_switches=()).outcome == "violated"

    def test_exit_when_its_input_is_broken_then_denied_all_the_same(self) -> None:
        order = build_order("0.0001", side=SELL, operator_exit=True)

        assert decide(self.HELD, order)[1].evaluation.code is DenyCode.QUANTITY_INVALID

    def test_exit_when_on_its_way_then_a_later_kill_switch_neither_holds_nor_cancels_it(self) -> None:
        out = build_working(side=SELL, increasing_quantity=Decimal(0), operator_exit=True, expires_at=None)
        state = build_account(positions=[build_position(10)], working=[out, build_working(client_order_id="w2")])
        halted = replace(state, trading_state=TradingState.HALTED)

        assert find_refusal(halted, out, ENGAGED) == ""
        assert find_refusal(halted, replace(out, increasing_quantity=Decimal(1)), ENGAGED) != ""
        routed = replace(
            state, working_orders={n: replace(o, expires_at=None) for n, o in state.working_orders.items()}
        )
        assert list_covered(routed, "account", ACCOUNT_ID, NOW) == ["w2"]

    @pytest.mark.parametrize("stops", [True, False])
    def test_demand_when_it_stops_entries_then_the_account_reduces_until_a_person_lets_it_go_on(
        self, *, stops: bool
    ) -> None:
        event = ExitRequested(exit_id="e", reason="drill", legs=(), stop_entries=stops)

        state = apply(self.HELD, event).state

        assert set(state.breakers) == ({"MANUAL_STOP"} if stops else set())
        later = NOW + 400 * 24 * HOUR
        assert decide(state, build_order(), now=later)[1].approved is not stops
        if stops:
            state = apply(state, BreakerReset(name="MANUAL_STOP", reason="over"), now=later).state
            assert decide(state, build_order(), now=later)[1].approved
