"""Daily closes: back-filled page by page, one more each day, gaps told, the past never rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.core.market.closes import BACKFILL_DAYS, CloseFault
from tests.component.market.conftest import LATE_DAYS, price_of
from tests.support.gateway import NOON, VENUE
from tests.support.market_data_job import NOWHERE, SECRET_NAME, MarketDataJob, metric_values

KLINES = "/api/v3/klines"
DAY = timedelta(days=1)
TODAY = NOON.date()
YESTERDAY = TODAY - DAY


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    """A venue that gives few candles at once."""
    feature = ExchangeClient.feature

    def limited(client: ExchangeClient, method: str, name: str) -> Any:
        return 120 if (method, name) == ("fetchOHLCV", "limit") else feature(client, method, name)

    monkeypatch.setattr(ExchangeClient, "feature", limited)
    return 120


def close_of(asset: str, day: date) -> float:
    """Return the venue's close of a day."""
    return float(price_of(asset, (TODAY - day).days))


def test_closes_when_nothing_is_stored_then_back_filled_in_pages(job: MarketDataJob, small_pages: int) -> None:
    job.register(symbols_allowed=["BTC/USDT"])
    assert job.collect("closes") == [True]
    series = job.closes("BTC")["BTC"]
    assert (series.venue, series.symbol) == (VENUE, "BTC/USDT")
    assert (series.first_day, series.last_day) == (TODAY - BACKFILL_DAYS * DAY, YESTERDAY)
    assert len(series.closes) == BACKFILL_DAYS >= 400
    assert series.gaps == ()
    assert series.by_day() == {day: pytest.approx(close_of("BTC", day)) for day in series.by_day()}
    assert len(job.requests(KLINES)) >= BACKFILL_DAYS // small_pages


def test_closes_when_the_day_is_not_over_then_today_is_left_out_until_it_is(job: MarketDataJob) -> None:
    job.collect("closes")
    job.gateway.traveller.move_to(datetime.combine(TODAY, datetime.max.time(), UTC))
    job.collect("closes")
    assert job.closes("BTC")["BTC"].last_day == YESTERDAY
    job.gateway.traveller.move_to(datetime.combine(TODAY + DAY, datetime.min.time(), UTC))
    job.collect("closes")
    series = job.closes("BTC")["BTC"]
    assert series.last_day == TODAY
    assert series.closes[-1] == pytest.approx(close_of("BTC", TODAY))


