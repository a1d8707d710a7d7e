"""What the adapter reads of an account and of the markets, against the simulator's own books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.simulators.exchange.client import ccxt_urls
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.core.errors import InvalidRequest
from riskgate.core.side import Side
from riskgate.core.venues.model import LiquidityRole, TransferKind, TransferStatus
from tests.support.exchange_adapter import BOTH, SPOT, SWAP, AdapterAtVenue, an_hour_ago, open_adapter, unthrottled
from tests.support.venue import ACCOUNT, Simulator, flat_closes, real_time_venue, running, straight_closes

DAY = timedelta(days=1)


@pytest.fixture(params=BOTH)
def adapter(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        built = open_adapter(simulator, request.param)
        yield built
        built.exchange.close()


def booked(adapter: AdapterAtVenue) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """Return the account's fills as the simulator has booked them, by number."""
    trades = adapter.simulator.trades(account=ACCOUNT)
    return sorted(
        (
            str(trade["trade_id"]),
            str(trade["order_id"]),
            Decimal(trade["quantity"]),
            Decimal(trade["price"]),
            Decimal(trade["fee"]),
        )
        for trade in trades
    )


def read_trades(
    adapter: AdapterAtVenue, since: datetime | None = None
) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    found = adapter.exchange.list_trades(adapter.symbol, since or an_hour_ago())
    return sorted(
        (trade.trade_id, trade.exchange_order_id, trade.quantity, trade.price, trade.fee or Decimal(0))
        for trade in found
    )


