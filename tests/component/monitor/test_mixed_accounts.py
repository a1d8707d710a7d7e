"""Where only some venues have a key: equity is what the venues show there, and what is reported of the others."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.app.monitor import monitor_account
from tests.support.gateway import Answer, instant
from tests.support.monitored_account import MARKET_ORDER, VENUE, Watch
from tests.support.routed_account import VENUE_SECRET

KEYLESS = "kraken"


@pytest.fixture
def mixed(watch: Watch) -> Watch:
    """Give the account a venue without a key beside the one with."""
    keyed = {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET}
    watch.register([keyed, {"venue": KEYLESS, "market_type": "spot"}])
    assert watch.routed.gateway.limits(venue_equity_fraction_max=None).status == 200
    return watch


def report(watch: Watch, equity: str, **fields: object) -> Answer:
    """Report cash at the venue without a key."""
    watch.routed.gateway.advance(seconds=5)
    balances = [{"venue": KEYLESS, "asset": "USDT", "total": equity}]
    answer = watch.routed.gateway.snapshot(equity, balances=balances, **fields)
    assert answer.status == 201, answer.text
    return answer


def test_equity_when_both_sides_were_seen_then_their_sum_in_any_order(mixed: Watch) -> None:
    mixed.fund(spot={"USDT": "60000"})
    report(mixed, "30000")
    assert mixed.recorded().equity == 90_000

    report(mixed, "31000")
    report(mixed, "31000")
    assert mixed.recorded().equity == mixed.recorded().equity == 91_000
    mixed.fund(spot={"USDT": "59900"})
    assert mixed.recorded().equity == 90_900
    assert report(mixed, "30000").body["equity"] == "89900"
    state = mixed.routed.state()
    assert state.venue_equity == {VENUE: 59_900, KEYLESS: 30_000}


def test_equity_when_only_the_keyed_side_was_seen_then_the_rest_of_what_was_known_stays(mixed: Watch) -> None:
    mixed.fund(spot={"USDT": "60000"})

    assert mixed.recorded().equity == 100_000

    assert report(mixed, "35000").body["equity"] == "95000"


def test_equity_when_a_venue_without_a_key_comes_to_an_account_that_was_read_then_it_adds(watch: Watch) -> None:
    watch.recorded()
    keyed = {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET}
    watch.register([keyed, {"venue": KEYLESS, "market_type": "spot"}])

    assert report(watch, "1000").body["equity"] == "101000"
    assert watch.recorded().equity == 101_000


def test_keyed_venue_when_it_loses_then_breakers_act_on_the_sum(mixed: Watch) -> None:
    report(mixed, "20000")
    assert mixed.recorded().equity == 120_000
    mixed.fund(spot={"USDT": "70000"})

    state = mixed.recorded()

    assert state.equity == 90_000
    assert "DAILY_LOSS" in state.breakers
    assert report(mixed, "20000").body["equity"] == "90000", "what is reported hides nothing"


def test_fill_when_made_between_the_readings_then_it_moves_the_keyed_part_and_counts_once(mixed: Watch) -> None:
    report(mixed, "20000")
    mixed.recorded()
    mixed.sent(quantity="0.1", **MARKET_ORDER)
    filled = mixed.routed.state()
    assert filled.equity < 120_000
    mixed.routed.gateway.advance(seconds=5)

    report(mixed, "20000")

    assert mixed.routed.state().equity == filled.equity
    assert len(mixed.routed.state().positions) == 1
    mixed.price("51000.01")
    assert mixed.recorded().equity == mixed.venue_value({"BTC": "51000.01"}) + 20_000


def test_transfers_when_on_either_side_then_neither_gain_nor_loss(mixed: Watch) -> None:
    report(mixed, "20000")
    mixed.recorded()
    mixed.move("deposit", "5000")
    mixed.recorded()
    told = {"transfer_id": "t-1", "kind": "deposit", "amount": "3000"}
    assert mixed.routed.gateway.call("POST", "/accounts/demo/transfers", told).status == 401
    headers = mixed.routed.gateway.next_totp()
    assert mixed.routed.gateway.call("POST", "/accounts/demo/transfers", told, headers=headers).status == 201
    mixed.recorded()

    report(mixed, "23000")

    state = mixed.recorded()
    assert (state.equity, state.transferred, state.day.transfers) == (128_000, 8_000, 8_000)
    assert (state.breakers, state.peak_equity) == ({}, 128_000)


def test_side_when_nobody_tells_of_it_any_more_then_equity_is_as_old_as_it(mixed: Watch) -> None:
    report(mixed, "20000")
    told_at = mixed.routed.gateway.now
    for _ in range(6):
        state = mixed.recorded()
    assert state.equity_at == told_at
    mixed.routed.gateway.refresh_quotes()

    assert mixed.routed.submit(quantity="0.01").code == "STATE_STALE"

    report(mixed, "20000")
    assert mixed.routed.state().equity_at == state.equity_at + timedelta(minutes=6)
    assert mixed.routed.submit(quantity="0.01").status == 201


def test_report_when_older_than_a_reading_of_the_other_side_then_taken_and_older_than_its_own_then_not(
    mixed: Watch,
) -> None:
    report(mixed, "20000")
    before = instant(mixed.routed.gateway.now)
    mixed.recorded()

    report(mixed, "19000", taken_at=before)

    assert mixed.routed.state().equity == 119_000
    report(mixed, "19000")
    balances = [{"venue": KEYLESS, "asset": "USDT", "total": "19000"}]
    assert mixed.routed.gateway.snapshot("19000", balances=balances, taken_at=before).code == "SNAPSHOT_OUTDATED"


def test_keyed_part_when_a_bot_reports_the_rest_then_a_reading_proves_none_of_its_gains(mixed: Watch) -> None:
    report(mixed, "20000")
    mixed.recorded()
    balances = [{"venue": KEYLESS, "asset": "USDT", "total": "500000"}]
    body = {"equity": "500000", "balances": balances, "positions": []}
    mixed.routed.gateway.advance(seconds=5)

    answer = mixed.routed.gateway.call("POST", "/accounts/demo/snapshots", body)

    assert (answer.status, answer.body["equity"], answer.body["confirmed"]) == (201, "120000", False)
    assert mixed.recorded().equity == Decimal(120_000)
    claim = mixed.routed.state().equity_claim
    assert claim is not None
    assert claim.claimed == 600_000


def test_strange_reading_when_the_other_side_is_reported_meanwhile_then_it_still_waits_and_the_next_look_confirms(
    mixed: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor_account, "READINGS_MAX", 1)
    report(mixed, "20000")
    mixed.recorded()
    mixed.fund(spot={"USDT": "1000"})
    assert not mixed.run()["recorded"]

    assert report(mixed, "20000").body["equity"] == "120000"

    mixed.routed.gateway.refresh_quotes()
    assert mixed.routed.submit(quantity="0.01").code == "STATE_STALE", "what waits for a second look stops entries"
    balances = [{"venue": KEYLESS, "asset": "USDT", "total": "9000000"}]
    strange = mixed.routed.gateway.snapshot("9000000", balances=balances)
    assert (strange.status, strange.body["confirmed"]) == (201, False)
    assert mixed.recorded().equity == 21_000
