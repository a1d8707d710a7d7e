"""The crash weeks in the real closes: trading stops at the first reading that reaches a limit, and exits never do.

Each book holds through its crash. What must happen is computed beside the engine from the equity series alone: the
day's loss against the last equity before midnight, the fall from the week's and from the highest equity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from riskgate.core.account.document import AccountState, OrderStatus, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Quote
from riskgate.core.ledger.account_events import SnapshotRecorded
from riskgate.core.ledger.apply import apply_event
from riskgate.core.orders.events import OrderClosed
from riskgate.core.safeguards.breakers import SECOND_LOOK_AFTER
from riskgate.core.safeguards.events import BreakerReset
from tests.support.builders import (
    ACCOUNT_ID,
    MINUTE,
    SELL,
    build_limits,
    build_order,
    build_quote,
    build_registration,
    build_reported,
    build_snapshot,
    build_submitted,
)
from tests.support.closes import read_closes

pytestmark = pytest.mark.long

EQUITY = Decimal(100_000)
DAILY, WEEKLY, MAXIMUM = Decimal("0.03"), Decimal("0.08"), Decimal("0.20")
LIMITS = build_limits(
    daily_loss_fraction_max=DAILY,
    weekly_drawdown_fraction_max=WEEKLY,
    drawdown_fraction_max=MAXIMUM,
    state_max_age_seconds=300,
    quote_max_age_seconds=30,
)
#: First and last day, and what of the equity is in which asset.
CRASHES = {
    "March 2020": (date(2020, 3, 6), date(2020, 3, 18), {"BTC": "0.5", "ETH": "0.3"}),
    "May 2021": (date(2021, 5, 10), date(2021, 5, 24), {"BTC": "0.4", "ETH": "0.3"}),
    "May 2022": (date(2022, 5, 3), date(2022, 5, 14), {"BTC": "0.3", "ETH": "0.2", "LUNA": "0.2"}),
    "November 2022": (date(2022, 11, 4), date(2022, 11, 14), {"BTC": "0.4", "ETH": "0.2", "SOL": "0.1"}),
}
DAY_BY_DAY, MINUTE_BY_MINUTE = 1, 24 * 60
#: Orders are tried this often; in between only equity is read.
TRIES_PER_DAY = 24

type Prices = dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Prices and equity at an instant."""

    at: datetime
    prices: Prices
    equity: Decimal


@dataclass(kw_only=True)
class Oracle:
    """Which breakers must be tripped, and since when, from the equity series alone."""

    peak: Decimal = EQUITY
    week_peak: Decimal = EQUITY
    baseline: Decimal = EQUITY
    last: Decimal = EQUITY
    day: date = date.min
    monday: date = date.min
    tripped: dict[str, tuple[datetime, Decimal]] = field(default_factory=dict)

    def read(self, reading: Reading) -> None:
        """Take the next reading."""
        today, equity = reading.at.date(), reading.equity
        if today != self.day:
            self.day, self.baseline = today, self.last
            self.tripped.pop("DAILY_LOSS", None)
        if (monday := today - timedelta(days=today.weekday())) != self.monday:
            self.monday, self.week_peak = monday, self.last
        self.peak, self.week_peak, self.last = max(self.peak, equity), max(self.week_peak, equity), equity
        observed = {
            "DAILY_LOSS": (self.baseline - equity) / self.baseline,
            "WEEKLY_DRAWDOWN": (self.week_peak - equity) / self.week_peak,
            "MAX_DRAWDOWN": (self.peak - equity) / self.peak,
        }
        for (name, fraction), limit in zip(observed.items(), (DAILY, WEEKLY, MAXIMUM), strict=True):
            if fraction >= limit:
                at = reading.at if name == "DAILY_LOSS" else reading.at + SECOND_LOOK_AFTER
                self.tripped.setdefault(name, (at, fraction))


@cache
def holdings(crash: str) -> Prices:
    """Return the units of each asset bought on the first day."""
    first, _, weights = CRASHES[crash]
    return {a: (EQUITY * Decimal(w) / close_of(a, first)).quantize(Decimal("0.001")) for a, w in weights.items()}


def close_of(asset: str, day: date) -> Decimal:
    return Decimal(repr(read_closes()[asset][day])).quantize(Decimal("1e-8"))


