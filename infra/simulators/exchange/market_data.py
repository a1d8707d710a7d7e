"""Public market data of both markets: time, book, candles, tickers."""

import json
from collections.abc import Callable
from decimal import Decimal

from .book import synthetic_levels
from .candles import DAY_MS, INTERVALS_MS, MONTH, candles, make_candle
from .context import Context
from .errors import VenueError, invalid_symbol
from .instruments import Instrument
from .money import ZERO, fixed
from .orders import Side
from .render import Json

_DEPTH_DEFAULT = 100
_CANDLES_DEFAULT = 500
_CANDLES_MAX = {"spot": 1000, "swap": 1500}
_DEPTH_MAX = {"spot": 5000, "swap": 1000}


def ping(_ctx: Context) -> Json:
    """GET ping."""
    return {}


def server_time(ctx: Context) -> Json:
    """GET time."""
    return {"serverTime": ctx.now_ms}


def book_sides(ctx: Context, instrument: Instrument, limit: int) -> dict[Side, list[tuple[Decimal, Decimal]]]:
    """Return the book's levels; seen through stale prices, the synthetic book of that time."""
    if not ctx.is_stale:
        book = ctx.venue.state.book(instrument)
        return {side: book.depth(side, limit) for side in Side}
    price = ctx.venue.state.price(instrument, ctx.view_ms)
    if price is None:
        return {side: [] for side in Side}
    return {
        side: [(level.price, level.quantity) for level in synthetic_levels(instrument, price, side, 0)[:limit]]
        for side in Side
    }


def depth(ctx: Context) -> Json:
    """GET depth."""
    instrument, limit = ctx.instrument(), ctx.params.integer("limit")
    limit = _DEPTH_DEFAULT if limit is None else limit
    if not 1 <= limit <= _DEPTH_MAX[ctx.market]:
        raise VenueError(-1130, "Data sent for parameter 'limit' is not valid.")
    levels = {
        side: [
            [fixed(price, instrument.price_places), fixed(quantity, instrument.quantity_places)]
            for price, quantity in found
        ]
        for side, found in book_sides(ctx, instrument, limit).items()
    }
    answer: Json = {"lastUpdateId": ctx.venue.state.sequences.value}
    if ctx.market == "swap":
        answer |= {"E": ctx.stamp_ms, "T": ctx.stamp_ms}
    return answer | {"bids": levels[Side.BUY], "asks": levels[Side.SELL]}


def klines(ctx: Context) -> list[list[object]]:
    """GET klines (and the futures' markPriceKlines, the mark being the last price)."""
    instrument, interval = ctx.instrument(), ctx.params.required("interval")
    if interval != MONTH and interval not in INTERVALS_MS:
        raise VenueError(-1120, "Invalid interval.")
    limit = ctx.params.integer("limit")
    limit = _CANDLES_DEFAULT if limit is None else min(limit, _CANDLES_MAX[ctx.market])
    if limit < 1:
        raise VenueError(-1130, "Data sent for parameter 'limit' is not valid.")
    price, quantity = instrument.price_places, instrument.quantity_places
    found = candles(
        ctx.venue.state.feed,
        instrument,
        interval,
        now_ms=ctx.view_ms,
        start_ms=ctx.params.integer("startTime"),
        end_ms=ctx.params.integer("endTime"),
        limit=limit,
    )
    return [
        [
            candle.open_ms,
            *(fixed(item, price) for item in (candle.open, candle.high, candle.low, candle.close)),
            fixed(candle.volume, quantity),
            candle.close_ms,
            fixed(candle.quote_volume, instrument.quote_places),
            candle.trades,
            fixed(candle.volume / 2, quantity),
            fixed(candle.quote_volume / 2, instrument.quote_places),
            "0",
        ]
        for candle in found
    ]


def _requested(ctx: Context) -> tuple[list[Instrument], bool]:
    """Return the instruments asked for, and whether it was a single one by name."""
    if ctx.params.text("symbol") is not None:
        return [ctx.instrument()], True
    text = ctx.params.text("symbols")
    if text is None:
        return [ctx.venue.current(item) for item in ctx.venue.state.listed(ctx.market)], False
    try:
        names = json.loads(text)
    except ValueError:
        raise VenueError(-1100, "Illegal characters found in parameter 'symbols'.") from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid_symbol()
    state = ctx.venue.state
    return [ctx.venue.current(state.instrument(ctx.market, name)) for name in names], False


