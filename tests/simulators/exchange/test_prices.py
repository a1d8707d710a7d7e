"""The price feed, candles, the clock, decimals, positions: parts without a server."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.simulators.exchange.book import synthetic_levels
from infra.simulators.exchange.candles import INTERVALS_MS, MONTH, candle_start, candles, next_start
from infra.simulators.exchange.clock import Clock
from infra.simulators.exchange.closes import DAY_MS, ClosePath
from infra.simulators.exchange.instruments import Instrument, default_instruments
from infra.simulators.exchange.money import EXACT, decimals_of, fixed, parse_decimal, plain
from infra.simulators.exchange.orders import Side
from infra.simulators.exchange.positions import Position, maintenance_margin, symbol_margin
from infra.simulators.exchange.prices import PriceFeed
from tests.support.hypothesis_profiles import examples
from tests.support.venue import START_MS, flat_closes, straight_closes

CLOSES_FILE = Path(__file__).resolve().parents[3] / "infra" / "local" / "data" / "daily_closes.csv"
BTC: Instrument = default_instruments()["spot", "BTCUSDT"]
BTC_SWAP: Instrument = default_instruments()["swap", "BTCUSDT"]
REPEATABLE = examples(100)


def feed_of(closes: ClosePath, speed: str = "1") -> PriceFeed:
    return PriceFeed(closes, START_MS, START_MS, Decimal(speed))


@pytest.mark.parametrize(
    ("quarter", "price"), [(0, "50000"), (1, "47500"), (2, "45000"), (4, "40000"), (6, "50000"), (8, "60000")]
)
def test_price_when_between_closes_then_on_the_straight_line(quarter: int, price: str) -> None:
    feed = feed_of(straight_closes("BTC", "50000", "40000", "60000"))
    assert feed.price(BTC, START_MS + quarter * DAY_MS // 4) == Decimal(price)


def test_price_when_before_first_or_after_last_close_then_none() -> None:
    feed = feed_of(straight_closes("BTC", "50000", "40000"))
    assert feed.price(BTC, START_MS - 1) is None
    assert feed.price(BTC, START_MS + DAY_MS + 1) is None


def test_price_when_path_is_fast_or_slow_then_venue_time_is_mapped() -> None:
    closes = straight_closes("BTC", *[str(40000 + 10 * day) for day in range(100)])
    assert feed_of(closes, "1440").price(BTC, START_MS + 60_000) == 40010
    assert feed_of(closes, "0").price(BTC, START_MS + 5 * DAY_MS) == 40000
    # Before the start the path runs one to one whatever the speed.
    fast = PriceFeed(closes, START_MS, START_MS + 50 * DAY_MS, Decimal(1000))
    assert fast.price(BTC, START_MS - 10 * DAY_MS) == 40400


def test_price_when_cross_pair_then_ratio_of_both_on_its_tick() -> None:
    pair = default_instruments()["spot", "ETHBTC"]
    assert feed_of(flat_closes(ETH="3333.33")).price(pair, START_MS) == Decimal("0.06667")


def test_price_when_set_by_hand_then_held_until_released() -> None:
    feed = feed_of(straight_closes("BTC", "50000", "40000", "60000"))
    feed.set_price(BTC, START_MS + 10, Decimal("123.456"))
    assert feed.price(BTC, START_MS + 9) == 50000
    assert feed.price(BTC, START_MS + DAY_MS) == Decimal("123.46")
    feed.set_price(BTC, START_MS + DAY_MS, None)
    assert feed.price(BTC, START_MS + DAY_MS) == 40000


def test_candle_when_still_running_then_does_not_see_what_comes() -> None:
    feed = feed_of(straight_closes("BTC", "50000", "40000", "60000"))
    noon = START_MS + DAY_MS // 2
    [candle] = candles(feed, BTC, "1d", now_ms=noon, start_ms=START_MS, end_ms=None, limit=10)
    assert [candle.open, candle.high, candle.low, candle.close] == [50000, 50000, 45000, 45000]
    whole = next(candles(feed, BTC, "1d", now_ms=noon + DAY_MS, start_ms=START_MS, end_ms=None, limit=10))
    assert (whole.close, whole.quote_volume > candle.quote_volume) == (Decimal(40000), True)


def test_candle_when_price_moves_many_times_in_one_instant_then_all_moves_count() -> None:
    feed = feed_of(straight_closes("BTC", *["50000"] * 3))
    for price in ("55000", "45000", "48000"):
        feed.set_price(BTC, START_MS + 5, Decimal(price))
    assert feed.extremes(BTC, START_MS, START_MS + 10) == tuple(map(Decimal, (50000, 55000, 45000, 48000)))


def test_candle_when_path_is_stepped_in_one_instant_then_every_close_on_the_way_counts() -> None:
    feed = feed_of(straight_closes("BTC", "50000", "30000", "70000", "60000"), "0")
    for day in (1, 2, 3):
        feed.jump(START_MS + 5, START_MS + day * DAY_MS)
    assert feed.extremes(BTC, START_MS, START_MS + 10) == tuple(map(Decimal, (50000, 70000, 30000, 60000)))


def test_bends_when_path_runs_then_closes_in_venue_time() -> None:
    feed = feed_of(straight_closes("BTC", *["50000"] * 10), "24")
    hour = DAY_MS // 24
    assert feed.bends(BTC, START_MS, START_MS + 3 * hour) == [START_MS + hour, START_MS + 2 * hour]


def test_closes_when_real_file_is_read_then_daily_candles_close_at_its_values() -> None:
    closes = ClosePath.from_csv(CLOSES_FILE)
    lines = CLOSES_FILE.read_text().splitlines()
    header = lines[0].split(",")
    march = {
        line.split(",")[0]: dict(zip(header, line.split(","), strict=True))
        for line in lines
        if line.startswith("2020-03")
    }
    start = 1_583_020_800_000  # 2020-03-01T00:00:00Z
    feed = PriceFeed(closes, start + 31 * DAY_MS, start + 31 * DAY_MS, Decimal(1))
    for symbol, asset in (("BTCUSDT", "BTC"), ("XRPUSDT", "XRP"), ("LINKUSDT", "LINK")):
        instrument = default_instruments()["spot", symbol]
        found = list(candles(feed, instrument, "1d", now_ms=start + 31 * DAY_MS, start_ms=start, end_ms=None, limit=31))
        assert len(found) == 31
        for candle, day in zip(found, sorted(march), strict=True):
            assert abs(candle.close - Decimal(march[day][asset])) <= instrument.tick / 2
            assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        for earlier, later in pairwise(found):
            assert earlier.close == later.open
    # The crash of 12 March is on the path.
    crash = default_instruments()["spot", "BTCUSDT"]
    fall = feed.price(crash, start + 12 * DAY_MS), feed.price(crash, start + 11 * DAY_MS)
    assert fall[0] is not None
    assert fall[1] is not None
    assert fall[0] / fall[1] < Decimal("0.66")


@pytest.mark.parametrize("interval", [*INTERVALS_MS, MONTH])
def test_candle_starts_when_any_instant_then_contain_it_and_tile(interval: str) -> None:
    for at_ms in (START_MS, START_MS + 12_345_678, START_MS + 45 * DAY_MS - 1):
        start = candle_start(interval, at_ms)
        end = next_start(interval, start)
        assert start <= at_ms < end
        assert candle_start(interval, end) == end
        assert candle_start(interval, end - 1) == start


@REPEATABLE
@given(mid=st.integers(1, 10_000_000), market=st.sampled_from(["spot", "swap"]))
def test_synthetic_levels_when_any_price_then_ordered_on_tick_and_never_crossed(mid: int, market: str) -> None:
    for instrument in default_instruments().values():
        if instrument.market != market:
            continue
        price = mid * instrument.tick
        bids = synthetic_levels(instrument, price, Side.BUY, 1)
        asks = synthetic_levels(instrument, price, Side.SELL, 1)
        assert all(upper.price > lower.price for upper, lower in pairwise(bids))
        assert all(lower.price < upper.price for lower, upper in pairwise(asks))
        assert not bids or bids[0].price < price
        assert asks[0].price >= price
        for level in (*bids, *asks):
            assert level.price % instrument.tick == 0
            assert level.quantity % instrument.step == 0
            assert level.quantity > 0


@REPEATABLE
@given(
    fills=st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 100_000)), min_size=1, max_size=30),
    mark=st.integers(1, 100_000),
)
def test_position_when_any_fills_then_realized_plus_unrealized_is_the_cash_flow(
    fills: list[tuple[int, int]], mark: int
) -> None:
    position, realized, cash = Position(BTC_SWAP), Decimal(0), Decimal(0)
    for size, price in fills:
        quantity, at = Decimal(size) / 1000, Decimal(price) / 10
        realized += position.apply(quantity, at, 0)
        cash -= quantity * at
    value = position.quantity * Decimal(mark)
    assert realized + position.unrealized_pnl(Decimal(mark)) == cash + value
    assert position.quantity == sum((Decimal(size) / 1000 for size, _ in fills), Decimal(0))
    if position.quantity:
        assert position.entry_price > 0


def test_position_when_partly_closed_then_entry_price_stays() -> None:
    position = Position(BTC_SWAP)
    position.apply(Decimal("0.3"), Decimal(100), 0)
    position.apply(Decimal("0.1"), Decimal(200), 0)
    assert position.apply(Decimal("-0.2"), Decimal(150), 0) == Decimal(5)
    assert (position.quantity, position.entry_price) == (Decimal("0.2"), Decimal(125))
    assert position.apply(Decimal("-0.5"), Decimal(100), 0) == Decimal(-5)
    assert (position.quantity, position.entry_price) == (Decimal("-0.3"), Decimal(100))


@pytest.mark.parametrize(
    ("held", "buys", "sells", "position", "orders"),
    [
        ("0", "1000", "0", 0, 100),
        ("0", "1000", "3000", 0, 300),
        ("1000", "500", "0", 100, 50),
        ("1000", "0", "900", 100, 0),
        ("1000", "0", "2500", 100, 50),
        ("-1000", "2500", "0", 100, 50),
    ],
)
def test_margin_when_position_and_orders_then_worse_side_counts(
    held: str, buys: str, sells: str, position: int, orders: int
) -> None:
    # Mark 100, leverage 10.
    holding = Position(BTC_SWAP, Decimal(held) / 100, Decimal(held))
    margin = symbol_margin(holding, Decimal(100), 10, Decimal(buys), Decimal(sells))
    assert [margin.position, margin.orders] == [position, orders]


def test_maintenance_margin_when_notional_grows_then_continuous_and_increasing() -> None:
    points = [Decimal(value) for value in (0, 1, 49_999, 50_000, 50_001, 999_999, 1_000_000, 1_000_001, 5_000_000)]
    margins = [maintenance_margin(BTC_SWAP, point) for point in points]
    assert margins == sorted(margins)
    assert margins[3] == 200
    assert margins[6] == margins[5] + Decimal("0.01")


def test_clock_when_frozen_running_or_set_then_as_told() -> None:
    wall = [1000]
    clock = Clock(lambda: wall[0])
    clock.set(5000)
    wall[0] += 10
    assert (clock.now_ms(), clock.frozen) == (5010, False)
    clock.freeze()
    wall[0] += 10
    clock.advance(100)
    assert (clock.now_ms(), clock.frozen) == (5110, True)
    clock.run(from_wall=False)
    wall[0] += 1
    assert clock.now_ms() == 5111
    clock.run(from_wall=True)
    assert clock.now_ms() == wall[0]


@pytest.mark.parametrize("text", ["", "-1", "+1", "1e5", ".5", "5.", "1_0", " 1", "NaN", "1" * 21, "\u0661", "1,5"])
def test_parse_decimal_when_not_plain_then_none(text: str) -> None:
    assert parse_decimal(text) is None


@REPEATABLE
@given(st.decimals(min_value=0, max_value=10**15, places=8))
def test_wire_format_when_eight_decimals_then_nothing_is_lost(value: Decimal) -> None:
    with_context = EXACT.create_decimal(value)
    assert parse_decimal(fixed(with_context)) == with_context
    assert parse_decimal(plain(with_context)) == with_context
    assert decimals_of(with_context) <= 8


def test_fixed_when_tiny_negative_then_no_minus_zero() -> None:
    assert fixed(Decimal("-0.001"), 2) == "0.00"
    assert fixed(Decimal("-1.019"), 2) == "-1.01"