def test_trades_when_read_then_as_booked_to_the_last_digit(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.6")))
    adapter.exchange.create_order(adapter.market_order(1, Side.SELL, quantity=Decimal("0.123")))
    assert read_trades(adapter) == booked(adapter)
    found = adapter.exchange.list_trades(adapter.symbol, an_hour_ago())
    assert {trade.role for trade in found} == {LiquidityRole.TAKER}
    assert [trade.side for trade in found] == [Side.BUY, Side.BUY, Side.SELL]
    assert all(trade.executed_at.tzinfo is UTC for trade in found)


def small_pages(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Make the venue's page of fills small."""
    feature = ExchangeClient.feature

    def limited(self: ExchangeClient, method: str, name: str) -> Any:
        return rows if (method, name) == ("fetchMyTrades", "limit") else feature(self, method, name)

    monkeypatch.setattr(ExchangeClient, "feature", limited)


def test_trades_when_more_than_pages_hold_then_all_of_them_once(
    adapter: AdapterAtVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages(monkeypatch, 3)
    for number in range(9):
        adapter.exchange.create_order(adapter.market_order(number, quantity=Decimal("0.01")))
        adapter.simulator.control.post("clock", advance_seconds="0.05")
    assert len(booked(adapter)) == 9
    assert read_trades(adapter) == booked(adapter)


def test_trades_when_one_millisecond_holds_more_than_a_page_then_read_by_number(
    adapter: AdapterAtVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.01")))
    adapter.simulator.control.post("clock", mode="frozen", advance_seconds=1)
    for number in range(1, 8):
        adapter.exchange.create_order(adapter.market_order(number, quantity=Decimal("0.01")))
    adapter.simulator.control.post("clock", mode="running")
    adapter.simulator.control.post("clock", advance_seconds=1)
    small_pages(monkeypatch, 3)
    assert len(booked(adapter)) == 8
    assert read_trades(adapter) == booked(adapter)


def test_trades_when_weeks_ago_then_every_period_is_asked(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.01")))
    adapter.simulator.control.post("clock", advance_seconds=20 * 86_400)
    later = open_adapter(adapter.simulator, adapter.market_type, now=lambda: datetime.now(UTC) + 20 * DAY)
    (trade,) = later.exchange.list_trades(adapter.symbol, an_hour_ago())
    assert trade.quantity == Decimal("0.01")
    later.exchange.close()


def test_trades_when_the_venues_clock_is_ahead_then_the_latest_is_not_missed(adapter: AdapterAtVenue) -> None:
    adapter.simulator.control.post("clock", advance_seconds=3)
    adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.01")))
    (trade,) = adapter.exchange.list_trades(adapter.symbol, an_hour_ago())
    assert trade.executed_at > datetime.now(UTC)


def test_trades_when_since_is_exact_then_that_instant_is_included(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.01")))
    (trade,) = adapter.exchange.list_trades(adapter.symbol, an_hour_ago())
    assert adapter.exchange.list_trades(adapter.symbol, trade.executed_at) == (trade,)
    assert adapter.exchange.list_trades(adapter.symbol, trade.executed_at + timedelta(milliseconds=1)) == ()


def test_trades_when_no_market_is_named_then_refused(adapter: AdapterAtVenue) -> None:
    with pytest.raises(InvalidRequest):
        adapter.exchange.list_trades(None, an_hour_ago())


def test_balances_when_orders_rest_then_as_booked_and_empty_ones_left_out(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.simulator.control.post("accounts", account=ACCOUNT, balances={"spot": {"ETH": "0", "DOGE": "0.00000001"}})
    found = {item.asset: item for item in adapter.exchange.list_balances()}
    if adapter.market_type is SPOT:
        assert set(found) == {"USDT", "BTC", "DOGE"}
        assert (found["USDT"].total, found["USDT"].free, found["USDT"].used) == (1_000_000, 996_000, 4_000)
        assert found["DOGE"].total == Decimal("0.00000001")
    else:
        assert set(found) == {"USDT"}
        assert found["USDT"].total == 1_000_000
        assert found["USDT"].free < 1_000_000


def test_positions_when_long_and_short_then_signed_contracts(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, SWAP)
        adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.2")))
        adapter.exchange.create_order(adapter.market_order(1, Side.SELL, symbol="ETH/USDT:USDT", quantity=Decimal(3)))
        adapter.price("51000")
        found = {item.symbol: item for item in adapter.exchange.list_positions()}
    assert {symbol: item.quantity for symbol, item in found.items()} == {
        "BTC/USDT:USDT": Decimal("0.2"),
        "ETH/USDT:USDT": -3,
    }
    long = found["BTC/USDT:USDT"]
    assert (long.entry_price, long.mark_price) == (Decimal(50005), Decimal(51000))
    assert long.unrealized_pnl == Decimal(199)


def test_positions_when_spot_then_none(simulator: Simulator) -> None:
    assert open_adapter(simulator, SPOT).exchange.list_positions() == ()


def test_balance_when_position_gains_then_margin_balance_holds_the_gain(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, SWAP)
        adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.2")))
        (before,) = adapter.exchange.list_balances()
        adapter.price("51000")
        (after,) = adapter.exchange.list_balances()
    # From the mark of 50,000 to 51,000.
    assert after.total - before.total == Decimal("0.2") * 1000


def test_quotes_when_asked_then_of_those_markets_in_that_order(adapter: AdapterAtVenue) -> None:
    other = adapter.symbol.replace("BTC", "ETH")
    quotes = adapter.exchange.list_quotes([other, adapter.symbol])
    assert [quote.symbol for quote in quotes] == [other, adapter.symbol]
    btc = quotes[1]
    assert (btc.bid, btc.ask, btc.last, btc.venue) == (49995, 50005, 50000, "binance")
    assert btc.volume_24h is not None
    assert btc.volume_24h > 0
    assert abs(datetime.now(UTC) - btc.at) < timedelta(minutes=1)
    assert adapter.exchange.list_quotes([]) == ()
    with pytest.raises(InvalidRequest):
        adapter.exchange.list_quotes(["NO/SUCH"])


def test_order_book_when_own_order_rests_then_in_it_and_depth_within_the_band(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order(quantity=Decimal("0.123"), limit_price=Decimal(49999)))
    book = adapter.exchange.get_order_book(adapter.symbol, 10)
    assert (book.bids[0].price, book.bids[0].quantity) == (49999, Decimal("0.123"))
    assert book.asks[0].price == 50005
    assert book.depth(Decimal(0))[0] == Decimal("0.123")
    assert book.depth(Decimal("0.0001"))[0] == book.bids[0].quantity + book.bids[1].quantity


def test_candles_when_two_years_are_asked_then_paged_without_gap_and_only_the_last_is_open(
    adapter: AdapterAtVenue,
) -> None:
    now = datetime.now(UTC)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - 390 * DAY
    candles = adapter.exchange.list_candles(adapter.symbol, "1d", since)
    assert [candle.opened_at for candle in candles] == [since + day * DAY for day in range(391)]
    assert [candle.is_closed for candle in candles] == [True] * 390 + [False]
    assert {candle.close for candle in candles} == {50000}


def test_candles_when_more_than_a_page_then_every_minute_once(adapter: AdapterAtVenue) -> None:
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    start = end - timedelta(minutes=2300)
    candles = adapter.exchange.list_candles(adapter.symbol, "1m", start, end)
    assert [candle.opened_at for candle in candles] == [start + timedelta(minutes=minute) for minute in range(2301)]


def test_candles_when_closes_are_given_then_exactly_those() -> None:
    closes = ["40000", "42000", "39000.5", "41000"]
    with running(real_time_venue(straight_closes("BTC", *closes))) as simulator, unthrottled():
        simulator.control.post("replay", start="2022-01-04", speed=0)
        for market_type in BOTH:
            adapter = open_adapter(simulator, market_type)
            candles = adapter.exchange.list_candles(adapter.symbol, "1d", datetime.now(UTC) - 4 * DAY)
            assert [candle.close for candle in candles if candle.is_closed] == [Decimal(close) for close in closes[:3]]
            with pytest.raises(InvalidRequest):
                adapter.exchange.list_candles(adapter.symbol, "1M", datetime.now(UTC))
            adapter.exchange.close()


def test_instruments_when_listed_then_the_simulators_filters(adapter: AdapterAtVenue) -> None:
    found = {item.symbol: item for item in adapter.exchange.list_instruments()}
    btc = found[adapter.symbol]
    steps = ("0.01000000", "0.00001000") if adapter.market_type is SPOT else ("0.10", "0.001")
    assert (btc.tick_size, btc.step_size, btc.active) == (Decimal(steps[0]), Decimal(steps[1]), True)
    assert all(item.market_type is adapter.market_type for item in found.values())
    assert all(":" in symbol for symbol in found) == (adapter.market_type is SWAP)


def test_transfers_when_money_moves_then_each_wallet_sees_its_own_side(adapter: AdapterAtVenue) -> None:
    market = adapter.market_type.value
    post = adapter.simulator.control.post
    post("transfers", account=ACCOUNT, type="deposit", asset="USDT", amount="500.25", market=market)
    post("transfers", account=ACCOUNT, type="withdrawal", asset="USDT", amount="1.00000001", market=market)
    post("transfers", account=ACCOUNT, type="spot_to_swap", asset="USDT", amount="70")
    post("transfers", account=ACCOUNT, type="swap_to_spot", asset="USDT", amount="20")
    found = adapter.exchange.list_transfers(an_hour_ago())
    moved = {TransferKind.DEPOSIT: Decimal(0), TransferKind.WITHDRAWAL: Decimal(0)}
    for transfer in found:
        moved[transfer.kind] += transfer.amount
    inward, outward = (Decimal(20), Decimal(70)) if adapter.market_type is SPOT else (Decimal(70), Decimal(20))
    assert moved == {
        TransferKind.DEPOSIT: Decimal("500.25") + inward,
        TransferKind.WITHDRAWAL: Decimal("1.00000001") + outward,
    }
    assert {transfer.status for transfer in found} == {TransferStatus.OK}
    assert len({transfer.transfer_id for transfer in found}) == 4
    (balance,) = (item for item in adapter.exchange.list_balances() if item.asset == "USDT")
    assert balance.total == 1_000_000 + moved[TransferKind.DEPOSIT] - moved[TransferKind.WITHDRAWAL]


def test_transfers_when_dated_to_the_second_then_not_lost_within_it(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, SPOT)
        simulator.control.post("transfers", account=ACCOUNT, type="withdrawal", asset="USDT", amount="5")
        (transfer,) = adapter.exchange.list_transfers(an_hour_ago())
        assert transfer.at.microsecond == 0
        # Its own time is somewhere within that second, so any instant of it as `since` must bring it.
        assert adapter.exchange.list_transfers(transfer.at + timedelta(milliseconds=999)) == (transfer,)


def test_precision_when_the_smallest_units_are_held_then_every_digit_survives() -> None:
    with running(real_time_venue(flat_closes(DOGE="0.002392"))) as simulator, unthrottled():
        simulator.control.post("accounts", account=ACCOUNT, balances={"spot": {"USDT": "123456.12345678"}})
        adapter = open_adapter(simulator, SPOT)
        order = adapter.order(symbol="DOGE/USDT", quantity=Decimal(654321), limit_price=Decimal("0.001999"))
        placed = adapter.exchange.create_order(order)
        (usdt,) = (item for item in adapter.exchange.list_balances() if item.asset == "USDT")
    assert (placed.limit_price, placed.quantity) == (Decimal("0.001999"), 654321)
    assert (usdt.used, usdt.total) == (Decimal(654321) * Decimal("0.001999"), Decimal("123456.12345678"))


def test_public_data_when_there_is_no_key_then_read_all_the_same(simulator: Simulator) -> None:
    with unthrottled():
        for market_type in BOTH:
            adapter = open_adapter(simulator, market_type, credentials=VenueCredentials(urls=ccxt_urls(simulator.url)))
            assert adapter.exchange.list_instruments()
            assert adapter.exchange.list_quotes([adapter.symbol])
            assert adapter.exchange.get_order_book(adapter.symbol).bids
            assert adapter.exchange.get_status().is_ok is True
            adapter.exchange.close()
