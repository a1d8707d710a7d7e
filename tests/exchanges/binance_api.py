"""What Binance's spot and futures APIs share.

Source: Binance's API documentation, Spot REST API and USDⓈ-M Futures (orders, algo orders, account, income).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order
from tests.exchanges.wire import Ask, Market, Reply, ScriptedVenue, candles, route, text, within

_REFUSALS = {
    "duplicate": (-2010, "Duplicate order sent."),
    "funds": (-2010, "Account has insufficient balance for requested action."),
    "post": (-2010, "Order would immediately match and take."),
    "reduce": (-2022, "ReduceOnly Order is rejected."),
    "unknown": (-2013, "Order does not exist."),
    "ended": (-2011, "Unknown order sent."),
}
_STATUS = {"open": "NEW", "filled": "FILLED", "cancelled": "CANCELED", "waiting": "NEW", "expired": "EXPIRED"}


class Binance(ScriptedVenue):
    page: ClassVar[int] = 1000
    fills_page: ClassVar[int] = 1000
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"origQty": "n/a", "orderId": 1},
        "open_orders": {"origQty": "n/a", "orderId": 1},
        "trades": {"qty": "n/a", "id": 1},
        "transfers": {"amount": "n/a"},
    }

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        code, message = _REFUSALS[kind]
        if ask.method == "DELETE" and kind == "unknown":
            code, message = _REFUSALS["ended"]
        return Reply({"code": code, "msg": message}, 400)

    def takes_until(self, ask: Ask) -> int:
        return int(ask.fields["timestamp"]) + int(ask.fields.get("recvWindow", 5000))

    def on_late(self) -> Reply:
        return Reply({"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}, 400)

    def on_rate_limit(self) -> Reply:
        return Reply({"code": -1003, "msg": "Too many requests."}, 429, {"Retry-After": "7"})

    def on_maintenance(self) -> Reply:
        return Reply({"code": -1001, "msg": "Internal error; unable to process your request."}, 503)

    def info(self, market: Market) -> dict[str, Any]:
        """Return a market of exchangeInfo."""
        return {
            "symbol": market.native,
            "status": "TRADING",
            "baseAsset": market.base,
            "quoteAsset": market.quote,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "STOP", "STOP_MARKET"],
            "permissions": ["SPOT"],
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "1000000", "tickSize": text(market.tick)},
                {
                    "filterType": "LOT_SIZE",
                    "minQty": text(market.least),
                    "maxQty": "9000",
                    "stepSize": text(market.step),
                },
                {"filterType": "NOTIONAL", "minNotional": "5", "maxNotional": "9000000"},
            ],
        }

    def ticker_row(self, market: Market) -> dict[str, Any]:
        return {
            "symbol": market.native,
            "bidPrice": text(self.book.bid),
            "bidQty": "2",
            "askPrice": text(self.book.ask),
            "askQty": "3",
            "lastPrice": text(self.book.bid),
            "volume": "1234.5",
            "openTime": self.book.now_ms - 86_400_000,
            "closeTime": self.book.now_ms,
        }

    def depth(self, ask: Ask) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        return {
            "lastUpdateId": 1,
            "bids": [[text(self.book.bid), "2"], [text(self.book.bid - 1), "4"]],
            "asks": [[text(self.book.ask), "3"], [text(self.book.ask + 1), "5"]],
        }

    def klines(self, ask: Ask) -> list[Any]:
        rows = candles(self.book.now_ms, ask.query["interval"], ask.query.get("startTime"), ask.query.get("endTime"))
        limit = min(int(ask.query.get("limit", 500)), self.candles_page)
        return [[at, text(o), text(h), text(low), text(c), text(v)] for at, o, h, low, c, v in rows[:limit]]

    def order_row(self, order: Order) -> dict[str, Any]:
        """Return an order as both markets show it."""
        status = "PARTIALLY_FILLED" if order.status == "open" and order.filled else _STATUS[order.status]
        return {
            "symbol": self.native(order.symbol),
            "orderId": order.number,
            "clientOrderId": order.client_id,
            "price": text(order.price),
            "origQty": text(order.quantity),
            "executedQty": text(order.filled),
            "status": status,
            "timeInForce": order.tif,
            "side": order.side.upper(),
            "stopPrice": text(order.trigger),
            "time": order.created_ms,
            "updateTime": order.updated_ms,
        }

    def place(self, ask: Ask) -> Order:
        fields = ask.fields
        kind = fields["type"]
        triggered = "STOP" in kind
        quantity = Decimal(fields["quantity"])
        tif = fields.get("timeInForce", "GTC")
        return self.book.place(
            fields.get("newClientOrderId") or fields.get("clientAlgoId") or "",
            self.market(fields["symbol"]).symbol,
            fields["side"].lower(),
            quantity,
            type="limit" if fields.get("price") else "market",
            price=Decimal(fields["price"]) if fields.get("price") else None,
            trigger=Decimal(fields.get("stopPrice") or fields["triggerPrice"]) if triggered else None,
            reduce_only=str(fields.get("reduceOnly")).lower() == "true",
            post_only=kind == "LIMIT_MAKER" or tif == "GTX",
            tif=tif,
            expires_ms=int(fields["goodTillDate"]) if "goodTillDate" in fields else None,
        )

    def history(self, ask: Ask) -> list[Order]:
        """Return the orders of allOrders: the newest of a period, oldest first."""
        symbol = self.market(ask.query["symbol"]).symbol if "symbol" in ask.query else None
        rows = [o for o in self.book.orders if symbol in {None, o.symbol} and self.is_order(o)]
        query = ask.query
        limit = min(int(query.get("limit", 500)), self.page)
        return within(rows, lambda o: o.created_ms, query.get("startTime"), query.get("endTime"), limit)[::-1]

    def is_order(self, _order: Order) -> bool:
        """Tell whether an order is in the list of orders; futures keep triggers apart."""
        return True

    def fills(self, ask: Ask) -> list[Fill]:
        """Return the fills of userTrades: by period the newest, from an id on the oldest."""
        symbol = self.market(ask.query["symbol"]).symbol if "symbol" in ask.query else None
        rows = [fill for fill in self.book.fills if symbol in {None, fill.order.symbol}]
        limit = min(int(ask.query.get("limit", 500)), self.page)
        if "orderId" in ask.query:
            return [fill for fill in rows if str(fill.order.number) == ask.query["orderId"]]
        if "fromId" in ask.query:
            return [fill for fill in rows if fill.number >= int(ask.query["fromId"])][:limit]
        return within(rows, lambda f: f.at_ms, ask.query.get("startTime"), ask.query.get("endTime"), limit)[::-1]

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "symbol": self.native(fill.order.symbol),
            "id": fill.number,
            "orderId": fill.order.number,
            "price": text(fill.price),
            "qty": text(fill.quantity),
            "quoteQty": text(fill.quantity * fill.price),
            "commission": text(amount),
            "commissionAsset": asset,
            "time": fill.at_ms,
        }

    @route("GET /sapi/v1/account/apiRestrictions")
    def restrictions(self, _ask: Ask) -> dict[str, Any]:
        return {
            "ipRestrict": True,
            "enableWithdrawals": False,
            "enableInternalTransfer": False,
            "permitsUniversalTransfer": False,
            "enableFutures": True,
            "enableSpotAndMarginTrading": True,
        }

    @route("GET /sapi/v1/system/status")
    def status(self, _ask: Ask) -> dict[str, Any]:
        return {"status": 1 if self.maintenance else 0, "msg": "normal"}
