"""Binance spot.

Source: Binance's API documentation.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.exchanges.binance_api import Binance
from tests.exchanges.book import Movement, Order
from tests.exchanges.wire import SPOT, Ask, Market, route, text, within


class BinanceSpot(Binance):
    """Spot: triggers stand in the same lists, a client id is free again once its order has ended."""

    ccxt_id = "binance"
    market_type = SPOT
    venue = "binance"
    candles_page: ClassVar[int] = 1000
    markets = (
        Market(symbol="BTC/USDT", native="BTCUSDT"),
        Market(symbol="BTC/USDC", native="BTCUSDC"),
    )
    absent: ClassVar[dict[str, str]] = {"flag_gtd": "spot has no orders that end by a date"}

    @route("GET /api/v3/exchangeInfo")
    def exchange_info(self, _ask: Ask) -> dict[str, Any]:
        return {"timezone": "UTC", "serverTime": self.book.now_ms, "symbols": [self.info(m) for m in self.markets]}

    @route("GET /api/v3/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return {"serverTime": self.book.now_ms}

    @route("GET /api/v3/ticker/24hr")
    def tickers(self, _ask: Ask) -> list[Any]:
        return [self.ticker_row(market) for market in self.markets]

    @route("GET /api/v3/depth")
    def get_depth(self, ask: Ask) -> dict[str, Any]:
        return self.depth(ask)

    @route("GET /api/v3/klines")
    def get_klines(self, ask: Ask) -> list[Any]:
        return self.klines(ask)

    @route("GET /api/v3/account")
    def account(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {"asset": asset, "free": text(wallet.total - wallet.used), "locked": text(wallet.used)}
            for asset, wallet in self.book.wallets.items()
        ]
        return {"balances": rows, "updateTime": self.book.now_ms}

    def spot_row(self, order: Order) -> dict[str, Any]:
        executed = "STOP_LOSS" if order.trigger is not None and order.price is None else order.type.upper()
        if order.trigger is not None and order.price is not None:
            executed = "STOP_LOSS_LIMIT"
        if order.post_only:
            executed = "LIMIT_MAKER"
        return {**self.order_row(order), "type": executed, "cummulativeQuoteQty": text(order.cost)}

    @route("POST /api/v3/order", "place")
    def post_order(self, ask: Ask) -> dict[str, Any]:
        order = self.place(ask)
        fills = [
            {"price": text(f.price), "qty": text(f.quantity), "commission": text(f.fees[0][0]),
             "commissionAsset": f.fees[0][1], "tradeId": f.number}
            for f in order.fills
        ]  # fmt: skip
        return {**self.spot_row(order), "transactTime": order.created_ms, "fills": fills}

    @route("DELETE /api/v3/order", "cancel")
    def delete_order(self, ask: Ask) -> dict[str, Any]:
        order = self.find(ask.fields.get("orderId"), ask.fields.get("origClientOrderId"))
        return self.spot_row(self.book.cancel(order))

    @route("GET /api/v3/order")
    def get_order(self, ask: Ask) -> dict[str, Any]:
        return self.spot_row(self.require(ask.query.get("orderId"), ask.query.get("origClientOrderId")))

    @route("GET /api/v3/openOrders")
    def open_orders(self, ask: Ask) -> list[Any]:
        wanted = ask.query.get("symbol")
        rows = [o for o in self.book.orders if o.rests and wanted in {None, self.native(o.symbol)}]
        return self.listed("open_orders", [self.spot_row(order) for order in rows])

    @route("GET /api/v3/allOrders")
    def all_orders(self, ask: Ask) -> list[Any]:
        return self.listed("orders", [self.spot_row(order) for order in self.history(ask)])

    @route("GET /api/v3/myTrades")
    def my_trades(self, ask: Ask) -> list[Any]:
        rows = [{**self.fill_row(f), "isBuyer": f.order.side == "buy", "isMaker": f.is_maker} for f in self.fills(ask)]
        return self.listed("trades", rows)

    def moved(self, kind: str, ask: Ask, limit: int) -> list[Movement]:
        rows = [item for item in self.book.movements if item.kind == kind]
        return within(rows, lambda m: m.at_ms, ask.query.get("startTime"), ask.query.get("endTime"), limit)

    @route("GET /sapi/v1/capital/deposit/hisrec")
    def deposits(self, ask: Ask) -> list[Any]:
        rows = [
            {"id": str(m.number), "amount": text(m.amount), "coin": m.asset, "status": 1, "insertTime": m.at_ms,
             "txId": f"tx{m.number}", "transferType": 0}
            for m in self.moved("deposit", ask, 1000)
        ]  # fmt: skip
        return self.listed("transfers", rows)

    @route("GET /sapi/v1/capital/withdraw/history")
    def withdrawals(self, ask: Ask) -> list[Any]:
        return [
            {"id": str(m.number), "amount": text(m.amount), "transactionFee": text(m.fee), "coin": m.asset,
             "status": 6, "applyTime": iso(m.at_ms), "txId": f"tx{m.number}", "transferType": 0}
            for m in self.moved("withdrawal", ask, 1000)
        ]  # fmt: skip

    @route("GET /sapi/v1/asset/transfer")
    def transfers(self, ask: Ask) -> dict[str, Any]:
        kind = {"UMFUTURE_MAIN": "in", "MAIN_UMFUTURE": "out"}.get(ask.query["type"], "none")
        rows = [
            {"timestamp": m.at_ms, "asset": m.asset, "amount": text(m.amount), "type": ask.query["type"],
             "status": "CONFIRMED", "tranId": m.number}
            for m in self.moved(kind, ask, 100)
        ]  # fmt: skip
        return {"total": len(rows), "rows": rows}


def iso(at_ms: int) -> str:
    """Write a time as Binance writes that of withdrawals: to the second, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


class BinanceUs(BinanceSpot):
    """The same API at another company; it has no wallets but spot's, and tells no rights of keys."""

    ccxt_id = "binanceus"
    venue = "binanceus"
    absent: ClassVar[dict[str, str]] = {
        **BinanceSpot.absent,
        "key_permissions": "no call tells what a key may do",
    }


VENUES = (BinanceSpot, BinanceUs)
