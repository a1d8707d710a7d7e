"""ccxt's market data as the core's types: instruments, quotes, books, candles."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskgate.adapters.exchange.parse import (
    Row,
    invalid,
    to_decimal,
    to_instant,
    to_optional_decimal,
    to_optional_instant,
    to_positive,
    to_text,
)
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.money import ONE, ZERO
from riskgate.core.order_book import BookLevel, OrderBook
from riskgate.core.venues.model import Candle

# ccxt's precision modes.
_DECIMAL_PLACES = 2
_SIGNIFICANT_DIGITS = 3
_DECIMALS_MAX = 30
_CANDLE_FIELDS = 6


def is_offered(market: Row, market_type: MarketType, settle_coins: frozenset[str] = frozenset()) -> bool:
    """Tell whether a ccxt market is of the type: spot, or a swap settled in its quote currency.

    `settle_coins` are those that count, all where there are none.
    """
    if market_type is MarketType.SPOT:
        return market.get("spot") is True
    if settle_coins and market.get("settle") not in settle_coins:
        return False
    return market.get("swap") is True and market.get("linear") is True


def to_instrument(venue: str, market: Row, market_type: MarketType, precision_mode: int) -> Instrument:
    """Read a market's trading rules; a venue that counts significant digits has no tick, so none is stated."""
    precision, limits = market.get("precision") or {}, market.get("limits") or {}
    quote = to_text(market.get("quote"), "quote currency")
    quantity, price, cost, at_market = (limits.get(name) or {} for name in ("amount", "price", "cost", "market"))
    swap = market_type is MarketType.SWAP
    return Instrument(
        venue=venue,
        symbol=to_text(market.get("symbol"), "symbol"),
        market_type=market_type,
        base_currency=to_text(market.get("base"), "base currency"),
        quote_currency=quote,
        settle_currency=to_text(market.get("settle"), "settle currency") if swap else quote,
        tick_size=_step(precision.get("price"), precision_mode, "tick size"),
        step_size=_step(precision.get("amount"), precision_mode, "step size"),
        quantity_min=to_positive(quantity.get("min"), "least quantity"),
        quantity_max=to_positive(quantity.get("max"), "largest quantity"),
        market_quantity_min=to_positive(at_market.get("min"), "least quantity at market"),
        market_quantity_max=to_positive(at_market.get("max"), "largest quantity at market"),
        market_step_size=_market_step(market),
        price_min=to_positive(price.get("min"), "lowest price"),
        price_max=to_positive(price.get("max"), "highest price"),
        notional_min=to_positive(cost.get("min"), "least notional"),
        notional_max=to_positive(cost.get("max"), "largest notional"),
        contract_size=to_decimal(market.get("contractSize"), "contract size") if swap else ONE,
        active=market.get("active") is not False,
    )


def to_quote(
    venue: str, symbol: str, ticker: Row, touch: Row, asked_at: datetime, contract_size: Decimal = ONE
) -> Quote:
    """Read a quote.

    `ticker`: ccxt's 24 hour ticker. `touch`: ccxt's best bid and ask, where the ticker has none; may be empty.
    `asked_at`: when it was asked for: the quote's time on venues that do not date their prices.
    """
    times = [to_optional_instant(row.get("timestamp"), "time") for row in (ticker, touch)]
    dated = [at for at in times if at is not None]
    volume = to_optional_decimal(ticker.get("baseVolume"), "volume")
    if volume is not None and volume < ZERO:
        raise invalid("volume")
    # Prices and quantities at the touch belong together: both from the answer that has the bid.
    best = ticker if ticker.get("bid") is not None else touch
    return Quote(
        venue=venue,
        symbol=symbol,
        at=min(dated) if dated else asked_at,
        bid=to_positive(ticker.get("bid"), "bid") or to_positive(touch.get("bid"), "bid"),
        ask=to_positive(ticker.get("ask"), "ask") or to_positive(touch.get("ask"), "ask"),
        last=to_positive(ticker.get("last"), "last price"),
        volume_24h=volume,
        bid_quantity=_units(best.get("bidVolume"), contract_size),
        ask_quantity=_units(best.get("askVolume"), contract_size),
    )


def to_order_book(symbol: str, book: Row, contract_size: Decimal) -> OrderBook:
    """Read an order book, sorted anew: some classes sort prices as texts."""
    bids, asks = (_levels(book.get(side), side) for side in ("bids", "asks"))
    return OrderBook(
        symbol=symbol,
        bids=tuple(sorted(bids, key=lambda level: level.price, reverse=True)),
        asks=tuple(sorted(asks, key=lambda level: level.price)),
        at=to_optional_instant(book.get("timestamp"), "time"),
        contract_size=contract_size,
    )


def to_touch(book: Row) -> Row:
    """Return ccxt's best bid and ask from an order book, as `to_quote` takes them."""
    best = {side: (book.get(side) or [[None, None]])[0] for side in ("bids", "asks")}
    return {
        "bid": best["bids"][0],
        "bidVolume": best["bids"][1],
        "ask": best["asks"][0],
        "askVolume": best["asks"][1],
        "timestamp": book.get("timestamp"),
    }


def to_candle(row: list[Any], interval: timedelta, now: datetime) -> Candle:
    """Read one candle; the last one of a list is often still open."""
    if len(row) < _CANDLE_FIELDS:
        raise invalid("candle")
    opened_at = to_instant(row[0], "time of a candle")
    prices = [to_decimal(value, "price of a candle") for value in row[1:5]]
    if min(prices) <= ZERO or prices[1] < max(prices) or prices[2] > min(prices):
        raise invalid("price of a candle")
    return Candle(
        opened_at=opened_at,
        closed_at=opened_at + interval,
        open=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        volume=to_decimal(row[5], "volume of a candle"),
        is_closed=opened_at + interval <= now,
    )


def try_instrument(venue: str, market: Row, market_type: MarketType, precision_mode: int) -> Instrument | None:
    """Read a market's rules, or return None where they are incomplete: what is not listed is not traded."""
    try:
        return to_instrument(venue, market, market_type, precision_mode)
    except VenueAnswerInvalid:
        return None


def _units(value: object, contract_size: Decimal) -> Decimal | None:
    """Read what rests at the best price as base units; venues that do not tell write nothing, or zero."""
    quantity = to_positive(value, "quantity at the best price")
    return quantity * contract_size if quantity is not None else None


def _levels(rows: Any, side: str) -> list[BookLevel]:
    if not isinstance(rows, list):
        raise invalid(side)
    found = [BookLevel(price=to_decimal(row[0], "price"), quantity=to_decimal(row[1], "quantity")) for row in rows]
    return [level for level in found if level.price > ZERO and level.quantity > ZERO]


def _market_step(market: Row) -> Decimal:
    """Return the lot step of orders at market, which ccxt leaves in Binance's own filters; 0 where none is said."""
    info = market.get("info")
    filters = info.get("filters") if isinstance(info, dict) else None
    for row in filters if isinstance(filters, list) else []:
        if isinstance(row, dict) and row.get("filterType") == "MARKET_LOT_SIZE":
            return to_positive(row.get("stepSize"), "step size at market") or ZERO
    return ZERO


def _step(value: object, precision_mode: int, name: str) -> Decimal:
    if precision_mode == _SIGNIFICANT_DIGITS:
        return ZERO
    number = to_decimal(value, name)
    if precision_mode == _DECIMAL_PLACES:
        if number != int(number) or abs(number) > _DECIMALS_MAX:
            raise invalid(name)
        return Decimal(1).scaleb(-int(number))
    if number <= ZERO:
        raise invalid(name)
    return number
