"""Historical candles, and the quotes made of them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

from infra.local.settings import ROOT

CANDLES = ROOT / "infra" / "local" / "data" / "daily_ohlcv"
VENUE = "replay"
QUOTE_CURRENCY = "USDT"
BPS = Decimal(10_000)


@dataclass(frozen=True, kw_only=True)
class Market:
    """One market of the demo: the trading rules Binance had in March 2020, at a venue of its own."""

    asset: str
    sector: str
    tick_size: Decimal
    step_size: Decimal
    notional_min: Decimal = Decimal(10)

    @property
    def symbol(self) -> str:
        """Return the unified symbol."""
        return f"{self.asset}/{QUOTE_CURRENCY}"

    def to_request(self) -> dict[str, Any]:
        """Return the instrument as the API takes it."""
        return {
            "venue": VENUE,
            "symbol": self.symbol,
            "market_type": "spot",
            "tick_size": self.tick_size,
            "step_size": self.step_size,
            "notional_min": self.notional_min,
            "sector": self.sector,
        }


MARKETS: Mapping[str, Market] = {
    market.asset: market
    for market in (
        Market(asset="BTC", sector="store-of-value", tick_size=Decimal("0.01"), step_size=Decimal("0.000001")),
        Market(asset="ETH", sector="smart-contracts", tick_size=Decimal("0.01"), step_size=Decimal("0.00001")),
        Market(asset="LINK", sector="oracles", tick_size=Decimal("0.0001"), step_size=Decimal("0.01")),
        Market(asset="XRP", sector="payments", tick_size=Decimal("0.00001"), step_size=Decimal("0.1")),
    )
}


@dataclass(frozen=True, kw_only=True)
class Candle:
    """One UTC day of one asset: prices in USD, `volume` in units of the asset."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Prices of one market at one instant of the past."""

    market: Market
    bid: Decimal
    ask: Decimal
    last: Decimal
    volume: Decimal

    @property
    def mid(self) -> Decimal:
        """Return the price that the gateway marks positions at."""
        return (self.bid + self.ask) / 2

    def to_request(self, at: datetime) -> dict[str, Any]:
        """Return the quote as the API takes it, seen `at`."""
        return {
            "venue": VENUE,
            "symbol": self.market.symbol,
            "at": at,
            "bid": self.bid,
            "ask": self.ask,
            "last": self.last,
            "volume_24h": self.volume,
        }


def read_candles(folder: Path = CANDLES) -> dict[tuple[str, date], Candle]:
    """Return the candle of every market and day; the files' volume is in USD."""
    candles = {}
    for asset in MARKETS:
        with (folder / f"{asset}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                prices = {name: Decimal(row[name]) for name in ("open", "high", "low", "close")}
                volume = (Decimal(row["volume"]) / prices["close"]).quantize(Decimal("0.01"))
                candles[asset, date.fromisoformat(row["date"])] = Candle(**prices, volume=volume)
    return candles


def make_quote(asset: str, price: Decimal, candle: Candle, spread_bps: Decimal) -> Quote:
    """Return bid and ask around a price of the past; the spread is an assumption, the data have no book."""
    market = MARKETS[asset]
    half = price * spread_bps / BPS / 2
    return Quote(
        market=market,
        bid=_to_grid(price - half, market.tick_size, ROUND_FLOOR),
        ask=_to_grid(price + half, market.tick_size, ROUND_CEILING),
        last=_to_grid(price, market.tick_size, ROUND_FLOOR),
        volume=candle.volume,
    )


def _to_grid(price: Decimal, tick_size: Decimal, rounding: str) -> Decimal:
    return price.quantize(tick_size, rounding)
