"""OKX v5: net mode, pages of 100 that go on after an id, triggers as algo orders, a rejected order inside an answer of 200.

Source: OKX's API documentation (trade/order, orders-pending, orders-history, order-algo, fills-history, account/balance,
account/config, account/bills-archive).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order, Refused
from tests.exchanges.wire import SPOT, SWAP, Ask, Market, Reply, ScriptedVenue, candles, route, text, within

_REFUSALS = {
    "duplicate": ("51016", "Duplicated client order ID"),
    "funds": ("51008", "Order failed. Insufficient balance"),
    "post": ("51124", "You can only place limit orders"),
    "unknown": ("51603", "Order does not exist"),
    "ended": ("51400", "Cancellation failed as the order has been filled, canceled or does not exist"),
}
_STATE = {"open": "live", "filled": "filled", "cancelled": "canceled", "waiting": "live", "fired": "effective"}
_BARS = {"1m": "1m", "1H": "1h", "1Dutc": "1d"}


class _Okx(ScriptedVenue):
    ccxt_id = "okx"
    venue = "okx"
    kind: ClassVar[str]
    candles_page: ClassVar[int] = 300
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"sz": "n/a", "ordId": "1"},
        "open_orders": {"sz": "n/a", "ordId": "1", "state": "live"},
        "trades": {"fillSz": "n/a", "tradeId": "1"},
        "funding": {"balChg": "n/a", "billId": "1"},
        "transfers": {"balChg": "n/a", "billId": "1"},
    }

    def __init__(self) -> None:
        super().__init__()
        self.placed_by: dict[str, str] = {}

    def ok(self, *rows: Any) -> dict[str, Any]:
        return {"code": "0", "msg": "", "data": list(rows)}

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        code, message = _REFUSALS[kind]
        if ask.method == "GET":
            return Reply({"code": code, "msg": message, "data": []})
        return Reply({"code": "1", "msg": "", "data": [{"sCode": code, "sMsg": message, "ordId": "", "clOrdId": ""}]})

    def takes_until(self, ask: Ask) -> int:
        if "exptime" in ask.headers:
            # Algo orders take no such time.
            assert not ask.path.endswith("order-algo")
            return int(ask.headers["exptime"])
        return int(datetime.fromisoformat(ask.headers["ok-access-timestamp"]).timestamp() * 1000) + 30_000

    def on_late(self) -> Reply:
        return Reply({"code": "50102", "msg": "Timestamp request expired", "data": []}, 401)

    def on_rate_limit(self) -> Reply:
        return Reply({"code": "50011", "msg": "Requests too frequent", "data": []}, 429)

    def on_maintenance(self) -> Reply:
        return Reply({"code": "50001", "msg": "Service temporarily unavailable", "data": []}, 503)

    @route("GET /api/v5/public/instruments")
    def instruments(self, ask: Ask) -> dict[str, Any]:
        assert ask.query["instType"] == self.kind
        return self.ok(*map(self.info, self.markets))

    def info(self, market: Market) -> dict[str, Any]:
        swap = bool(market.settle)
        return {
            "instType": self.kind,
            "instId": market.native,
            "uly": f"{market.base}-{market.quote}" if swap else "",
            "instFamily": f"{market.base}-{market.quote}" if swap else "",
            "baseCcy": "" if swap else market.base,
            "quoteCcy": "" if swap else market.quote,
            "settleCcy": market.settle,
            "ctType": "linear" if swap else "",
            "ctVal": text(market.size) if swap else "",
            "ctMult": "1" if swap else "",
            "ctValCcy": market.base if swap else "",
            "lotSz": text(market.step),
            "minSz": text(market.least),
            "tickSz": text(market.tick),
            "lever": "100",
            "listTime": "1548133413000",
            "expTime": "",
            "state": "live",
            "ruleType": "normal",
            "maxLmtSz": "100000000",
            "maxMktSz": "12000",
        }

    @route("GET /api/v5/market/tickers")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            *(
                {"instType": self.kind, "instId": m.native, "last": text(self.book.bid), "bidPx": text(self.book.bid),
                 "bidSz": "2", "askPx": text(self.book.ask), "askSz": "3", "vol24h": "1234", "volCcy24h": "617000",
                 "ts": str(self.book.now_ms)}
                for m in self.markets
            )
        )  # fmt: skip

    @route("GET /api/v5/market/books")
    @route("GET /api/v5/market/books-full")
    def depth(self, _ask: Ask) -> dict[str, Any]:
        bids = [[text(self.book.bid), "2", "0", "1"], [text(self.book.bid - 1), "4", "0", "2"]]
        asks = [[text(self.book.ask), "3", "0", "1"], [text(self.book.ask + 1), "5", "0", "2"]]
        return self.ok({"bids": bids, "asks": asks, "ts": str(self.book.now_ms)})

    @route("GET /api/v5/market/candles")
    @route("GET /api/v5/market/history-candles")
    def get_candles(self, ask: Ask) -> dict[str, Any]:
        # `before` and `after` leave out their own bar; newest first.
        low, high = int(ask.query["before"]) + 1, int(ask.query["after"]) - 1
        rows = candles(self.book.now_ms, _BARS[ask.query["bar"]], low, high)[-int(ask.query["limit"]) :]
        return self.ok(*([str(at), *map(text, rest), "1", "1", "1"] for at, *rest in reversed(rows)))

    @route("GET /api/v5/public/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"ts": str(self.book.now_ms)})

    @route("GET /api/v5/system/status")
    def status(self, _ask: Ask) -> dict[str, Any]:
        row = {
            "title": "Trading account upgrade",
            "state": "ongoing",
            "begin": "1",
            "end": "2",
            "href": "",
            "system": "unified",
        }
        return self.ok(*([row] if self.maintenance else []))

    @route("GET /api/v5/account/config")
    def config(self, _ask: Ask) -> dict[str, Any]:
        mode = "long_short_mode" if self.hedged else "net_mode"
        return self.ok(
            {
                "uid": "446",
                "mainUid": "446",
                "acctLv": "2",
                "posMode": mode,
                "perm": "read_only,trade",
                "ip": "192.0.2.1",
            }
        )

    @route("GET /api/v5/account/balance")
    def balance(self, _ask: Ask) -> dict[str, Any]:
        details = [
            {"ccy": asset, "eq": text(w.total + w.unrealized), "cashBal": text(w.total), "upl": text(w.unrealized),
             "availEq": text(w.total + w.unrealized - w.used), "availBal": text(w.total - w.used),
             "frozenBal": text(w.used), "uTime": str(self.book.now_ms)}
            for asset, w in self.book.wallets.items()
        ]  # fmt: skip
        return self.ok({"uTime": str(self.book.now_ms), "totalEq": "1", "details": details})

    def fire(self, order: Order) -> None:
        self.placed_by[self.id_of(order)] = self.id_of(self.fire_apart(order, ""))

    def order_row(self, order: Order) -> dict[str, Any]:
        state = "partially_filled" if order.status == "open" and order.filled else _STATE[order.status]
        kind = "post_only" if order.post_only else order.tif.lower() if order.tif != "GTC" else order.type
        return {
            "instType": self.kind,
            "instId": self.native(order.symbol),
            "ordId": self.id_of(order),
            "clOrdId": order.client_id,
            "px": text(order.price) if order.price is not None else "",
            "sz": text(order.quantity),
            "ordType": kind,
            "side": order.side,
            "posSide": "net",
            "tdMode": "cross" if self.kind == "SWAP" else "cash",
            "tgtCcy": "base_ccy" if self.kind == "SPOT" else "",
            "accFillSz": text(order.filled),
            "avgPx": text(order.average) if order.filled else "",
            "fillPx": "",
            "state": state,
            "reduceOnly": str(order.reduce_only).lower(),
            "fee": "0",
            "feeCcy": "USDT",
            "cTime": str(order.created_ms),
            "uTime": str(order.updated_ms),
        }

    def algo_row(self, order: Order) -> dict[str, Any]:
        return {
            "instType": self.kind,
            "instId": self.native(order.symbol),
            "algoId": self.id_of(order),
            "algoClOrdId": order.client_id,
            "clOrdId": "",
            "ordId": self.placed_by.get(self.id_of(order), ""),
            "sz": text(order.quantity),
            "ordType": "trigger",
            "ordPx": text(order.price) if order.price is not None else "-1",
            "triggerPx": text(order.trigger),
            "side": order.side,
            "posSide": "net",
            "state": _STATE[order.status],
            "reduceOnly": str(order.reduce_only).lower(),
            "actualSz": "",
            "actualPx": "",
            "cTime": str(order.created_ms),
            "uTime": str(order.updated_ms),
        }

    @route("POST /api/v5/trade/batch-orders", "place")
    def create(self, ask: Ask) -> dict[str, Any]:
        (body,) = ask.body
        kind = body["ordType"]
        if self.kind == "SPOT" and kind == "market":
            assert body["tgtCcy"] == "base_ccy"
        assert body["tdMode"] == ("cross" if self.kind == "SWAP" else "cash")
        assert "posSide" not in body or body["posSide"] == "net"
        order = self.book.place(
            body.get("clOrdId", ""),
            self.market(body["instId"]).symbol,
            body["side"],
            Decimal(body["sz"]),
            type="market" if kind == "market" else "limit",
            price=Decimal(body["px"]) if kind != "market" else None,
            reduce_only=body.get("reduceOnly") in {True, "true"},
            post_only=kind == "post_only",
            tif=kind.upper() if kind in {"ioc", "fok"} else "GTC",
        )
        return self.ok({"ordId": self.id_of(order), "clOrdId": order.client_id, "tag": "", "sCode": "0", "sMsg": ""})

    @route("POST /api/v5/trade/order-algo", "place")
    def create_algo(self, ask: Ask) -> dict[str, Any]:
        body = ask.body
        assert body["ordType"] == "trigger"
        assert body["tdMode"] == ("cross" if self.kind == "SWAP" else "cash")
        at_market = str(body["orderPx"]) == "-1"
        order = self.book.place(
            body.get("algoClOrdId", ""),
            self.market(body["instId"]).symbol,
            body["side"],
            Decimal(body["sz"]),
            type="market" if at_market else "limit",
            price=None if at_market else Decimal(body["orderPx"]),
            trigger=Decimal(body["triggerPx"]),
            reduce_only=body.get("reduceOnly") in {True, "true"},
        )
        row = {"algoId": self.id_of(order), "algoClOrdId": order.client_id, "clOrdId": "", "sCode": "0", "sMsg": ""}
        return self.ok(row)

    @route("POST /api/v5/trade/cancel-order", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        order = self.book.cancel(self._plain(ask.body.get("ordId"), ask.body.get("clOrdId")))
        return self.ok({"ordId": self.id_of(order), "clOrdId": order.client_id, "sCode": "0", "sMsg": ""})

    @route("POST /api/v5/trade/cancel-algos", "cancel")
    def cancel_algos(self, ask: Ask) -> dict[str, Any]:
        (row,) = ask.body
        order = self.book.cancel(self._algo(row.get("algoId"), row.get("algoClOrdId")))
        return self.ok({"algoId": self.id_of(order), "sCode": "0", "sMsg": ""})

    def _plain(self, order_id: object, client_id: object) -> Order | None:
        found = self.find(order_id, client_id)
        return found if found is not None and found.trigger is None else None

    def _algo(self, order_id: object, client_id: object) -> Order | None:
        found = self.find(order_id, client_id)
        return found if found is not None and found.trigger is not None else None

    @route("GET /api/v5/trade/order")
    def get_order(self, ask: Ask) -> dict[str, Any]:
        order = self._plain(ask.query.get("ordId"), ask.query.get("clOrdId"))
        if order is None:
            raise Refused("unknown")
        return self.ok(self.order_row(order))

    @route("GET /api/v5/trade/order-algo")
    def get_algo(self, ask: Ask) -> dict[str, Any]:
        order = self._algo(ask.query.get("algoId"), ask.query.get("algoClOrdId"))
        if order is None:
            raise Refused("unknown")
        return self.ok(self.algo_row(order))

    def newest(self, ask: Ask, orders: list[Order]) -> list[Order]:
        """Return one page: the newest, or those older than the id in `after`."""
        query = ask.query
        assert query.get("instType") in {None, self.kind}
        rows = [o for o in orders if query.get("instId") in {None, self.native(o.symbol)}]
        rows = within(rows, lambda o: o.created_ms, query.get("begin"), query.get("end"), 10**6)
        rows.sort(key=lambda o: (o.created_ms, o.number), reverse=True)
        if "after" in query:
            after = next(n for n, o in enumerate(rows) if self.id_of(o) == query["after"])
            rows = rows[after + 1 :]
        return rows[: min(int(query.get("limit", 100)), 100)]

    @route("GET /api/v5/trade/orders-pending")
    def pending(self, ask: Ask) -> dict[str, Any]:
        rows = self.newest(ask, [o for o in self.book.orders if o.status == "open"])
        return self.ok(*self.listed("open_orders", [self.order_row(o) for o in rows]))

    @route("GET /api/v5/trade/orders-algo-pending")
    def pending_algos(self, ask: Ask) -> dict[str, Any]:
        assert ask.query["ordType"] == "trigger"
        rows = self.newest(ask, [o for o in self.book.orders if o.status == "waiting"])
        return self.ok(*(self.algo_row(o) for o in rows))

    @route("GET /api/v5/trade/orders-history")
    @route("GET /api/v5/trade/orders-history-archive")
    def history(self, ask: Ask) -> dict[str, Any]:
        ended = [o for o in self.book.orders if o.status in {"filled", "cancelled"} and o.trigger is None]
        rows = self.newest(ask, [o for o in ended if ask.query.get("state") in {None, _STATE[o.status]}])
        return self.ok(*self.listed("orders", [self.order_row(o) for o in rows]))

    @route("GET /api/v5/trade/orders-algo-history")
    def algo_history(self, ask: Ask) -> dict[str, Any]:
        ended = [o for o in self.book.orders if o.trigger is not None and not o.rests]
        rows = self.newest(ask, [o for o in ended if ask.query.get("state") in {None, _STATE[o.status]}])
        return self.ok(*(self.algo_row(o) for o in rows))

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "instType": self.kind,
            "instId": self.native(fill.order.symbol),
            "tradeId": str(fill.number),
            "billId": str(fill.number + 10**6),
            "ordId": self.id_of(fill.order),
            "clOrdId": fill.order.client_id,
            "fillPx": text(fill.price),
            "fillSz": text(fill.quantity),
            "side": fill.order.side,
            "execType": "M" if fill.is_maker else "T",
            "feeCcy": asset,
            # What was paid is below zero.
            "fee": text(-amount),
            "ts": str(fill.at_ms),
        }

    @route("GET /api/v5/trade/fills-history")
    def fills(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        fills = [f for f in self.book.fills if query.get("instId") in {None, self.native(f.order.symbol)}]
        fills = [f for f in fills if query.get("ordId") in {None, self.id_of(f.order)}]
        rows = within(fills, lambda f: f.at_ms, query.get("begin"), query.get("end"), query.get("limit", 100))
        return self.ok(*self.listed("trades", [self.fill_row(f) for f in rows]))

    @route("GET /api/v5/account/bills-archive")
    @route("GET /api/v5/account/bills")
    def bills(self, ask: Ask) -> dict[str, Any]:
        query = ask.query
        bounds = (query.get("begin"), query.get("end"), query.get("limit", 100))
        if query["type"] == "8":
            rows = [
                {"instId": self.native(p.symbol), "ccy": p.asset, "balChg": text(p.amount), "posBalChg": "0",
                 "billId": str(p.number), "ts": str(p.at_ms), "type": "8", "subType": "173"}
                for p in within(self.book.payments, lambda p: p.at_ms, *bounds)
            ]  # fmt: skip
            return self.ok(*self.listed("funding", rows))
        moves = []
        for m in within(self.book.movements, lambda m: m.at_ms, *bounds):
            goes_in = m.kind in {"in", "deposit"}
            moves.append(
                {"instId": "", "ccy": m.asset, "balChg": text(m.amount if goes_in else -m.amount),
                 "sz": text(m.amount), "billId": str(m.number), "ts": str(m.at_ms), "type": "1",
                 "subType": "11" if goes_in else "12", "from": "6" if goes_in else "18", "to": "18" if goes_in else "6",
                 "instType": "", "bal": "1000", "fee": "0"}
            )  # fmt: skip
        return self.ok(*self.listed("transfers", moves))


class OkxSpot(_Okx):
    """Spot in the trading account."""

    market_type = SPOT
    kind = "SPOT"
    markets = (Market(symbol="BTC/USDT", native="BTC-USDT"), Market(symbol="BTC/USDC", native="BTC-USDC"))
    absent: ClassVar[dict[str, str]] = {"flag_gtd": "no orders that end by a date"}


class OkxSwap(_Okx):
    """Linear perpetuals: contracts of a hundredth of a coin."""

    market_type = SWAP
    kind = "SWAP"
    markets = (
        Market(
            symbol="BTC/USDT:USDT",
            native="BTC-USDT-SWAP",
            step=Decimal("0.1"),
            least=Decimal("0.1"),
            size=Decimal("0.01"),
        ),
        Market(
            symbol="BTC/USDC:USDC",
            native="BTC-USDC-SWAP",
            step=Decimal("0.1"),
            least=Decimal("0.1"),
            size=Decimal("0.0001"),
        ),
    )
    absent = OkxSpot.absent

    @route("GET /api/v5/account/positions")
    def positions(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            *(
                {"instType": "SWAP", "instId": self.native(p.symbol), "posId": str(n), "posSide": p.leg or "net",
                 "pos": text(p.quantity if p.leg is None else abs(p.quantity)), "avgPx": text(p.entry),
                 "markPx": text(p.mark), "upl": text(p.unrealized), "uplRatio": "0", "lever": "5", "liqPx": "",
                 "mgnMode": "isolated" if p.isolated else "cross", "imr": "10", "mmr": "5", "notionalUsd": "1000", "cTime": str(self.book.now_ms),
                 "uTime": str(self.book.now_ms)}
                for n, p in enumerate(self.book.positions)
            )
        )  # fmt: skip

    @route("GET /api/v5/public/funding-rate")
    def funding_rate(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            *(
                {"instId": m.native, "instType": "SWAP", "fundingRate": "0.0001", "nextFundingRate": "",
                 "fundingTime": str(self.book.now_ms + 3_600_000), "nextFundingTime": str(self.book.now_ms + 32_400_000)}
                for m in self.markets
            )
        )  # fmt: skip


VENUES = (OkxSpot, OkxSwap)