def test_closes_when_complete_then_the_venue_is_not_asked_again(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.collect("closes")
    before = job.closes("BTC", "ETH")
    job.forget_requests()
    job.gateway.advance(hours=1)
    capsys.readouterr()
    assert job.collect("closes") == [True]
    assert job.requests(KLINES) == []
    assert job.closes("BTC", "ETH") == before
    assert metric_values(capsys.readouterr().out, "ClosesStored") == [0]


def test_closes_when_days_were_missed_then_the_next_run_brings_them_with_few_candles(job: MarketDataJob) -> None:
    job.register(symbols_allowed=["BTC/USDT"])
    job.collect("closes")
    job.forget_requests()
    job.gateway.advance(days=3)
    job.collect("closes")
    series = job.closes("BTC")["BTC"]
    assert (series.last_day, series.gaps, series.flags) == (YESTERDAY + 3 * DAY, (), ())
    assert len(job.requests(KLINES)) <= 2


def test_closes_when_the_message_comes_twice_then_the_same(job: MarketDataJob) -> None:
    job.tick("closes")
    message = job.receive()
    assert message is not None
    assert job.work(message)
    before = job.closes("BTC", "ETH")
    assert job.work(message)
    assert job.closes("BTC", "ETH") == before


def test_closes_when_listed_late_then_from_its_first_day_and_not_asked_for_more(job: MarketDataJob) -> None:
    job.register(symbols_allowed=["SOL/USDT"])
    job.collect("closes")
    series = job.closes("SOL")["SOL"]
    assert series.first_day >= TODAY - LATE_DAYS * DAY
    assert (series.asked_from, series.gaps) == (TODAY - BACKFILL_DAYS * DAY, ())
    job.forget_requests()
    job.collect("closes")
    assert job.requests(KLINES) == []


def test_closes_when_the_venue_tells_another_past_then_the_stored_stays_and_it_is_flagged(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    job.collect("closes")
    series = job.closes("BTC")["BTC"]
    ours = (*series.closes[:-1], 40_000.0)
    job.closes_store.put(replace(series, closes=ours))
    job.gateway.advance(days=1)
    capsys.readouterr()
    job.collect("closes")
    after = job.closes("BTC")["BTC"]
    assert after.by_day()[YESTERDAY] == 40_000.0
    (flag,) = after.flags
    assert (flag.day, flag.fault, flag.kept) == (YESTERDAY, CloseFault.CHANGED, 40_000.0)
    assert flag.compared == pytest.approx(close_of("BTC", YESTERDAY))
    assert metric_values(capsys.readouterr().out, "ClosesFlagged") == [1]


def test_closes_when_another_market_already_gives_them_then_left_alone_until_it_ends(job: MarketDataJob) -> None:
    job.register(symbols_allowed=["BTC/USDT"])
    job.collect("closes")
    ours = job.closes("BTC")["BTC"]
    theirs = replace(ours, venue="kraken", symbol="BTC/USD")
    job.closes_store.put(theirs)
    job.gateway.advance(days=3)
    job.collect("closes")
    assert job.closes("BTC")["BTC"] == theirs
    job.gateway.advance(days=1)
    job.collect("closes")
    series = job.closes("BTC")["BTC"]
    assert (series.venue, series.symbol, series.last_day) == (VENUE, "BTC/USDT", YESTERDAY + 4 * DAY)
    assert series.first_day == TODAY + 4 * DAY - BACKFILL_DAYS * DAY


def test_closes_when_one_venue_is_down_then_the_other_is_served_and_the_message_comes_again(job: MarketDataJob) -> None:
    urls = {"api": dict.fromkeys(("public", "private"), f"{NOWHERE}/api/v3")}
    job.put_market_secret("abroad", exchange="binance", urls=urls)
    job.register("other", ("abroad", "spot", "riskgate/exchange/down"), symbols_allowed=["SOL/USDT"])
    assert sorted(job.collect("closes")) == [False, True]
    assert set(job.closes("BTC", "ETH", "SOL")) == {"BTC", "ETH"}


def test_closes_when_an_item_is_corrupt_then_it_stays_and_the_others_go_on(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"pk": {"S": "CLOSES"}, "sk": {"S": "BTC"}, "as_of": {"S": "2020"}}
    job.gateway.aws.dynamodb.put_item(TableName=job.gateway.aws.state_table, Item=broken)
    capsys.readouterr()
    assert job.collect("closes") == [True]
    assert set(job.closes("ETH")) == {"ETH"}
    key = {name: broken[name] for name in ("pk", "sk")}
    assert job.gateway.aws.dynamodb.get_item(TableName=job.gateway.aws.state_table, Key=key)["Item"] == broken
    assert metric_values(capsys.readouterr().out, "ClosesBehind") == [1]


def test_closes_when_written_by_an_older_run_then_the_newer_stay(job: MarketDataJob) -> None:
    job.collect("closes")
    series = job.closes("BTC")["BTC"]
    older = replace(series, closes=series.closes[:-5], as_of=series.as_of - DAY)
    assert not job.closes_store.put(older)
    assert job.closes("BTC")["BTC"] == series


def test_closes_when_no_market_is_known_then_nothing_is_behind(
    job: MarketDataJob, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.gateway.register(totp=True, venues=[{"venue": VENUE, "market_type": "spot"}]).status in {200, 201}
    job.forget_wants()
    capsys.readouterr()
    assert job.tick("closes") == {"messages": 0}
    assert metric_values(capsys.readouterr().out, "ClosesBehind") == [0]


def test_closes_when_a_swap_is_all_there_is_then_its_closes(job: MarketDataJob) -> None:
    job.put_market_secret("futures", exchange="binance")
    assert job.gateway.register(totp=True, venues=[{"venue": VENUE, "market_type": "spot"}]).status in {200, 201}
    job.forget_wants()
    job.register("futures", ("futures", "swap", "riskgate/exchange/futures"), symbols_allowed=["ETH/USDT:USDT"])
    assert job.collect("closes") == [True]
    series = job.closes("ETH")["ETH"]
    assert (series.venue, series.symbol, len(series.closes)) == ("futures", "ETH/USDT:USDT", BACKFILL_DAYS)


def test_closes_when_many_assets_then_many_messages_of_few(job: MarketDataJob) -> None:
    job.register(VENUE, (VENUE, "spot", SECRET_NAME), symbols_allowed=[f"A{n}/USDT" for n in range(45)])
    assert job.tick("closes") == {"messages": 3}
