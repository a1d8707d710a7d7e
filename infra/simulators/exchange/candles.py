"""Candles and 24-hour statistics from the price feed, with synthetic volume."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from .instruments import Instrument
from .money import floor_to
from .prices import PriceFeed

DAY_MS = 86_400_000
_MINUTE_MS = 60_000
# Weeks begin on Monday, the epoch was a Thursday.
_WEEK_OFFSET_MS = 4 * DAY_MS
INTERVALS_MS: dict[str, int] = {
    "1s": 1_000,
    "1m": _MINUTE_MS,
    "3m": 3 * _MINUTE_MS,
    "5m": 5 * _MINUTE_MS,
    "15m": 15 * _MINUTE_MS,
    "30m": 30 * _MINUTE_MS,
    "1h": 60 * _MINUTE_MS,
    "2h": 120 * _MINUTE_MS,
    "4h": 240 * _MINUTE_MS,
    "6h": 360 * _MINUTE_MS,
    "8h": 480 * _MINUTE_MS,
    "12h": 720 * _MINUTE_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
}
MONTH = "1M"
# One synthetic trade per this much turnover.
_TRADE_NOTIONAL = Decimal(1_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candle:
    """Prices and turnover of an interval; `close_ms` is its last millisecond."""

    open_ms: int
    close_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int


def candle_start(interval: str, at_ms: int) -> int:
    """Return the start of the candle that contains an instant."""
    if interval == MONTH:
        day = datetime.fromtimestamp(at_ms / 1000, UTC)
        month = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return int(month.timestamp()) * 1000
    span_ms = INTERVALS_MS[interval]
    offset = _WEEK_OFFSET_MS if interval == "1w" else 0
    return (at_ms - offset) // span_ms * span_ms + offset


def next_start(interval: str, start_ms: int) -> int:
    """Return the start of the candle after the one that starts at an instant."""
    if interval == MONTH:
        return candle_start(MONTH, start_ms + 32 * DAY_MS)
    return start_ms + INTERVALS_MS[interval]


def make_candle(feed: PriceFeed, instrument: Instrument, start_ms: int, end_ms: int, now_ms: int) -> Candle | None:
    """Build the candle of [start, end), as far as it has happened; None when there was no market in it.

    The close is the price at the end of the interval, so that a daily candle closes at the day's close.
    """
    until_ms = min(end_ms, now_ms)
    prices = feed.extremes(instrument, start_ms, until_ms)
    if prices is None:
        return None
    opened, high, low, close = prices
    turnover = instrument.daily_turnover * (until_ms - start_ms) / DAY_MS
    volume = floor_to(turnover / close, instrument.step)
    return Candle(
        open_ms=start_ms,
        close_ms=end_ms - 1,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        quote_volume=volume * close,
        trades=int(turnover / _TRADE_NOTIONAL),
    )


def _starts(interval: str, now_ms: int, start_ms: int | None, end_ms: int | None, limit: int) -> list[int]:
    """Return the starts of the candles asked for, oldest first."""
    last_ms = now_ms if end_ms is None else min(end_ms, now_ms)
    starts: list[int] = []
    if start_ms is not None:
        if start_ms > last_ms:
            return starts
        at_ms = candle_start(interval, start_ms)
        if at_ms < start_ms:
            at_ms = next_start(interval, at_ms)
        while at_ms <= last_ms and len(starts) < limit:
            starts.append(at_ms)
            at_ms = next_start(interval, at_ms)
        return starts
    at_ms = candle_start(interval, last_ms)
    for _ in range(limit):
        starts.append(at_ms)
        at_ms = candle_start(interval, at_ms - 1)
    return starts[::-1]


def candles(
    feed: PriceFeed,
    instrument: Instrument,
    interval: str,
    *,
    now_ms: int,
    start_ms: int | None,
    end_ms: int | None,
    limit: int,
) -> Iterator[Candle]:
    """Yield candles, oldest first: from `start_ms` on, or the latest ones without it."""
    for at_ms in _starts(interval, now_ms, start_ms, end_ms, limit):
        candle = make_candle(feed, instrument, at_ms, next_start(interval, at_ms), now_ms)
        if candle is not None:
            yield candle
