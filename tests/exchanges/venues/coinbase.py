"""Coinbase Advanced spot: orders are told by their configuration, lists come in pages with a cursor, times are texts.

Source: Coinbase's Advanced Trade API documentation (orders, orders/batch_cancel, orders/historical/batch,
orders/historical/fills, accounts, key_permissions, market/products) and Coinbase App's (accounts/:id/transactions).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order, Wallet
from tests.exchanges.wire import SPOT, Ask, Market, Reply, ScriptedVenue, candles, route, text, within

_REFUSALS = {
    "duplicate": "DUPLICATE_CLIENT_ORDER_ID",
    "funds": "INSUFFICIENT_FUND",
    "post": "INVALID_LIMIT_PRICE_POST_ONLY",
}
_STATUS = {"open": "OPEN", "filled": "FILLED", "cancelled": "CANCELLED", "waiting": "OPEN", "expired": "EXPIRED"}
_TIFS = {"IOC": "IMMEDIATE_OR_CANCEL", "FOK": "FILL_OR_KILL", "GTD": "GOOD_UNTIL_DATE_TIME"}


class Coinbase(ScriptedVenue):
    """Spot."""

    ccxt_id = "coinbase"
    venue = "coinbase"
    market_type = SPOT
    candles_page: ClassVar[int] = 300
    markets = (Market(symbol="BTC/USDT", native="BTC-USDT"), Market(symbol="BTC/USD", native="BTC-USD"))
    # A bracket, of which no field says how much: the public reports' own example.
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        name: {
            "order_id": "odd",
            "client_order_id": "somebody-elses",
            "order_configuration": {"trigger_bracket_gtc": {"limit_price": "1", "stop_trigger_price": "2"}},
            "filled_size": "",
        }
        for name in ("orders", "open_orders")
    } | {"trades": {"size": "n/a", "trade_id": "odd"}, "transfers": {"amount": {"amount": "n/a"}, "id": "odd"}}
    absent: ClassVar[dict[str, str]] = {
        "status": "no call tells",
        "place_stop": "stops are stop-limits",
        "stop_fired": "stops are stop-limits",
    }

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        if ask.method == "GET":
            return Reply({"error": "NOT_FOUND", "error_details": "order not found", "message": "order not found"}, 404)
        if "batch_cancel" in ask.path:
            row = {"success": False, "failure_reason": "UNKNOWN_CANCEL_ORDER", "order_id": ask.body["order_ids"][0]}
            return Reply({"results": [row]})
        row = {"error": _REFUSALS[kind], "message": _REFUSALS[kind], "error_details": ""}
        return Reply({"success": False, "failure_reason": "UNKNOWN_FAILURE_REASON", "error_response": row})

    def takes_until(self, ask: Ask) -> int:
        scheme, _, token = ask.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            return (int(ask.headers["cb-access-timestamp"]) + 30) * 1000
        body = token.split(".")[1]
        return int(json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))["exp"]) * 1000

    def on_late(self) -> Reply:
        return Reply("Unauthorized", 401)

    def on_rate_limit(self) -> Reply:
        return Reply({"error": "rate_limit_exceeded", "message": "Too many requests"}, 429)

    def id_of(self, order: Order) -> str:
        return f"{order.number:08d}-0000-4000-8000-000000000000"

    @route("GET /api/v3/brokerage/market/products")
    def products(self, ask: Ask) -> dict[str, Any]:
        if ask.query.get("product_type") == "FUTURE":
            return {"products": [], "num_products": 0}
        return {"products": [self.info(m) for m in self.markets], "num_products": len(self.markets)}

    def info(self, market: Market) -> dict[str, Any]:
        return {
            "product_id": market.native,
            "price": text(self.book.bid),
            "volume_24h": "1234",
            "base_increment": text(market.step),
            "quote_increment": text(market.tick),
            "price_increment": text(market.tick),
            "base_min_size": text(market.least),
            "base_max_size": "3400",
            "quote_min_size": "1",
            "quote_max_size": "150000000",
            "status": "online",
            "trading_disabled": False,
            "product_type": "SPOT",
            "base_currency_id": market.base,
            "quote_currency_id": market.quote,
            "alias": "",
            "alias_to": [],
        }

    @route("GET /api/v3/brokerage/transaction_summary")
    def summary(self, _ask: Ask) -> dict[str, Any]:
        return {"fee_tier": {"taker_fee_rate": "0.006", "maker_fee_rate": "0.004"}}

    @route("GET /api/v3/brokerage/best_bid_ask")
    def touches(self, _ask: Ask) -> dict[str, Any]:
        bid, ask = {"price": text(self.book.bid), "size": "2"}, {"price": text(self.book.ask), "size": "3"}
        at = iso(self.book.now_ms)
        return {
            "pricebooks": [{"product_id": m.native, "bids": [bid], "asks": [ask], "time": at} for m in self.markets]
        }

    @route("GET /api/v3/brokerage/market/product_book")
    def depth(self, ask: Ask) -> dict[str, Any]:
        bids = [{"price": text(self.book.bid - n), "size": "2"} for n in range(2)]
        asks = [{"price": text(self.book.ask + n), "size": "3"} for n in range(2)]
        at = iso(self.book.now_ms)
        return {"pricebook": {"product_id": ask.query["product_id"], "bids": bids, "asks": asks, "time": at}}

    @route("GET /api/v3/brokerage/market/products/{product}/candles")
    def get_candles(self, ask: Ask, _product: str) -> dict[str, Any]:
        low, high = int(ask.query["start"]) * 1000, int(ask.query["end"]) * 1000
        assert (high - low) // 60_000 <= self.candles_page, "at most 300 candles"
        rows = candles(self.book.now_ms, "1m", low, high)
        return {
            "candles": [
                {"start": str(at // 1000), "open": text(o), "high": text(h), "low": text(lo), "close": text(c),
                 "volume": text(v)}
                for at, o, h, lo, c, v in reversed(rows)
            ]
        }  # fmt: skip

    @route("GET /v2/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return {"data": {"iso": iso(self.book.now_ms), "epoch": self.book.now_ms // 1000}}

    @route("GET /api/v3/brokerage/key_permissions")
    def permissions(self, _ask: Ask) -> dict[str, Any]:
        return {"can_view": True, "can_trade": True, "can_transfer": False, "portfolio_uuid": "p"}

    @route("GET /api/v3/brokerage/accounts")
    def accounts(self, ask: Ask) -> dict[str, Any]:
        held = self.book.wallets
        # An account stays when nothing is in it; whoever has used many coins has more than a page of them.
        assets = [*held, *dict.fromkeys(m.asset for m in self.book.movements if m.asset not in held)]
        rows = []
        for asset in assets:
            w = held.get(asset) or Wallet(total=Decimal(0))
            rows.append(
                {"uuid": f"acc-{asset}", "name": f"{asset} Wallet", "currency": asset, "default": True, "active": True,
                 "created_at": "2023-01-04T06:20:06.456Z", "type": "ACCOUNT_TYPE_CRYPTO", "ready": True,
                 "available_balance": {"value": text(w.total - w.used), "currency": asset},
                 "hold": {"value": text(w.used), "currency": asset}}
            )  # fmt: skip
        return self.paged(ask, "accounts", rows, 1)

    @route("GET /v2/accounts/{account}/transactions")
    def transactions(self, ask: Ask, account: str) -> dict[str, Any]:
        """Newest first, 25 a page unless more are asked for; fills of orders stand among them."""
        rows = []
        moved = [m for m in self.book.movements if f"acc-{m.asset}" == account]
        for m in sorted(moved, key=lambda m: m.at_ms, reverse=True):
            goes_in = m.kind in {"in", "deposit"}
            rows.append(
                {"id": f"tx-{m.number}", "type": "send", "status": "completed", "resource": "transaction",
                 "amount": {"amount": text(m.amount if goes_in else -m.amount), "currency": m.asset},
                 "native_amount": {"amount": text(m.amount), "currency": "USD"}, "created_at": seconds(m.at_ms),
                 # A network's fee is in the amount, and told beside it.
                 "network": {"status": "confirmed", "hash": f"0x{m.number}", "network_name": "ethereum",
                             "transaction_fee": {"amount": "1", "currency": m.asset},
                             "transaction_amount": {"amount": text(m.amount - 1), "currency": m.asset}}}
            )  # fmt: skip
            rows.append(
                {"id": f"fill-{m.number}", "type": "advanced_trade_fill", "status": "completed",
                 "amount": {"amount": "7", "currency": m.asset}, "created_at": seconds(m.at_ms),
                 "native_amount": {"amount": "7", "currency": "USD"}, "resource": "transaction",
                 "advanced_trade_fill": {"fill_price": "50000", "product_id": f"BTC-{m.asset}", "order_id": "o",
                                         "commission": "0", "order_side": "sell"}}
            )  # fmt: skip
        rows = self.listed("transfers", rows)
        limit = min(int(ask.query.get("limit", 25)), 100)
        last = ask.query.get("starting_after")
        start = next((n + 1 for n, row in enumerate(rows) if row["id"] == last), 0)
        page = rows[start : start + limit]
        more = start + limit < len(rows)
        following = str(page[-1]["id"]) if more else None
        return {
            "pagination": {"ending_before": None, "starting_after": last, "limit": limit, "order": "desc",
                           "next_starting_after": following,
                           "next_uri": f"/v2/accounts/{account}/transactions?starting_after={following}" if more else None},
            "data": page,
        }  # fmt: skip

    def order_row(self, order: Order) -> dict[str, Any]:
        size = {"base_size": text(order.quantity)}
        limit = size | {"limit_price": text(order.price)}
        if order.trigger is not None:
            down = "STOP_DIRECTION_STOP_DOWN" if order.side == "sell" else "STOP_DIRECTION_STOP_UP"
            config = {"stop_limit_stop_limit_gtc": limit | {"stop_price": text(order.trigger), "stop_direction": down}}
        elif order.type == "market":
            config = {"market_market_ioc": size}
        elif order.tif == "IOC":
            config = {"sor_limit_ioc": limit}
        elif order.tif == "FOK":
            config = {"limit_limit_fok": limit}
        elif order.tif == "GTD":
            ends = {"end_time": seconds(order.expires_ms or 0), "post_only": order.post_only}
            config = {"limit_limit_gtd": limit | ends}  # type: ignore[dict-item]
        else:
            config = {"limit_limit_gtc": {**limit, "post_only": order.post_only}}  # type: ignore[dict-item]
        kind = "STOP_LIMIT" if order.trigger is not None else order.type.upper()
        return {
            "order_id": self.id_of(order),
            "product_id": self.native(order.symbol),
            "order_configuration": config,
            "side": order.side.upper(),
            "client_order_id": order.client_id,
            "status": _STATUS[order.status],
            "time_in_force": _TIFS.get("IOC" if order.type == "market" else order.tif, "GOOD_UNTIL_CANCELLED"),
            "created_time": iso(order.created_ms),
            "filled_size": text(order.filled),
            "average_filled_price": text(order.average),
            "total_fees": "0",
            "order_type": kind,
        }

    @route("POST /api/v3/brokerage/orders", "place")
    def create(self, ask: Ask) -> dict[str, Any]:
        ((kind, terms),) = ask.body["order_configuration"].items()
        assert kind != "market_market_ioc" or set(terms) == {"base_size"}, "one size, of the base"
        assert set(ask.body) <= {"client_order_id", "product_id", "side", "order_configuration"}, "no other terms"
        side = ask.body["side"].lower()
        if "stop_price" in terms:
            assert terms["stop_direction"] == (
                "STOP_DIRECTION_STOP_UP" if side == "buy" else "STOP_DIRECTION_STOP_DOWN"
            ), "a stop that fires the other way about"
        order = self.book.place(
            ask.body["client_order_id"],
            self.market(ask.body["product_id"]).symbol,
            side,
            Decimal(terms["base_size"]),
            type="limit" if "limit_price" in terms else "market",
            price=Decimal(terms["limit_price"]) if "limit_price" in terms else None,
            trigger=Decimal(terms["stop_price"]) if "stop_price" in terms else None,
            post_only=terms.get("post_only") is True,
            tif={"sor_limit_ioc": "IOC", "limit_limit_fok": "FOK", "limit_limit_gtd": "GTD"}.get(kind, "GTC"),
            expires_ms=ms(terms.get("end_time")),
        )
        told = {"order_id": self.id_of(order), "product_id": self.native(order.symbol), "side": order.side.upper(),
                "client_order_id": order.client_id}  # fmt: skip
        return {"success": True, "success_response": told, "order_configuration": ask.body["order_configuration"]}

    @route("POST /api/v3/brokerage/orders/batch_cancel", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        (order_id,) = ask.body["order_ids"]
        self.book.cancel(self.find(order_id, None))
        return {"results": [{"success": True, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": order_id}]}

    @route("GET /api/v3/brokerage/orders/historical/batch")
    def batch(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        is_open = query.get("order_status") == "OPEN"
        rows = [o for o in self.book.orders if query.get("product_id") in {None, self.native(o.symbol)}]
        rows = [o for o in rows if o.rests] if is_open else rows
        found = within(rows, lambda o: o.created_ms, ms(query.get("start_date")), ms(query.get("end_date")), 10**6)
        listed = self.listed("open_orders" if is_open else "orders", [self.order_row(o) for o in found])
        return self.paged(ask, "orders", listed, 100)

    def paged(self, ask: Ask, name: str, rows: list[Any], most: int) -> dict[str, Any]:
        limit, start = min(int(ask.query.get("limit", most)), most), int(ask.query.get("cursor") or 0)
        more = start + limit < len(rows)
        return {
            name: rows[start : start + limit],
            "size": limit,
            "has_next": more,
            "cursor": str(start + limit) if more else "",
        }

    @route("GET /api/v3/brokerage/orders/historical/{order_id}")
    def get_order(self, _ask: Ask, order_id: str) -> dict[str, Any]:
        return {"order": self.order_row(self.require(order_id, None))}

    @route("GET /api/v3/brokerage/orders/historical/fills")
    def fills(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        rows = [f for f in self.book.fills if query.get("product_id") in {None, self.native(f.order.symbol)}]
        low, high = ms(query.get("start_sequence_timestamp")), ms(query.get("end_sequence_timestamp"))
        found = within(rows, lambda f: f.at_ms, low, high, 10**6)
        return self.paged(ask, "fills", self.listed("trades", [self.fill_row(f) for f in found]), 100)

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, _), *_ = fill.fees
        return {
            "entry_id": f"e{fill.number}",
            "trade_id": f"t-{fill.number}",
            "order_id": self.id_of(fill.order),
            "trade_time": iso(fill.at_ms),
            "sequence_timestamp": iso(fill.at_ms),
            "price": text(fill.price),
            "size": text(fill.quantity),
            "size_in_quote": False,
            "commission": text(amount),
            "product_id": self.native(fill.order.symbol),
            "side": fill.order.side.upper(),
            "liquidity_indicator": "MAKER" if fill.is_maker else "TAKER",
        }


def iso(at_ms: int) -> str:
    """Write a time to the millisecond."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def seconds(at_ms: int) -> str:
    """Write a time to the second."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ms(at: str | None) -> int | None:
    """Read such a time."""
    return None if at is None else round(datetime.fromisoformat(at).timestamp() * 1000)


VENUES = (Coinbase,)