def readings(crash: str, per_day: int) -> Iterator[Reading]:
    """Yield the book at even steps, prices on the straight line between the closes of midnight."""
    first, last, _ = CRASHES[crash]
    held = holdings(crash)
    cash = EQUITY - sum(held[asset] * close_of(asset, first) for asset in held)
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        ends = {asset: (close_of(asset, day), close_of(asset, day + timedelta(days=1))) for asset in held}
        for step in range(per_day):
            share = Decimal(step) / per_day
            prices = {
                a: (before + (after - before) * share).quantize(Decimal("1e-8")) for a, (before, after) in ends.items()
            }
            equity = cash + sum(held[asset] * prices[asset] for asset in held)
            yield Reading(at=start + timedelta(days=1) * step / per_day, prices=prices, equity=equity)


def open_account(crash: str) -> AccountState:
    first = next(readings(crash, 1))
    event = build_registration(initial_equity=EQUITY, limits=LIMITS)
    return apply_event(ACCOUNT_ID, None, LIMITS, event, first.at - MINUTE).state


def snapshot_of(crash: str, reading: Reading) -> SnapshotRecorded:
    held = holdings(crash)
    positions = tuple(build_reported(held[asset], f"{asset}/USDT", reading.prices[asset]) for asset in held)
    return replace(build_snapshot(reading.equity, taken_at=reading.at), positions=positions)


def look(crash: str, state: AccountState, reading: Reading) -> AccountState:
    """Return the account after a reading; the monitor looks again at once where a drawdown waits for it."""
    state = apply_event(ACCOUNT_ID, state, LIMITS, snapshot_of(crash, reading), reading.at).state
    if state.drawdown_doubts:
        again = replace(reading, at=reading.at + SECOND_LOOK_AFTER)
        state = apply_event(ACCOUNT_ID, state, LIMITS, snapshot_of(crash, again), again.at).state
    return state


def quote_of(asset: str, reading: Reading) -> Quote:
    return build_quote(f"{asset}/USDT", reading.prices[asset], at=reading.at)


def try_orders(crash: str, state: AccountState, reading: Reading) -> tuple[str | None, str | None]:
    """Return why an entry and an exit in the first asset are denied now; nothing is kept of either."""
    asset = next(iter(holdings(crash)))
    codes = []
    for changes in ({}, {"side": SELL}):
        order = build_order("0.001", None, symbol=f"{asset}/USDT", **changes)
        order = replace(order, type=build_order().type, price=reading.prices[asset].quantize(Decimal("0.01")))
        event = build_submitted(order, quote=quote_of(asset, reading))
        (decision,) = apply_event(ACCOUNT_ID, state, LIMITS, event, reading.at).decisions
        codes.append(decision.evaluation.code)
    return codes[0], codes[1]


def assert_as_foretold(state: AccountState, oracle: Oracle) -> None:
    assert {name: b.tripped_at for name, b in state.breakers.items()} == {
        n: at for n, (at, _) in oracle.tripped.items()
    }
    for name, (_, observed) in oracle.tripped.items():
        # The engine rounds against the trader.
        assert 0 <= (state.breakers[name].observed or 0) - observed < Decimal("1e-20")
    assert state.trading_state is (TradingState.REDUCING if oracle.tripped else TradingState.ACTIVE)