def _best(ctx: Context, instrument: Instrument) -> Json:
    """Return the best price and quantity of both sides, zero for an empty side."""
    found: Json = {}
    for side, levels in book_sides(ctx, instrument, 1).items():
        name, (price, quantity) = "bid" if side is Side.BUY else "ask", levels[0] if levels else (ZERO, ZERO)
        found[f"{name}Price"] = fixed(price, instrument.price_places)
        found[f"{name}Qty"] = fixed(quantity, instrument.quantity_places)
    return found


def _day_ticker(ctx: Context, instrument: Instrument) -> Json | None:
    """Return the 24-hour statistics, None when the instrument had no market that long."""
    feed, until_ms = ctx.venue.state.feed, ctx.view_ms
    candle = make_candle(feed, instrument, until_ms - DAY_MS, until_ms, until_ms)
    if candle is None:
        return None
    places, change = instrument.price_places, candle.close - candle.open
    average = candle.quote_volume / candle.volume if candle.volume else candle.close
    ticker: Json = {
        "symbol": instrument.symbol,
        "priceChange": fixed(change, places),
        "priceChangePercent": fixed(100 * change / candle.open, 3),
        "weightedAvgPrice": fixed(average, places),
        "lastPrice": fixed(candle.close, places),
        "lastQty": fixed(instrument.step, instrument.quantity_places),
        "openPrice": fixed(candle.open, places),
        "highPrice": fixed(candle.high, places),
        "lowPrice": fixed(candle.low, places),
        "volume": fixed(candle.volume, instrument.quantity_places),
        "quoteVolume": fixed(candle.quote_volume, instrument.quote_places),
        "openTime": ctx.stamp_ms - DAY_MS,
        "closeTime": ctx.stamp_ms,
        "firstId": 1,
        "lastId": candle.trades,
        "count": candle.trades,
    }
    if ctx.market == "spot":
        ticker |= {"prevClosePrice": fixed(candle.open, places), **_best(ctx, instrument)}
    return ticker


def _one_or_all(found: list[Json], *, single: bool) -> Json | list[Json]:
    if not single:
        return found
    if not found:
        raise VenueError(-1122, "Invalid symbol status.")
    return found[0]


def day_tickers(ctx: Context) -> Json | list[Json]:
    """GET ticker/24hr."""
    instruments, single = _requested(ctx)
    tickers = [_day_ticker(ctx, instrument) for instrument in instruments]
    return _one_or_all([ticker for ticker in tickers if ticker is not None], single=single)


def _stamp(ctx: Context) -> Json:
    """Return the time of a ticker, which the futures' alone have."""
    return {"time": ctx.stamp_ms} if ctx.market == "swap" else {}


def book_tickers(ctx: Context) -> Json | list[Json]:
    """GET ticker/bookTicker."""
    instruments, single = _requested(ctx)
    found: list[Json] = [{"symbol": item.symbol, **_best(ctx, item), **_stamp(ctx)} for item in instruments]
    return _one_or_all(found, single=single)


def _priced(ctx: Context, describe: Callable[[Instrument, Decimal], Json]) -> Json | list[Json]:
    """Return what is asked for of the instruments that have a price."""
    instruments, single = _requested(ctx)
    priced = ((item, ctx.venue.state.price(item, ctx.view_ms)) for item in instruments)
    found: list[Json] = [
        {"symbol": item.symbol, **describe(item, price), **_stamp(ctx)} for item, price in priced if price is not None
    ]
    return _one_or_all(found, single=single)


def price_tickers(ctx: Context) -> Json | list[Json]:
    """GET ticker/price."""
    return _priced(ctx, lambda item, price: {"price": fixed(price, item.price_places)})


def premium_index(ctx: Context) -> Json | list[Json]:
    """GET /fapi/v1/premiumIndex: mark and index are the last price, funding is zero unless it was set."""
    eight_hours = DAY_MS // 3

    def describe(instrument: Instrument, price: Decimal) -> Json:
        prices = dict.fromkeys(("markPrice", "indexPrice", "estimatedSettlePrice"), fixed(price))
        rate = ctx.venue.state.funding_rates.get(instrument.symbol, ZERO)
        rates = {"lastFundingRate": fixed(rate), "interestRate": fixed(ZERO)}
        return {**prices, **rates, "nextFundingTime": (ctx.stamp_ms // eight_hours + 1) * eight_hours}

    return _priced(ctx, describe)
