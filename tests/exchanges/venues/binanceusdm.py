"""Binance USD-M futures.

Source: Binance's API documentation.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.exchanges.binance_api import Binance
from tests.exchanges.book import Order, Refused
from tests.exchanges.wire import SWAP, Ask, Market, route, text, within

_ALGO_STATUS = {"waiting": "NEW", "fired": "FINISHED", "cancelled": "CANCELED"}


class BinanceUsdm(Binance):
    """USD-M futures: triggers are algo orders with lists of their own."""

    ccxt_id = "binanceusdm"
    market_type = SWAP
    venue = "binanceusdm"
    candles_page: ClassVar[int] = 1500
    markets = (
        Market(symbol="BTC/USDT:USDT", native="BTCUSDT"),
        Market(symbol="BTC/USDC:USDC", native="BTCUSDC"),
    )
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        **Binance.odd_fields,
        "transfers": {"income": "n/a", "tranId": 1},
        "funding": {"income": "n/a", "tranId": 1},
    }

    def is_order(self, order: Order) -> bool:
        return order.trigger is None

    def fire(self, order: Order) -> None:
        self.fire_apart(order, order.client_id)

    @route("GET /fapi/v1/exchangeInfo")
    def exchange_info(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {**self.info(m), "contractType": "PERPETUAL", "marginAsset": m.settle, "deliveryDate": 4133404800000}
            for m in self.markets
        ]
        return {"timezone": "UTC", "serverTime": self.book.now_ms, "symbols": rows}

    @route("GET /fapi/v1/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return {"serverTime": self.book.now_ms}

    @route("GET /fapi/v1/ticker/24hr")
    def tickers(self, _ask: Ask) -> list[Any]:
        # The futures' 24 hour ticker has no best prices.
        hidden = ("bidPrice", "bidQty", "askPrice", "askQty")
        return [{k: v for k, v in self.ticker_row(m).items() if k not in hidden} for m in self.markets]

    @route("GET /fapi/v1/ticker/bookTicker")
    def touches(self, ask: Ask) -> Any:
        rows = [{**self.ticker_row(m), "time": self.book.now_ms} for m in self.markets]
        wanted = ask.query.get("symbol")
        return next(row for row in rows if row["symbol"] == wanted) if wanted else rows

    @route("GET /fapi/v1/depth")
    def get_depth(self, ask: Ask) -> dict[str, Any]:
        return {**self.depth(ask), "E": self.book.now_ms, "T": self.book.now_ms}

    @route("GET /fapi/v1/klines")
    def get_klines(self, ask: Ask) -> list[Any]:
        return self.klines(ask)

    @route("GET /fapi/v1/premiumIndex")
    def premium(self, _ask: Ask) -> list[Any]:
        return [
            {"symbol": m.native, "markPrice": "50000", "indexPrice": "50000", "lastFundingRate": "0.0001",
             "nextFundingTime": self.book.now_ms + 3_600_000, "interestRate": "0.0001", "time": self.book.now_ms}
            for m in self.markets
        ]  # fmt: skip

    @route("GET /fapi/v3/account")
    @route("GET /fapi/v2/account")
    def account(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {"asset": asset, "walletBalance": text(w.total), "unrealizedProfit": text(w.unrealized),
             "marginBalance": text(w.total + w.unrealized), "initialMargin": text(w.used),
             "availableBalance": text(w.total + w.unrealized - w.used), "maxWithdrawAmount": text(w.total - w.used),
             "updateTime": self.book.now_ms}
            for asset, w in self.book.wallets.items()
        ]  # fmt: skip
        return {"assets": rows, "positions": []}

    @route("GET /fapi/v3/positionRisk")
    @route("GET /fapi/v2/positionRisk")
    def positions(self, _ask: Ask) -> list[Any]:
        return [
            {"symbol": self.native(p.symbol), "positionSide": (p.leg or "both").upper(),
             "positionAmt": text(p.quantity), "entryPrice": text(p.entry), "markPrice": text(p.mark),
             "unRealizedProfit": text(p.unrealized), "liquidationPrice": "0", "leverage": "5",
             "notional": text(p.quantity * p.mark), "isolatedMargin": "0", "isolatedWallet": "0",
             "marginType": "cross", "maintMargin": "10", "initialMargin": "20", "updateTime": self.book.now_ms}
            for p in self.book.positions
        ]  # fmt: skip

    @route("GET /fapi/v1/leverageBracket")
    def brackets(self, _ask: Ask) -> list[Any]:
        tier = {
            "bracket": 1,
            "initialLeverage": 100,
            "notionalCap": 10**9,
            "notionalFloor": 0,
            "maintMarginRatio": 0.01,
        }
        return [{"symbol": m.native, "brackets": [{**tier, "cum": 0}]} for m in self.markets]

    @route("GET /fapi/v1/positionSide/dual")
    def position_mode(self, _ask: Ask) -> dict[str, Any]:
        return {"dualSidePosition": self.hedged}

    def swap_row(self, order: Order) -> dict[str, Any]:
        return {
            **self.order_row(order),
            "type": order.type.upper(),
            "timeInForce": "GTX" if order.post_only else order.tif,
            "cumQuote": text(order.cost),
            "avgPrice": text(order.average),
            "reduceOnly": order.reduce_only,
            "closePosition": False,
            "positionSide": "BOTH",
            "goodTillDate": order.expires_ms or 0,
        }

    def algo_row(self, order: Order) -> dict[str, Any]:
        return {
            "algoId": order.number,
            "clientAlgoId": order.client_id,
            "algoType": "CONDITIONAL",
            "orderType": "STOP" if order.price is not None else "STOP_MARKET",
            "symbol": self.native(order.symbol),
            "side": order.side.upper(),
            "positionSide": "BOTH",
            "timeInForce": order.tif,
            "quantity": text(order.quantity),
            "algoStatus": _ALGO_STATUS[order.status],
            "triggerPrice": text(order.trigger),
            "price": text(order.price),
            "reduceOnly": order.reduce_only,
            "closePosition": False,
            "createTime": order.created_ms,
            "updateTime": order.updated_ms,
            "actualOrderId": "",
            "actualPrice": "0",
        }

    @route("POST /fapi/v1/order", "place")
    def post_order(self, ask: Ask) -> dict[str, Any]:
        return self.swap_row(self.place(ask))

    @route("POST /fapi/v1/algoOrder", "place")
    def post_algo(self, ask: Ask) -> dict[str, Any]:
        return self.algo_row(self.place(ask))

    @route("DELETE /fapi/v1/order", "cancel")
    def delete_order(self, ask: Ask) -> dict[str, Any]:
        order = self._plain(ask.fields.get("orderId"), ask.fields.get("origClientOrderId"))
        return self.swap_row(self.book.cancel(order))

    @route("DELETE /fapi/v1/algoOrder", "cancel")
    def delete_algo(self, ask: Ask) -> dict[str, Any]:
        order = self.book.cancel(self._algo(ask.fields.get("algoId"), ask.fields.get("clientAlgoId")))
        return {"algoId": order.number, "clientAlgoId": order.client_id, "code": "200", "msg": "success"}

    @route("GET /fapi/v1/order")
    def get_order(self, ask: Ask) -> dict[str, Any]:
        order = self._plain(ask.query.get("orderId"), ask.query.get("origClientOrderId"))
        if order is None:
            raise Refused("unknown")
        return self.swap_row(order)

    @route("GET /fapi/v1/algoOrder")
    def get_algo(self, ask: Ask) -> dict[str, Any]:
        order = self._algo(ask.query.get("algoId"), ask.query.get("clientAlgoId"))
        if order is None:
            raise Refused("unknown")
        return self.algo_row(order)

    def _plain(self, order_id: object, client_id: object) -> Order | None:
        return self._of_kind(order_id, client_id, is_trigger=False)

    def _algo(self, order_id: object, client_id: object) -> Order | None:
        return self._of_kind(order_id, client_id, is_trigger=True)

    def _of_kind(self, order_id: object, client_id: object, *, is_trigger: bool) -> Order | None:
        """Look among one kind alone: a trigger and the order it has placed bear one client id."""
        own = [o for o in self.book.orders if (o.trigger is not None) is is_trigger]
        return next((o for o in own if (str(o.number) == order_id if order_id else o.client_id == client_id)), None)

    @route("GET /fapi/v1/openOrders")
    def open_orders(self, ask: Ask) -> list[Any]:
        rows = [self.swap_row(o) for o in self._resting(ask) if o.trigger is None]
        return self.listed("open_orders", rows)

    @route("GET /fapi/v1/openAlgoOrders")
    def open_algos(self, ask: Ask) -> list[Any]:
        return [self.algo_row(o) for o in self._resting(ask) if o.trigger is not None]

    def _resting(self, ask: Ask) -> list[Order]:
        wanted = ask.query.get("symbol")
        return [o for o in self.book.orders if o.rests and wanted in {None, self.native(o.symbol)}]

    @route("GET /fapi/v1/allOrders")
    def all_orders(self, ask: Ask) -> list[Any]:
        return self.listed("orders", [self.swap_row(order) for order in self.history(ask)])

    @route("GET /fapi/v1/allAlgoOrders")
    def all_algos(self, ask: Ask) -> list[Any]:
        rows = [o for o in self.book.orders if o.trigger is not None]
        query = ask.query
        return [
            self.algo_row(o)
            for o in within(rows, lambda o: o.created_ms, query.get("startTime"), query.get("endTime"), 1000)
        ]

    @route("GET /fapi/v1/userTrades")
    def user_trades(self, ask: Ask) -> list[Any]:
        rows = [
            {**self.fill_row(f), "buyer": f.order.side == "buy", "maker": f.is_maker, "side": f.order.side.upper(),
             "positionSide": "BOTH", "realizedPnl": "0"}
            for f in self.fills(ask)
        ]  # fmt: skip
        return self.listed("trades", rows)

    @route("GET /fapi/v1/income")
    def income(self, ask: Ask) -> list[Any]:
        query = ask.query
        limit = min(int(query.get("limit", 100)), 1000)
        if query["incomeType"] == "FUNDING_FEE":
            paid = within(self.book.payments, lambda p: p.at_ms, query.get("startTime"), query.get("endTime"), limit)
            return self.listed("funding", [
                {"symbol": self.native(p.symbol), "incomeType": "FUNDING_FEE", "income": text(p.amount),
                 "asset": p.asset, "info": "", "time": p.at_ms, "tranId": p.number, "tradeId": ""}
                for p in paid
            ])  # fmt: skip
        moved = [m for m in self.book.movements if m.kind in {"in", "out"}]
        return self.listed("transfers", [
            {"symbol": "", "incomeType": "TRANSFER", "income": text(m.amount if m.kind == "in" else -m.amount),
             "asset": m.asset, "info": "TRANSFER", "time": m.at_ms, "tranId": m.number, "tradeId": ""}
            for m in within(moved, lambda m: m.at_ms, query.get("startTime"), query.get("endTime"), limit)
        ])  # fmt: skip


VENUES = (BinanceUsdm,)
