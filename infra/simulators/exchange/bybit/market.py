"""Market data: time, instruments, tickers, order book, candles, funding, trades."""

from decimal import Decimal

from infra.simulators.exchange.candles import DAY_MS, INTERVALS_MS, MONTH, candles, make_candle
from infra.simulators.exchange.context import Context
from infra.simulators.exchange.instruments import Instrument
from infra.simulators.exchange.market_data import book_sides
from infra.simulators.exchange.money import ZERO, plain
from infra.simulators.exchange.orders import Side
from infra.simulators.exchange.render import Json

from .errors import bad_parameter
from .ids import execution_id
from .pages import page
from .render import SIDES

_FUNDING_MS = DAY_MS // 3
_FUNDING_MINUTES = 480
_INSTRUMENTS_DEFAULT, _INSTRUMENTS_MAX = 500, 1000
_KLINES_DEFAULT, _KLINES_MAX = 200, 1000
_BOOK_DEFAULT = {"spot": 1, "swap": 25}
_BOOK_MAX = {"spot": 200, "swap": 500}
_RECENT_MAX = 60
_INTERVALS = {
    "1": "1m", "3": "3m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "120": "2h", "240": "4h", "360": "6h",
    "720": "12h", "D": "1d", "W": "1w", "M": MONTH,
}  # fmt: skip


