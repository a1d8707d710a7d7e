"""KuCoin spot, the wallet of today's routes (`hf`): lists by market, pages that go on after a row, stops apart.

Source: see `tests.exchanges.kucoin_api`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order
from tests.exchanges.kucoin_api import DAY_MS, Kucoin
from tests.exchanges.wire import SPOT, Ask, Market, candles, route, text, within

_INTERVALS = {"1min": "1m", "1hour": "1h", "1day": "1d"}


class KucoinSpot(Kucoin):
    """Spot."""

    ccxt_id = "kucoin"
    market_type = SPOT
    markets = (
        Market(symbol="BTC/USDT", native="BTC-USDT"),
        Market(symbol="BTC/USDC", native="BTC-USDC"),
    )
    page: ClassVar[int] = 100
    fills_page: ClassVar[int] = 100
    candles_page: ClassVar[int] = 1500
    fee_currencies = ("USDT", "KCS")  # type: ignore[assignment]
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"size": "n/a", "id": "1"},
        "open_orders": {"size": "n/a", "id": "1"},
        "trades": {"size": "n/a", "id": 1, "tradeId": 1},
    }
    refusals: ClassVar[dict[str, tuple[str, str]]] = {
        "duplicate": ("400100", "validation.createOrder.clientOidDuplicated"),
        "funds": ("200004", "Balance insufficient!"),
        "post": ("300000", "Order would be filled at once: post only"),
        "unknown": ("400100", "order_not_exist_or_not_allow_to_cancel"),
        "ended": ("400100", "order_not_exist_or_not_allow_to_cancel"),
    }

    @route("GET /api/v1/hf/accounts/opened")
    def opened(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(True)

    @route("GET /api/v1/symbols")
    @route("GET /api/v2/symbols")
    def symbols(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"symbol": m.native, "name": m.native, "baseCurrency": m.base, "quoteCurrency": m.quote,
                 "feeCurrency": m.quote, "market": "USDS", "baseMinSize": text(m.least), "quoteMinSize": "0.1",
                 "baseMaxSize": "10000000000", "quoteMaxSize": "99999999", "baseIncrement": text(m.step),
                 "quoteIncrement": "0.000001", "priceIncrement": text(m.tick), "priceLimitRate": "0.1",
                 "minFunds": "0.1", "isMarginEnabled": True, "enableTrading": True}
                for m in self.markets
            ]
        )  # fmt: skip

    @route("GET /api/v1/market/allTickers")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {"symbol": m.native, "symbolName": m.native, "buy": text(self.book.bid), "sell": text(self.book.ask),
             "bestBidSize": "2", "bestAskSize": "3", "changeRate": "-0.0055", "changePrice": "-63.6", "high": "51000",
             "low": "49000", "vol": "2282.70993217", "volValue": "25984946.15", "last": text(self.book.bid),
             "averagePrice": "50000", "takerFeeRate": "0.001", "makerFeeRate": "0.001", "takerCoefficient": "1",
             "makerCoefficient": "1"}
            for m in self.markets
        ]  # fmt: skip
        return self.ok({"time": self.book.now_ms, "ticker": rows})

    @route("GET /api/v3/market/orderbook/level2")
    def depth(self, ask: Ask) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        bids = [[text(self.book.bid), "2"], [text(self.book.bid - 1), "4"]]
        asks = [[text(self.book.ask), "3"], [text(self.book.ask + 1), "5"]]
        return self.ok({"time": self.book.now_ms, "sequence": "1", "bids": bids, "asks": asks})

    @route("GET /api/v1/market/candles")
    def klines(self, ask: Ask) -> dict[str, Any]:
        low, high = int(ask.query["startAt"]) * 1000, int(ask.query["endAt"]) * 1000
        rows = candles(self.book.now_ms, _INTERVALS[ask.query["type"]], low, high)[-self.candles_page :]
        return self.ok(
            [[str(at // 1000), text(o), text(c), text(h), text(lo), text(v), "1"] for at, o, h, lo, c, v in rows[::-1]]
        )

    @route("GET /api/v1/accounts")
    def accounts(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {"id": f"{n}", "currency": asset, "type": "trade", "balance": text(w.total),
             "available": text(w.total - w.used), "holds": text(w.used)}
            for n, (asset, w) in enumerate(self.book.wallets.items())
        ]  # fmt: skip
        # The funding wallet is none of ours.
        main = {"id": "9", "currency": "USDT", "type": "main", "balance": "77", "available": "77", "holds": "0"}
        return self.ok([main, *rows])

    def order_row(self, order: Order) -> dict[str, Any]:
        left = order.quantity - order.filled
        gone = left if order.status == "cancelled" else Decimal(0)
        return {
            "id": self.id_of(order),
            "clientOid": order.client_id,
            "symbol": self.native(order.symbol),
            "opType": "DEAL",
            "type": order.type,
            "side": order.side,
            "price": text(order.price),
            "size": text(order.quantity),
            "funds": text(order.quantity * (order.price or Decimal(0))),
            "dealSize": text(order.filled),
            "dealFunds": text(order.cost),
            "remainSize": text(left if order.rests else Decimal(0)),
            "remainFunds": "0",
            "cancelledSize": text(gone),
            "cancelledFunds": "0",
            "fee": "0",
            "feeCurrency": "USDT",
            "stp": None,
            "timeInForce": "GTT" if order.tif == "GTD" else order.tif,
            "postOnly": order.post_only,
            "hidden": False,
            "iceberg": False,
            "visibleSize": "0",
            "cancelAfter": 0,
            "channel": "API",
            "remark": None,
            "tags": None,
            "cancelExist": order.status == "cancelled",
            "createdAt": order.created_ms,
            "lastUpdatedAt": order.updated_ms,
            "tradeType": "TRADE",
            "inOrderBook": order.rests,
            "active": order.rests,
            "tax": "0",
        }

    @route("POST /api/v1/hf/orders/sync", "place")
    def create(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        tif = body.get("timeInForce", "GTC")
        assert ("size" in body) != ("funds" in body)
        order = self.book.place(
            body["clientOid"],
            self.market(body["symbol"]).symbol,
            body["side"],
            Decimal(body["size"]),
            type=body["type"],
            price=Decimal(body["price"]) if body["type"] == "limit" else None,
            post_only=body.get("postOnly") is True,
            tif="GTD" if tif == "GTT" else tif,
            expires_ms=self.book.now_ms + int(body["cancelAfter"]) * 1000 if tif == "GTT" else None,
        )
        return self.ok(self.done(order))

    def done(self, order: Order) -> dict[str, Any]:
        """Return what a route answers that waits for the order book."""
        left = order.quantity - order.filled
        return {
            "orderId": self.id_of(order),
            "clientOid": order.client_id,
            "orderTime": order.created_ms,
            "originSize": text(order.quantity),
            "dealSize": text(order.filled),
            "remainSize": text(left if order.rests else Decimal(0)),
            "canceledSize": text(left if order.status == "cancelled" else Decimal(0)),
            "status": "open" if order.rests else "done",
            "matchTime": order.updated_ms,
        }

    @route("DELETE /api/v1/hf/orders/sync/{order_id}", "cancel")
    def cancel(self, ask: Ask, order_id: str) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        return self.ok(self.done(self.book.cancel(self.find(order_id, None))))

    @route("DELETE /api/v1/hf/orders/sync/client-order/{client_id}", "cancel")
    def cancel_ours(self, ask: Ask, client_id: str) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        return self.ok(self.done(self.book.cancel(self.find(None, client_id))))

    @route("GET /api/v1/hf/orders/{order_id}")
    def get_order(self, ask: Ask, order_id: str) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        return self.ok(self.order_row(self.require(order_id, None)))

    @route("GET /api/v1/hf/orders/client-order/{client_id}")
    def get_ours(self, ask: Ask, client_id: str) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        found = self.find(None, client_id)
        # What it answers of an order that it does not know is not documented: this is the least that it may be.
        return self.ok(self.order_row(found) if found is not None else None)

    @route("GET /api/v1/hf/orders/active/symbols")
    def active_symbols(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"symbols": sorted({self.native(o.symbol) for o in self.book.orders if o.rests})})

    @route("GET /api/v1/hf/orders/active")
    def active(self, ask: Ask) -> dict[str, Any]:
        own = [o for o in self.book.orders if o.rests and self.native(o.symbol) == ask.query["symbol"]]
        return self.ok(self.listed("open_orders", [self.order_row(o) for o in own]))

    def following(self, ask: Ask, rows: list[Any], kind: str) -> dict[str, Any]:
        """Return the rows after `lastId`, newest first as they are: 20 unless more are asked for."""
        limit, last = int(ask.query.get("limit", 20)), int(ask.query.get("lastId") or 0)
        assert limit <= 100
        numbers = [row["lastId"] for row in rows]
        start = numbers.index(last) + 1 if last else 0
        page = rows[start : start + limit]
        items = [{name: value for name, value in row.items() if name != "lastId"} for row in page]
        return self.ok({"lastId": page[-1]["lastId"] if page else 0, "items": self.listed(kind, items)})

    @route("GET /api/v1/hf/orders/done")
    def finished(self, ask: Ask) -> dict[str, Any]:
        low, high = self.span(ask, 7 * DAY_MS)
        own = [o for o in self.book.orders if not o.rests and self.native(o.symbol) == ask.query["symbol"]]
        rows = within(own, lambda o: o.updated_ms, low, high, 10**6)
        return self.following(ask, [{**self.order_row(o), "lastId": o.number} for o in rows], "orders")

    @route("GET /api/v1/stop-order")
    def stops(self, ask: Ask) -> dict[str, Any]:
        return self.ok(self.numbered(ask, [], 500))

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "id": fill.number + 10**9,
            "lastId": fill.number + 10**9,
            "symbol": self.native(fill.order.symbol),
            "tradeId": fill.number,
            "orderId": self.id_of(fill.order),
            "counterOrderId": "1",
            "side": fill.order.side,
            "liquidity": "maker" if fill.is_maker else "taker",
            "forceTaker": False,
            "price": text(fill.price),
            "size": text(fill.quantity),
            "funds": text(fill.price * fill.quantity),
            "fee": text(amount),
            "feeRate": "0.001",
            "feeCurrency": asset,
            "stop": "",
            "tradeType": "TRADE",
            "type": fill.order.type,
            "createdAt": fill.at_ms,
            "tax": "0",
            "taxRate": "0",
        }

    @route("GET /api/v1/hf/fills")
    def fills(self, ask: Ask) -> dict[str, Any]:
        low, high = self.span(ask, 7 * DAY_MS)
        own = [f for f in self.book.fills if self.native(f.order.symbol) == ask.query["symbol"]]
        rows = within(own, lambda f: f.at_ms, low, high, 10**6)
        return self.following(ask, [self.fill_row(f) for f in rows], "trades")

    @route("GET /api/v1/hf/accounts/ledgers")
    def ledger(self, ask: Ask) -> dict[str, Any]:
        low, high = self.span(ask, DAY_MS)
        assert int(ask.query["limit"]) <= 200
        moved = within(self.book.movements, lambda m: m.at_ms, low, high, 10**6)
        rows = [
            {"id": str(m.number), "currency": m.asset, "amount": text(m.amount), "fee": "0", "tax": "0",
             "balance": "1000", "accountType": "TRADE_HF", "bizType": "TRANSFER",
             "direction": "in" if m.kind in {"in", "deposit"} else "out", "createdAt": str(m.at_ms), "context": ""}
            for m in moved
            if ask.query["bizType"] == "TRANSFER"
        ]  # fmt: skip
        return self.ok(rows[: int(ask.query["limit"])])


VENUES = (KucoinSpot,)
