"""Other exchanges by configuration alone: what they answered, as ccxt's own documentation records it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, NotFound, Rejected
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import LiquidityRole, NewVenueOrder, TransferKind, TransferStatus, VenueOrderRef
from tests.unit.adapters.exchange import binance
from tests.unit.adapters.exchange.recorded import PAYLOADS, load_routes, recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
ID = "OGMZCL-KC6MC-ZRBGM6"


def figures(*texts: str) -> list[tuple[Any, ...]]:
    return [Decimal(text).as_tuple() for text in texts]


def test_kraken_when_instruments_are_listed_then_rules_and_names_are_unified() -> None:
    exchange, _ = recorded_exchange("kraken", SPOT)
    found = {item.symbol: item for item in exchange.list_instruments()}
    assert set(found) == {"BTC/USD", "BTC/USDT", "LTC/USDT"}
    btc = found["BTC/USDT"]
    assert (btc.base_currency, btc.quote_currency, btc.venue) == ("BTC", "USDT", "kraken")
    assert (btc.tick_size, btc.step_size, btc.quantity_min, btc.notional_min) == (
        Decimal("0.1"),
        Decimal("0.00000001"),
        Decimal("0.0001"),
        Decimal("0.5"),
    )


def test_kraken_when_prices_are_read_then_as_recorded() -> None:
    now = datetime(2024, 3, 13, 11, tzinfo=UTC)
    exchange, _ = recorded_exchange("kraken", SPOT, now=lambda: now)
    (quote,) = exchange.list_quotes(["BTC/USDT"])
    assert (quote.bid, quote.ask, quote.last, quote.volume_24h) == tuple(
        Decimal(text) for text in ("73380.60000", "73380.70000", "73380.60000", "598.03698452")
    )
    # Kraken does not date its tickers.
    assert quote.at == now
    book = exchange.get_order_book("BTC/USDT")
    assert [level.price.as_tuple() for level in book.bids] == figures("0.023470", "0.023460", "0.023440")
    assert [level.quantity.as_tuple() for level in book.asks] == figures("4.000", "50.095", "28.535")
    assert book.depth(Decimal("0.0005")) == (Decimal("79.580"), Decimal("54.095"))


def test_kraken_when_candles_are_read_then_exact_and_the_last_one_is_open() -> None:
    now = datetime(2024, 2, 1, 15, 30, tzinfo=UTC)
    exchange, _ = recorded_exchange("kraken", SPOT, now=lambda: now)
    candles = exchange.list_candles("BTC/USDT", "1h", datetime(2024, 1, 30, 16, tzinfo=UTC))
    assert [candle.opened_at.hour for candle in candles] == [16, 17, 18, 19, 15]
    assert [candle.is_closed for candle in candles] == [True, True, True, True, False]
    first = candles[0]
    assert [value.as_tuple() for value in (first.open, first.high, first.low, first.close, first.volume)] == figures(
        "43366.3", "43529.2", "43234.2", "43485.0", "12.51327406"
    )
    assert first.closed_at - first.opened_at == timedelta(hours=1)


def test_kraken_when_account_is_read_then_numbers_without_quotes_are_exact_too() -> None:
    exchange, _ = recorded_exchange("kraken", SPOT)
    balances = {item.asset: item for item in exchange.list_balances()}
    assert (balances["USD"].total, balances["USD"].used, balances["USD"].free) == (
        Decimal("25435.21"),
        Decimal("8249.76"),
        Decimal("17185.45"),
    )
    assert (balances["BTC"].total, balances["BTC"].free) == (Decimal("1.2435"), Decimal("0.4012"))
    (trade,) = exchange.list_trades(None, datetime(2018, 5, 1, tzinfo=UTC))
    assert (trade.trade_id, trade.exchange_order_id, trade.role) == (
        "GJ3NYQ-XJRTF-THZABF",
        "TKH2SE-ZIF5E-CFI7LT",
        LiquidityRole.TAKER,
    )
    assert [value.as_tuple() for value in (trade.price, trade.quantity)] == figures("0.001612", "16.00000000")
    assert trade.executed_at == datetime(2018, 5, 25, 1, 53, 49, 449000, tzinfo=UTC)


def test_kraken_when_orders_are_read_then_triggers_are_told_apart() -> None:
    exchange, _ = recorded_exchange("kraken", SPOT)
    orders = {item.exchange_order_id: item for item in exchange.list_open_orders()}
    stop_limit, take_profit = orders["OIIQBL-6PV3A-7M2AJJ"], orders["OXCZ7B-EMVZQ-MTJTQJ"]
    assert (stop_limit.type, stop_limit.trigger_price, stop_limit.limit_price) == (OrderType.STOP_LIMIT, 55, 54)
    assert (take_profit.type, take_profit.trigger_price, take_profit.side) == (OrderType.STOP, 120, Side.SELL)
    done = exchange.get_order(VenueOrderRef(client_order_id="0", symbol="LTC/USDT", exchange_order_id=ID))
    assert done is not None
    assert (done.status, done.filled_quantity, done.average_price) == (
        OrderStatus.FILLED,
        Decimal("0.1"),
        Decimal("71.05741"),
    )


def test_kraken_when_order_is_looked_up_by_client_id_then_found_in_its_lists_or_surely_not_there() -> None:
    routes = load_routes("kraken")
    ours = "01234567-89ab-cdef-0123-456789abcdef"
    routes["POST /0/private/ClosedOrders"]["result"]["closed"][ID]["cl_ord_id"] = ours
    exchange, _ = recorded_exchange("kraken", SPOT, routes)
    assert exchange.client_order_id("0123456789abcdef0123456789abcdef") == ours
    found = exchange.get_order(VenueOrderRef(client_order_id=ours, symbol="LTC/USDT"))
    assert found is not None
    assert (found.exchange_order_id, found.status) == (ID, OrderStatus.FILLED)
    assert exchange.get_order(VenueOrderRef(client_order_id="f" * 32, symbol="LTC/USDT")) is None


def test_kraken_when_money_moved_then_with_fee_and_kind() -> None:
    exchange, _ = recorded_exchange("kraken", SPOT, now=lambda: datetime(2024, 5, 6, tzinfo=UTC))
    deposit, withdrawal = exchange.list_transfers(datetime(2024, 5, 1, tzinfo=UTC))
    assert (deposit.kind, deposit.amount, deposit.fee, deposit.transfer_id) == (TransferKind.DEPOSIT, 9, 0, "54435345")
    assert (withdrawal.kind, withdrawal.amount, withdrawal.fee, withdrawal.fee_currency) == (
        TransferKind.WITHDRAWAL,
        10,
        3,
        "USDT",
    )
    assert {deposit.status, withdrawal.status} == {TransferStatus.OK}


def test_kraken_when_asked_for_time_and_state_then_told() -> None:
    now = datetime(2020, 6, 7, 4, 7, 50, tzinfo=UTC)
    exchange, _ = recorded_exchange("kraken", SPOT, now=lambda: now)
    clock = exchange.get_clock()
    assert (clock.server_at, clock.skew_seconds, clock.round_trip_seconds) == (now + timedelta(seconds=3), 3, 0)
    assert exchange.get_status().is_ok is True


def test_okx_when_instruments_are_listed_then_spot_and_swap_each_by_itself() -> None:
    spot, _ = recorded_exchange("okx", SPOT)
    assert [item.symbol for item in spot.list_instruments()] == ["BTC/USDT", "ETH/USDT"]
    swap, _ = recorded_exchange("okx", SWAP)
    (contract,) = swap.list_instruments()
    assert (contract.symbol, contract.contract_size, contract.step_size, contract.tick_size) == (
        "BTC/USDT:USDT",
        Decimal("0.01"),
        Decimal("0.1"),
        Decimal("0.1"),
    )
    assert (contract.base_currency, contract.settle_currency) == ("BTC", "USDT")


def test_okx_when_prices_are_read_then_as_recorded() -> None:
    exchange, _ = recorded_exchange("okx", SPOT)
    (quote,) = exchange.list_quotes(["BTC/USDT", "ETH/USDT"])
    assert (quote.symbol, quote.bid, quote.ask, quote.volume_24h) == (
        "BTC/USDT",
        Decimal("0.0732"),
        Decimal("0.07322"),
        Decimal("167493.829229"),
    )
    assert quote.at == datetime(2021, 5, 19, 16, 9, 43, 784000, tzinfo=UTC)


def test_okx_when_swap_book_and_candles_are_read_then_depth_and_volume_are_in_base_units() -> None:
    exchange, _ = recorded_exchange("okx", SWAP)
    book = exchange.get_order_book("BTC/USDT:USDT")
    assert book.bids[0].quantity == Decimal("18.5")
    assert book.depth(Decimal(0)) == (Decimal("0.185"), Decimal("0.04211619"))
    since = datetime(2023, 3, 16, tzinfo=UTC)
    (candle,) = exchange.list_candles("BTC/USDT:USDT", "1m", since, since + timedelta(days=1))
    assert (candle.close, candle.volume) == (24323, Decimal("2.5819"))


def test_okx_when_balances_are_read_then_all_sixteen_digits() -> None:
    exchange, _ = recorded_exchange("okx", SPOT)
    btc, tusd = exchange.list_balances()
    assert [value.as_tuple() for value in (btc.total, btc.free)] == figures("1.06126645222", "0.6612664522199999")
    assert (tusd.asset, tusd.total, tusd.free) == ("TUSD", 3000, 3000)


def test_okx_when_fills_are_read_then_fee_is_positive() -> None:
    exchange, _ = recorded_exchange("okx", SPOT)
    (trade,) = exchange.list_trades(None, datetime(2021, 5, 1, tzinfo=UTC))
    assert (trade.fee, trade.fee_currency, trade.symbol) == (Decimal("0.000007533"), "ETH", "ETH/USDT")


BINANCE = json.loads((PAYLOADS / "binance_private.json").read_text())["answers"]


def recorded_answer(method: str, place: int = 0) -> Any:
    return [item for item in BINANCE if item["method"] == method][place]["httpResponse"]


def binance_routes(spot: list[str], **answers: Any) -> dict[str, Any]:
    info = binance.market(SPOT)
    rules = info["symbols"][0]
    info["symbols"] = [rules | {"symbol": f"{base}USDT", "baseAsset": base} for base in spot]
    return {"GET /api/v3/exchangeInfo": info} | answers


def test_binance_when_recorded_orders_are_read_then_as_ccxt_reads_them() -> None:
    routes = binance_routes(
        ["LTC"],
        **{
            "GET /api/v3/openOrders": recorded_answer("fetchOpenOrders"),
            "GET /api/v3/order": recorded_answer("fetchOrder"),
        },
    )
    exchange, _ = recorded_exchange("binance", SPOT, routes)
    (resting,) = exchange.list_open_orders("LTC/USDT")
    assert (resting.status, resting.type, resting.limit_price, resting.quantity) == (
        OrderStatus.SUBMITTED,
        OrderType.LIMIT,
        50,
        Decimal("0.2"),
    )
    done = exchange.get_order(VenueOrderRef(client_order_id="x-R4BD3S825806ed40c861260428a48c", symbol="LTC/USDT"))
    assert done is not None
    assert (done.status, done.type, done.average_price, done.limit_price) == (
        OrderStatus.FILLED,
        OrderType.MARKET,
        Decimal("90.8"),
        None,
    )


def test_binance_when_recorded_fills_are_read_then_with_side_fee_and_role() -> None:
    now = datetime(2023, 10, 25, tzinfo=UTC)
    routes = binance_routes(["LTC"], **{"GET /api/v3/myTrades": recorded_answer("fetchMyTrades")})
    exchange, session = recorded_exchange("binance", SPOT, routes, now=lambda: now)
    (trade,) = exchange.list_trades("LTC/USDT", now - timedelta(days=2))
    assert (trade.side, trade.price, trade.quantity, trade.fee, trade.fee_currency) == (
        Side.SELL,
        Decimal("69.63"),
        Decimal("0.2"),
        Decimal("0.013926"),
        "USDT",
    )
    # A period of Binance's spot history is one day.
    assert len(session.sent("GET", "/api/v3/myTrades")) == 3
    with pytest.raises(InvalidRequest):
        exchange.list_trades(None, now)


def test_binance_when_acknowledged_then_order_as_recorded() -> None:
    order = NewVenueOrder(
        client_order_id="a" * 32,
        symbol="SOL/USDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.05"),
        limit_price=Decimal(241),
        time_in_force=TimeInForce.IOC,
        post_only=False,
    )
    exchange, session = recorded_exchange(
        "binance", SPOT, binance_routes(["SOL"], **{"POST /api/v3/order": recorded_answer("createOrder")})
    )
    placed = exchange.create_order(order)
    assert (placed.exchange_order_id, placed.limit_price, placed.status) == ("9780331417", 241, OrderStatus.SUBMITTED)
    (sent,) = session.sent("POST", "/api/v3/order")
    assert (sent["newClientOrderId"], sent["timeInForce"], sent["recvWindow"]) == ("a" * 32, "IOC", "5000")


def test_okx_when_sent_then_own_parameters_and_bare_acknowledgement_is_completed() -> None:
    routes = load_routes("okx")
    routes["POST /api/v5/trade/batch-orders"] = routes["POST /api/v5/trade/order"] = {
        "code": "0",
        "data": [
            {
                "clOrdId": "a" * 32,
                "ordId": "2896576259728695296",
                "sCode": "0",
                "sMsg": "Order placed",
                "tag": "",
                "ts": "1758827099512",
            }
        ],
        "msg": "",
    }
    order = NewVenueOrder(
        client_order_id="a" * 32,
        symbol="BTC/USDT:USDT",
        side=Side.SELL,
        type=OrderType.LIMIT,
        quantity=Decimal("0.3"),
        limit_price=Decimal("110000.5"),
        reduce_only=True,
    )
    exchange, session = recorded_exchange("okx", SWAP, routes)
    placed = exchange.create_order(order)
    assert (placed.exchange_order_id, placed.status, placed.quantity, placed.limit_price) == (
        "2896576259728695296",
        OrderStatus.SUBMITTED,
        Decimal("0.3"),
        Decimal("110000.5"),
    )
    body = session.requests[-1].body
    sent = json.loads(body.decode() if isinstance(body, bytes) else body or "")
    sent = sent[0] if isinstance(sent, list) else sent
    assert (sent["clOrdId"], sent["sz"], sent["px"]) == ("a" * 32, "0.3", "110000.5")


def test_okx_when_refused_then_with_the_orders_own_code() -> None:
    routes = load_routes("okx")
    refusal = {
        "code": "1",
        "data": [
            {
                "clOrdId": "a" * 32,
                "ordId": "",
                "sCode": "51008",
                "sMsg": "Order failed. Insufficient USDT balance in account.",
            }
        ],
        "msg": "All operations failed",
    }
    routes["POST /api/v5/trade/batch-orders"] = routes["POST /api/v5/trade/order"] = refusal
    routes["GET /api/v5/trade/order"] = {"code": "51603", "data": [], "msg": "Order does not exist"}
    order = NewVenueOrder(
        client_order_id="a" * 32,
        symbol="BTC/USDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.3"),
        limit_price=Decimal("110000.5"),
    )
    exchange, _ = recorded_exchange("okx", SPOT, routes)
    with pytest.raises(Rejected) as caught:
        exchange.create_order(order)
    assert caught.value.venue_code == "51008"


def test_kraken_when_cancelling_what_it_does_not_know_then_not_found() -> None:
    routes = load_routes("kraken") | {"POST /0/private/CancelOrder": {"error": ["EOrder:Unknown order"]}}
    exchange, _ = recorded_exchange("kraken", SPOT, routes)
    with pytest.raises(NotFound):
        exchange.cancel_order(VenueOrderRef(client_order_id="f" * 32, symbol="LTC/USDT"))
