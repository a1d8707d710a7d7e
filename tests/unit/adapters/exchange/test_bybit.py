"""Bybit's unified account as its documentation writes it: one wallet, pages of 20, one settle coin at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.venues.model import VenueOrderRef
from tests.unit.adapters.exchange.recorded import recorded_exchange

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
SENT_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENT_MS = int(SENT_AT.timestamp() * 1000)
PAGE_DEFAULT, PAGE_MAX = 20, 50


def envelope(**result: Any) -> dict[str, Any]:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": SENT_MS}


def contract(symbol: str, settle: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": "BTC",
        "quoteCoin": settle,
        "settleCoin": settle,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {"maxOrderQty": "1190", "minOrderQty": "0.001", "qtyStep": "0.001", "minNotionalValue": "5"},
        "fundingInterval": 480,
    }


def order_row(number: int, symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    row = {
        "symbol": symbol,
        "orderId": f"order-{number}",
        "orderLinkId": f"{number:032x}",
        "orderType": "Limit",
        "side": "Buy",
        "price": "40000",
        "qty": "0.1",
        "cumExecQty": "0",
        "leavesQty": "0.1",
        "avgPrice": "",
        "orderStatus": "New",
        "timeInForce": "GTC",
        "triggerPrice": "",
        "stopOrderType": "",
        "reduceOnly": False,
        "positionIdx": 0,
        "tpslMode": "",
        "createdTime": str(SENT_MS + number),
        "updatedTime": str(SENT_MS + number),
    }
    return row | more


def position_row(symbol: str, side: str, size: str) -> dict[str, Any]:
    figures = {"avgPrice": "50000", "markPrice": "50000", "leverage": "10", "unrealisedPnl": "0", "positionMM": "1"}
    return {"symbol": symbol, "side": side, "size": size, "positionIdx": 0, "liqPrice": "", **figures}


class Lists:
    """The venue's lists: pages by cursor, of one settle coin, or the order that a filter names."""

    def __init__(self, opened: list[dict[str, Any]], ended: list[dict[str, Any]] | None = None) -> None:
        self.opened, self.ended = opened, ended or []

    def realtime(self, request: requests.PreparedRequest) -> dict[str, Any]:
        return self._page(request, self.opened)

    def history(self, request: requests.PreparedRequest) -> dict[str, Any]:
        return self._page(request, self.ended)

    def positions(self, request: requests.PreparedRequest) -> dict[str, Any]:
        return self._page(request, self.opened)

    def _page(self, request: requests.PreparedRequest, rows: list[dict[str, Any]]) -> dict[str, Any]:
        query = {name: values[0] for name, values in parse_qs(str(urlsplit(request.url or "").query)).items()}
        for name in ("orderId", "orderLinkId", "symbol"):
            if name in query:
                rows = [row for row in rows if row[name] == query[name]]
                break
        else:
            if query["category"] == "linear" and "settleCoin" not in query:
                return {
                    "retCode": 10001,
                    "retMsg": "Missing some parameters that must be filled in, symbol or settleCoin",
                }
            settled = {"BTCUSDT": "USDT", "BTCPERP": "USDC"}
            rows = [row for row in rows if settled[row["symbol"]] == query["settleCoin"]]
        start = int(query.get("cursor", "page:0").removeprefix("page:"))
        size = min(int(query.get("limit", PAGE_DEFAULT)), PAGE_MAX)
        end = start + size
        return envelope(
            category="linear", list=rows[start:end], nextPageCursor=f"page%3A{end}" if end < len(rows) else ""
        )


def bybit(lists: Lists, market_type: MarketType = SWAP, **more: Any) -> tuple[Any, Any]:
    markets = [contract("BTCUSDT", "USDT"), contract("BTCPERP", "USDC")]
    routes = {
        "GET /v5/market/instruments-info?category=linear": envelope(category="linear", list=markets, nextPageCursor=""),
        "GET /v5/market/instruments-info?status=PreLaunch": envelope(category="linear", list=[], nextPageCursor=""),
        "GET /v5/market/instruments-info?category=inverse": envelope(category="inverse", list=[], nextPageCursor=""),
        "GET /v5/market/instruments-info?category=option": envelope(category="option", list=[], nextPageCursor=""),
        "GET /v5/market/instruments-info?category=spot": envelope(category="spot", list=[]),
        "GET /v5/user/query-api": envelope(uta=1, unified=0, userID=24600000),
        "GET /v5/account/info": envelope(unifiedMarginStatus=5, marginMode="REGULAR_MARGIN"),
        "GET /v5/order/realtime": lists.realtime,
        "GET /v5/order/history": lists.history,
        "GET /v5/position/list": lists.positions,
    }
    return recorded_exchange("bybit", market_type, routes | more)


@pytest.mark.parametrize("market_type", [SPOT, SWAP])
def test_balances_when_swaps_have_lost_then_equity_and_not_what_was_paid_in(market_type: MarketType) -> None:
    coin = {
        "coin": "USDT",
        "walletBalance": "1539.30",
        "equity": "1352.35",
        "unrealisedPnl": "-186.95",
        "availableToWithdraw": "",
        "locked": "10",
        "totalPositionIM": "100.5",
        "totalOrderIM": "",
        "borrowAmount": "0",
        "accruedInterest": "0",
    }
    answer = envelope(list=[{"accountType": "UNIFIED", "totalEquity": "1352.35", "coin": [coin]}])
    exchange, _ = bybit(Lists([]), market_type, **{"GET /v5/account/wallet-balance": answer})

    (balance,) = exchange.list_balances()

    assert (balance.asset, balance.total, balance.used) == ("USDT", Decimal("1352.35"), Decimal("110.5"))
    assert balance.free == Decimal("1241.85")