def server_time(ctx: Context) -> Json:
    """GET /v5/market/time."""
    return {"timeSecond": str(ctx.now_ms // 1000), "timeNano": str(ctx.now_ms * 1_000_000)}


def system_status(_ctx: Context) -> Json:
    """GET /v5/system/status: no maintenance is planned."""
    return {"list": []}


def instruments_info(ctx: Context) -> Json:
    """GET /v5/market/instruments-info."""
    if ctx.params.text("status") not in {None, "Trading"}:
        return {"category": ctx.params.text("category"), "list": [], "nextPageCursor": ""}
    listed = ctx.instruments()
    if ctx.market == "spot":
        return {"category": "spot", "list": [_spot_info(ctx, item) for item in listed]}
    places = {item.symbol: number for number, item in enumerate(reversed(listed))}
    return page(
        ctx,
        listed,
        lambda item: (places[item.symbol], 0),
        lambda item: _linear_info(ctx, item),
        default=_INSTRUMENTS_DEFAULT,
        most=_INSTRUMENTS_MAX,
    )


def _status(ctx: Context, item: Instrument) -> str:
    return "Closed" if ctx.venue.state.price(item) is None else "Trading"


def _spot_info(ctx: Context, item: Instrument) -> Json:
    return {
        "symbol": item.symbol,
        "baseCoin": item.base,
        "quoteCoin": item.quote,
        "innovation": "0",
        "status": _status(ctx, item),
        "marginTrading": "none",
        "lotSizeFilter": {
            "basePrecision": plain(item.step),
            "quotePrecision": "0.00000001",
            "minOrderQty": plain(item.quantity_min),
            "maxOrderQty": plain(item.quantity_max),
            "minOrderAmt": plain(item.notional_min),
            "maxOrderAmt": "4000000",
        },
        "priceFilter": {"tickSize": plain(item.tick)},
    }


def _linear_info(ctx: Context, item: Instrument) -> Json:
    return {
        "symbol": item.symbol,
        "contractType": "LinearPerpetual",
        "status": _status(ctx, item),
        "baseCoin": item.base,
        "quoteCoin": item.quote,
        "settleCoin": item.quote,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(item.price_places),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": str(item.tiers[0].leverage_max),
            "leverageStep": "0.01",
        },
        "priceFilter": {
            "minPrice": plain(item.price_min),
            "maxPrice": plain(item.price_max),
            "tickSize": plain(item.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": plain(item.quantity_max),
            "maxMktOrderQty": plain(item.quantity_max),
            "minOrderQty": plain(item.quantity_min),
            "qtyStep": plain(item.step),
            "postOnlyMaxOrderQty": plain(item.quantity_max),
            "minNotionalValue": plain(item.notional_min),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": _FUNDING_MINUTES,
    }


def tickers(ctx: Context) -> Json:
    """GET /v5/market/tickers: the list bears no time but the envelope's."""
    found = [_ticker(ctx, ctx.venue.current(item)) for item in ctx.instruments()]
    return {"category": ctx.params.text("category"), "list": [row for row in found if row is not None]}


def _ticker(ctx: Context, item: Instrument) -> Json | None:
    candle = make_candle(ctx.venue.state.feed, item, ctx.view_ms - DAY_MS, ctx.view_ms, ctx.view_ms)
    if candle is None:
        return None
    row: Json = {
        "symbol": item.symbol,
        "lastPrice": plain(candle.close),
        "prevPrice24h": plain(candle.open),
        "price24hPcnt": plain(((candle.close - candle.open) / candle.open).quantize(Decimal("0.0001"))),
        "highPrice24h": plain(candle.high),
        "lowPrice24h": plain(candle.low),
        "turnover24h": plain(candle.quote_volume),
        "volume24h": plain(candle.volume),
    }
    for side, levels in book_sides(ctx, item, 1).items():
        name, (price, quantity) = "bid1" if side is Side.BUY else "ask1", levels[0] if levels else (ZERO, ZERO)
        row |= {f"{name}Price": plain(price), f"{name}Size": plain(quantity)}
    if ctx.market == "spot":
        return row | {"usdIndexPrice": plain(candle.close)}
    return row | {
        "indexPrice": plain(candle.close),
        "markPrice": plain(candle.close),
        "openInterest": "0",
        "openInterestValue": "0",
        "fundingRate": plain(ctx.venue.state.funding_rates.get(item.symbol, ZERO)),
        "nextFundingTime": str((ctx.stamp_ms // _FUNDING_MS + 1) * _FUNDING_MS),
        "deliveryTime": "0",
    }


def orderbook(ctx: Context) -> Json:
    """GET /v5/market/orderbook."""
    item, limit = ctx.instrument(), ctx.params.integer("limit")
    limit = _BOOK_DEFAULT[ctx.market] if limit is None else limit
    if not 1 <= limit <= _BOOK_MAX[ctx.market]:
        raise bad_parameter("params error: limit invalid")
    sides = {
        side: [[plain(price), plain(quantity)] for price, quantity in levels]
        for side, levels in book_sides(ctx, item, limit).items()
    }
    number = ctx.venue.state.sequences.value
    stamps = {"ts": ctx.stamp_ms, "u": number, "seq": number, "cts": ctx.stamp_ms}
    return {"s": item.symbol, "b": sides[Side.BUY], "a": sides[Side.SELL], **stamps}


def kline(ctx: Context) -> Json:
    """GET /v5/market/kline: newest first."""
    item, params = ctx.instrument(), ctx.params
    interval, limit = _INTERVALS.get(params.required("interval")), params.integer("limit")
    limit = _KLINES_DEFAULT if limit is None else limit
    if interval is None or (interval != MONTH and interval not in INTERVALS_MS) or not 1 <= limit <= _KLINES_MAX:
        raise bad_parameter("params error: interval or limit invalid")
    found = candles(
        ctx.venue.state.feed,
        item,
        interval,
        now_ms=ctx.view_ms,
        start_ms=params.integer("start"),
        end_ms=params.integer("end"),
        limit=limit,
    )
    rows = [
        [str(c.open_ms), *(plain(p) for p in (c.open, c.high, c.low, c.close, c.volume, c.quote_volume))] for c in found
    ]
    return {"symbol": item.symbol, "category": params.text("category"), "list": rows[::-1]}


def mark_kline(ctx: Context) -> Json:
    """GET /v5/market/mark-price-kline: the mark is the last price; there is no volume."""
    answer = kline(ctx)
    rows = answer["list"]
    return answer | {"list": [row[:5] for row in rows] if isinstance(rows, list) else []}


def funding_history(ctx: Context) -> Json:
    """GET /v5/market/funding/history: the rates that were settled, newest first."""
    symbol = ctx.instrument().symbol
    start, end = ctx.params.integer("startTime"), ctx.params.integer("endTime")
    settled = [
        {"symbol": symbol, "fundingRate": plain(rate), "fundingRateTimestamp": str(at_ms)}
        for name, rate, at_ms in reversed(ctx.venue.state.settled_rates)
        if name == symbol and (start is None or at_ms >= start) and (end is None or at_ms <= end)
    ]
    return {"category": ctx.params.text("category"), "list": settled[: ctx.params.integer("limit") or 200]}


def recent_trades(ctx: Context) -> Json:
    """GET /v5/market/recent-trade: takers' fills with users, newest first."""
    item = ctx.instrument()
    takers = [t for t in reversed(ctx.venue.state.trades) if t.instrument.key == item.key and not t.is_maker]
    rows = [
        {
            "execId": execution_id(trade),
            "symbol": item.symbol,
            "price": plain(trade.price),
            "size": plain(trade.quantity),
            "side": SIDES[trade.side],
            "time": str(trade.at_ms),
            "isBlockTrade": False,
        }
        for trade in takers[: min(ctx.params.integer("limit") or _RECENT_MAX, _RECENT_MAX)]
    ]
    return {"category": ctx.params.text("category"), "list": rows}
