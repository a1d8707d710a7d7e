"""Equity, holdings and positions as the venue has them, to the last digit, or not at all."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.app.monitor import monitor_account
from riskgate.core.account.document import Balance
from riskgate.core.venues.model import VenueStatus
from riskgate.runtime.jobs import exchanges
from tests.support.monitored_account import (
    BTC,
    BTC_SWAP,
    MARKET_ORDER,
    SWAP_VENUE,
    VENUE,
    Watch,
)

SPOT_TICKER, SPOT_ACCOUNT, SWAP_BALANCE = "/api/v3/ticker/24hr", "/api/v3/account", "/fapi/v*/account"
SWAP_POSITIONS = "/fapi/v*/positionRisk"


def test_account_when_all_cash_then_equity_is_the_venues(watch: Watch) -> None:
    state = watch.recorded()

    assert state.equity == watch.venue_value() == 100_000
    assert state.equity_at == watch.routed.gateway.now
    assert state.monitored_since == state.equity_at
    assert state.venue_equity == {VENUE: Decimal(100_000)}


def test_holding_when_bought_through_the_gateway_then_a_position_with_its_entry_stop_and_strategy(watch: Watch) -> None:
    watch.recorded()
    order = watch.sent(quantity="0.1", **MARKET_ORDER)
    assert watch.routed.status(order) == "filled"
    before = watch.routed.state().positions[f"{VENUE}:{BTC}"]
    watch.price("51000.01")

    state = watch.recorded()

    held = state.positions[f"{VENUE}:{BTC}"]
    # The venue took its fee in BTC: less is held than was bought.
    assert held.quantity == Decimal("0.1") * Decimal("0.999")
    assert (held.average_price, held.stop_loss_price, held.strategy) == (
        before.average_price,
        Decimal(47_000),
        "trend",
    )
    assert held.mark_price == Decimal("51000.01")
    assert state.equity == watch.venue_value({"BTC": "51000.01"})
    assert state.balances[VENUE]["BTC"] == Balance(total=held.quantity)


def test_holding_when_bought_by_hand_then_a_position_entered_where_it_was_first_seen(watch: Watch) -> None:
    watch.recorded()
    watch.trade_at_venue("BUY", "0.02")

    state = watch.recorded()

    held = state.positions[f"{VENUE}:{BTC}"]
    assert (held.quantity, held.average_price, held.strategy) == (Decimal("0.01998"), 50_000, "")
    assert state.equity == watch.venue_value()
    assert state.exposure.gross == held.quantity * 50_000


def test_holding_when_too_small_to_sell_then_counts_in_equity_and_is_no_position(watch: Watch) -> None:
    watch.fund(spot={"USDT": "100000", "BTC": "0.00009"})

    state = watch.recorded()

    assert state.positions == {}
    assert state.equity == watch.venue_value() == Decimal("100004.5")


def test_spot_and_swap_when_both_hold_then_each_venue_is_valued_and_nothing_twice(watch: Watch) -> None:
    watch.trade_both()
    watch.fund(spot={"USDT": "50000", "BTC": "0.1"}, swap={"USDT": "45000.12345678"})
    watch.trade_at_venue("SELL", "0.2", market="swap")
    watch.price("49000")

    state = watch.recorded()

    short = state.positions[f"{SWAP_VENUE}:{BTC_SWAP}"]
    assert (short.quantity, short.average_price, short.mark_price) == (Decimal("-0.2"), Decimal(49_995), 49_000)
    assert state.positions[f"{VENUE}:{BTC}"].quantity == Decimal("0.1")
    assert state.equity == watch.venue_value({"BTC": "49000"})
    assert state.venue_equity[VENUE] == 54_900
    assert sum(state.venue_equity.values()) == state.equity


def test_asset_when_it_never_had_a_price_then_named_and_left_out_of_equity(watch: Watch) -> None:
    watch.recorded()
    watch.fund(spot={"NOPRICE": "1000"})

    report = watch.run()

    assert report["recorded"]
    assert report["unpriced_assets"] == ["NOPRICE"]
    assert report["equity"] == "100000"
    account = watch.routed.gateway.account()
    assert account["unpriced_assets"] == ["NOPRICE"]


@pytest.mark.parametrize("fields", [{"kind": "stale_prices", "age_seconds": "301"}, {"kind": "rate_limit"}])
def test_asset_when_equity_counts_it_and_its_price_is_gone_then_the_reading_is_not_believed(
    watch: Watch, fields: dict[str, Any]
) -> None:
    watch.fund(spot={"USDT": "95000", "BTC": "0.1"})
    before = watch.recorded()
    watch.routed.fault(method="GET", path=SPOT_TICKER, count=None, **fields)

    report = watch.run()

    assert not report["recorded"]
    assert watch.routed.state().equity_at == before.equity_at
    watch.simulator.control.delete("faults")
    assert watch.recorded().equity == before.equity == 100_000


def test_prices_when_old_but_not_too_old_then_used(watch: Watch) -> None:
    watch.fund(spot={"USDT": "95000", "BTC": "0.1"})
    watch.routed.fault("stale_prices", method="GET", path=SPOT_TICKER, age_seconds="200", count=None)

    assert watch.recorded().equity == 100_000


def test_state_when_no_reading_is_believed_then_new_exposure_is_denied_and_exits_pass(watch: Watch) -> None:
    watch.recorded()
    watch.sent(quantity="0.1", **MARKET_ORDER)
    watch.recorded()
    watch.routed.fault("error_before_accept", method="GET", path=SPOT_ACCOUNT, count=None)
    for _ in range(6):
        report = watch.run()
        assert not report["recorded"]
    watch.routed.gateway.refresh_quotes()

    entry = watch.routed.submit(quantity="0.01")
    assert (entry.status, entry.code) == (422, "STATE_STALE")
    exit_order = watch.routed.submit(side="sell", quantity="0.05", type="market", price=None, stop_loss_price=None)
    assert exit_order.status == 201, exit_order.text
    watch.simulator.control.delete("faults")
    watch.routed.work_all()


@pytest.mark.parametrize("factor", ["0", "0.05", "20"])
def test_balance_when_wrong_twice_then_believed_by_the_second_look_of_the_same_run(watch: Watch, factor: str) -> None:
    before = watch.recorded()
    watch.routed.fault("wrong_balance", method="GET", path=SPOT_ACCOUNT, asset="USDT", factor=factor, count=None)

    report = watch.run()

    assert report["recorded"]
    state = watch.routed.state()
    assert state.equity == 100_000 * Decimal(factor)
    assert state.equity_at == before.equity_at + timedelta(seconds=64)
    assert set(state.breakers) >= ({"MAX_DRAWDOWN"} if Decimal(factor) < 1 else set())


@pytest.mark.parametrize("factor", ["0.01", "0.4", "0.97", "0.994"])
def test_balance_when_wrong_once_then_nothing_happened_but_an_alert(watch: Watch, factor: str) -> None:
    before = watch.recorded()
    watch.routed.fault("wrong_balance", method="GET", path=SPOT_ACCOUNT, asset="USDT", factor=factor)

    report = watch.run()

    assert report["recorded"]
    state = watch.routed.state()
    assert (state.equity, state.peak_equity, state.breakers) == (100_000, 100_000, {})
    assert state.version == before.version + 2, "a reading that waited, and the one that replaced it"


def test_balance_when_wrong_and_no_time_is_left_then_entries_wait_for_the_next_look(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    watch.routed.fault("wrong_balance", method="GET", path=SPOT_ACCOUNT, asset="USDT", factor="0.4")

    monkeypatch.setattr(monitor_account, "READINGS_MAX", 1)

    assert not watch.run()["recorded"]
    watch.routed.gateway.refresh_quotes()
    assert watch.routed.submit(quantity="0.01").code == "STATE_STALE"

    watch.recorded()
    watch.routed.gateway.refresh_quotes()
    assert watch.routed.submit(quantity="0.01").status == 201


def test_positions_when_one_answer_is_empty_while_a_spot_position_is_held_then_nothing_is_forgotten(
    watch: Watch,
) -> None:
    watch.trade_both()
    watch.fund(spot={"USDT": "45000", "BTC": "0.1"}, swap={"USDT": "50000"})
    watch.trade_at_venue("BUY", "0.1", market="swap")
    before = watch.recorded()
    assert len(before.positions) == 2
    watch.routed.fault("cut_listing", method="GET", path=SWAP_POSITIONS, rows=0)

    assert watch.run()["recorded"]

    assert watch.routed.state().positions.keys() == before.positions.keys()


def test_drawdown_when_prices_really_fell_then_the_same_run_looks_twice_and_trips(watch: Watch) -> None:
    watch.fund(spot={"USDT": "0", "BTC": "2"})
    watch.recorded()
    watch.price("39000")

    state = watch.recorded()

    assert set(state.breakers) == {"DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}
    assert state.breakers["MAX_DRAWDOWN"].tripped_at - state.breakers["DAILY_LOSS"].tripped_at == timedelta(seconds=4)


def test_venue_when_one_of_two_is_down_then_no_part_is_taken_for_the_whole(watch: Watch) -> None:
    watch.trade_both()
    watch.fund(spot={"USDT": "60000"}, swap={"USDT": "40000"})
    before = watch.recorded()
    order = watch.sent(quantity="0.1", price="48000")
    watch.routed.fault("error_before_accept", method="GET", path="/fapi/*", count=None)
    watch.price("47900")

    report = watch.run()

    assert not report["recorded"]
    assert report["fills"] > 0, "the venue that works is served"
    assert watch.routed.status(order) == "filled"
    state = watch.routed.state()
    assert state.equity_at == before.equity_at
    assert state.venue_equity == before.venue_equity
    faults = {venue["venue"]: venue["fault"] for venue in report["venues"]}
    assert faults[VENUE] is None
    assert faults[SWAP_VENUE] is not None


def test_venue_when_down_twice_then_said_so_and_when_up_twice_then_no_more(watch: Watch) -> None:
    def health() -> Any:
        return watch.routed.gateway.account()["venues"][0]["health"]

    watch.recorded()
    assert health() == "healthy"
    watch.routed.fault("error_before_accept", method="GET", path=SPOT_ACCOUNT, count=None)
    watch.run()
    assert health() == "healthy"
    for _ in range(3):
        watch.run()
        assert health() == "unhealthy"
    watch.simulator.control.delete("faults")
    watch.run()
    assert health() == "unhealthy"
    watch.run()
    assert health() == "healthy"
    looks = watch.routed.audit("venue_observed")
    assert [look["inputs"]["is_ok"] for look in looks] == [False, False, True, True], "only changes are written down"


def test_venue_when_it_reports_maintenance_then_its_balances_are_not_taken(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    status = VenueStatus(is_ok=False, detail="maintenance")
    monkeypatch.setattr(CcxtExchange, "get_status", lambda _self: status)

    report = watch.run()

    assert not report["recorded"]
    assert report["venues"][0]["fault"] == "the venue reports maintenance"


def test_run_when_its_time_is_short_then_nothing_is_recorded(watch: Watch) -> None:
    report = watch.run(seconds=10)

    assert not report["recorded"]
    assert "time" in report["reason"]
    assert report["venues"][0]["calls"] == 0


def test_account_when_it_has_no_keys_then_left_to_its_bot(watch: Watch) -> None:
    watch.register([{"venue": VENUE, "market_type": "spot"}])
    version = watch.routed.state().version

    assert watch.run()["reason"] == "the account has no keys"
    assert watch.routed.state().version == version


def test_reading_when_an_older_one_comes_late_then_refused(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    state = watch.recorded()
    late = state.equity_at - timedelta(seconds=1)
    monkeypatch.setattr(exchanges, "utc_now", lambda: late)

    report = watch.again()

    assert (report["recorded"], report["reason"].partition(":")[0]) == (False, "SNAPSHOT_OUTDATED")
    assert watch.routed.state().equity_at == state.equity_at
