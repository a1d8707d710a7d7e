"""Quotes, books and correlations of the demo are made of the historical files."""

from __future__ import annotations

import csv
import math
import statistics
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
import time_machine

from infra.demo.books import Books
from infra.demo.correlations import CLOSES, compute_rows, delete_rows, put_rows
from infra.demo.prices import MARKETS, make_quote, read_candles
from riskgate.adapters.dynamodb.items import correlation_key
from riskgate.core.figures import CorrelationRow
from riskgate.core.money import is_multiple
from riskgate.schemas.codec import decode
from tests.support.aws import Aws

CRASH = date(2020, 3, 12)
AS_OF = date(2020, 3, 6)


def test_candles_then_prices_are_the_file_s_and_volume_is_in_units() -> None:
    candle = read_candles()["BTC", CRASH]
    assert (candle.open, candle.low, candle.close) == (Decimal("7913.6162"), Decimal("4860.354"), Decimal("4970.7881"))
    # 53.98 billion USD at the close.
    assert candle.volume == (Decimal(53980357243) / Decimal("4970.7881")).quantize(Decimal("0.01"))


@pytest.mark.parametrize("asset", sorted(MARKETS))
@pytest.mark.parametrize("spread_bps", [Decimal(0), Decimal(2), Decimal(150)])
def test_quote_then_it_lies_on_the_grid_around_the_price(asset: str, spread_bps: Decimal) -> None:
    candle = read_candles()[asset, CRASH]
    quote = make_quote(asset, candle.close, candle, spread_bps)
    tick = MARKETS[asset].tick_size
    assert all(is_multiple(price, tick) for price in (quote.bid, quote.ask, quote.last))
    assert quote.bid <= candle.close <= quote.ask
    assert abs(quote.ask - quote.bid - candle.close * spread_bps / 10_000) <= 2 * tick


def test_books_when_bought_twice_and_sold_then_cash_and_equity_add_up() -> None:
    books = Books(cash=Decimal(10_000))
    candle = read_candles()["BTC", CRASH]
    fees = books.book("BTC", Decimal(1), Decimal(5000), Decimal(4500))
    fees += books.book("BTC", Decimal("0.5"), Decimal(4400), Decimal(4200))
    held = books.holdings["BTC"]
    assert (held.quantity, held.average_price, held.stop_loss_price) == (Decimal("1.5"), Decimal(4800), Decimal(4200))
    assert fees == Decimal("7.2")
    quote = make_quote("BTC", Decimal(4600), candle, Decimal(0))
    assert books.compute_equity({"BTC": quote}) == Decimal(10_000) - 7200 - fees + Decimal("1.5") * 4600
    books.book("BTC", Decimal("-1.5"), Decimal(4600), None)
    assert books.holdings == {}
    assert books.cash == Decimal(10_000) - 7200 - fees + 6900 - Decimal("6.9")


def read_log_returns(asset: str) -> list[float]:
    """Return the 252 daily log returns to AS_OF, by plain arithmetic."""
    with CLOSES.open(encoding="utf-8", newline="") as file:
        closes = {date.fromisoformat(row["date"]): float(row[asset]) for row in csv.DictReader(file) if row[asset]}
    days = [AS_OF - timedelta(days=back) for back in range(252, -1, -1)]
    return [math.log(closes[day] / closes[before]) for before, day in pairwise(days)]


def test_correlation_rows_then_they_equal_the_textbook_on_the_days_before_the_crash() -> None:
    assets, written_at = ["BTC", "ETH", "LINK"], datetime(2026, 3, 4, tzinfo=UTC)
    with time_machine.travel(written_at, tick=False):
        rows = {row.asset: row for row in compute_rows(assets, AS_OF)}
    returns = {asset: read_log_returns(asset) for asset in assets}
    for asset, row in rows.items():
        assert row.as_of == written_at  # the gate believes no row that was written long ago
        for other in assets:
            expected = statistics.correlation(returns[asset], returns[other])
            assert 0 <= float(row.correlations[other]) - expected <= 1.1e-6  # rounded up
            assert float(row.volatilities[other]) == pytest.approx(statistics.stdev(returns[other]), abs=1e-8)
            assert row.observations[other] == 252
    assert rows["ETH"].correlations["BTC"] > Decimal("0.8")


def test_correlation_rows_when_an_asset_is_too_young_then_it_is_left_out_of_every_row() -> None:
    rows = {row.asset: row for row in compute_rows(["BTC", "SOL"], AS_OF)}  # SOL begins in April 2020
    assert set(rows["BTC"].correlations) == {"BTC"}
    assert rows["SOL"].correlations == {}


def test_correlation_rows_when_written_then_the_gate_s_item_holds_them(aws: Aws) -> None:
    rows = compute_rows(["BTC", "ETH"], AS_OF)
    put_rows(aws.dynamodb, aws.state_table, rows)
    item = aws.dynamodb.get_item(TableName=aws.state_table, Key=correlation_key("ETH"))["Item"]
    assert decode(item["document"]["S"], CorrelationRow) == rows[1]
    delete_rows(aws.dynamodb, aws.state_table, ["BTC", "ETH"])
    assert aws.items(aws.state_table) == []
