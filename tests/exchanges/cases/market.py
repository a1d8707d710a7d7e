"""What anybody may ask."""

from __future__ import annotations

from datetime import timedelta

from tests.exchanges.cases.registry import call
from tests.exchanges.desk import NOW, Desk


@call("trading rules of all markets", "data")
def instruments(desk: Desk) -> None:
    found = {item.symbol: item for item in desk.exchange.list_instruments()}
    assert set(found) == {market.symbol for market in desk.venue.markets}
    for market in desk.venue.markets:
        seen = found[market.symbol]
        assert (seen.tick_size, seen.step_size, seen.contract_size) == (market.tick, market.step, market.size)
        assert seen.quantity_min in {market.least, None}
        assert (seen.base_currency, seen.quote_currency) == (market.base, market.quote)
        assert seen.active


@call("best prices of several markets", "data")
def quotes(desk: Desk) -> None:
    symbols = [market.symbol for market in desk.venue.markets]
    found = {quote.symbol: quote for quote in desk.exchange.list_quotes(symbols)}
    assert set(found) == set(symbols)
    for quote in found.values():
        assert (quote.bid, quote.ask) == (desk.venue.book.bid, desk.venue.book.ask)
        assert abs(quote.at - NOW) < timedelta(seconds=60)


@call("resting orders of a market", "data")
def order_book(desk: Desk) -> None:
    book = desk.exchange.get_order_book(desk.symbol)
    assert (book.bids[0].price, book.asks[0].price) == (desk.venue.book.bid, desk.venue.book.ask)
    assert [level.price for level in book.bids] == sorted((level.price for level in book.bids), reverse=True)


@call("candles over more than a page", "data")
def candles(desk: Desk) -> None:
    count = desk.venue.candles_page + 7
    since = NOW - timedelta(minutes=count)
    found = desk.exchange.list_candles(desk.symbol, "1m", since)
    wanted = [since + timedelta(minutes=n) for n in range(count + 1)]
    assert (
        [candle.opened_at for candle in found] == wanted[-desk.venue.candles_kept :]
        if desk.venue.candles_kept
        else wanted
    )
    assert [candle.is_closed for candle in found[-2:]] == [True, False]
    assert (found[0].open, found[0].high, found[0].low, found[0].close) == (100, 110, 90, 101)


@call("the venue's clock", "trade")
def clock(desk: Desk) -> None:
    assert abs(desk.exchange.get_clock().skew_seconds) <= 1


@call("whether the venue says that it is down")
def status(desk: Desk) -> None:
    assert desk.exchange.get_status().is_ok is True
    desk.venue.maintenance = True
    assert desk.exchange.get_status().is_ok is False
