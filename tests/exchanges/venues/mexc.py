"""MEXC's spot market: resting orders by market only, a week of finished ones, no stops, all parameters in the address.

Source: MEXC's spot v3 API documentation (order, openOrders, allOrders, myTrades, account, klines) and the answers
recorded in ccxt's own tests.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order, Refused
from tests.exchanges.mexc_api import Mexc
from tests.exchanges.wire import SPOT, Ask, Market, Reply, candles, route, text, within

_REFUSALS = {
    "duplicate": (30041, "current order type can not place order"),
    "funds": (30004, "Insufficient position"),
    "unknown": (-2011, "Unknown order sent"),
    "ended": (-2011, "Unknown order sent"),
}
_STATUS = {"open": "NEW", "filled": "FILLED", "cancelled": "CANCELED"}
_TIF = {"IMMEDIATE_OR_CANCEL": "IOC", "FILL_OR_KILL": "FOK"}
_DAY_MS = 86_400_000
_NO_STOPS = "the API has no stop orders"


class MexcSpot(Mexc):
    """Spot."""

    market_type = SPOT
    page: ClassVar[int] = 1000
    fills_page: ClassVar[int] = 100
    candles_page: ClassVar[int] = 500
    markets = (Market(symbol="BTC/USDT", native="BTCUSDT"), Market(symbol="BTC/USDC", native="BTCUSDC"))
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"origQty": "n/a", "orderId": "C02__1"},
        "open_orders": {"origQty": "n/a", "orderId": "C02__1"},
        "trades": {"qty": "n/a", "id": "1X1"},
        "transfers": {"amount": "n/a"},
    }
    absent: ClassVar[dict[str, str]] = {
        "flag_gtd": "no orders that end by a date",
        "status": "its ping tells no state",
        "key_permissions": "nothing tells what a key may do",
        "place_market_buy": "a buy at market is sized in the quote currency",
        "place_stop": _NO_STOPS,
        "stop_fired": _NO_STOPS,
        "place_stop_limit": _NO_STOPS,
    }

    def spot_markets(self) -> tuple[Market, ...]:
        return self.markets

    def id_of(self, order: Order) -> str:
        return f"C02__{order.number}"

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        del ask
        code, message = _REFUSALS[kind]
        return Reply({"code": code, "msg": message}, 400)

    def on_rate_limit(self) -> Reply:
        return Reply({"code": 429, "msg": "Too Many Requests"}, 429, {"Retry-After": "7"})

    @route("GET /api/v3/ticker/24hr")
    def tickers(self, ask: Ask) -> Any:
        rows = [
            {"symbol": m.native, "priceChange": "1", "priceChangePercent": "0.004", "prevClosePrice": "50000",
             "lastPrice": text(self.book.bid), "bidPrice": text(self.book.bid), "bidQty": "2",
             "askPrice": text(self.book.ask), "askQty": "3", "openPrice": "50000", "highPrice": "51000",
             "lowPrice": "49000", "volume": "1732.4", "quoteVolume": None, "openTime": self.book.now_ms - _DAY_MS,
             "closeTime": self.book.now_ms, "count": None}
            for m in self.markets
            if ask.query.get("symbol") in {None, m.native}
        ]  # fmt: skip
        return rows[0] if "symbol" in ask.query else rows

    @route("GET /api/v3/depth")
    def depth(self, ask: Ask) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        bids = [[text(self.book.bid), "2"], [text(self.book.bid - 1), "4"]]
        asks = [[text(self.book.ask), "3"], [text(self.book.ask + 1), "5"]]
        return {"lastUpdateId": 744267132, "bids": bids, "asks": asks, "timestamp": self.book.now_ms}

    @route("GET /api/v3/klines")
    def klines(self, ask: Ask) -> list[Any]:
        # 500 at most whatever is asked for, the oldest of a period whose end is left out.
        end = int(ask.query["endTime"]) - 1 if "endTime" in ask.query else None
        rows = candles(self.book.now_ms, ask.query["interval"], ask.query.get("startTime"), end)
        return [[at, *map(text, rest), at + 59_999, "1"] for at, *rest in rows[: self.candles_page]]

    @route("GET /api/v3/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return {"serverTime": self.book.now_ms}

    @route("GET /api/v3/ping")
    def ping(self, _ask: Ask) -> dict[str, Any]:
        return {}

    @route("GET /api/v3/account")
    def account(self, _ask: Ask) -> dict[str, Any]:
        return {
            "makerCommission": None, "takerCommission": None, "canTrade": True, "canWithdraw": True, "canDeposit": True,
            "updateTime": None, "accountType": "SPOT", "permissions": ["SPOT"],
            "balances": [
                {"asset": asset, "free": text(w.total - w.used), "locked": text(w.used)}
                for asset, w in self.book.wallets.items()
            ],
        }  # fmt: skip

    def order_row(self, order: Order) -> dict[str, Any]:
        status = "PARTIALLY_FILLED" if order.status == "open" and order.filled else _STATUS[order.status]
        if order.status == "cancelled" and order.filled:
            status = "PARTIALLY_CANCELED"
        kinds = {"IOC": "IMMEDIATE_OR_CANCEL", "FOK": "FILL_OR_KILL"}
        kind = "LIMIT_MAKER" if order.post_only else kinds.get(order.tif, order.type.upper())
        return {
            "symbol": self.native(order.symbol), "orderId": self.id_of(order), "orderListId": -1,
            "clientOrderId": order.client_id or None, "price": text(order.price), "origQty": text(order.quantity),
            "executedQty": text(order.filled), "cummulativeQuoteQty": text(order.cost), "status": status,
            "timeInForce": None, "type": kind, "side": order.side.upper(), "stopPrice": None, "icebergQty": None,
            "time": order.created_ms, "updateTime": order.updated_ms, "isWorking": True,
            "origQuoteOrderQty": text(order.quantity * (order.price or 0)),
        }  # fmt: skip

    @route("POST /api/v3/order", "place")
    def place(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        kind = query["type"]
        assert (kind, query["side"]) != ("MARKET", "BUY"), "a quantity is for sales"
        tif = _TIF.get(kind, "GTC")
        order = self.book.place(
            query.get("newClientOrderId", ""),
            self.market(query["symbol"]).symbol,
            query["side"].lower(),
            Decimal(query["quantity"]),
            type="market" if kind == "MARKET" else "limit",
            price=None if kind == "MARKET" else Decimal(query["price"]),
            post_only=kind == "LIMIT_MAKER",
            tif=tif,
        )
        return {"symbol": query["symbol"], "orderId": self.id_of(order), "orderListId": -1, "price": text(order.price),
                "origQty": text(order.quantity), "type": kind, "side": query["side"],
                "transactTime": self.book.now_ms}  # fmt: skip

    def named(self, ask: Ask) -> Order:
        """Return the order of the last week that a request names. Raises Refused: there is none."""
        order = self.require(ask.query.get("orderId"), ask.query.get("origClientOrderId"))
        if ask.query["symbol"] != self.native(order.symbol):
            raise Refused("unknown")
        return order

    @route("DELETE /api/v3/order", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        row = self.order_row(self.book.cancel(self.named(ask)))
        return {name: row[name] for name in ("symbol", "orderId", "price", "origQty", "type", "side")}

    @route("GET /api/v3/order")
    def get_order(self, ask: Ask) -> dict[str, Any]:
        return self.order_row(self.named(ask))

    @route("GET /api/v3/openOrders")
    def open_orders(self, ask: Ask) -> list[Any]:
        symbol = self.market(ask.query["symbol"]).symbol
        rows = [self.order_row(o) for o in self.book.orders if o.rests and o.symbol == symbol]
        return self.listed("open_orders", rows)

    @route("GET /api/v3/allOrders")
    def all_orders(self, ask: Ask) -> list[Any]:
        query = ask.query
        symbol = self.market(query["symbol"]).symbol
        end = int(query.get("endTime") or self.book.now_ms)
        start = int(query.get("startTime") or end - _DAY_MS)
        assert end - start <= 7 * _DAY_MS, "seven days"
        limit = min(int(query.get("limit", 500)), self.page)
        found = within([o for o in self.book.orders if o.symbol == symbol], lambda o: o.created_ms, start, end, limit)
        return self.listed("orders", [self.order_row(o) for o in found])

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "symbol": self.native(fill.order.symbol), "id": f"{fill.number}X1", "orderId": self.id_of(fill.order),
            "orderListId": -1, "price": text(fill.price), "qty": text(fill.quantity),
            "quoteQty": text(fill.price * fill.quantity), "commission": text(amount), "commissionAsset": asset,
            "time": fill.at_ms, "isBuyer": fill.order.side == "buy", "isMaker": fill.is_maker, "isBestMatch": True,
            "isSelfTrade": False, "clientOrderId": None,
        }  # fmt: skip

    @route("GET /api/v3/myTrades")
    def trades(self, ask: Ask) -> list[Any]:
        query = ask.query
        symbol = self.market(query["symbol"]).symbol
        fills = [f for f in self.book.fills if f.order.symbol == symbol]
        limit = min(int(query.get("limit", 100)), self.fills_page)
        rows = within(fills, lambda f: f.at_ms, query.get("startTime"), query.get("endTime"), limit)
        return self.listed("trades", [self.fill_row(f) for f in rows])


VENUES = (MexcSpot,)
