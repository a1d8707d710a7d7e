"""Public market data and wallet routes through unmodified ccxt."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from infra.simulators.exchange.closes import DAY_MS
from infra.simulators.exchange.instruments import default_instruments
from tests.support.venue import START_MS, Simulator, flat_closes, real_time_venue, running, straight_closes

MARKETS = [("binance", "BTC/USDT"), ("binanceusdm", "BTC/USDT:USDT")]


@pytest.mark.parametrize("name", ["binance", "binanceusdm"])
def test_load_markets_when_loaded_then_filters_are_the_instruments(simulator: Simulator, name: str) -> None:
    markets = simulator.ccxt(name).load_markets()
    wanted = "spot" if name == "binance" else "swap"
    # `binance` loads both kinds.
    seen = {market["id"]: market for market in markets.values() if market["type"] == wanted}
    instruments = {item.symbol: item for item in default_instruments().values() if item.market == wanted}
    assert set(seen) == set(instruments)
    for symbol, market in seen.items():
        instrument = instruments[symbol]
        assert Decimal(market["precision"]["price"]) == instrument.tick
        assert Decimal(market["precision"]["amount"]) == instrument.step
        assert Decimal(market["limits"]["amount"]["min"]) == instrument.quantity_min
        assert Decimal(market["limits"]["cost"]["min"]) == instrument.notional_min
        assert market["active"] is (instrument.base in {"BTC", "ETH", "BNB"})
        if wanted == "swap":
            assert (market["linear"], market["settle"], Decimal(market["contractSize"])) == (True, "USDT", Decimal(1))


def test_load_markets_when_without_keys_then_works(simulator: Simulator) -> None:
    exchange = simulator.ccxt("binance", key="", secret="")
    assert exchange.load_markets()["BTC/USDT"]["active"] is True


@pytest.mark.parametrize("name", ["binance", "binanceusdm"])
def test_fetch_time_and_status_when_asked_then_venue_time_and_ok(simulator: Simulator, name: str) -> None:
    simulator.control.post("clock", mode="frozen", now="2020-03-12T10:00:00Z")
    exchange = simulator.ccxt(name)
    assert exchange.fetch_time() == int(datetime(2020, 3, 12, 10, tzinfo=UTC).timestamp() * 1000)
    assert exchange.fetch_status()["status"] == "ok"


@pytest.mark.parametrize(("name", "symbol"), MARKETS)
def test_fetch_ticker_when_flat_then_last_is_path_price(simulator: Simulator, name: str, symbol: str) -> None:
    ticker = simulator.ccxt(name).fetch_ticker(symbol)
    for field in ("last", "open", "high", "low"):
        assert Decimal(ticker[field]) == 50000
    assert Decimal(ticker["quoteVolume"]) > 0
    if name == "binance":
        assert [Decimal(ticker["bid"]), Decimal(ticker["ask"])] == [49995, 50005]


def test_fetch_tickers_when_some_symbols_named_then_those(simulator: Simulator) -> None:
    spot, swap = simulator.ccxt("binance"), simulator.ccxt("binanceusdm")
    assert set(spot.fetch_tickers(["BTC/USDT", "ETH/USDT"])) == {"BTC/USDT", "ETH/USDT"}
    assert {"BTC/USDT", "ETH/USDT", "BNB/USDT", "ETH/BTC", "BNB/BTC"} == set(spot.fetch_tickers())
    assert set(swap.fetch_tickers()) == {"BTC/USDT:USDT", "ETH/USDT:USDT", "BNB/USDT:USDT"}
    assert Decimal(spot.fetch_tickers(["ETH/BTC"])["ETH/BTC"]["last"]) == Decimal("0.08")
    assert set(swap.fetch_mark_prices(["BTC/USDT:USDT"])) == {"BTC/USDT:USDT"}
    assert Decimal(spot.fetch_last_prices(["BTC/USDT"])["BTC/USDT"]["price"]) == 50000
    assert Decimal(swap.fetch_bids_asks(["BTC/USDT:USDT"])["BTC/USDT:USDT"]["ask"]) == 50005


@pytest.mark.parametrize(("name", "symbol"), MARKETS)
def test_fetch_order_book_when_user_rests_then_own_level_shows(simulator: Simulator, name: str, symbol: str) -> None:
    exchange = simulator.ccxt(name)
    exchange.create_order(symbol, "limit", "buy", "0.123", "49999")
    book = exchange.fetch_order_book(symbol, 5)
    assert book["bids"][0] == [49999, 0.123]
    assert book["asks"][0][0] == 50005
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert [level[0] for level in book["bids"]] == sorted((level[0] for level in book["bids"]), reverse=True)


def test_synthetic_book_when_hit_then_depth_is_gone_until_price_moves(simulator: Simulator) -> None:
    spot = simulator.ccxt("binance")
    before = spot.fetch_order_book("BTC/USDT", 1)["asks"][0]
    spot.create_order("BTC/USDT", "market", "buy", "0.4")
    assert spot.fetch_order_book("BTC/USDT", 1)["asks"][0] == [before[0], pytest.approx(before[1] - 0.4)]
    simulator.control.post("price", symbol="BTCUSDT", price="50000.01")
    assert spot.fetch_order_book("BTC/USDT", 1)["asks"][0] == [50005.02, 0.49994]


@pytest.mark.parametrize(("name", "symbol"), MARKETS)
def test_fetch_ohlcv_when_daily_then_candles_close_at_the_paths_closes(name: str, symbol: str) -> None:
    closes = ["40000", "42000", "39000.5", "41000"]
    with running(real_time_venue(straight_closes("BTC", *closes))) as simulator:
        # Today is the path's January 4th: the closes of 1st to 3rd belong to the days before.
        simulator.control.post("replay", start="2022-01-04", speed=0)
        candles = simulator.ccxt(name).fetch_ohlcv(symbol, "1d")
        assert [Decimal(candle[4]) for candle in candles[:3]] == [Decimal(close) for close in closes[:3]]
        assert [Decimal(candle[1]) for candle in candles[1:]] == [Decimal(close) for close in closes[:3]]
        assert all(candle[0] % DAY_MS == 0 for candle in candles)
        assert [Decimal(candles[1][2]), Decimal(candles[1][3])] == [42000, 40000]


def test_fetch_ohlcv_when_paged_then_complete_without_gaps(simulator: Simulator) -> None:
    spot = simulator.ccxt("binance")
    start = spot.fetch_time() // DAY_MS * DAY_MS - 350 * DAY_MS
    seen: list[int] = []
    since = start
    while True:
        page = spot.fetch_ohlcv("BTC/USDT", "1d", since, 100)
        seen += [candle[0] for candle in page]
        if len(page) < 100:
            break
        since = page[-1][0] + DAY_MS
    assert seen == [start + day * DAY_MS for day in range(351)]


@pytest.mark.parametrize("timeframe", ["1m", "15m", "1h", "4h", "1w", "1M"])
def test_fetch_ohlcv_when_other_timeframes_then_aligned_and_ascending(simulator: Simulator, timeframe: str) -> None:
    candles = simulator.ccxt("binance").fetch_ohlcv("BTC/USDT", timeframe, None, 5)
    starts = [datetime.fromtimestamp(candle[0] / 1000, UTC) for candle in candles]
    assert starts == sorted(starts)
    assert len(starts) == 5
    if timeframe == "1w":
        assert {start.weekday() for start in starts} == {0}
    if timeframe == "1M":
        assert {start.day for start in starts} == {1}


def test_fetch_ohlcv_when_price_was_set_by_hand_then_in_high_low_and_close(simulator: Simulator) -> None:
    for price in ("55000", "45000", "48000"):
        simulator.control.post("price", symbol="BTCUSDT", price=price)
    candle = simulator.ccxt("binance").fetch_ohlcv("BTC/USDT", "1d")[-1]
    assert [Decimal(value) for value in candle[1:5]] == [50000, 55000, 45000, 48000]
    ticker = simulator.ccxt("binance").fetch_ticker("BTC/USDT")
    assert [Decimal(ticker[name]) for name in ("high", "low", "percentage")] == [55000, 45000, -4]


def test_market_data_when_symbol_unknown_then_bad_symbol(simulator: Simulator) -> None:
    with pytest.raises(ccxt.BadSymbol, match="-1121"):
        simulator.ccxt("binance").publicGetDepth({"symbol": "NOPEUSDT"})
    with pytest.raises(ccxt.BadRequest, match="-1120"):
        simulator.ccxt("binance").publicGetKlines({"symbol": "BTCUSDT", "interval": "7m"})


def test_market_when_closed_then_inactive_and_orders_are_refused(simulator: Simulator) -> None:
    simulator.control.post("trading", symbol="BTCUSDT", trading=False)
    spot = simulator.ccxt("binance", native=True)
    assert spot.load_markets()["BTC/USDT"]["active"] is False
    with pytest.raises(ccxt.MarketClosed):
        spot.create_order("BTC/USDT", "market", "buy", "0.1")
    simulator.control.post("trading", symbol="BTCUSDT", trading=True)
    assert spot.create_order("BTC/USDT", "market", "buy", "0.1")["status"] == "closed"


def test_market_when_path_has_ended_then_closed(simulator: Simulator) -> None:
    simulator.control.post("replay", start="2035-01-01", speed=0)
    swap = simulator.ccxt("binanceusdm", native=True)
    assert swap.fetch_tickers() == {}
    assert swap.load_markets()["BTC/USDT:USDT"]["active"] is False
    with pytest.raises(ccxt.BadRequest, match="-1122"):
        swap.fetch_ticker("BTC/USDT:USDT")
    with pytest.raises(ccxt.BadRequest, match="-1122"):
        swap.create_order("BTC/USDT:USDT", "market", "buy", "0.1")


def test_replay_when_fast_then_price_follows_the_path_in_real_time() -> None:
    with running(real_time_venue(straight_closes("BTC", *[str(40000 + day) for day in range(3000)]))) as simulator:
        simulator.control.post("clock", mode="frozen")
        simulator.control.post("replay", start=START_MS, speed=86_400, align=False)
        simulator.control.post("clock", advance_seconds=7)
        assert Decimal(simulator.ccxt("binance").fetch_ticker("BTC/USDT")["last"]) == 40007


def test_fetch_balance_when_transfers_happen_then_balances_and_history_agree(simulator: Simulator) -> None:
    spot = simulator.ccxt("binance")
    simulator.control.post("transfers", account="alice", type="deposit", asset="USDT", amount="500.25")
    simulator.control.post("transfers", account="alice", type="withdrawal", asset="BTC", amount="1.5")
    since = spot.fetch_time() - 60_000
    deposit = spot.fetch_deposits("USDT", since)[0]
    assert (deposit["amount"], deposit["currency"], deposit["status"], deposit["type"]) == (
        "500.25",
        "USDT",
        "ok",
        "deposit",
    )
    withdrawal = spot.fetch_withdrawals(None, since)[0]
    assert (withdrawal["amount"], withdrawal["currency"], withdrawal["status"], withdrawal["type"]) == (
        "1.5",
        "BTC",
        "ok",
        "withdrawal",
    )
    assert since <= withdrawal["timestamp"] <= spot.fetch_time()
    assert spot.fetch_deposits("BTC") == []
    balance = spot.fetch_balance()
    assert (Decimal(balance["USDT"]["total"]), Decimal(balance["BTC"]["total"])) == (
        Decimal("1000500.25"),
        Decimal("8.5"),
    )


def test_api_restrictions_when_key_can_withdraw_then_shown(simulator: Simulator) -> None:
    spot = simulator.ccxt("binance")
    rights = spot.sapiGetAccountApiRestrictions()
    assert (rights["enableWithdrawals"], rights["enableSpotAndMarginTrading"], rights["ipRestrict"]) == (
        False,
        True,
        False,
    )
    simulator.control.post(
        "accounts",
        account="alice",
        key="loose",
        secret="s",
        permissions={"enable_withdrawals": True, "ip_allow_list": ["127.0.0.1"]},
    )
    loose = simulator.ccxt("binance", key="loose", secret="s").sapiGetAccountApiRestrictions()
    assert (loose["enableWithdrawals"], loose["ipRestrict"]) == (True, True)


def test_trading_fees_when_account_has_own_rates_then_shown(simulator: Simulator) -> None:
    simulator.control.post("accounts", account="alice", fees={"spot_maker": "0.0007", "spot_taker": "0.0009"})
    fee = simulator.ccxt("binance").fetch_trading_fee("BTC/USDT")
    assert (fee["maker"], fee["taker"]) == ("0.0007", "0.0009")


def test_fetch_currencies_when_signed_then_every_asset(simulator: Simulator) -> None:
    assert {"USDT", "BTC", "ETH"} <= set(simulator.ccxt("binance").fetch_currencies())


def test_precision_when_smallest_steps_are_traded_then_every_digit_survives() -> None:
    with running(real_time_venue(flat_closes(DOGE="0.002392"))) as simulator:
        simulator.control.post("accounts", account="alice", balances={"spot": {"USDT": "123456.12345678"}})
        spot = simulator.ccxt("binance")
        order = spot.create_order("DOGE/USDT", "limit", "buy", "654321", "0.001999")
        assert (order["price"], order["amount"]) == ("0.00199900", "654321.00000000")
        balance = spot.fetch_balance()["USDT"]
        assert Decimal(balance["used"]) == Decimal(654321) * Decimal("0.001999")
        assert Decimal(balance["total"]) == Decimal("123456.12345678")


def test_delist_schedule_when_asked_then_nothing_is_taken_off(spot: Any) -> None:
    assert spot.sapiGetSpotDelistSchedule() == []


def test_asset_mode_when_asked_then_single_asset(swap: Any) -> None:
    assert swap.fapiPrivateGetMultiAssetsMargin() == {"multiAssetsMargin": False}
