"""Gate v4, classic account: pages by number (spot) or offset (futures), times in seconds, ids of ours while an order rests.

Source: Gate's API documentation as of its SDK 7.2 (spot orders, open_orders, my_trades, accounts, account_book; futures
orders, orders_timerange, my_trades_timerange, accounts, account_book, positions; account/detail, account/main_keys), and
answers recorded by ccxt (static response tests).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order, Refused
from tests.exchanges.wire import SPOT, SWAP, Ask, Market, Reply, ScriptedVenue, candles, route, text

_REFUSALS = {
    "duplicate": ("REPEATED_CREATION", "repeated"),
    "funds": ("BALANCE_NOT_ENOUGH", "Not enough balance"),
    "post": ("POC_FILL_IMMEDIATELY", "Order would match and take immediately so its cancelled"),
    "reduce": ("INCREASE_POSITION", "reduce-only order would increase the position"),
    "unknown": ("ORDER_NOT_FOUND", "Order not found"),
    "ended": ("ORDER_CLOSED", "Order already closed"),
}
_TEXT = re.compile(r"t-[0-9A-Za-z_.-]{1,28}")
_MONTH_SECONDS = 30 * 86_400


class _Gate(ScriptedVenue):
    ccxt_id = "gate"
    venue = "gate"
    page: ClassVar[int] = 100

    def __init__(self) -> None:
        super().__init__()
        # `text` is not said to be unique.
        self.book.ids_reusable = True

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        del ask
        label, message = _REFUSALS[kind]
        return Reply({"label": label, "message": message}, 404 if kind == "unknown" else 400)

    def takes_until(self, ask: Ask) -> int:
        signed = int(ask.headers["timestamp"]) * 1000 + 60_000
        return min(signed, int(ask.headers.get("x-gate-exptime", signed)))

    def on_late(self) -> Reply:
        return Reply({"label": "REQUEST_EXPIRED", "message": "gap between request Timestamp and server time"}, 403)

    def on_rate_limit(self) -> Reply:
        headers = {
            "X-Gate-RateLimit-Requests-Remain": "0",
            "X-Gate-RateLimit-Limit": "10",
            "X-Gate-RateLimit-Reset-Timestamp": str(self.book.now_ms // 1000 + 7),
        }
        return Reply({"label": "TOO_MANY_REQUESTS", "message": "Request Rate Limit Exceeded"}, 429, headers)

    def on_maintenance(self) -> Reply:
        return Reply({"label": "SERVER_ERROR", "message": "Internal server error"}, 500)

    def answer(self, ask: Ask) -> Reply:
        if ask.method == "POST":
            assert _TEXT.fullmatch(ask.body["text"])
        return super().answer(ask)

    @route("GET /api/v4/spot/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return {"server_time": self.book.now_ms}

    @route("GET /api/v4/account/detail")
    def detail(self, _ask: Ask) -> dict[str, Any]:
        return {
            "user_id": 10406147,
            "ip_whitelist": ["192.0.2.1"],
            "currency_pairs": [],
            "key": {"mode": 1},
            "tier": 0,
            "tier_expire_time": "0001-01-01T00:00:00Z",
            "copy_trading_role": 0,
        }

    @route("GET /api/v4/account/main_keys")
    def main_keys(self, _ask: Ask) -> dict[str, Any]:
        writes = {"spot", "futures"}
        perms = [{"name": name, "read_only": name not in writes} for name in ("spot", "futures", "wallet", "account")]
        return {"state": 1, "mode": 1, "user_id": 10406147, "ip_whitelist": ["192.0.2.1"], "perms": perms,
                "key": {"mode": 1}, "created_at": "1700000000", "last_access": "1772000000"}  # fmt: skip

    def seconds(self, ask: Ask, rows: list[Any], at: Any) -> list[Any]:
        """Return the rows of a period in whole seconds, newest first."""
        low, high = int(ask.query.get("from") or 0), int(ask.query.get("to") or 10**10)
        return sorted((row for row in rows if low * 1000 <= at(row) <= high * 1000), key=at, reverse=True)

    def cut(self, ask: Ask, rows: list[Any], most: int) -> list[Any]:
        """Return one page, by `page` or by `offset`."""
        limit = int(ask.query.get("limit", 100))
        assert limit <= most
        start = int(ask.query["offset"]) if "offset" in ask.query else (int(ask.query.get("page", 1)) - 1) * limit
        return rows[start : start + limit]

    def order_of(self, order_id: str) -> Order:
        """Return an order by its id, or by ours while it rests."""
        found = self.by_text(order_id) if order_id.startswith("t-") else self.find(order_id, None)
        if found is None:
            raise Refused("unknown")
        return found

    def by_text(self, client_id: str) -> Order | None:
        found = self.book.by_client_id(client_id)
        return found if found is not None and found.rests else None


class GateSpot(_Gate):
    """The spot account."""

    market_type = SPOT
    markets = (
        Market(symbol="BTC/USDT", native="BTC_USDT"),
        Market(symbol="BTC/USDC", native="BTC_USDC"),
    )
    fills_page: ClassVar[int] = 1000
    candles_page: ClassVar[int] = 1000
    fee_currencies = ("BTC", "GT")  # type: ignore[assignment]
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"amount": "n/a", "id": "1"},
        "open_orders": {"amount": "n/a", "id": "1"},
        "trades": {"amount": "n/a", "id": "1"},
    }
    absent: ClassVar[dict[str, str]] = {
        "flag_gtd": "no orders that end by a date",
        "status": "no state of the system is told",
    }

    @route("GET /api/v4/margin/currency_pairs")
    def margin_pairs(self, _ask: Ask) -> list[Any]:
        return []

    @route("GET /api/v4/spot/currency_pairs")
    def pairs(self, _ask: Ask) -> list[Any]:
        return [
            {"id": m.native, "base": m.base, "base_name": "Bitcoin", "quote": m.quote, "quote_name": "Tether",
             "fee": "0.2", "min_base_amount": text(m.least), "min_quote_amount": "3", "max_quote_amount": "5000000",
             "amount_precision": -(m.step.as_tuple().exponent), "precision": -(m.tick.as_tuple().exponent),  # type: ignore[operator]
             "trade_status": "tradable", "sell_start": 0, "buy_start": 0, "delisting_time": 0, "type": "normal"}
            for m in self.markets
        ]  # fmt: skip

    @route("GET /api/v4/spot/tickers")
    def tickers(self, _ask: Ask) -> list[Any]:
        return [
            {"currency_pair": m.native, "last": text(self.book.bid), "lowest_ask": text(self.book.ask),
             "highest_bid": text(self.book.bid), "change_percentage": "-1.18", "base_volume": "1219.05",
             "quote_volume": "8807.4", "high_24h": "51000", "low_24h": "49000"}
            for m in self.markets
        ]  # fmt: skip

    @route("GET /api/v4/spot/order_book")
    def depth(self, ask: Ask) -> dict[str, Any]:
        self.market(ask.query["currency_pair"])
        bids = [[text(self.book.bid), "2"], [text(self.book.bid - 1), "4"]]
        asks = [[text(self.book.ask), "3"], [text(self.book.ask + 1), "5"]]
        return {"id": 1, "current": self.book.now_ms, "update": self.book.now_ms, "asks": asks, "bids": bids}

    @route("GET /api/v4/spot/candlesticks")
    def klines(self, ask: Ask) -> Any:
        low, high = int(ask.query["from"]) * 1000, int(ask.query["to"]) * 1000
        rows = candles(self.book.now_ms, ask.query["interval"], low, high)
        if len(rows) > self.candles_page:
            return Reply({"label": "INVALID_PARAM_VALUE", "message": "Too many candlestick points"}, 400)
        return [
            [str(at // 1000), "1000", text(c), text(h), text(lo), text(o), text(v), "true"]
            for at, o, h, lo, c, v in rows
        ]

    @route("GET /api/v4/spot/accounts")
    def accounts(self, _ask: Ask) -> list[Any]:
        return [
            {"currency": asset, "available": text(w.total - w.used), "locked": text(w.used), "update_id": 98}
            for asset, w in self.book.wallets.items()
        ]

    def order_row(self, order: Order) -> dict[str, Any]:
        ended = {"filled": "closed", "cancelled": "cancelled"}.get(order.status, "open")
        how = {"closed": "filled", "open": "open"}.get(ended, "cancelled")
        if how == "cancelled" and order.tif in {"IOC", "FOK"}:
            how = order.tif.lower()
        tif = "poc" if order.post_only else "ioc" if order.type == "market" else order.tif.lower()
        return {
            "id": self.id_of(order),
            "text": order.client_id,
            "amend_text": "-",
            "create_time": str(order.created_ms // 1000),
            "update_time": str(order.updated_ms // 1000),
            "create_time_ms": order.created_ms,
            "update_time_ms": order.updated_ms,
            "status": ended,
            "currency_pair": self.native(order.symbol),
            "type": order.type,
            "account": "spot",
            "side": order.side,
            "amount": text(order.quantity),
            "price": text(order.price),
            "time_in_force": tif,
            "iceberg": "0",
            "left": text(order.quantity - order.filled),
            "filled_amount": text(order.filled),
            "fill_price": text(order.cost),
            "filled_total": text(order.cost),
            "avg_deal_price": text(order.average),
            "fee": "0",
            "fee_currency": "BTC",
            "point_fee": "0",
            "gt_fee": "0",
            "gt_maker_fee": "0",
            "gt_taker_fee": "0",
            "gt_discount": False,
            "rebated_fee": "0",
            "rebated_fee_currency": "USDT",
            "stp_id": 0,
            "stp_act": "-",
            "finish_as": how,
        }

    @route("POST /api/v4/spot/orders", "place")
    def create(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        kind, tif = body["type"], body.get("time_in_force", "gtc")
        assert body["account"] == "spot"
        # At market a buy names what is spent; this book counts what is bought.
        assert (kind, body["side"]) != ("market", "buy")
        assert kind == "limit" or tif in {"ioc", "fok"}
        order = self.book.place(
            body["text"],
            self.market(body["currency_pair"]).symbol,
            body["side"],
            Decimal(body["amount"]),
            type=kind,
            price=Decimal(body["price"]) if kind == "limit" else None,
            post_only=tif == "poc",
            tif=tif.upper() if kind == "limit" and tif != "poc" else "GTC",
        )
        return self.order_row(order)

    @route("DELETE /api/v4/spot/orders/{order_id}", "cancel")
    def cancel(self, ask: Ask, order_id: str) -> dict[str, Any]:
        self.market(ask.query["currency_pair"])
        return self.order_row(self.book.cancel(self.order_of(order_id)))

    @route("GET /api/v4/spot/orders/{order_id}")
    def get_order(self, ask: Ask, order_id: str) -> dict[str, Any]:
        self.market(ask.query["currency_pair"])
        return self.order_row(self.order_of(order_id))

    @route("GET /api/v4/spot/open_orders")
    def open_orders(self, ask: Ask) -> list[Any]:
        # Every market with its own page of orders; there is no filter by market.
        found = []
        for market in self.markets:
            own = [o for o in self.book.orders if o.status == "open" and o.symbol == market.symbol]
            rows = self.cut(ask, [self.order_row(o) for o in reversed(own)], 100)
            if rows:
                found.append({"currency_pair": market.native, "total": len(rows), "orders": rows})
        if "open_orders" in self.odd and found:
            found[0]["orders"] = self.listed("open_orders", found[0]["orders"])
        return found

    @route("GET /api/v4/spot/orders")
    def finished(self, ask: Ask) -> list[Any]:
        query = ask.query
        assert query["status"] == "finished"
        assert int(query["to"]) - int(query["from"]) <= _MONTH_SECONDS
        ended = [o for o in self.book.orders if not o.rests]
        own = [o for o in ended if query.get("currency_pair") in {None, self.native(o.symbol)}]
        # By the time they ended.
        rows = self.cut(ask, self.seconds(ask, own, lambda o: o.updated_ms), 100)
        return self.listed("orders", [self.order_row(o) for o in rows])

    @route("GET /api/v4/spot/price_orders")
    def price_orders(self, _ask: Ask) -> list[Any]:
        return []

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        in_gt = asset == "GT"
        return {
            "id": str(fill.number),
            "create_time": str(fill.at_ms // 1000),
            "create_time_ms": f"{fill.at_ms}.399200",
            "currency_pair": self.native(fill.order.symbol),
            "side": fill.order.side,
            "role": "maker" if fill.is_maker else "taker",
            "amount": text(fill.quantity),
            "price": text(fill.price),
            "order_id": self.id_of(fill.order),
            "fee": "0" if in_gt else text(amount),
            "fee_currency": "BTC" if in_gt else asset,
            "point_fee": "0",
            "gt_fee": text(amount) if in_gt else "0",
            "amend_text": "-",
            "sequence_id": str(fill.number),
            "text": fill.order.client_id,
        }

    @route("GET /api/v4/spot/my_trades")
    def my_trades(self, ask: Ask) -> list[Any]:
        query = ask.query
        assert int(query["to"]) - int(query["from"]) <= _MONTH_SECONDS
        own = [f for f in self.book.fills if query.get("currency_pair") in {None, self.native(f.order.symbol)}]
        rows = self.cut(ask, self.seconds(ask, own, lambda f: f.at_ms), 1000)
        return self.listed("trades", [self.fill_row(f) for f in rows])

    def moved(self, ask: Ask, kind: str) -> list[Any]:
        assert int(ask.query["to"]) - int(ask.query["from"]) <= _MONTH_SECONDS
        own = [m for m in self.book.movements if m.kind == kind]
        rows = self.cut(ask, self.seconds(ask, own, lambda m: m.at_ms - m.at_ms % 1000), 500)
        sign = "d" if kind == "deposit" else "w"
        return [
            {"id": f"{sign}{m.number}", "currency": m.asset, "address": "0x1", "amount": text(m.amount + m.fee),
             "txid": f"0x{m.number}", "chain": "ETH", "timestamp": str(m.at_ms // 1000), "status": "DONE", "memo": "",
             "fee": text(m.fee)}
            for m in rows
        ]  # fmt: skip

    @route("GET /api/v4/wallet/deposits")
    def deposits(self, ask: Ask) -> list[Any]:
        return self.moved(ask, "deposit")

    @route("GET /api/v4/wallet/withdrawals")
    def withdrawals(self, ask: Ask) -> list[Any]:
        return self.moved(ask, "withdrawal")

    @route("GET /api/v4/spot/account_book")
    def account_book(self, ask: Ask) -> list[Any]:
        assert int(ask.query["to"]) - int(ask.query["from"]) <= _MONTH_SECONDS
        words = {"in": "futures_out", "out": "futures_in"}
        own = [m for m in self.book.movements if words.get(m.kind) == ask.query["type"]]
        return [
            {"id": str(m.number), "time": m.at_ms, "currency": m.asset, "balance": "1000", "type": ask.query["type"],
             "change": text(m.amount if m.kind == "in" else -m.amount), "code": "", "text": ""}
            for m in self.cut(ask, self.seconds(ask, own, lambda m: m.at_ms), 1000)
        ]  # fmt: skip


class GateSwap(_Gate):
    """Perpetuals settled in USDT: contracts of a ten-thousandth of a coin, sold below zero."""

    market_type = SWAP
    markets = (
        Market(
            symbol="BTC/USDT:USDT", native="BTC_USDT", step=Decimal(1), least=Decimal(1), size=Decimal("0.0001")
        ),
        Market(symbol="ETH/USDT:USDT", native="ETH_USDT", step=Decimal(1), least=Decimal(1), size=Decimal("0.01")),
    )  # fmt: skip
    candles_page: ClassVar[int] = 1999
    fee_currencies = ("USDT", "GATEPOINT")  # type: ignore[assignment]
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"size": "n/a", "id": "1"},
        "open_orders": {"size": "n/a", "id": "1"},
        "trades": {"size": "n/a", "trade_id": "1"},
    }
    absent: ClassVar[dict[str, str]] = GateSpot.absent

    @route("GET /api/v4/futures/usdt/contracts")
    def contracts(self, _ask: Ask) -> list[Any]:
        return [
            {"name": m.native, "type": "direct", "quanto_multiplier": text(m.size), "enable_decimal": False,
             "order_size_min": text(m.least), "order_size_max": "1000000", "order_price_round": text(m.tick),
             "mark_price_round": "0.01", "order_price_deviate": "0.5", "mark_price": "50000", "index_price": "50000",
             "last_price": "50000", "leverage_min": "1", "leverage_max": "100", "maintenance_rate": "0.005",
             "funding_rate": "0.0001", "funding_rate_indicative": "0.0001", "funding_interval": 28800,
             "funding_next_apply": self.book.now_ms // 1000 + 3600, "maker_fee_rate": "-0.0001",
             "taker_fee_rate": "0.00075", "in_delisting": False, "status": "trading", "create_time": 1585526400,
             "orders_limit": 100, "interest_rate": "0.0003"}
            for m in self.markets
        ]  # fmt: skip

    @route("GET /api/v4/futures/usdt/tickers")
    def tickers(self, _ask: Ask) -> list[Any]:
        return [
            {"contract": m.native, "last": text(self.book.bid), "low_24h": "49000", "high_24h": "51000",
             "change_percentage": "4.43", "total_size": "32323904", "volume_24h": "184040233284",
             "volume_24h_base": "28613220", "volume_24h_quote": "184040233284", "volume_24h_settle": "28613220",
             "mark_price": "50000", "funding_rate": "0.0001", "index_price": "50000", "lowest_ask": text(self.book.ask),
             "lowest_size": "3", "highest_bid": text(self.book.bid), "highest_size": "2"}
            for m in self.markets
        ]  # fmt: skip

    @route("GET /api/v4/futures/usdt/order_book")
    def depth(self, ask: Ask) -> dict[str, Any]:
        self.market(ask.query["contract"])
        bids = [{"p": text(self.book.bid), "s": "2"}, {"p": text(self.book.bid - 1), "s": "4"}]
        asks = [{"p": text(self.book.ask), "s": "3"}, {"p": text(self.book.ask + 1), "s": "5"}]
        now = self.book.now_ms / 1000
        return {"id": 1, "current": now, "update": now, "asks": asks, "bids": bids}

    @route("GET /api/v4/futures/usdt/candlesticks")
    def klines(self, ask: Ask) -> Any:
        low, high = int(ask.query["from"]) * 1000, int(ask.query["to"]) * 1000
        rows = candles(self.book.now_ms, ask.query["interval"], low, high)
        if len(rows) > 2000:
            return Reply({"label": "INVALID_PARAM_VALUE", "message": "Too many candlestick points"}, 400)
        return [
            {"t": at // 1000, "o": text(o), "h": text(h), "l": text(lo), "c": text(c), "v": text(v), "sum": "1"}
            for at, o, h, lo, c, v in rows
        ]

    @route("GET /api/v4/futures/usdt/accounts")
    def accounts(self, _ask: Ask) -> dict[str, Any]:
        wallet = self.book.wallets.get("USDT")
        total, used, upl = (wallet.total, wallet.used, wallet.unrealized) if wallet else (Decimal(0),) * 3
        return {
            "total": text(total),
            "unrealised_pnl": text(upl),
            "position_margin": "0",
            "order_margin": text(used),
            "available": text(total + upl - used),
            "point": "0",
            "currency": "USDT",
            "in_dual_mode": self.hedged,
            "position_mode": "dual" if self.hedged else "single",
            "enable_credit": False,
            "margin_mode": 0,
            "bonus": "0",
            "user": 10406147,
            "history": {"dnw": "1539.30", "pnl": "0", "fee": "0", "refr": "0", "fund": "0"},
        }

    @route("GET /api/v4/futures/usdt/positions")
    def positions(self, ask: Ask) -> list[Any]:
        held = [p for p in self.book.positions if p.quantity or ask.query.get("holding") != "true"]
        return [
            {"user": 10406147, "contract": self.native(p.symbol), "size": text(p.quantity), "leverage": "0",
             "value": text(abs(p.quantity) * p.mark), "margin": "10", "entry_price": text(p.entry), "liq_price": "0",
             "mark_price": text(p.mark), "initial_margin": "10", "maintenance_margin": "5", "risk_limit": "100",
             "unrealised_pnl": text(p.unrealized), "realised_pnl": "0", "maintenance_rate": "0.005",
             "mode": f"dual_{p.leg}" if p.leg else "single", "cross_leverage_limit": "10", "open_time": 1772000000,
             "update_time": 1772000000, "pos_margin_mode": "cross", "lever": "10"}
            for p in self.cut(ask, held, 100)
        ]  # fmt: skip

    def order_of(self, order_id: str) -> Order:
        order = super().order_of(order_id)
        # One that was cancelled without a fill is forgotten after ten minutes, by whatever id.
        if order.status == "cancelled" and not order.filled and self.book.now_ms - order.updated_ms > 600_000:
            raise Refused("unknown")
        return order

    def by_text(self, client_id: str) -> Order | None:
        found = self.book.by_client_id(client_id)
        # Once it has ended without a fill only for a minute.
        lately = found is not None and self.book.now_ms - found.updated_ms <= 60_000
        return found if found is not None and (found.rests or found.filled or lately) else None

    def order_row(self, order: Order) -> dict[str, Any]:
        sign = 1 if order.side == "buy" else -1
        tif = "poc" if order.post_only else "ioc" if order.type == "market" else order.tif.lower()
        row = {
            "id": order.number,
            "user": 10406147,
            "contract": self.native(order.symbol),
            "create_time": order.created_ms / 1000,
            "update_time": order.updated_ms / 1000,
            "price": text(order.price),
            "tif": tif,
            "iceberg": "0",
            "text": order.client_id,
            "is_reduce_only": order.reduce_only,
            "is_close": False,
            "is_liq": False,
            "fill_price": text(order.average),
            "status": "open" if order.rests else "finished",
            "size": text(sign * order.quantity),
            "left": text(sign * (order.quantity - order.filled)),
            "tkfr": "0.0005",
            "mkfr": "0.0002",
            "refu": 0,
            "refr": "0",
            "stp_id": 0,
            "stp_act": "-",
            "amend_text": "-",
            "biz_info": "-",
        }
        if not order.rests:
            ended = {"filled": "filled"}.get(order.status, "cancelled" if order.tif == "GTC" else "ioc")
            row |= {"finish_time": order.updated_ms / 1000, "finish_as": ended}
        return row

    @route("POST /api/v4/futures/usdt/orders", "place")
    def create(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        size, tif = Decimal(str(body["size"])), body.get("tif", "gtc")
        at_market = Decimal(body["price"]) == 0
        assert not at_market or tif == "ioc"
        order = self.book.place(
            body["text"],
            self.market(body["contract"]).symbol,
            "buy" if size > 0 else "sell",
            abs(size),
            type="market" if at_market else "limit",
            price=None if at_market else Decimal(body["price"]),
            reduce_only=body.get("reduce_only") is True,
            post_only=tif == "poc",
            tif="GTC" if at_market or tif == "poc" else tif.upper(),
        )
        return self.order_row(order)

    @route("DELETE /api/v4/futures/usdt/orders/{order_id}", "cancel")
    def cancel(self, _ask: Ask, order_id: str) -> dict[str, Any]:
        return self.order_row(self.book.cancel(self.order_of(order_id)))

    @route("GET /api/v4/futures/usdt/orders/{order_id}")
    def get_order(self, _ask: Ask, order_id: str) -> dict[str, Any]:
        return self.order_row(self.order_of(order_id))

    @route("GET /api/v4/futures/usdt/orders")
    def list_orders(self, ask: Ask) -> list[Any]:
        assert ask.query["status"] == "open"
        own = [o for o in self.book.orders if o.rests]
        own = [o for o in own if ask.query.get("contract") in {None, self.native(o.symbol)}]
        rows = self.cut(ask, own[::-1], 100)
        return self.listed("open_orders", [self.order_row(o) for o in rows])

    @route("GET /api/v4/futures/usdt/orders_timerange")
    def timerange(self, ask: Ask) -> list[Any]:
        ended = [o for o in self.book.orders if not o.rests]
        own = [o for o in ended if ask.query.get("contract") in {None, self.native(o.symbol)}]
        rows = self.cut(ask, self.seconds(ask, own, lambda o: o.updated_ms), 100)
        return self.listed("orders", [self.order_row(o) for o in rows])

    @route("GET /api/v4/futures/usdt/price_orders")
    def price_orders(self, _ask: Ask) -> list[Any]:
        return []

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        in_points = asset == "GATEPOINT"
        sign = 1 if fill.order.side == "buy" else -1
        return {
            "trade_id": str(fill.number),
            "create_time": fill.at_ms / 1000,
            "contract": self.native(fill.order.symbol),
            "order_id": self.id_of(fill.order),
            "size": text(sign * fill.quantity),
            "close_size": "0",
            "price": text(fill.price),
            "role": "maker" if fill.is_maker else "taker",
            "text": fill.order.client_id,
            "fee": "0" if in_points else text(amount),
            "point_fee": text(amount) if in_points else "0",
        }

    @route("GET /api/v4/futures/usdt/my_trades_timerange")
    def my_trades(self, ask: Ask) -> list[Any]:
        own = [f for f in self.book.fills if ask.query.get("contract") in {None, self.native(f.order.symbol)}]
        rows = self.cut(ask, self.seconds(ask, own, lambda f: f.at_ms), 100)
        return self.listed("trades", [self.fill_row(f) for f in rows])

    @route("GET /api/v4/futures/usdt/account_book")
    def account_book(self, ask: Ask) -> list[Any]:
        if ask.query["type"] == "fund":
            paid = self.cut(ask, self.seconds(ask, self.book.payments, lambda p: p.at_ms), 100)
            return [
                {"time": p.at_ms / 1000, "change": text(p.amount), "balance": "1000", "type": "fund", "trade_id": "0",
                 "text": self.native(p.symbol), "contract": self.native(p.symbol), "id": str(p.number)}
                for p in paid
            ]  # fmt: skip
        moved = self.cut(ask, self.seconds(ask, self.book.movements, lambda m: m.at_ms), 100)
        return [
            {"time": m.at_ms / 1000, "change": text(m.amount if m.kind == "in" else -m.amount), "balance": "1000",
             "type": "dnw", "text": "", "contract": "", "trade_id": "0", "id": str(m.number)}
            for m in moved
        ]  # fmt: skip


VENUES = (GateSpot, GateSwap)
