"""Days and weeks start with what was known before them, however late the monitor comes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.account.equity import compute_daily_loss
from tests.support.monitored_account import Watch, at


@pytest.fixture
def holder(watch: Watch) -> Watch:
    """An account half in BTC that nothing stops, read at a minute to midnight of the first day."""
    watch.fund(spot={"USDT": "50000", "BTC": "1"})
    watch.recorded()
    limits: dict[str, Any] = {"daily_loss_fraction_max": "0.5", "weekly_drawdown_fraction_max": "0.5"}
    assert watch.routed.gateway.limits(**limits).status == 200
    watch.price("49000")
    watch.routed.gateway.advance(seconds=(at("04T23:58:00") - watch.routed.gateway.now).total_seconds())
    state = watch.recorded()
    assert (state.equity, state.equity_at) == (99_000, at("04T23:59:00"))
    return watch


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(hours=5), timedelta(days=1)])
def test_day_when_the_monitor_is_late_over_midnight_then_it_starts_with_the_last_known_equity(
    holder: Watch, late: timedelta
) -> None:
    holder.price("48000")
    holder.routed.gateway.advance(seconds=late.total_seconds())

    state = holder.recorded()

    assert state.day.day == (at("05") + late).date()
    assert (state.day.baseline, state.equity, state.day.transfers) == (99_000, 98_000, 0)
    assert compute_daily_loss(state) == Decimal(1_000) / 99_000
    assert state.week.peak == state.peak_equity == 100_000


def test_week_when_the_monitor_is_late_over_monday_then_it_starts_with_the_last_known_equity(holder: Watch) -> None:
    holder.price("48000")
    holder.routed.gateway.advance(seconds=(at("09T06:00:00") - holder.routed.gateway.now).total_seconds())

    state = holder.recorded()

    assert state.week.monday == date(2026, 3, 9)
    assert (state.week.peak, state.day.baseline, state.peak_equity) == (99_000, 99_000, 100_000)


def test_transfer_when_made_while_the_monitor_was_away_over_midnight_then_neutral_on_the_new_day(
    holder: Watch,
) -> None:
    holder.routed.gateway.advance(hours=2)
    holder.move("withdrawal", "40000")
    holder.routed.gateway.advance(days=2)

    state = holder.recorded()

    assert (state.day.baseline, state.day.transfers, state.equity) == (99_000, -40_000, 59_000)
    assert compute_daily_loss(state) == 0


def test_loss_when_it_came_before_midnight_and_is_seen_after_it_then_trips_on_the_new_day(holder: Watch) -> None:
    assert holder.routed.gateway.limits(daily_loss_fraction_max="0.03").status == 200
    holder.price("44000")
    holder.routed.gateway.advance(minutes=10)

    state = holder.recorded()

    assert state.breakers["DAILY_LOSS"].clears_on == date(2026, 3, 6)


def test_reading_when_midnight_comes_while_it_is_taken_then_read_again_on_the_new_day(
    holder: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equity of the old day's last second must not be the new day's first."""
    real = CcxtExchange.list_quotes
    calls = []

    def list_quotes(self: CcxtExchange, symbols: Any) -> Any:
        found = real(self, symbols)
        calls.append(symbols)
        if len(calls) == 1:
            holder.routed.gateway.advance(seconds=20)
            holder.price("48000")
        return found

    monkeypatch.setattr(CcxtExchange, "list_quotes", list_quotes)
    holder.routed.gateway.advance(seconds=50)

    assert holder.routed.gateway.now == at("04T23:59:50")

    result = holder.again()

    state = holder.routed.state()
    assert result["recorded"]
    assert state.equity_at > at("05")
    assert (state.day.baseline, state.equity) == (99_000, 98_000)