@pytest.mark.parametrize("per_day", [DAY_BY_DAY, MINUTE_BY_MINUTE], ids=["day_by_day", "minute_by_minute"])
@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_lived_through_then_stopped_at_the_first_reading_and_exits_pass(crash: str, per_day: int) -> None:
    state, oracle, ever = open_account(crash), Oracle(), set[str]()
    for number, reading in enumerate(readings(crash, per_day)):
        state = look(crash, state, reading)
        oracle.read(reading)
        newly = set(oracle.tripped) - ever
        ever |= newly
        assert_as_foretold(state, oracle)
        if newly or number % max(1, per_day // TRIES_PER_DAY) == 0:
            entry, out = try_orders(crash, state, reading)
            assert entry == (DenyCode.TRADING_REDUCING if oracle.tripped else None)
            assert out is None
    assert ever == {"DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_over_then_only_a_person_lets_entries_go_on(crash: str) -> None:
    state = open_account(crash)
    for reading in readings(crash, DAY_BY_DAY):
        state = look(crash, state, reading)
    # Months of rest clear nothing but the day's loss.
    later = replace(reading, at=reading.at + timedelta(days=100))
    state = apply_event(ACCOUNT_ID, state, LIMITS, snapshot_of(crash, later), later.at).state
    assert set(state.breakers) == {"WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}
    for name in ("WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"):
        assert try_orders(crash, state, later) == (DenyCode.TRADING_REDUCING, None)
        reset = BreakerReset(name=name, reason="book reviewed")
        state = apply_event(ACCOUNT_ID, state, LIMITS, reset, later.at).state

    assert try_orders(crash, state, later) == (None, None)


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_the_monitor_is_off_then_fresh_quotes_stop_it_at_the_same_reading(crash: str) -> None:
    """Only orders come in, every quarter of an hour, in one asset; the quotes of all held ones are read with them."""
    # Equity is as old as the last snapshot here: the quotes alone must do.
    limits = replace(LIMITS, state_max_age_seconds=None, quote_max_age_seconds=60)
    first, *rest = readings(crash, 96)
    asset, *others = holdings(crash)
    state = apply_event(ACCOUNT_ID, open_account(crash), limits, snapshot_of(crash, first), first.at).state
    oracle = Oracle()
    oracle.read(first)
    for reading in rest:
        order = replace(
            build_order("0.001", symbol=f"{asset}/USDT"), price=reading.prices[asset].quantize(Decimal("0.01"))
        )
        event = build_submitted(order, quote=quote_of(asset, reading))
        event = replace(event, marks=tuple(quote_of(other, reading) for other in others))
        result = apply_event(ACCOUNT_ID, state, limits, event, reading.at)
        state = result.state
        oracle.read(reading)
        assert result.decisions[0].approved is not bool(oracle.tripped)
        # A drawdown that orders find first waits for the next of them; its check denies meanwhile.
        assert {*state.breakers, *state.drawdown_doubts} == set(oracle.tripped)
        if result.decisions[0].approved:
            closed = OrderClosed(client_order_id=order.client_order_id, status=OrderStatus.CANCELLED)
            state = apply_event(ACCOUNT_ID, state, limits, closed, reading.at).state
    assert set(oracle.tripped) >= {"WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_when_monitor_and_quotes_are_off_then_no_entry_passes_on_old_equity(crash: str) -> None:
    first, *rest = readings(crash, 96)
    state = apply_event(ACCOUNT_ID, open_account(crash), LIMITS, snapshot_of(crash, first), first.at).state
    for reading in rest[::7]:
        order = replace(build_order("0.001", symbol="ADA/USDT"), price=Decimal(1))
        event = build_submitted(order, quote=build_quote("ADA/USDT", 1, at=reading.at))
        (decision,) = apply_event(ACCOUNT_ID, state, LIMITS, event, reading.at).decisions
        assert decision.evaluation.code is DenyCode.STATE_STALE


STRANGE = {
    "zero": lambda seen: replace(seen, equity=Decimal(0)),
    "negative": lambda seen: replace(seen, equity=Decimal(-1)),
    "ten_times": lambda seen: replace(seen, equity=seen.equity * 10),
    "a_tenth": lambda seen: replace(seen, equity=seen.equity / 10),
    "no_positions": lambda seen: replace(seen, positions=()),
}


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("crash", CRASHES)
def test_reading_when_strange_once_then_nothing_trips_or_clears_on_any_day_of_a_crash(crash: str, strange: str) -> None:
    """Before each true reading comes a strange one, the same every time it is not confirmed by a second like it."""
    state, oracle = open_account(crash), Oracle()
    for reading in readings(crash, DAY_BY_DAY):
        seen = snapshot_of(crash, reading)
        state = look(crash, state, reading)
        oracle.read(reading)
        assert_as_foretold(state, oracle)
        again = reading.at + MINUTE
        odd = STRANGE[strange](replace(seen, taken_at=again))
        after = apply_event(ACCOUNT_ID, state, LIMITS, odd, again)
        assert after.snapshot is not None
        assert not after.snapshot.accepted
        assert after.state.breakers == state.breakers
        assert (after.state.equity, after.state.positions) == (state.equity, state.positions)
        state = after.state
    assert oracle.tripped
