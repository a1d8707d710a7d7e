"""Hyperliquid perpetuals: all reads at /info and all writes at /exchange, orders found by cloid, no orders at market.

Source: Hyperliquid's API documentation (info endpoint, perpetuals; exchange endpoint; error responses; rate limits), and
answers as recorded by ccxt and NautilusTrader.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order
from tests.exchanges.wire import SWAP, Ask, Market, Reply, Route, ScriptedVenue, candles, route, text

_ACCOUNT, _AGENT_KEY = f"0x{'1' * 40}", f"0x{'2' * 64}"
#: The address that belongs to the key.
_AGENT = "0x1563915e194d8cfba1943570603f7606a3115508"
_REFUSALS = {
    "funds": "Insufficient margin to place order. asset=0",
    "post": "Post only order would have immediately matched, bbo was 49995@50005. asset=0",
    "reduce": "Reduce only order would increase position. asset=0",
    "unknown": "Order was never placed, already canceled, or filled. asset=0",
    "ended": "Order was never placed, already canceled, or filled. asset=0",
}
_NOTHING_TAKEN = "Order could not immediately match against any resting orders. asset=0"
_TIFS = {"Gtc": "GTC", "Ioc": "IOC", "Alo": "GTC"}
_NO_HASH = f"0x{'0' * 64}"
_KEPT, _RANGE, _FILLS = 2000, 500, 2000


class Hyperliquid(ScriptedVenue):
    """The exchange's own perpetuals, settled in USDC."""

    ccxt_id = "hyperliquid"
    venue = "hyperliquid"
    market_type = SWAP
    keys: ClassVar[dict[str, str]] = {"walletAddress": _ACCOUNT, "privateKey": _AGENT_KEY}
    fills_page: ClassVar[int] = _FILLS
    candles_page: ClassVar[int] = 5000
    candles_kept: ClassVar[int] = 5000
    one_way_only = True
    moved_asset: ClassVar[str] = "USDC"
    markets = (
        Market(symbol="BTC/USDC:USDC", native="BTC", tick=Decimal(1), step=Decimal("0.00001"), least=None),
        Market(symbol="ETH/USDC:USDC", native="ETH", tick=Decimal(1), step=Decimal("0.0001"), least=None),
    )
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"order": {"coin": "BTC", "oid": 1, "origSz": "n/a", "sz": "n/a", "side": "B", "timestamp": 1}},
        "open_orders": {"oid": 1, "origSz": "n/a", "sz": "n/a"},
        "trades": {"tid": 1, "sz": "n/a"},
        "funding": {"delta": {"coin": "BTC", "usdc": "n/a"}},
        "transfers": {"delta": {"type": "somethingNew", "usdc": "1"}},
    }
    absent: ClassVar[dict[str, str]] = {
        "flag_fok": "no such time in force",
        "flag_gtd": "no orders that end by a date",
    }

    def __init__(self) -> None:
        super().__init__()
        # Nothing says that an id is refused the second time.
        self.book.ids_reusable = True
        self.abstraction = "disabled"
        self.role: dict[str, Any] = {"role": "agent", "data": {"user": _ACCOUNT}}

    def kind_of(self, _found: Route, ask: Ask) -> str:
        if ask.path == "/info":
            return "read"
        return "cancel" if "cancel" in ask.body["action"]["type"] else "place"

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        return Reply(self.done(ask.body["action"]["type"], {"error": _REFUSALS[kind]}))

    def takes_until(self, ask: Ask) -> int:
        return int(ask.body["expiresAfter"])

    def on_late(self) -> Reply:
        return Reply({"status": "err", "response": "Action expired"})

    def on_rate_limit(self) -> Reply:
        return Reply("null", 429)

    def on_maintenance(self) -> Reply:
        return Reply("<html>502 Bad Gateway</html>", 502)

    def done(self, kind: str, status: Any) -> dict[str, Any]:
        return {"status": "ok", "response": {"type": kind, "data": {"statuses": [status]}}}

    @route("POST /exchange", "place")
    def exchange(self, ask: Ask) -> Any:
        body, action = ask.body, ask.body["action"]
        is_order = action["type"] == "order"
        assert set(body) == {"action", "nonce", "signature"} | ({"expiresAfter"} if is_order else set())
        assert not is_order or 0 < body["expiresAfter"] - self.book.now_ms <= 10_000, "it may come late"
        assert set(body["signature"]) == {"r", "s", "v"}
        if action["type"] == "order":
            return self.order(action)
        assert action["type"] in {"cancel", "cancelByCloid"}, "nothing else is signed"
        (found,) = action["cancels"]
        assert found.get("asset", found.get("a")) == 0
        self.book.cancel(self.find(found.get("o"), found.get("cloid")))
        return self.done("cancel", "success")

    def order(self, action: dict[str, Any]) -> dict[str, Any]:
        assert set(action) == {"type", "orders", "grouping"}, "no builder is paid"
        (terms,) = action["orders"]
        ((kind, how),) = terms["t"].items()
        side, limit = "buy" if terms["b"] else "sell", Decimal(terms["p"])
        market = self.markets[terms["a"]]
        assert limit % market.tick == 0
        order_terms: dict[str, Any] = {"reduce_only": terms["r"], "type": "limit", "price": limit}
        if kind == "trigger":
            trigger = Decimal(how["triggerPx"])
            assert how["tpsl"] == "sl"
            assert limit <= trigger if side == "sell" else limit >= trigger, "Invalid TP/SL price."
            order_terms |= {"trigger": trigger}
            if how["isMarket"]:
                # It fills within this of its trigger or not at all: the venue's own tolerance for such stops.
                assert abs(limit / trigger - 1) == Decimal("0.1"), "a gap would leave it unfilled"
                order_terms |= {"type": "market", "price": None}
        else:
            far = (
                Decimal("1.04") * self.book.ask <= limit if side == "buy" else limit <= Decimal("0.96") * self.book.bid
            )
            order_terms |= {"tif": _TIFS[how["tif"]], "post_only": how["tif"] == "Alo"}
            if how["tif"] == "Ioc" and far:
                # What is called an order at market is a limit well off the price.
                order_terms |= {"type": "market", "price": None}
        order = self.book.place(terms["c"], market.symbol, side, Decimal(terms["s"]), **order_terms)
        if order.filled:
            told = {"totalSz": text(order.filled), "avgPx": text(order.average), "oid": order.number}
            return self.done("order", {"filled": told})
        return self.done("order", {"resting": {"oid": order.number}} if order.rests else {"error": _NOTHING_TAKEN})

    @route("POST /info")
    def info(self, ask: Ask) -> Any:
        asked = ask.body
        if "user" in asked and asked["type"] != "userRole":
            assert asked["user"] == _ACCOUNT
        return getattr(self, f"ask_{asked['type']}")(asked)

    def ask_metaAndAssetCtxs(self, _asked: dict[str, Any]) -> Any:  # noqa: N802 as it is asked for
        universe = [
            {"name": m.native, "szDecimals": -m.step.as_tuple().exponent, "maxLeverage": 40}  # type: ignore[operator]
            for m in self.markets
        ]
        # What an order of twenty thousand dollars would pay is off the best price.
        context = {"markPx": "50000.0", "midPx": "50000.0", "oraclePx": "50000.0", "funding": "0.0001",
                   "openInterest": "1", "prevDayPx": "50000.0", "dayNtlVlm": "1", "premium": "0",
                   "impactPxs": [text(self.book.bid - 7), text(self.book.ask + 7)]}  # fmt: skip
        return [{"universe": universe, "marginTables": []}, [context for _ in self.markets]]

    def ask_l2Book(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        bids = [{"px": text(self.book.bid - n), "sz": "2", "n": 1} for n in range(2)]
        asks = [{"px": text(self.book.ask + n), "sz": "3", "n": 1} for n in range(2)]
        return {"coin": asked["coin"], "time": self.book.now_ms, "levels": [bids, asks]}

    def ask_candleSnapshot(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        terms = asked["req"]
        low = max(int(terms["startTime"]), self.book.now_ms - self.candles_kept * 60_000 + 1)
        rows = candles(self.book.now_ms, terms["interval"], low, terms["endTime"])
        return [
            {"t": at, "T": at + 59_999, "s": terms["coin"], "i": terms["interval"], "o": text(o), "c": text(c),
             "h": text(h), "l": text(lo), "v": text(v), "n": 1}
            for at, o, h, lo, c, v in rows
        ]  # fmt: skip

    def ask_exchangeStatus(self, _asked: dict[str, Any]) -> Any:  # noqa: N802
        return {"specialStatuses": "upgrade" if self.maintenance else None, "time": self.book.now_ms}

    def ask_userAbstraction(self, _asked: dict[str, Any]) -> Any:  # noqa: N802
        return self.abstraction

    def ask_userRole(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        return self.role if asked["user"] == _AGENT else {"role": "missing"}

    def ask_clearinghouseState(self, _asked: dict[str, Any]) -> Any:  # noqa: N802
        wallet = self.book.wallets.get("USDC")
        value = wallet.total + wallet.unrealized if wallet else Decimal(0)
        summary = {"accountValue": text(value), "totalMarginUsed": text(wallet.used if wallet else None),
                   "totalNtlPos": "0.0", "totalRawUsd": text(value)}  # fmt: skip
        positions = [
            {"type": "oneWay",
             "position": {"coin": self.native(p.symbol), "szi": text(p.quantity), "entryPx": text(p.entry),
                          "positionValue": text(abs(p.quantity) * p.mark), "unrealizedPnl": text(p.unrealized),
                          "leverage": {"type": "cross", "value": 5}, "liquidationPx": None, "marginUsed": "10.0",
                          "maxLeverage": 40, "returnOnEquity": "0.0",
                          "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"}}}
            for p in self.book.positions
        ]  # fmt: skip
        return {"assetPositions": positions, "marginSummary": summary, "crossMarginSummary": summary,
                "crossMaintenanceMarginUsed": "0.0", "withdrawable": text(value), "time": self.book.now_ms}  # fmt: skip

    def order_row(self, order: Order) -> dict[str, Any]:
        at_market, trigger = order.price is None, order.trigger
        kind = ("Stop Market" if at_market else "Stop Limit") if trigger is not None else "Limit"
        tif = (
            None
            if trigger is not None
            else "Alo"
            if order.post_only
            else "Ioc"
            if at_market
            else order.tif.capitalize()
        )
        share = Decimal("0.1" if trigger is not None else "0.05")
        off = 1 + share if order.side == "buy" else 1 - share
        return {
            "coin": self.native(order.symbol), "side": "B" if order.side == "buy" else "A", "oid": order.number,
            "limitPx": text(order.price if order.price is not None else (trigger or Decimal(50_000)) * off),
            "sz": text(order.quantity - order.filled), "origSz": text(order.quantity), "timestamp": order.created_ms,
            "triggerCondition": "N/A" if trigger is None else f"Price below {trigger}", "isTrigger": trigger is not None,
            "triggerPx": text(trigger) if trigger is not None else "0.0", "children": [], "isPositionTpsl": False,
            "reduceOnly": order.reduce_only, "orderType": kind, "tif": tif, "cloid": order.client_id,
        }  # fmt: skip

    def status_of(self, order: Order) -> str:
        if order.status == "cancelled" and order.tif == "IOC" and not order.filled:
            return "iocCancelRejected"
        return {"filled": "filled", "cancelled": "canceled"}.get(order.status, "open")

    def ask_orderStatus(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        oid = asked["oid"]
        order = self.find(None, oid) if isinstance(oid, str) else self.find(oid, None)
        if order is None:
            return {"status": "unknownOid"}
        told = {"order": self.order_row(order), "status": self.status_of(order), "statusTimestamp": order.updated_ms}
        return {"status": "order", "order": told}

    def ask_frontendOpenOrders(self, _asked: dict[str, Any]) -> Any:  # noqa: N802
        return self.listed("open_orders", [self.order_row(o) for o in self.book.orders if o.rests])

    def ask_historicalOrders(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        """The newest first, each status of an order a row; no period can be asked for."""
        assert set(asked) == {"type", "user"}
        rows: list[dict[str, Any]] = []
        for o in self.book.orders:
            first = self.order_row(o) | {"sz": text(o.quantity)}
            rows.append({"order": first, "status": "open", "statusTimestamp": o.created_ms})
            if not o.rests:
                row = {"order": self.order_row(o), "status": self.status_of(o), "statusTimestamp": o.updated_ms}
                # An order that was taken at once has its statuses in one millisecond.
                rows.append({**row, "statusTimestamp": max(o.updated_ms, o.created_ms + 1)})
        rows.sort(key=lambda row: int(row["statusTimestamp"]), reverse=True)
        return self.listed("orders", rows[:_KEPT])

    def ask_userFillsByTime(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        fills = sorted(self.book.fills, key=lambda fill: fill.at_ms)[-10_000:]
        return self.ranged(asked, "trades", [self.fill_row(fill) for fill in fills], _FILLS)

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "coin": self.native(fill.order.symbol), "px": text(fill.price), "sz": text(fill.quantity),
            "side": "B" if fill.order.side == "buy" else "A", "time": fill.at_ms, "startPosition": "0.0",
            "dir": "Open Long", "closedPnl": "0.0", "hash": f"0x{fill.number:064x}", "oid": fill.order.number,
            "crossed": not fill.is_maker, "fee": text(amount), "tid": fill.number, "feeToken": asset,
            "cloid": fill.order.client_id, "twapId": None,
        }  # fmt: skip

    def ranged(self, asked: dict[str, Any], kind: str, rows: list[dict[str, Any]], most: int) -> list[Any]:
        """Return the oldest entries of a range of time, both ends in it."""
        low, high = int(asked["startTime"]), int(asked.get("endTime") or 10**15)
        found = sorted((row for row in rows if low <= row["time"] <= high), key=lambda row: row["time"])
        return self.listed(kind if found else "", found[:most])

    def ask_userFunding(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        rows = [
            {"time": p.at_ms, "hash": _NO_HASH,
             "delta": {"type": "funding", "coin": self.native(p.symbol), "usdc": text(p.amount), "szi": "1.0",
                       "fundingRate": "0.0000125", "nSamples": None}}
            for p in self.book.payments
        ]  # fmt: skip
        return self.ranged(asked, "funding", rows, _RANGE)

    def ask_userNonFundingLedgerUpdates(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        rows = []
        for m in self.book.movements:
            goes_in = m.kind in {"in", "deposit"}
            delta: dict[str, Any] = {"type": "accountClassTransfer", "usdc": text(m.amount), "toPerp": goes_in}
            rows.append({"time": m.at_ms, "hash": f"0x{m.number:064x}", "delta": delta})
        return self.ranged(asked, "transfers", rows, _RANGE)


VENUES = (Hyperliquid,)
