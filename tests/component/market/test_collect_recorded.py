"""Other exchanges by configuration alone, and answers that are wrong in part: through real ccxt into real items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.sector_map import load_sectors
from riskgate.app.ledger.commit_event import Deps
from riskgate.app.market.collect_closes import ClosesCollected, collect_closes
from riskgate.app.market.collect_instruments import collect_instruments
from riskgate.app.market.collect_quotes import QUESTIONS_MAX, collect_quotes
from riskgate.app.ports.store import Store
from riskgate.app.venues.job_context import JobContext
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.stored import ReadRequest
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.market.closes import BACKFILL_DAYS, CloseFault, DailyCloses
from riskgate.runtime import wiring
from tests.support.aws import Aws
from tests.unit.adapters.exchange import binance
from tests.unit.adapters.exchange.recorded import RecordedSession, load_routes, recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
DAY = timedelta(days=1)
NOW = datetime(2024, 3, 13, 0, 5, tzinfo=UTC)
TODAY = NOW.date()
YESTERDAY = TODAY - DAY


def source(
    venue: str, market_type: MarketType, routes: Mapping[str, Any], now: datetime = NOW
) -> tuple[MeasuredExchange, RecordedSession]:
    """Return a venue with recorded answers."""
    exchange, session = recorded_exchange(venue, market_type, routes, now=lambda: now)
    deps = Deps(store=cast("Store", None), monotonic=lambda: 0.0)
    job = JobContext(deps=deps, clock=lambda: now, deadline=60, call_seconds=0)
    return MeasuredExchange(exchange=exchange, job=job), session


def stored_quotes(venue: str, *symbols: str) -> dict[str, Quote]:
    """Return what the gate would read."""
    request = ReadRequest(account_id="nobody", markets=tuple((venue, symbol) for symbol in symbols))
    return dict(wiring.deps().store.read(request).quotes)


def milliseconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000


def query_of(request: requests.PreparedRequest) -> dict[str, str]:
    return dict(parse_qsl(str(urlsplit(request.url or "").query)))


def price_of(day: date) -> str:
    """Return a close that is another each day."""
    return f"{40_000 + day.toordinal() % 1000}.5"


def candle(day: date, close: str | None = None) -> list[Any]:
    """Return a daily candle as Binance writes it."""
    price = close or price_of(day)
    start = milliseconds(day)
    return [start, price, price, price, price, "12.5", start + 86_399_999, "500000", 100, "6", "250000", "0"]


def binance_days(
    candles: Mapping[date, str | None], page: int = 1000
) -> Callable[[requests.PreparedRequest], list[list[Any]]]:
    """Return Binance's answer to a question for candles: those from `startTime` on, at most a page."""

    def answer(request: requests.PreparedRequest) -> list[list[Any]]:
        query = query_of(request)
        since, limit = int(query["startTime"]), min(int(query["limit"]), page)
        return [candle(day, close) for day, close in sorted(candles.items()) if milliseconds(day) >= since][:limit]

    return answer


def binance_closes(candles: Mapping[date, str | None], page: int = 1000, now: datetime = NOW) -> MeasuredExchange:
    """Return Binance with these daily candles of BTC/USDT."""
    routes = {
        "GET /api/v3/exchangeInfo": binance.market(SPOT),
        "GET /api/v3/klines": binance_days(candles, page),
    }
    return source("binance", SPOT, routes, now)[0]


def every_day(days: int = BACKFILL_DAYS, today: date = TODAY) -> dict[date, str | None]:
    """Return all days up to today's, which is not over."""
    return {today - n * DAY: None for n in range(days + 1)}


@pytest.fixture
def closes(aws: Aws) -> ClosesStore:
    return ClosesStore(aws.dynamodb, aws.state_table)


def collect(source: MeasuredExchange, closes: ClosesStore, asset: str = "BTC") -> tuple[ClosesCollected, DailyCloses]:
    """Collect one asset and return what is stored then."""
    result = collect_closes([asset], source=source, closes=closes)
    return result, closes.get([asset])[asset]


def test_kraken_when_collected_then_instruments_with_sectors_and_quotes_for_the_gate(aws: Aws) -> None:
    kraken, _ = source("kraken", SPOT, load_routes("kraken"))
    store = wiring.deps().store
    result = collect_instruments(source=kraken, store=store, sectors=load_sectors())
    assert (result.listed, result.stored, result.deactivated) == (3, 3, 0)
    instruments = {item.symbol: item for item in store.list_instruments("kraken")}
    assert (instruments["BTC/USDT"].sector, instruments["LTC/USDT"].sector) == ("store-of-value", "payments")
    assert instruments["BTC/USDT"].tick_size == Decimal("0.1")
    quotes = collect_quotes(["BTC/USDT", "NO/SUCH", "BTC/USDT:USDT"], source=kraken, store=store)
    assert (quotes.offered, quotes.stored, quotes.rejected) == (1, 1, {})
    (quote,) = stored_quotes("kraken", "BTC/USDT").values()
    assert (quote.bid, quote.ask, quote.volume_24h) == (
        Decimal("73380.6"),
        Decimal("73380.7"),
        Decimal("598.03698452"),
    )


