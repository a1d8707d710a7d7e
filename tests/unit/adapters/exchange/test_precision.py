"""Figures survive the way from the venue's JSON through ccxt into our types, and back out, to the last digit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import ROUND_UP, Context, Decimal, DivisionByZero, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.errors import InvalidRequest
from riskgate.core.instrument import MarketType
from riskgate.core.money import plain
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder
from riskgate.schemas.codec import encode
from tests.support.hypothesis_profiles import examples
from tests.unit.adapters.exchange import binance
from tests.unit.adapters.exchange.binance import AT_MS, SYMBOL

pytestmark = pytest.mark.long

BOTH = [MarketType.SPOT, MarketType.SWAP]
ID = "0123456789abcdef0123456789abcdef"
SINCE = datetime.fromtimestamp(AT_MS / 1000 - 60, UTC)
NOW = datetime.fromtimestamp(AT_MS / 1000 + 60, UTC)


def figures(whole: int = 10**9, places: int = 12) -> st.SearchStrategy[str]:
    """Positive decimals as venues write them, trailing zeros included."""
    return st.builds(
        lambda units, digits, width: f"{units}.{digits:0{width}d}" if width else str(units),
        st.integers(1, whole),
        st.integers(0, 10**6),
        st.integers(0, places),
    ).map(lambda text: text if "." not in text else text[: text.index(".") + 1 + places])


def survives(value: Decimal | None, text: str) -> None:
    """Assert that a figure is the very one the venue wrote, also as JSON."""
    assert value is not None
    assert isinstance(value, Decimal)
    assert value.as_tuple() == Decimal(text).as_tuple()
    assert json.loads(encode(value)) == plain(Decimal(text))


@pytest.mark.parametrize("market_type", BOTH)
@pytest.mark.parametrize("as_number", [False, True])
@examples(40)
@given(quantity=figures(), filled=figures(), price=figures())
def test_order_when_read_then_every_digit(
    market_type: MarketType, as_number: bool, quantity: str, filled: str, price: str
) -> None:
    names = {"origQty": quantity, "executedQty": filled, "price": price}
    body = binance.order(market_type, **{name: f"<{name}>" if as_number else text for name, text in names.items()})
    exchange, _ = binance.exchange(
        market_type, {"GET openOrders": binance.raw([body], **names), "GET openAlgoOrders": []}
    )
    (order,) = exchange.list_open_orders(SYMBOL[market_type])
    survives(order.quantity, quantity)
    survives(order.filled_quantity, filled)
    survives(order.limit_price, price)


@pytest.mark.parametrize("market_type", BOTH)
@examples(40)
@given(quantity=figures(), price=figures(), fee=figures())
def test_trade_when_read_then_every_digit(market_type: MarketType, quantity: str, price: str, fee: str) -> None:
    trade = {
        "symbol": "BTCUSDT",
        "id": 28457,
        "orderId": 100234,
        "price": price,
        "qty": quantity,
        "commission": fee,
        "commissionAsset": "BNB",
        "time": AT_MS,
        "isBuyer": True,
        "isMaker": False,
        "side": "BUY",
        "maker": False,
        "buyer": True,
    }
    exchange, _ = binance.exchange(market_type, {"GET myTrades": [trade], "GET userTrades": [trade]}, now=lambda: NOW)
    (read,) = exchange.list_trades(SYMBOL[market_type], SINCE)
    survives(read.quantity, quantity)
    survives(read.price, price)
    survives(read.fee, fee)
    assert (read.fee_currency, read.trade_id, read.exchange_order_id) == ("BNB", "28457", "100234")


@examples(40)
@given(free=figures(), locked=figures())
def test_spot_balance_when_read_then_every_digit_and_exact_sum(free: str, locked: str) -> None:
    account = {"updateTime": AT_MS, "balances": [{"asset": "BTC", "free": free, "locked": locked}]}
    exchange, _ = binance.exchange(MarketType.SPOT, {"GET account": account})
    (balance,) = exchange.list_balances()
    survives(balance.free, free)
    survives(balance.used, locked)
    assert balance.total == Decimal(free) + Decimal(locked)


@examples(40)
@given(total=figures(), free=figures(), used=figures())
def test_swap_balance_when_read_then_every_digit(total: str, free: str, used: str) -> None:
    asset = {
        "asset": "USDT",
        "marginBalance": total,
        "availableBalance": free,
        "initialMargin": used,
        "updateTime": AT_MS,
    }
    exchange, _ = binance.exchange(MarketType.SWAP, {"GET /fapi/v3/account": {"assets": [asset]}})
    (balance,) = exchange.list_balances()
    survives(balance.total, total)
    survives(balance.free, free)
    survives(balance.used, used)


@examples(40)
@given(quantity=figures(places=8), entry=figures(), mark=figures(), pnl=figures(), short=st.booleans())
def test_position_when_read_then_signed_and_every_digit(
    quantity: str, entry: str, mark: str, pnl: str, short: bool
) -> None:
    sign = "-" if short else ""
    position = {
        "symbol": "BTCUSDT",
        "positionSide": "BOTH",
        "positionAmt": sign + quantity,
        "entryPrice": entry,
        "markPrice": mark,
        "unRealizedProfit": sign + pnl,
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": f"{sign}1",
        "isolatedWallet": "0",
        "updateTime": AT_MS,
        "initialMargin": "1",
        "maintMargin": "1",
    }
    exchange, _ = binance.exchange(
        MarketType.SWAP, {"GET /fapi/v3/positionRisk": [position], "GET leverageBracket": []}
    )
    (read,) = exchange.list_positions()
    assert read.quantity == Decimal(sign + quantity)
    survives(read.entry_price, entry)
    survives(read.mark_price, mark)
    survives(read.unrealized_pnl, sign + pnl)


@pytest.mark.parametrize("market_type", BOTH)
@examples(40)
@given(bid=figures(), ask=figures(), last=figures(), volume=figures())
def test_quote_and_book_when_read_then_every_digit(
    market_type: MarketType, bid: str, ask: str, last: str, volume: str
) -> None:
    ticker = {
        "symbol": "BTCUSDT",
        "bidPrice": bid,
        "bidQty": "1",
        "askPrice": ask,
        "askQty": "1",
        "lastPrice": last,
        "volume": volume,
        "closeTime": AT_MS,
    }
    if market_type is MarketType.SWAP:
        ticker = {name: value for name, value in ticker.items() if name[:3] not in ("bid", "ask")}
    touch = {"symbol": "BTCUSDT", "bidPrice": bid, "bidQty": "1", "askPrice": ask, "askQty": "1", "time": AT_MS - 5}
    depth = {"lastUpdateId": 1, "bids": [[bid, volume]], "asks": [[ask, volume]]}
    exchange, _ = binance.exchange(
        market_type, {"GET ticker/24hr": [ticker], "GET ticker/bookTicker": [touch], "GET depth": depth}
    )
    (quote,) = exchange.list_quotes([SYMBOL[market_type]])
    survives(quote.bid, bid)
    survives(quote.ask, ask)
    survives(quote.last, last)
    survives(quote.volume_24h, volume)
    late = 5 if market_type is MarketType.SWAP else 0
    assert quote.at == datetime.fromtimestamp((AT_MS - late) / 1000, UTC)
    book = exchange.get_order_book(SYMBOL[market_type])
    survives(book.bids[0].price, bid)
    survives(book.asks[0].quantity, volume)


@pytest.mark.parametrize("market_type", BOTH)
@examples(40)
@given(prices=st.lists(figures(), min_size=4, max_size=4), volume=figures())
def test_candle_when_read_then_every_digit(market_type: MarketType, prices: list[str], volume: str) -> None:
    low, high = min(prices, key=Decimal), max(prices, key=Decimal)
    row = [AT_MS // 86_400_000 * 86_400_000, prices[0], high, low, prices[1], volume, AT_MS, "1", 1, "1", "1", "0"]
    since = datetime.fromtimestamp(AT_MS // 86_400_000 * 86_400, UTC)
    exchange, _ = binance.exchange(market_type, {"GET klines": [row]}, now=lambda: NOW)
    (candle,) = exchange.list_candles(SYMBOL[market_type], "1d", since)
    for value, text in zip(
        (candle.open, candle.high, candle.low, candle.close, candle.volume),
        (prices[0], high, low, prices[1], volume),
        strict=True,
    ):
        survives(value, text)


@pytest.mark.parametrize("market_type", BOTH)
@examples(30)
@given(
    tick=st.sampled_from(["1", "0.5", "0.01", "0.00000001", "0.00025"]),
    step=st.sampled_from(["1", "0.1", "0.001", "0.00000001"]),
)
def test_instrument_when_read_then_rules_to_the_digit(market_type: MarketType, tick: str, step: str) -> None:
    exchange, _ = binance.exchange(market_type, tick=tick, step=step)
    (instrument,) = exchange.list_instruments()
    survives(instrument.tick_size, tick)
    survives(instrument.step_size, step)
    survives(instrument.notional_min, "5.00000000")
    assert (instrument.price_max, instrument.venue, instrument.symbol) == (None, "binance", SYMBOL[market_type])


def new_order(market_type: MarketType, quantity: Decimal, price: Decimal) -> NewVenueOrder:
    return NewVenueOrder(
        client_order_id=ID,
        symbol=SYMBOL[market_type],
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=quantity,
        limit_price=price,
    )


@pytest.mark.parametrize("market_type", BOTH)
@examples(60)
@given(steps=st.integers(1, 10**12), ticks=st.integers(1, 10**12))
def test_order_when_sent_then_exactly_the_figures_given(market_type: MarketType, steps: int, ticks: int) -> None:
    quantity, price = Decimal(steps) * Decimal("0.00001"), Decimal(ticks) * Decimal("0.01")
    exchange, session = binance.exchange(market_type, {"POST order": binance.order(market_type)})
    exchange.create_order(new_order(market_type, quantity, price))
    (sent,) = session.sent("POST", f"{binance.paths(market_type)[1]}/order")
    assert (sent["quantity"], sent["price"]) == (plain(quantity), plain(price))


@pytest.mark.parametrize("market_type", BOTH)
@examples(60)
@given(quantity=figures(whole=10**6, places=9).map(Decimal), price=figures(whole=10**6, places=6).map(Decimal))
def test_order_when_off_the_grid_then_refused_and_never_sent(
    market_type: MarketType, quantity: Decimal, price: Decimal
) -> None:
    on_grid = quantity % Decimal("0.00001") == 0 and price % Decimal("0.01") == 0
    exchange, session = binance.exchange(market_type, {"POST order": binance.order(market_type)})
    if on_grid:
        exchange.create_order(new_order(market_type, quantity, price))
    else:
        with pytest.raises(InvalidRequest, match="grid"):
            exchange.create_order(new_order(market_type, quantity, price))
    assert len(session.sent("POST", f"{binance.paths(market_type)[1]}/order")) == on_grid


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "0.000001"])
def test_order_when_quantity_is_no_order_then_refused(quantity: str) -> None:
    exchange, session = binance.exchange(MarketType.SPOT)
    with pytest.raises(InvalidRequest) as caught:
        exchange.create_order(new_order(MarketType.SPOT, Decimal(quantity), Decimal(100)))
    assert caught.value.code == "QUANTITY_INVALID"
    assert session.sent("POST", "/api/v3/order") == []


def test_decimal_context_when_ccxt_has_run_then_unchanged() -> None:
    with localcontext(Context(prec=28, rounding=ROUND_UP, traps=[DivisionByZero])) as context:
        before = (context.prec, context.rounding, dict(context.traps))
        exchange, _ = binance.exchange(MarketType.SPOT, {"POST order": binance.order(MarketType.SPOT)})
        exchange.create_order(new_order(MarketType.SPOT, Decimal("0.1"), Decimal(100)))
        assert (context.prec, context.rounding, dict(context.traps)) == before