@pytest.mark.parametrize("coin", [{"coin": "USDT", "walletBalance": "5"}, {"coin": "USDT", "equity": ""}])
def test_balances_when_a_coin_has_no_equity_then_nothing_is_believed(coin: dict[str, str]) -> None:
    answer = envelope(list=[{"accountType": "UNIFIED", "coin": [coin]}])
    exchange, _ = bybit(Lists([]), **{"GET /v5/account/wallet-balance": answer})

    with pytest.raises(VenueAnswerInvalid, match="balances cannot be read"):
        exchange.list_balances()


def test_open_orders_when_pages_and_settle_coins_are_many_then_all_of_them() -> None:
    rows = [order_row(number) for number in range(125)] + [order_row(number, "BTCPERP") for number in range(200, 225)]
    exchange, session = bybit(Lists(rows))

    found = exchange.list_open_orders()

    assert sorted(order.exchange_order_id for order in found) == sorted(row["orderId"] for row in rows)
    assert {order.symbol for order in found} == {"BTC/USDT:USDT", "BTC/USDC:USDC"}
    assert len(session.sent("GET", "/v5/order/realtime")) == 4
    assert len(exchange.list_open_orders("BTC/USDT:USDT")) == 125


def test_open_orders_when_pages_have_no_end_then_refused() -> None:
    first = envelope(category="linear", list=[order_row(1)], nextPageCursor="page%3A0")
    exchange, _ = bybit(Lists([]), **{"GET /v5/order/realtime": first})

    with pytest.raises(VenueAnswerInvalid, match="do not end"):
        exchange.list_open_orders()


def test_positions_when_settled_in_two_coins_then_both() -> None:
    rows = [position_row("BTCUSDT", "Sell", "0.5"), position_row("BTCPERP", "Buy", "2")]
    exchange, _ = bybit(Lists(rows))

    found = {position.symbol: position.quantity for position in exchange.list_positions()}

    assert found == {"BTC/USDT:USDT": Decimal("-0.5"), "BTC/USDC:USDC": Decimal(2)}


@pytest.mark.parametrize("name", ["exchange_order_id", "client_order_id"])
@pytest.mark.parametrize("number", [2, 44, 70])
def test_order_when_asked_for_by_either_id_then_found_wherever_it_stands(name: str, number: int) -> None:
    ended = [
        order_row(n, orderStatus="Filled", cumExecQty="0.1", leavesQty="0", avgPrice="40000") for n in range(40, 90)
    ]
    exchange, session = bybit(Lists([order_row(n) for n in range(25)], ended))
    ids = {"client_order_id": f"{number:032x}"}
    if name == "exchange_order_id":
        ids = {"client_order_id": "", name: f"order-{number}"}

    found = exchange.get_order(VenueOrderRef(symbol="BTC/USDT:USDT", sent_at=SENT_AT, **ids))

    assert found is not None
    assert (found.exchange_order_id, found.client_order_id) == (f"order-{number}", f"{number:032x}")
    assert found.status is (OrderStatus.FILLED if number >= 40 else OrderStatus.SUBMITTED)
    if number >= 40:
        # A minute before: the venue's clock may be behind ours.
        assert session.sent("GET", "/v5/order/history")[0]["startTime"] == str(SENT_MS - 60_000)


def test_order_when_neither_list_has_it_then_surely_none() -> None:
    exchange, _ = bybit(Lists([order_row(n) for n in range(25)]))
    assert exchange.get_order(VenueOrderRef(symbol="BTC/USDT:USDT", client_order_id="f" * 32)) is None


def test_order_when_it_waits_for_its_trigger_then_found_with_it() -> None:
    waiting = order_row(3, orderStatus="Untriggered", triggerPrice="45000", stopOrderType="Stop", triggerDirection=2)
    exchange, _ = bybit(Lists([waiting]))

    found = exchange.get_order(VenueOrderRef(symbol="BTC/USDT:USDT", client_order_id=f"{3:032x}", has_trigger=True))

    assert found is not None
    assert (found.type, found.trigger_price) == (OrderType.STOP_LIMIT, Decimal(45000))


def test_cancel_when_by_the_exchanges_id_then_sent_and_read_back() -> None:
    lists = Lists([order_row(1)])

    def cancel(_request: requests.PreparedRequest) -> dict[str, Any]:
        lists.ended, lists.opened = [order_row(1, orderStatus="Cancelled", leavesQty="0")], []
        return envelope(orderId="order-1", orderLinkId=f"{1:032x}")

    exchange, _ = bybit(lists, **{"POST /v5/order/cancel": cancel})

    found = exchange.cancel_order(
        VenueOrderRef(symbol="BTC/USDT:USDT", client_order_id="", exchange_order_id="order-1")
    )

    assert found.status is OrderStatus.CANCELLED