def test_kraken_when_days_are_collected_then_its_latest_720_serve(closes: ClosesStore) -> None:
    routes = load_routes("kraken")
    (pair, recorded) = next(iter(routes["GET /0/public/OHLC"]["result"].items()))
    # The recorded candle's figures on each day: Kraken gives its latest 720 whatever is asked for.
    row = recorded[0]
    rows = [[milliseconds(TODAY - n * DAY) // 1000, *row[1:]] for n in reversed(range(720))]
    routes["GET /0/public/OHLC"] = {"error": [], "result": {pair: rows, "last": rows[-2][0]}}
    result, series = collect(source("kraken", SPOT, routes)[0], closes)
    assert (result.stored, result.gaps, result.behind) == (1, 0, 0)
    assert (series.venue, series.symbol, len(series.closes)) == ("kraken", "BTC/USDT", BACKFILL_DAYS)
    assert set(series.closes) == {float(row[4])}


def test_okx_when_quotes_are_collected_then_those_too_old_to_be_true_are_rejected(aws: Aws) -> None:
    store = wiring.deps().store
    okx, _ = source("okx", SPOT, load_routes("okx"))
    late = collect_quotes(["BTC/USDT", "ETH/USDT"], source=okx, store=store)
    assert (late.offered, late.stored, late.rejected) == (2, 0, {"stale": 1, "unreadable": 1})
    recorded_at = datetime(2021, 5, 19, 16, 9, 44, tzinfo=UTC)
    okx, _ = source("okx", SPOT, load_routes("okx"), recorded_at)
    fresh = collect_quotes(["BTC/USDT", "ETH/USDT"], source=okx, store=store)
    assert (fresh.stored, fresh.rejected) == (1, {"unreadable": 1})
    assert stored_quotes("okx", "BTC/USDT")["okx:BTC/USDT"].bid == Decimal("0.0732")


def test_okx_when_listed_late_then_periods_before_the_listing_are_passed_over(closes: ClosesStore) -> None:
    listed = TODAY - 40 * DAY

    def answer(request: requests.PreparedRequest) -> dict[str, Any]:
        """Answer as OKX does: only what is between `before` and `after`, newest first."""
        query = query_of(request)
        low, high = int(query["before"]), int(query.get("after", 10**15))
        days = [listed + n * DAY for n in range(41)]
        found = [day for day in days if low < milliseconds(day) < high][-int(query["limit"]) :]
        rows = [[str(milliseconds(day)), *[price_of(day)] * 4, "628", "2.5", "62800", "1"] for day in reversed(found)]
        return {"code": "0", "msg": "", "data": rows}

    routes = load_routes("okx") | {
        "GET /api/v5/market/candles": answer,
        "GET /api/v5/market/history-candles": answer,
    }
    okx, session = source("okx", SWAP, routes)
    result, series = collect(okx, closes)
    assert (series.symbol, series.first_day, series.last_day) == ("BTC/USDT:USDT", listed, YESTERDAY)
    assert (series.asked_from, result.gaps) == (TODAY - BACKFILL_DAYS * DAY, 0)
    assert series.by_day() == {day: float(price_of(day)) for day in series.by_day()}
    bars = {
        item["bar"] for path in ("candles", "history-candles") for item in session.sent("GET", f"/api/v5/market/{path}")
    }
    assert bars == {"1Dutc"}


def test_closes_when_days_are_missing_then_gaps_are_stored_and_counted(closes: ClosesStore) -> None:
    days = every_day()
    gaps = [TODAY - 300 * DAY, TODAY - 299 * DAY, TODAY - 20 * DAY]
    for gap in gaps:
        del days[gap]
    result, series = collect(binance_closes(days), closes)
    assert (result.stored, result.gaps, result.behind) == (1, 3, 0)
    assert series.gaps == tuple(gaps)
    assert len(series.closes) == BACKFILL_DAYS
    # Old gaps stay; they are counted at every run, and not asked for again.
    again = collect_closes(["BTC"], source=binance_closes({}), closes=closes)
    assert (again.current, again.gaps) == (1, 3)


def test_closes_when_a_gap_is_recent_then_asked_for_again_until_it_is_filled(closes: ClosesStore) -> None:
    days = every_day()
    gap = TODAY - 3 * DAY
    del days[gap]
    _, series = collect(binance_closes(days), closes)
    assert series.gaps == (gap,)
    later = NOW + timedelta(hours=1)
    result, series = collect(binance_closes(days | {gap: None}, now=later), closes)
    assert (result.stored, series.gaps) == (1, ())
    assert series.by_day()[gap] == float(price_of(gap))


def test_closes_when_pages_overlap_then_each_day_once(closes: ClosesStore) -> None:
    _, series = collect(binance_closes(every_day(), page=97), closes)
    assert list(series.by_day()) == sorted(set(every_day()) - {TODAY})


def test_closes_when_yesterday_is_not_there_yet_then_behind_and_asked_for_again(closes: ClosesStore) -> None:
    days = every_day()
    del days[YESTERDAY]
    result, series = collect(binance_closes(days), closes)
    assert (result.behind, series.last_day) == (1, YESTERDAY - DAY)
    result, series = collect(binance_closes(every_day(), now=NOW + timedelta(hours=1)), closes)
    assert (result.behind, series.last_day) == (0, YESTERDAY)


def test_closes_when_a_day_crashes_then_stored_and_flagged(closes: ClosesStore) -> None:
    crash = TODAY - 10 * DAY
    result, series = collect(binance_closes(every_day() | {crash: "4000.5"}), closes)
    assert series.by_day()[crash] == 4000.5
    assert result.flagged == 2, "the fall, and the way back"
    assert {(flag.day, flag.fault) for flag in series.flags} == {
        (crash, CloseFault.LARGE_MOVE),
        (crash + DAY, CloseFault.LARGE_MOVE),
    }


def test_closes_when_a_days_candle_is_no_utc_day_then_refused_as_a_whole(closes: ClosesStore) -> None:
    routes = {
        "GET /api/v3/exchangeInfo": binance.market(SPOT),
        "GET /api/v3/klines": [[candle(YESTERDAY)[0] + 8 * 3_600_000, *candle(YESTERDAY)[1:]]],
    }
    hong_kong, _ = source("binance", SPOT, routes)
    result = collect_closes(["BTC"], source=hong_kong, closes=closes)
    assert (result.failed, result.stored) == (1, 0)
    assert closes.get(["BTC"]) == {}


@pytest.mark.parametrize("close", ["0", "-5", "NaN", "1e400"])
def test_closes_when_a_candle_holds_no_price_then_refused_as_a_whole(closes: ClosesStore, close: str) -> None:
    result = collect_closes(["BTC"], source=binance_closes(every_day() | {YESTERDAY: close}), closes=closes)
    assert (result.failed, result.stored) == (1, 0)
    assert closes.get(["BTC"]) == {}


def test_closes_when_an_asset_has_no_market_then_left_out(closes: ClosesStore) -> None:
    result = collect_closes(["USDT", "DOGE", "BTC"], source=binance_closes(every_day()), closes=closes)
    assert (result.unlisted, result.stored, result.failed) == (2, 1, 0)


def ticker(symbol: str, bid: Any, ask: Any) -> dict[str, Any]:
    """Return a ticker as Binance writes it."""
    prices = {"bidPrice": bid, "askPrice": ask, "lastPrice": "100.5"}
    return {"symbol": symbol, "volume": "12.5", "closeTime": milliseconds(TODAY) + 300_000} | prices


def test_quotes_when_some_are_wrong_then_the_others_are_stored_and_each_fault_is_counted(aws: Aws) -> None:
    wrong = {
        "AUSDT": ("101", "100"),
        "BUSDT": ("0.00000000", "100"),
        "CUSDT": ("NaN", "100"),
        "DUSDT": ("100", "Infinity"),
        "EUSDT": ("-1", "100"),
    }
    tickers = [ticker(name, *prices) for name, prices in wrong.items()]
    tickers += [ticker(f"{name}USDT", "100", "101") for name in "FGHIJ"]
    info = binance.market(SPOT)
    info["symbols"] = [
        info["symbols"][0] | {"symbol": item["symbol"], "baseAsset": item["symbol"][0]} for item in tickers
    ]

    def answer(request: requests.PreparedRequest) -> list[dict[str, Any]]:
        return [item for item in tickers if f'"{item["symbol"]}"' in query_of(request)["symbols"]]

    venue, session = source(
        "binance",
        SPOT,
        {"GET /api/v3/exchangeInfo": info, "GET /api/v3/ticker/24hr": answer, "GET /api/v3/ticker/bookTicker": answer},
    )
    symbols = [f"{item['symbol'][0]}/USDT" for item in tickers]
    result = collect_quotes(symbols, source=venue, store=wiring.deps().store)
    assert result.stored == 5
    assert set(stored_quotes("binance", *symbols)) == {f"binance:{name}/USDT" for name in "FGHIJ"}
    assert sum(result.rejected.values()) == 5
    assert result.rejected["crossed"] == 1
    assert len(session.requests) <= QUESTIONS_MAX + 1
