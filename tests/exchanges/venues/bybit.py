"""Bybit v5, unified account: one wallet, categories, settle coins, cursors, pages of 20 unless 50 are asked for.

Source: Bybit's V5 API documentation (order/realtime, order/history, execution/list, position/list,
account/wallet-balance, account/transaction-log, user/query-api).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order
from tests.exchanges.wire import SPOT, SWAP, Ask, Market, Reply, ScriptedVenue, candles, route, text, within

_REFUSALS = {
    "duplicate": (110072, "OrderLinkedID is duplicate"),
    "funds": (110007, "ab not enough for new order"),
    "post": (170193, "Buy order price cannot be higher than"),
    "reduce": (110017, "current position is zero, cannot fix reduce-only order qty"),
    "unknown": (110001, "order not exists or too late to cancel"),
    "ended": (110001, "order not exists or too late to cancel"),
}
_STATUS = {"open": "New", "filled": "Filled", "cancelled": "Cancelled", "waiting": "Untriggered"}
_WEEK_MS = 7 * 86_400_000
_INTERVALS = {"1": "1m", "60": "1h", "D": "1d"}


class _Bybit(ScriptedVenue):
    ccxt_id = "bybit"
    venue = "bybit"
    category: ClassVar[str]
    page: ClassVar[int] = 50
    fills_page: ClassVar[int] = 100
    candles_page: ClassVar[int] = 1000
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"qty": "n/a", "orderId": "odd"},
        "open_orders": {"qty": "n/a", "orderId": "odd", "orderStatus": "New"},
        "trades": {"execQty": "n/a", "execId": "odd"},
        "funding": {"execFee": "n/a", "execId": "odd"},
        "transfers": {"change": "n/a", "id": "odd"},
    }

    def ok(self, **result: Any) -> dict[str, Any]:
        return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": self.book.now_ms}

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        del ask
        code, message = _REFUSALS[kind]
        return Reply({"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": self.book.now_ms})

    def takes_until(self, ask: Ask) -> int:
        return int(ask.headers["x-bapi-timestamp"]) + int(ask.headers["x-bapi-recv-window"])

    def on_late(self) -> Reply:
        return Reply({"retCode": 10002, "retMsg": "invalid request, please check your timestamp", "result": {}})

    def on_rate_limit(self) -> Reply:
        return Reply({"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "time": self.book.now_ms})

    def on_maintenance(self) -> Reply:
        return Reply("<html>503 Service Temporarily Unavailable</html>", 503)

    def paged(self, ask: Ask, rows: list[Any], most: int) -> dict[str, Any]:
        """Return one page and the cursor of the next: the rows are there in the venue's order, newest first."""
        limit = min(int(ask.query.get("limit", 20)), most)
        start = int(ask.query.get("cursor") or 0)
        more = start + limit < len(rows)
        return self.ok(
            category=self.category,
            list=rows[start : start + limit],
            nextPageCursor=str(start + limit) if more else "",
        )

    @route("GET /v5/market/instruments-info")
    def instruments(self, ask: Ask) -> dict[str, Any]:
        if ask.query.get("status") == "PreLaunch":
            return self.ok(category=self.category, list=[])
        return self.ok(category=self.category, list=[self.info(m) for m in self.markets], nextPageCursor="")

    def info(self, market: Market) -> dict[str, Any]:
        return {
            "symbol": market.native,
            "contractType": "LinearPerpetual",
            "status": "Trading",
            "baseCoin": market.base,
            "quoteCoin": market.quote,
            "settleCoin": market.settle or None,
            "launchTime": "1585526400000",
            "deliveryTime": "0",
            "priceFilter": {"minPrice": "0.1", "maxPrice": "999999", "tickSize": text(market.tick)},
            "lotSizeFilter": {
                "basePrecision": text(market.step),
                "qtyStep": text(market.step),
                "minOrderQty": text(market.least),
                "maxOrderQty": "1000",
                "maxMktOrderQty": "100",
                "minNotionalValue": "5",
                "minOrderAmt": "5",
            },
            "leverageFilter": {"minLeverage": "1", "maxLeverage": "100"},
        }

    @route("GET /v5/market/tickers")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {"symbol": m.native, "bid1Price": text(self.book.bid), "bid1Size": "2", "ask1Price": text(self.book.ask),
             "ask1Size": "3", "lastPrice": text(self.book.bid), "volume24h": "1234", "turnover24h": "61700000",
             "fundingRate": "0.0001", "nextFundingTime": str(self.book.now_ms + 3_600_000), "markPrice": "50000",
             "indexPrice": "50000"}
            for m in self.markets
        ]  # fmt: skip
        return self.ok(category=self.category, list=rows)

    @route("GET /v5/market/orderbook")
    def depth(self, ask: Ask) -> dict[str, Any]:
        bids = [[text(self.book.bid), "2"], [text(self.book.bid - 1), "4"]]
        asks = [[text(self.book.ask), "3"], [text(self.book.ask + 1), "5"]]
        return self.ok(s=ask.query["symbol"], b=bids, a=asks, ts=self.book.now_ms, u=1)

    @route("GET /v5/market/kline")
    def klines(self, ask: Ask) -> dict[str, Any]:
        interval = _INTERVALS[ask.query["interval"]]
        rows = candles(self.book.now_ms, interval, ask.query.get("start"), ask.query.get("end"))
        # From a start on the oldest, without one the newest; newest first either way.
        limit = int(ask.query.get("limit", 200))
        rows = (rows[:limit] if "start" in ask.query and "end" not in ask.query else rows[-limit:])[::-1]
        return self.ok(symbol=ask.query["symbol"], list=[[str(at), *map(text, rest), "1"] for at, *rest in rows])

    @route("GET /v5/market/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(timeSecond=str(self.book.now_ms // 1000))

    @route("GET /v5/system/status")
    def status(self, _ask: Ask) -> dict[str, Any]:
        row = {"id": "4d95b2a0", "title": "Upgrade of trading", "state": "ongoing", "begin": "1", "end": "2", "href": "",
               "serviceTypes": [2, 5], "product": [1, 2], "uidSuffix": [], "maintainType": 1, "env": 1}  # fmt: skip
        return self.ok(list=[row | {"state": "ongoing" if self.maintenance else "completed"}])

    @route("GET /v5/user/query-api")
    def key_info(self, _ask: Ask) -> dict[str, Any]:
        rights = {"ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"], "Wallet": []}
        return self.ok(readOnly=0, permissions=rights, ips=["192.0.2.1"], uta=1, unified=0, userID=24617703)

    @route("GET /v5/account/info")
    def account_info(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(unifiedMarginStatus=6, marginMode="REGULAR_MARGIN")

    @route("GET /v5/account/wallet-balance")
    def wallet(self, ask: Ask) -> dict[str, Any]:
        assert ask.query["accountType"] == "UNIFIED"
        coins = [
            {"coin": asset, "walletBalance": text(w.total), "equity": text(w.total + w.unrealized),
             "unrealisedPnl": text(w.unrealized), "locked": text(w.used if self.category == "spot" else Decimal(0)),
             "totalPositionIM": text(w.used if self.category != "spot" else Decimal(0)), "totalOrderIM": "0",
             "availableToWithdraw": "", "borrowAmount": "0", "accruedInterest": "0"}
            for asset, w in self.book.wallets.items()
        ]  # fmt: skip
        return self.ok(list=[{"accountType": "UNIFIED", "coin": coins}])

    def order_row(self, order: Order) -> dict[str, Any]:
        status = "PartiallyFilled" if order.status == "open" and order.filled else _STATUS[order.status]
        if order.status == "cancelled" and order.filled and self.category == "spot":
            status = "PartiallyFilledCanceled"
        return {
            "symbol": self.native(order.symbol),
            "category": self.category,
            "orderType": order.type.capitalize(),
            "orderLinkId": order.client_id,
            "orderId": self.id_of(order),
            "orderStatus": status,
            "price": text(order.price),
            "avgPrice": text(order.average) if order.filled else "",
            "qty": text(order.quantity),
            "marketUnit": "baseCoin",
            "cumExecQty": text(order.filled),
            "cumExecValue": text(order.cost),
            "leavesQty": text(order.quantity - order.filled if order.rests else Decimal(0)),
            "side": order.side.capitalize(),
            "timeInForce": "PostOnly" if order.post_only else order.tif if order.type == "limit" else "IOC",
            "triggerPrice": text(order.trigger) if order.trigger is not None else "",
            "triggerDirection": 0 if order.trigger is None else 1 if order.side == "buy" else 2,
            "stopOrderType": "Stop" if order.trigger is not None else "",
            "reduceOnly": order.reduce_only,
            "positionIdx": 0,
            "stopLoss": "",
            "takeProfit": "",
            "tpslMode": "",
            "cumFeeDetail": {},
            "rejectReason": "EC_NoError",
            "createdTime": str(order.created_ms),
            "updatedTime": str(order.updated_ms),
        }

    @route("POST /v5/order/create", "place")
    def create(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        assert body["category"] == self.category
        if self.category == "spot" and body["orderType"] == "Market":
            assert body.get("marketUnit") == "baseCoin"
        if "triggerPrice" in body and self.category == "linear":
            assert body["triggerDirection"] == (1 if body["side"] == "Buy" else 2)
        tif = body.get("timeInForce", "GTC" if body["orderType"] == "Limit" else "IOC")
        order = self.book.place(
            body.get("orderLinkId", ""),
            self.market(body["symbol"]).symbol,
            body["side"].lower(),
            Decimal(body["qty"]),
            type=body["orderType"].lower(),
            price=Decimal(body["price"]) if body["orderType"] == "Limit" else None,
            trigger=Decimal(body["triggerPrice"]) if body.get("triggerPrice") else None,
            reduce_only=bool(body.get("reduceOnly")),
            post_only=tif == "PostOnly",
            tif="GTC" if tif == "PostOnly" or body["orderType"] == "Market" else tif,
        )
        return self.ok(orderId=self.id_of(order), orderLinkId=order.client_id)

    @route("POST /v5/order/cancel", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        order = self.book.cancel(self.find(ask.body.get("orderId"), ask.body.get("orderLinkId")))
        return self.ok(orderId=self.id_of(order), orderLinkId=order.client_id)

    def matching(self, ask: Ask, orders: list[Order]) -> list[Order]:
        """Return the orders that the filters of a list let through, newest first."""
        query = ask.query
        assert query["category"] == self.category
        if self.category == "linear" and not {"symbol", "baseCoin", "settleCoin", "orderId", "orderLinkId"} & set(
            query
        ):
            assert "realtime" not in ask.path, "one of symbol, baseCoin, settleCoin is required"
        found = []
        for order in orders:
            market = next(m for m in self.markets if m.symbol == order.symbol)
            checks = {
                "symbol": market.native,
                "settleCoin": market.settle,
                "orderId": self.id_of(order),
                "orderLinkId": order.client_id,
            }
            # Without a filter a unified account is shown all kinds of orders.
            if query.get("orderFilter") not in {None, "StopOrder" if order.trigger is not None else "Order"}:
                continue
            if all(query.get(name) in {None, value} for name, value in checks.items()):
                found.append(order)
        return sorted(found, key=lambda order: order.created_ms, reverse=True)

    @route("GET /v5/order/realtime")
    def realtime(self, ask: Ask) -> dict[str, Any]:
        rows = [self.order_row(o) for o in self.matching(ask, [o for o in self.book.orders if o.rests])]
        return self.paged(ask, self.listed("open_orders", rows), 50)

    @route("GET /v5/order/history")
    def history(self, ask: Ask) -> dict[str, Any]:
        ended = self.matching(ask, [o for o in self.book.orders if not o.rests])
        query = ask.query
        # Seven days at a time: those before the end, or after the start, or the last ones.
        start, end = query.get("startTime"), query.get("endTime")
        low = int(start or int(end or self.book.now_ms) - _WEEK_MS)
        rows = within(ended, lambda o: o.created_ms, low, min(int(end or 10**15), low + _WEEK_MS), 10**6)
        return self.paged(ask, self.listed("orders", [self.order_row(o) for o in rows]), 50)

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "symbol": self.native(fill.order.symbol),
            "category": self.category,
            "orderId": self.id_of(fill.order),
            "orderLinkId": fill.order.client_id,
            "side": fill.order.side.capitalize(),
            "execId": f"{fill.number:08x}-0000",
            "execPrice": text(fill.price),
            "execQty": text(fill.quantity),
            "execValue": text(fill.price * fill.quantity),
            "execFee": text(amount),
            "feeCurrency": asset,
            "feeRate": "0.001",
            "execType": "Trade",
            "execTime": str(fill.at_ms),
            "isMaker": fill.is_maker,
            "orderType": fill.order.type.capitalize(),
        }

    @route("GET /v5/execution/list")
    def executions(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        assert query["category"] == self.category
        if query["execType"] == "Funding":
            return self.funding_page(ask)
        if query["execType"] != "Trade":
            return self.paged(ask, [], 100)
        wanted = query.get("symbol")
        fills = [f for f in self.book.fills if wanted in {None, self.native(f.order.symbol)}]
        fills = [f for f in fills if query.get("orderId") in {None, self.id_of(f.order)}]
        rows = within(fills, lambda f: f.at_ms, query.get("startTime"), query.get("endTime"), 10**6)
        return self.paged(ask, self.listed("trades", [self.fill_row(f) for f in rows]), 100)

    def funding_page(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        paid = within(self.book.payments, lambda p: p.at_ms, query.get("startTime"), query.get("endTime"), 10**6)
        rows = [
            {"symbol": self.native(p.symbol), "execId": f"fund-{p.number}", "execType": "Funding", "side": "Sell",
             # A fee that is paid is positive: what was received is below zero.
             "execFee": text(-p.amount), "execTime": str(p.at_ms), "execQty": "1", "execPrice": "50000",
             "execValue": "50000", "feeRate": "0.0001"}
            for p in paid
        ]  # fmt: skip
        return self.paged(ask, self.listed("funding", rows), 100)

    @route("GET /v5/account/transaction-log")
    def log(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        moved = within(self.book.movements, lambda m: m.at_ms, query.get("startTime"), query.get("endTime"), 10**6)
        rows = []
        for m in moved:
            goes_in = m.kind in {"in", "deposit"}
            kind = "TRANSFER_IN" if goes_in else "TRANSFER_OUT"
            if query.get("type") in {None, kind}:
                rows.append(
                    {"id": f"log_{m.number}", "symbol": "", "category": "", "side": "None", "type": kind,
                     "transactionTime": str(m.at_ms), "currency": m.asset, "qty": "0", "fee": "0",
                     "cashFlow": text(m.amount if goes_in else -m.amount), "funding": "", "tradeId": "",
                     "change": text(m.amount if goes_in else -m.amount), "cashBalance": "1000"}
                )  # fmt: skip
        return self.paged(ask, self.listed("transfers", rows), 50)


class BybitSpot(_Bybit):
    """Category spot."""

    market_type = SPOT
    category = "spot"
    markets = (Market(symbol="BTC/USDT", native="BTCUSDT"), Market(symbol="BTC/USDC", native="BTCUSDC"))
    #: The fee comes off what is bought, a maker's rebate is in the quote currency.
    fee_currencies = ("BTC", "USDT")  # type: ignore[assignment]
    absent: ClassVar[dict[str, str]] = {
        "flag_gtd": "no orders that end by a date",
    }


class BybitLinear(_Bybit):
    """Category linear: USDT and USDC perpetuals."""

    market_type = SWAP
    category = "linear"
    markets = (
        Market(symbol="BTC/USDT:USDT", native="BTCUSDT"),
        Market(symbol="BTC/USDC:USDC", native="BTCPERP"),
    )
    absent = BybitSpot.absent

    @route("GET /v5/position/list")
    def positions(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        assert {"symbol", "settleCoin", "baseCoin"} & set(query)
        rows = []
        for p in self.book.positions:
            market = next(m for m in self.markets if m.symbol == p.symbol)
            if query.get("settleCoin") not in {None, market.settle} or query.get("symbol") not in {None, market.native}:
                continue
            rows.append(
                {"symbol": market.native, "positionIdx": {None: 0, "long": 1, "short": 2}[p.leg],
                 "side": "Buy" if p.quantity > 0 else "Sell", "size": text(abs(p.quantity)), "avgPrice": text(p.entry),
                 "markPrice": text(p.mark), "unrealisedPnl": text(p.unrealized), "liqPrice": "", "leverage": "5",
                 "positionValue": text(abs(p.quantity) * p.entry), "positionIM": "10", "positionMM": "5",
                 "createdTime": str(self.book.now_ms), "updatedTime": str(self.book.now_ms)}
            )  # fmt: skip
        return self.paged(ask, rows, 200)


VENUES = (BybitSpot, BybitLinear)
