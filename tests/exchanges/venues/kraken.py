"""Kraken spot: private calls are all POST, times are seconds, history comes in pages of 50, errors are texts.

Source: Kraken's Spot REST API documentation (AddOrder, CancelOrder, OpenOrders, ClosedOrders, QueryOrders, TradesHistory,
BalanceEx, GetApiKeyInfo).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order
from tests.exchanges.wire import SPOT, Ask, Market, Reply, ScriptedVenue, candles, route, text, within

_REFUSALS = {
    "duplicate": "EGeneral:Invalid arguments:cl_ord_id",
    "funds": "EOrder:Insufficient funds",
    "post": "EOrder:Post only order",
    "unknown": "EOrder:Unknown order",
    "ended": "EOrder:Unknown order",
}
_STATUS = {"open": "open", "filled": "closed", "cancelled": "canceled", "waiting": "open", "expired": "expired"}
_IDS = {"USDT": "USDT", "USD": "ZUSD", "BTC": "XXBT"}
_PAGE = 50


class Kraken(ScriptedVenue):
    """Spot."""

    ccxt_id = "kraken"
    venue = "kraken"
    market_type = SPOT
    page: ClassVar[int] = 50
    fills_page: ClassVar[int] = 50
    candles_page: ClassVar[int] = 720
    candles_kept: ClassVar[int] = 720
    markets = (Market(symbol="BTC/USDT", native="XBTUSDT"), Market(symbol="BTC/USD", native="XXBTZUSD"))
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"vol": "n/a"},
        "open_orders": {"vol": "n/a"},
        "trades": {"vol": "n/a"},
        "transfers": {"amount": "n/a"},
    }

    def ok(self, result: Any) -> dict[str, Any]:
        return {"error": [], "result": result}

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        del ask
        return Reply({"error": [_REFUSALS[kind]]})

    def takes_until(self, ask: Ask) -> int:
        ends = int(datetime.fromisoformat(ask.body["deadline"]).timestamp() * 1000)
        assert 2_000 <= ends - self.book.now_ms <= 60_000, "two seconds to a minute"
        return ends

    def on_late(self) -> Reply:
        return Reply({"error": ["EService:Deadline elapsed"]})

    def on_rate_limit(self) -> Reply:
        return Reply({"error": ["EAPI:Rate limit exceeded"]})

    def on_maintenance(self) -> Reply:
        return Reply({"error": ["EService:Unavailable"]})

    def id_of(self, order: Order) -> str:
        return f"O{order.number:05d}-KRAKN-ORDERS"

    @route("GET /0/public/AssetPairs")
    def pairs(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({m.native: self.info(m) for m in self.markets})

    def info(self, market: Market) -> dict[str, Any]:
        return {
            "altname": market.native.replace("XXBTZ", "XBT"),
            "wsname": f"XBT/{market.quote}",
            "base": _IDS[market.base],
            "quote": _IDS[market.quote],
            "cost_decimals": "5",
            "pair_decimals": "1",
            "lot_decimals": "3",
            "lot_multiplier": "1",
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": [[0, 0.26]],
            "fees_maker": [[0, 0.16]],
            "ordermin": text(market.least),
            "costmin": "0.5",
            "tick_size": text(market.tick),
            "status": "online",
        }

    @route("GET /0/public/Ticker")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        row = {
            "a": [text(self.book.ask), "1", "3.000"], "b": [text(self.book.bid), "1", "2.000"],
            "c": [text(self.book.bid), "0.1"], "v": ["10", "1234.5"], "p": ["50000", "50000"], "t": [1, 2],
            "l": ["49000", "49000"], "h": ["51000", "51000"], "o": "50000",
        }  # fmt: skip
        return self.ok({m.native: row for m in self.markets})

    @route("GET /0/public/Depth")
    def depth(self, ask: Ask) -> dict[str, Any]:
        at = self.book.now_ms // 1000
        bids = [[text(self.book.bid), "2", at], [text(self.book.bid - 1), "4", at]]
        asks = [[text(self.book.ask), "3", at], [text(self.book.ask + 1), "5", at]]
        return self.ok({ask.query["pair"]: {"bids": bids, "asks": asks}})

    @route("GET /0/public/OHLC")
    def ohlc(self, ask: Ask) -> dict[str, Any]:
        step = int(ask.query["interval"]) * 60_000
        # The newest 720, whatever is asked for; `since` itself is left out.
        low = max(int(ask.query.get("since", 0)) * 1000 + 1, self.book.now_ms - self.candles_kept * step + 1)
        rows = candles(self.book.now_ms, "1m", low, None)
        return self.ok(
            {ask.query["pair"]: [[at // 1000, text(o), text(h), text(low_), text(c), "0", text(v), 1] for at, o, h, low_, c, v in rows],
             "last": self.book.now_ms // 1000}
        )  # fmt: skip

    @route("GET /0/public/Time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"unixtime": self.book.now_ms // 1000, "rfc1123": ""})

    @route("GET /0/public/SystemStatus")
    def status(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"status": "maintenance" if self.maintenance else "online", "timestamp": "2026-03-04T12:00:00Z"})

    @route("POST /0/private/BalanceEx")
    def balance(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            {_IDS[a]: {"balance": text(w.total), "hold_trade": text(w.used)} for a, w in self.book.wallets.items()}
        )

    @route("POST /0/private/GetApiKeyInfo")
    def key_info(self, _ask: Ask) -> dict[str, Any]:
        rights = ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades"]
        return self.ok({"api_key_name": "bot", "permissions": rights, "ip_allowlist": ["192.0.2.1"]})

    def order_row(self, order: Order) -> dict[str, Any]:
        kind = order.type
        if order.trigger is not None:
            kind = "stop-loss" if order.price is None else "stop-loss-limit"
        first, second = (order.price, None) if order.trigger is None else (order.trigger, order.price)
        flags = ["fciq", *(["post"] if order.post_only else [])]
        ended = {} if order.rests else {"closetm": order.updated_ms / 1000, "reason": "User requested"}
        return {
            "refid": None,
            "userref": 0,
            "cl_ord_id": order.client_id,
            "status": _STATUS[order.status],
            "opentm": order.created_ms / 1000,
            "starttm": 0,
            "expiretm": (order.expires_ms or 0) // 1000,
            "descr": {"pair": self.native(order.symbol).replace("XXBTZ", "XBT"), "type": order.side, "ordertype": kind,
                      "price": text(first), "price2": text(second), "leverage": "none", "close": ""},
            "vol": text(order.quantity),
            "vol_exec": text(order.filled),
            "cost": text(order.cost),
            "fee": "0.00000",
            "price": text(order.average),
            "stopprice": "0.00000",
            "limitprice": "0.00000",
            "misc": "",
            "oflags": ",".join(flags),
            "timeinforce": order.tif,
            **ended,
        }  # fmt: skip

    @route("POST /0/private/AddOrder", "place")
    def add_order(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        kind = body["ordertype"]
        price = Decimal(body["price"]) if "price" in body else None
        waits = kind.startswith("stop-loss")
        limit = Decimal(body["price2"]) if kind == "stop-loss-limit" else price if kind == "limit" else None
        tif = body.get("timeinforce", "GTC")
        order = self.book.place(
            body.get("cl_ord_id", ""),
            self.market(body["pair"]).symbol,
            body["type"],
            Decimal(body["volume"]),
            type="limit" if limit is not None else "market",
            price=limit,
            trigger=price if waits else None,
            post_only="post" in body.get("oflags", ""),
            tif=tif,
            expires_ms=int(body["expiretm"]) * 1000 if "expiretm" in body else None,
        )
        told = f"{order.side} {body['volume']} XBTUSDT @ {'stop loss' if waits else kind} {body.get('price', '')}"
        told += f" -> limit {body['price2']}" if "price2" in body else ""
        return self.ok({"descr": {"order": told.strip()}, "txid": [self.id_of(order)]})

    @route("POST /0/private/CancelOrder", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        self.book.cancel(self.find(ask.body.get("txid"), ask.body.get("cl_ord_id")))
        return self.ok({"count": 1})

    @route("POST /0/private/QueryOrders")
    def query(self, ask: Ask) -> dict[str, Any]:
        order = self.require(ask.body["txid"], None)
        return self.ok({self.id_of(order): self.order_row(order)})

    def keyed(self, kind: str, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Return rows under their ids, and where the test wants it one that nobody can read."""
        if kind in self.odd and rows:
            rows = {"OODDOD-DODDO-DODDOD": {**next(iter(rows.values())), **self.odd_fields[kind]}, **rows}
        return rows

    @route("POST /0/private/OpenOrders")
    def open_orders(self, ask: Ask) -> dict[str, Any]:
        wanted = ask.body.get("cl_ord_id")
        rows = {self.id_of(o): self.order_row(o) for o in self.book.orders if o.rests and wanted in {None, o.client_id}}
        return self.ok({"open": self.keyed("open_orders", rows)})

    @route("POST /0/private/ClosedOrders")
    def closed_orders(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        ended = [o for o in self.book.orders if not o.rests and body.get("cl_ord_id") in {None, o.client_id}]
        found = self.of_period(body, ended, lambda o: o.created_ms)
        offset = int(body.get("ofs", 0))
        rows = {self.id_of(o): self.order_row(o) for o in found[offset : offset + _PAGE]}
        return self.ok({"closed": self.keyed("orders", rows), "count": len(found)})

    def of_period[T](self, body: dict[str, str], rows: list[T], at: Any) -> list[T]:
        """Return rows between two times in seconds, the start left out; newest first."""
        start, end = (Decimal(body.get(name) or default) for name, default in (("start", "0"), ("end", "9999999999")))
        assert end <= 9_999_999_999, "seconds"
        return within(rows, at, int(start * 1000) + 1, int(end * 1000), 10**6)

    @route("POST /0/private/TradesHistory")
    def trades(self, ask: Ask) -> dict[str, Any]:
        found = self.of_period(ask.body, self.book.fills, lambda f: f.at_ms)
        offset = int(ask.body.get("ofs", 0))
        rows = {f"T{f.number:05d}-KRAKN-TRADES": self.fill_row(f) for f in found[offset : offset + _PAGE]}
        return self.ok({"trades": self.keyed("trades", rows), "count": len(found)})

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, _), *_ = fill.fees
        return {
            "ordertxid": self.id_of(fill.order),
            "postxid": "TKH2SE-M7IF5-CFI7LT",
            "pair": self.native(fill.order.symbol),
            "time": fill.at_ms / 1000,
            "type": fill.order.side,
            "ordertype": fill.order.type,
            "price": text(fill.price),
            "cost": text(fill.price * fill.quantity),
            "fee": text(amount),
            "vol": text(fill.quantity),
            "margin": "0.00000",
            "leverage": "0",
            "misc": "",
            "trade_id": fill.number,
            "maker": fill.is_maker,
        }

    def moves(self, ask: Ask, kind: str) -> list[dict[str, Any]]:
        moved = [m for m in self.book.movements if m.kind == kind]
        return [
            {"method": "Tether USD (TRC20)", "aclass": "currency", "asset": m.asset, "refid": f"REF{m.number}",
             "txid": f"tx{m.number}", "info": "address", "amount": text(m.amount), "fee": text(m.fee),
             "time": m.at_ms // 1000, "status": "Success"}
            for m in self.of_period(ask.body, moved, lambda m: m.at_ms)
        ]  # fmt: skip

    @route("POST /0/private/DepositStatus")
    def deposits(self, ask: Ask) -> dict[str, Any]:
        return self.ok(self.listed("transfers", self.moves(ask, "deposit")))

    @route("POST /0/private/WithdrawStatus")
    def withdrawals(self, ask: Ask) -> dict[str, Any]:
        return self.ok(self.moves(ask, "withdrawal"))


VENUES = (Kraken,)
