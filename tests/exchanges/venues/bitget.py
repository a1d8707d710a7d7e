"""Bitget's spot wallet: a list of resting orders with names of its own, plans that name their orders only when asked.

Source: Bitget's API documentation, classic account, spot (trade, plan, account).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.bitget_api import STATUS, Bitget, signed
from tests.exchanges.book import Fill, Order
from tests.exchanges.wire import SPOT, Ask, Market, route, text

_REFUSALS = {
    "duplicate": ("43118", "clientOrderId duplicate"),
    "funds": ("43012", "Insufficient balance"),
    "unknown": ("43001", "The order does not exist"),
    "ended": ("43001", "The order does not exist"),
    "plan": ("43025", "Plan order does not exist"),
}


class BitgetSpot(Bitget):
    """Spot wallet. A buy at market, waiting or not, is sized in the quote currency."""

    market_type = SPOT
    refusals: ClassVar[dict[str, tuple[str, str]]] = _REFUSALS
    markets = (Market(symbol="BTC/USDT", native="BTCUSDT"), Market(symbol="BTC/USDC", native="BTCUSDC"))
    absent: ClassVar[dict[str, str]] = {
        "flag_gtd": "no orders that end by a date",
        "status": "nothing tells its state",
        "place_market_buy": "a buy at market is sized in the quote currency",
    }

    @route("GET /api/v2/spot/public/symbols")
    def symbols(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"symbol": m.native, "baseCoin": m.base, "quoteCoin": m.quote, "minTradeAmount": text(m.least),
                 "maxTradeAmount": "900000000000000000000", "takerFeeRate": "0.002", "makerFeeRate": "0.002",
                 "pricePrecision": "1", "quantityPrecision": "3", "quotePrecision": "6", "status": "online",
                 "minTradeUSDT": "1", "buyLimitPriceRatio": "0.05", "sellLimitPriceRatio": "0.05", "areaSymbol": "no"}
                for m in self.markets
            ]
        )  # fmt: skip

    @route("GET /api/v2/margin/currencies")
    def margin_currencies(self, _ask: Ask) -> dict[str, Any]:
        return self.ok([{"symbol": "BTCUSDT", "isBorrowable": True, "isCrossBorrowable": True}])

    @route("GET /api/v2/spot/market/tickers")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        return self.ok([self.touch(m) | {"open": "50000", "usdtVolume": "1"} for m in self.markets])

    @route("GET /api/v2/spot/market/orderbook")
    def orderbook(self, _ask: Ask) -> dict[str, Any]:
        return self.depth()

    @route("GET /api/v2/spot/market/candles")
    def get_candles(self, ask: Ask) -> dict[str, Any]:
        return self.bars(ask)

    @route("GET /api/v2/spot/account/assets")
    def assets(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"coin": asset, "available": text(w.total - w.used), "frozen": text(w.used), "locked": "0",
                 "limitAvailable": "0", "uTime": str(self.book.now_ms)}
                for asset, w in self.book.wallets.items()
            ]
        )  # fmt: skip

    @route("POST /api/v2/spot/trade/place-order", "place")
    def place(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        assert (body["orderType"], body["side"]) != ("market", "buy"), "its size would be a cost"
        limit = body["orderType"] == "limit"
        force = body["force"].lower() if limit else "gtc"
        order = self.book.place(
            body.get("clientOid", ""),
            self.market(body["symbol"]).symbol,
            body["side"],
            Decimal(body["size"]),
            type=body["orderType"],
            price=Decimal(body["price"]) if limit else None,
            post_only=force == "post_only",
            tif=force.upper() if force in {"ioc", "fok"} else "GTC",
        )
        return self.acknowledge(order)

    @route("POST /api/v2/spot/trade/place-plan-order", "place")
    def place_plan(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        assert body["triggerType"] == "fill_price"
        assert body["planType"] == "amount"
        limit = body["orderType"] == "limit"
        order = self.book.place(
            body.get("clientOid", ""),
            self.market(body["symbol"]).symbol,
            body["side"],
            Decimal(body["size"]),
            type=body["orderType"],
            price=Decimal(body["executePrice"]) if limit else None,
            trigger=Decimal(body["triggerPrice"]),
        )
        return self.acknowledge(order)

    @route("POST /api/v2/spot/trade/cancel-order", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        order = self.book.cancel(self.plain(ask.body.get("orderId"), ask.body.get("clientOid")))
        return self.acknowledge(order)

    @route("POST /api/v2/spot/trade/cancel-plan-order", "cancel")
    def cancel_plan(self, ask: Ask) -> Any:
        order = self.plan(ask.body.get("orderId"), ask.body.get("clientOid"))
        if order is None or not order.rests:
            return self.no("plan")
        self.book.cancel(order)
        return self.ok({"result": "success"})

    def order_row(self, order: Order) -> dict[str, Any]:
        status = "partially_filled" if order.status == "open" and order.filled else STATUS[order.status]
        return {
            "userId": "7264631750", "symbol": self.native(order.symbol), "orderId": self.id_of(order),
            "clientOid": order.client_id, "price": text(order.price), "size": text(order.quantity),
            "orderType": order.type, "side": order.side, "status": status, "priceAvg": text(order.average),
            "baseVolume": text(order.filled), "quoteVolume": text(order.cost), "enterPointSource": "API",
            "feeDetail": "", "orderSource": "normal", "cancelReason": "", "cTime": str(order.created_ms),
            "uTime": str(order.updated_ms),
        }  # fmt: skip

    def open_row(self, order: Order) -> dict[str, Any]:
        """Return an order of the list of resting ones, where the price stands under another name."""
        row = self.order_row(order)
        del row["price"], row["feeDetail"]
        return row | {"priceAvg": text(order.price), "basePrice": text(order.average), "triggerPrice": None,
                      "tpslType": "normal"}  # fmt: skip

    def plan_row(self, order: Order) -> dict[str, Any]:
        status = {"waiting": "live", "fired": "executed", "cancelled": "cancelled"}[order.status]
        return {
            "orderId": self.id_of(order), "clientOid": order.client_id, "symbol": self.native(order.symbol),
            "size": text(order.quantity), "planType": "amount", "triggerPrice": text(order.trigger), "status": status,
            "executePrice": text(order.price) if order.price is not None else "", "orderType": order.type,
            "side": order.side, "triggerType": "fill_price", "enterPointSource": "API",
            "cTime": str(order.created_ms), "uTime": str(order.updated_ms),
        }  # fmt: skip

    @route("GET /api/v2/spot/trade/orderInfo")
    def order_info(self, ask: Ask) -> dict[str, Any]:
        order = self.plain(ask.query.get("orderId"), ask.query.get("clientOid"))
        return self.ok([] if order is None else [self.order_row(order)])

    @route("GET /api/v2/spot/trade/unfilled-orders")
    def unfilled(self, ask: Ask) -> dict[str, Any]:
        if ask.query.get("tpslType") == "tpsl":
            return self.ok([])
        rows = self.of_orders(ask, [o for o in self.book.orders if o.status == "open"])
        return self.ok(self.listed("open_orders", [self.open_row(o) for o in rows]))

    @route("GET /api/v2/spot/trade/history-orders")
    def history(self, ask: Ask) -> dict[str, Any]:
        ended = [o for o in self.book.orders if o.status in {"filled", "cancelled"} and o.trigger is None]
        return self.ok(self.listed("orders", [self.order_row(o) for o in self.of_orders(ask, ended)]))

    def plans(self, rows: list[Order]) -> dict[str, Any]:
        last = self.id_of(rows[-1]) if rows else ""
        return self.ok({"nextFlag": False, "idLessThan": last, "orderList": [self.plan_row(o) for o in rows]})

    @route("GET /api/v2/spot/trade/current-plan-order")
    def current_plans(self, ask: Ask) -> dict[str, Any]:
        return self.plans(self.of_orders(ask, [o for o in self.book.orders if o.status == "waiting"]))

    @route("GET /api/v2/spot/trade/history-plan-order")
    def history_plans(self, ask: Ask) -> dict[str, Any]:
        assert {"symbol", "startTime", "endTime"} <= set(ask.query)
        ended = [o for o in self.book.orders if o.trigger is not None and not o.rests]
        return self.plans(self.of_orders(ask, ended))

    @route("GET /api/v2/spot/trade/plan-sub-order")
    def sub_orders(self, ask: Ask) -> dict[str, Any]:
        placed = self.placed_by.get(ask.query["planOrderId"])
        return self.ok([{"orderId": placed, "price": "0", "type": "market", "status": "success"}] if placed else [])

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "userId": "7264631750", "symbol": self.native(fill.order.symbol), "orderId": self.id_of(fill.order),
            "tradeId": str(fill.number), "orderType": fill.order.type, "side": fill.order.side,
            "priceAvg": text(fill.price), "size": text(fill.quantity), "amount": text(fill.price * fill.quantity),
            # What was paid is below zero.
            "feeDetail": {"deduction": "no", "feeCoin": asset, "totalDeductionFee": "", "totalFee": text(-amount)},
            "tradeScope": "maker" if fill.is_maker else "taker", "cTime": str(fill.at_ms), "uTime": str(fill.at_ms),
        }  # fmt: skip

    @route("GET /api/v2/spot/trade/fills")
    def fills(self, ask: Ask) -> dict[str, Any]:
        fills = [f for f in self.book.fills if ask.query["symbol"] == self.native(f.order.symbol)]
        rows = self.newest(ask, fills, lambda f: f.at_ms, lambda f: f.number)
        return self.ok(self.listed("trades", [self.fill_row(f) for f in rows]))

    @route("GET /api/v2/spot/account/bills")
    def bills(self, ask: Ask) -> dict[str, Any]:
        words = {"deposit": ("deposit", "deposit"), "withdrawal": ("withdraw", "withdraw"),
                 "in": ("transfer", "transfer_in"), "out": ("transfer", "transfer_out")}  # fmt: skip
        moves = [m for m in self.book.movements if ask.query.get("groupType") in {None, words[m.kind][0]}]
        rows = self.newest(ask, moves, lambda m: m.at_ms, lambda m: m.number)
        return self.ok(
            self.listed(
                "transfers",
                [
                    {"billId": str(m.number), "coin": m.asset, "groupType": words[m.kind][0], "fees": "0",
                     "businessType": words[m.kind][1], "size": text(signed(m)), "balance": "1000",
                     "cTime": str(m.at_ms)}
                    for m in rows
                ],
            )
        )  # fmt: skip


VENUES = (BitgetSpot,)
