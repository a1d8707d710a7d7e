"""Rows as ccxt gives them: statuses, types, fees, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.adapters.exchange.parse import (
    to_balance,
    to_decimal,
    to_instant,
    to_milliseconds,
    to_order,
    to_position,
    to_trade,
    to_transfer,
)
from riskgate.adapters.exchange.parse_market import to_candle, to_instrument, to_order_book, to_quote, try_instrument
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, TransferKind, TransferStatus

AT_MS = 1_737_635_557_417
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = {
    "id": "7",
    "clientOrderId": "c",
    "symbol": "BTC/USDT",
    "side": "buy",
    "type": "limit",
    "status": "open",
    "amount": "2",
    "filled": "0",
    "price": "100",
    "timeInForce": "GTC",
    "timestamp": AT_MS,
}
TRADE = {
    "id": "1",
    "order": "7",
    "symbol": "BTC/USDT",
    "side": "sell",
    "amount": "1",
    "price": "9",
    "timestamp": AT_MS,
    "fee": {"cost": "0.1", "currency": "USDT"},
    "fees": [],
}
SENT = NewVenueOrder(
    client_order_id="c",
    symbol="BTC/USDT",
    side=Side.SELL,
    type=OrderType.STOP_LIMIT,
    quantity=Decimal(3),
    limit_price=Decimal(90),
    trigger_price=Decimal(95),
    reduce_only=True,
)
MARKET: dict[str, Any] = {
    "symbol": "BTC/USDT",
    "base": "BTC",
    "quote": "USDT",
    "settle": None,
    "spot": True,
    "active": True,
    "precision": {"amount": "0.001", "price": "0.01"},
    "limits": {"amount": {"min": "0.001", "max": None}, "price": {"min": "0", "max": "0"}, "cost": {}},
}


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "",
        " 1",
        "1 ",
        "1_000",
        "1,5",
        "0x10",
        "٣",
        "1e400",
        None,
        True,
        1.5,
        float("nan"),
        [],
        {},
        b"1",
        Decimal("NaN"),
        "1" * 61,
    ],
)
def test_number_when_not_exact_then_refused(value: object) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_decimal(value, "figure")


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("1", "1"),
        ("-0.10", "-0.10"),
        ("1e-8", "1E-8"),
        ("+5.", "5"),
        (".5", "0.5"),
        (10**30, "1" + "0" * 30),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_number_when_exact_then_every_digit(value: object, digits: str) -> None:
    assert str(to_decimal(value, "figure")) == digits


@given(st.integers(0, 4 * 10**12).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)))
def test_instant_when_in_milliseconds_then_there_and_back_and_aware(at: datetime) -> None:
    assert to_instant(to_milliseconds(at), "time") == at
    assert to_instant(str(to_milliseconds(at)), "time").tzinfo is UTC


@pytest.mark.parametrize("value", [None, True, 1.5, "soon", "-1", "1" * 17])
def test_instant_when_unusable_then_refused(value: object) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_instant(value, "time")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.SUBMITTED),
        ({"filled": "1"}, OrderStatus.PARTIALLY_FILLED),
        ({"status": "canceling"}, OrderStatus.SUBMITTED),
        ({"status": "closed", "filled": "2"}, OrderStatus.FILLED),
        ({"status": "closed", "filled": "1"}, OrderStatus.CANCELLED),
        ({"status": "closed", "filled": "0"}, OrderStatus.UNKNOWN),
        ({"status": "canceled", "filled": "1"}, OrderStatus.CANCELLED),
        ({"status": "rejected"}, OrderStatus.REJECTED),
        ({"status": "expired"}, OrderStatus.EXPIRED),
        ({"status": "expired", "timeInForce": "GTD"}, OrderStatus.EXPIRED),
        ({"status": "expired", "timeInForce": "IOC", "filled": "1"}, OrderStatus.CANCELLED),
        ({"status": "expired", "timeInForce": "FOK"}, OrderStatus.CANCELLED),
        ({"status": "expired", "type": "market"}, OrderStatus.CANCELLED),
        ({"status": None}, OrderStatus.UNKNOWN),
        ({"status": "something new"}, OrderStatus.UNKNOWN),
    ],
)
def test_order_when_status_is_read_then_the_gateways_own(changes: dict[str, Any], status: OrderStatus) -> None:
    assert to_order(ORDER | changes).status is status


@pytest.mark.parametrize(
    ("changes", "kind", "limit", "trigger"),
    [
        ({}, OrderType.LIMIT, "100", None),
        ({"type": "market"}, OrderType.MARKET, None, None),
        ({"triggerPrice": "95"}, OrderType.STOP_LIMIT, "100", "95"),
        ({"type": "market", "triggerPrice": "95"}, OrderType.STOP, None, "95"),
        ({"type": "market", "triggerPrice": None, "stopLossPrice": "95"}, OrderType.STOP, None, "95"),
        ({"type": "take_profit_market", "takeProfitPrice": "95"}, OrderType.STOP, None, "95"),
        ({"type": "stop_loss", "triggerPrice": "95"}, OrderType.STOP, None, "95"),
        ({"type": "limit", "triggerPrice": "0"}, OrderType.LIMIT, "100", None),
    ],
)
def test_order_when_type_is_read_then_prices_belong_to_it(
    changes: dict[str, Any], kind: OrderType, limit: str | None, trigger: str | None
) -> None:
    order = to_order(ORDER | changes)
    assert order.type is kind
    assert order.limit_price == (None if limit is None else Decimal(limit))
    assert order.trigger_price == (None if trigger is None else Decimal(trigger))


def test_order_when_post_only_then_good_till_cancelled() -> None:
    assert to_order(ORDER | {"timeInForce": "PO"}).time_in_force is TimeInForce.GTC
    assert to_order(ORDER | {"timeInForce": "DAY"}).time_in_force is None


def test_order_when_only_acknowledged_then_rest_is_as_sent() -> None:
    order = to_order({"id": "9", "status": None}, SENT)
    assert (order.status, order.quantity, order.filled_quantity, order.type) == (
        OrderStatus.SUBMITTED,
        3,
        0,
        OrderType.STOP_LIMIT,
    )
    assert (order.limit_price, order.trigger_price, order.reduce_only, order.side) == (90, 95, True, Side.SELL)
    assert (order.client_order_id, order.symbol, order.exchange_order_id) == ("c", "BTC/USDT", "9")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": 7},
        {"symbol": None},
        {"side": None},
        {"side": "hold"},
        {"amount": None},
        {"amount": 1.5},
        {"amount": "NaN"},
        {"filled": "x"},
        {"price": 100.0},
        {"timestamp": "soon"},
        {"average": 1.0, "filled": "1"},
    ],
)
def test_order_when_a_part_is_unusable_then_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_order(ORDER | changes)


def test_order_when_it_closes_whatever_is_held_then_no_quantity() -> None:
    assert to_order(ORDER | {"amount": None, "triggerPrice": "95"}).quantity == 0


@pytest.mark.parametrize(
    ("fees", "expected"),
    [
        ({"fee": None, "fees": []}, (None, None)),
        ({"fee": {"cost": None, "currency": None}}, (None, None)),
        ({"fee": {"cost": "-0.2", "currency": "BNB"}}, (Decimal("-0.2"), "BNB")),
        ({"fees": [{"cost": "0.1", "currency": "BNB"}, {"cost": "0.2", "currency": "BNB"}]}, (Decimal("0.3"), "BNB")),
    ],
)
def test_trade_when_fees_are_read_then_summed_in_their_currency(
    fees: dict[str, Any], expected: tuple[Decimal | None, str | None]
) -> None:
    trade = to_trade(TRADE | fees)
    assert (trade.fee, trade.fee_currency) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"order": None},
        {"price": None},
        {"amount": None},
        {"price": 1.0},
        {"timestamp": None},
        {"fee": {"cost": 0.1, "currency": "A"}},
    ],
)
def test_trade_when_a_part_is_unusable_then_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_trade(TRADE | changes)


@pytest.mark.parametrize(
    ("row", "figures"),
    [
        ({"total": "3", "free": "1", "used": "2"}, (3, 1, 2)),
        ({"total": None, "free": "1", "used": "2"}, (3, 1, 2)),
        ({"total": "3", "free": "1", "used": None}, (3, 1, 2)),
        ({"total": "3", "free": None, "used": "2"}, (3, 1, 2)),
    ],
)
def test_balance_when_one_figure_is_missing_then_it_follows(row: dict[str, Any], figures: tuple[int, int, int]) -> None:
    balance = to_balance("BTC", row)
    assert (balance.total, balance.free, balance.used) == figures


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"total": "3"},
        {"free": "3"},
        {"total": 3.0, "free": "1", "used": "1"},
        {"total": "NaN", "free": "1", "used": "1"},
    ],
)
def test_balance_when_not_known_then_refused_and_never_zero(row: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_balance("BTC", row)


def test_position_when_flat_then_none_and_without_side_refused() -> None:
    assert to_position({"symbol": "X", "contracts": "0", "side": None}) is None
    assert to_position({"symbol": "X", "contracts": None}) is None
    with pytest.raises(VenueAnswerInvalid):
        to_position({"symbol": "X", "contracts": "1", "side": None})


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ok", TransferStatus.OK),
        ("pending", TransferStatus.PENDING),
        ("failed", TransferStatus.FAILED),
        ("canceled", TransferStatus.CANCELLED),
        ("8", TransferStatus.PENDING),
        (None, TransferStatus.PENDING),
    ],
)
def test_transfer_when_status_is_unknown_then_pending(word: str | None, status: TransferStatus) -> None:
    row = {"id": "1", "type": "deposit", "currency": "BTC", "amount": "1", "status": word, "timestamp": AT_MS}
    assert to_transfer(row).status is status


def test_transfer_when_without_id_then_transaction_names_it_or_refused() -> None:
    row = {
        "id": None,
        "txid": "0xabc",
        "type": "withdrawal",
        "currency": "BTC",
        "amount": "-1",
        "status": "ok",
        "timestamp": AT_MS,
        "fee": {"cost": "0.5", "currency": "BTC"},
    }
    transfer = to_transfer(row)
    assert (transfer.transfer_id, transfer.kind, transfer.amount, transfer.fee) == (
        "0xabc",
        TransferKind.WITHDRAWAL,
        1,
        Decimal("0.5"),
    )
    with pytest.raises(VenueAnswerInvalid):
        to_transfer(row | {"txid": None})


@pytest.mark.parametrize(
    ("mode", "given", "step"),
    [(4, "0.00025", "0.00025"), (2, 3, "0.001"), (2, "0", "1"), (2, "-2", "1E+2"), (3, 5, "0")],
)
def test_instrument_when_precision_is_counted_in_any_mode_then_its_step(mode: int, given: Any, step: str) -> None:
    market = MARKET | {"precision": {"amount": given, "price": given}}
    assert to_instrument("x", market, MarketType.SPOT, mode).step_size == Decimal(step)


def test_instrument_when_bounds_are_zero_then_absent() -> None:
    instrument = to_instrument("x", MARKET, MarketType.SPOT, 4)
    assert (instrument.price_min, instrument.price_max, instrument.quantity_min, instrument.quantity_max) == (
        None,
        None,
        Decimal("0.001"),
        None,
    )
    assert (instrument.settle_currency, instrument.contract_size, instrument.active) == ("USDT", 1, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"precision": {"amount": None, "price": "1"}},
        {"precision": {}},
        {"precision": {"amount": "0", "price": "1"}},
        {"precision": {"amount": 0.1, "price": "1"}},
        {"base": None},
        {"symbol": ""},
    ],
)
def test_instrument_when_rules_are_incomplete_then_left_out(changes: dict[str, Any]) -> None:
    assert try_instrument("x", MARKET | changes, MarketType.SPOT, 4) is None


def test_instrument_when_swap_has_no_contract_size_then_left_out() -> None:
    swap = MARKET | {"settle": "USDT", "swap": True, "linear": True}
    assert try_instrument("x", swap, MarketType.SWAP, 4) is None
    assert try_instrument("x", swap | {"contractSize": "0.01"}, MarketType.SWAP, 4) is not None


def test_quote_when_prices_are_zero_or_missing_then_none_and_never_zero() -> None:
    quote = to_quote("x", "BTC/USDT", {"bid": "0.00", "ask": None, "last": "0"}, {"ask": "9"}, NOW)
    assert (quote.bid, quote.ask, quote.last, quote.volume_24h, quote.at) == (None, 9, None, None, NOW)


@pytest.mark.parametrize("ticker", [{"bid": 1.5}, {"last": "NaN"}, {"baseVolume": "-1"}, {"timestamp": "soon"}])
def test_quote_when_a_part_is_unusable_then_refused(ticker: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_quote("x", "BTC/USDT", ticker, {}, NOW)


def test_book_when_levels_come_in_any_order_then_sorted_by_number() -> None:
    book = to_order_book(
        "X",
        {"bids": [["9", "1"], ["10", "1"], ["100", "1"]], "asks": [["1000", "1"], ["200", "0"], ["999", "1"]]},
        Decimal(1),
    )
    assert [level.price for level in book.bids] == [100, 10, 9]
    assert [level.price for level in book.asks] == [999, 1000]


@given(
    prices=st.lists(st.integers(1, 300), min_size=1, max_size=20, unique=True),
    band=st.integers(0, 300).map(lambda points: Decimal(points) / 1000),
    size=st.sampled_from(["1", "0.01", "10"]),
)
def test_book_when_depth_is_asked_then_sum_of_levels_within_band(prices: list[int], band: Decimal, size: str) -> None:
    levels = [[str(price), "2"] for price in prices]
    book = to_order_book("X", {"bids": levels, "asks": levels}, Decimal(size))
    bids = [price for price in prices if price >= max(prices) * (1 - band)]
    asks = [price for price in prices if price <= min(prices) * (1 + band)]
    assert book.depth(band) == (2 * len(bids) * Decimal(size), 2 * len(asks) * Decimal(size))


def test_book_when_empty_then_no_depth() -> None:
    assert to_order_book("X", {"bids": [], "asks": []}, Decimal(1)).depth(Decimal("0.01")) == (0, 0)


@pytest.mark.parametrize(
    "book", [{"bids": None, "asks": []}, {"bids": [[1.5, "1"]], "asks": []}, {"bids": [["1", None]], "asks": []}]
)
def test_book_when_unusable_then_refused(book: dict[str, Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_order_book("X", book, Decimal(1))


@pytest.mark.parametrize(
    "row",
    [
        [AT_MS, "1", "1", "1", "1"],
        [None, "1", "1", "1", "1", "1"],
        [AT_MS, "0", "1", "1", "1", "1"],
        [AT_MS, "2", "1", "1", "1", "1"],
        [AT_MS, "1", "3", "2", "2", "1"],
        [AT_MS, 1.0, "1", "1", "1", "1"],
    ],
)
def test_candle_when_unusable_then_refused(row: list[Any]) -> None:
    with pytest.raises(VenueAnswerInvalid):
        to_candle(row, timedelta(days=1), NOW)
