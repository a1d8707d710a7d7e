"""Kraken Futures: one multi-collateral wallet, terms in the query, orders known by the events of their history.

Source: Kraken's Futures REST API documentation (sendorder, cancelorder, openorders, openpositions, accounts, tickers,
charts; history v3: orders, triggers, executions, account-log), and answers as recorded by ccxt and gocryptotrader.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order
from tests.exchanges.wire import SWAP, Ask, Market, Reply, ScriptedVenue, candles, route, text

_REFUSALS = {
    "duplicate": "clientOrderIdAlreadyExist",
    "funds": "insufficientAvailableFunds",
    "post": "postWouldExecute",
    "reduce": "wouldNotReducePosition",
}
_NONE_TAKEN = {"IOC": "iocWouldNotExecute", "FOK": "fokWouldNotExecute"}
_HISTORY_TYPES = {"IOC": "IoC", "FOK": "FillOrKill"}
_PAGE = 100


class KrakenFutures(ScriptedVenue):
    """Multi-collateral perpetuals."""

    ccxt_id = "krakenfutures"
    venue = "kraken"
    market_type = SWAP
    candles_page: ClassVar[int] = 2000
    one_way_only = True
    markets = (
        Market(symbol="BTC/USD:USD", native="PF_XBTUSD", least=None),
        Market(symbol="ETH/USD:USD", native="PF_ETHUSD", least=None),
    )
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"event": {"OrderPlaced": {"order": {"uid": "odd", "quantity": "n/a"}}}},
        "open_orders": {"order_id": "odd", "unfilledSize": "n/a"},
        "trades": {"event": {"Execution": {"execution": {"uid": "odd", "order": {}}}}},
        "transfers": {"new_balance": "n/a"},
        "funding": {"realized_funding": "n/a"},
    }
    absent: ClassVar[dict[str, str]] = {
        "status": "each market has its own, none is told of the exchange",
        "flag_gtd": "no orders that end by a date",
        "key_permissions": "no trading call tells a key's rights",
    }

    def ok(self, **fields: Any) -> dict[str, Any]:
        return {"result": "success", "serverTime": iso(self.book.now_ms), **fields}

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        if "cancelorder" in ask.path:
            return Reply(self.ok(cancelStatus={"status": "notFound", "receivedTime": iso(self.book.now_ms)}))
        status = {"status": _REFUSALS[kind], "receivedTime": iso(self.book.now_ms), "orderEvents": []}
        return Reply(self.ok(sendStatus=status))

    def takes_until(self, ask: Ask) -> int:
        return int(datetime.fromisoformat(ask.query["processBefore"]).timestamp() * 1000)

    def on_late(self) -> Reply:
        sent = {"receivedTime": iso(self.book.now_ms), "status": "requestNotProcessedOnTime"}
        return Reply({"result": "success", "sendStatus": sent, "serverTime": iso(self.book.now_ms)})

    def on_rate_limit(self) -> Reply:
        return Reply({"result": "error", "error": "apiLimitExceeded", "serverTime": iso(self.book.now_ms)})

    def on_maintenance(self) -> Reply:
        return Reply({"result": "error", "error": "Unavailable", "serverTime": iso(self.book.now_ms)}, 503)

    def id_of(self, order: Order) -> str:
        return f"{order.number:08d}-0000-4000-8000-000000000000"

    @route("GET /derivatives/api/v3/instruments")
    def instruments(self, _ask: Ask) -> dict[str, Any]:
        perpetuals = [
            {"symbol": m.native, "type": "flexible_futures", "tickSize": float(m.tick), "contractSize": 1,
             "tradeable": True, "impactMidSize": 1, "maxPositionSize": 1000000, "openingDate": "2022-01-01T00:00:00.000Z",
             "marginLevels": [{"numNonContractUnits": 0, "initialMargin": 0.02, "maintenanceMargin": 0.01}],
             "fundingRateCoefficient": 24, "maxRelativeFundingRate": 0.0025, "contractValueTradePrecision": 3,
             "postOnly": False, "mtf": True, "base": m.base, "quote": "USD", "pair": f"{m.base}:USD"}
            for m in self.markets
        ]  # fmt: skip
        inverse = {**perpetuals[0], "symbol": "PI_XBTUSD", "type": "futures_inverse", "contractValueTradePrecision": 0}
        return self.ok(instruments=[*perpetuals, inverse])

    def ticker(self, market: Market) -> dict[str, Any]:
        return {
            "symbol": market.native, "tag": "perpetual", "pair": f"{market.base}:USD", "last": float(self.book.bid),
            # When something was last traded says nothing of the prices that rest.
            "lastTime": iso(self.book.now_ms - 3_600_000), "markPrice": 50000.0, "indexPrice": 50000.0,
            "bid": float(self.book.bid), "bidSize": 2, "ask": float(self.book.ask), "askSize": 3, "vol24h": 1234.5,
            "openInterest": 100, "open24h": 50000, "fundingRate": 5, "fundingRatePrediction": 4, "suspended": False,
            "postOnly": False,
        }  # fmt: skip

    @route("GET /derivatives/api/v3/tickers")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(tickers=[*(self.ticker(m) for m in self.markets), {"symbol": "in_xbtusd", "last": 50000}])

    @route("GET /derivatives/api/v3/tickers/{symbol}")
    def one_ticker(self, _ask: Ask, symbol: str) -> dict[str, Any]:
        return self.ok(ticker=self.ticker(self.market(symbol)))

    @route("GET /derivatives/api/v3/orderbook")
    def depth(self, _ask: Ask) -> dict[str, Any]:
        bids = [[float(self.book.bid), 2], [float(self.book.bid - 1), 4]]
        asks = [[float(self.book.ask), 3], [float(self.book.ask + 1), 5]]
        return self.ok(orderBook={"bids": bids, "asks": asks})

    @route("GET /api/charts/v1/trade/{symbol}/{interval}")
    def charts(self, ask: Ask, _symbol: str, interval: str) -> dict[str, Any]:
        low, high = int(ask.query["from"]) * 1000, int(ask.query["to"]) * 1000
        rows = candles(self.book.now_ms, interval, low, high)[: self.candles_page]
        told = [
            {"time": at, "open": text(o), "high": text(h), "low": text(lo), "close": text(c), "volume": text(v)}
            for at, o, h, lo, c, v in rows
        ]
        return {"candles": told, "more_candles": False}

    @route("GET /derivatives/api/v3/accounts")
    def accounts(self, _ask: Ask) -> dict[str, Any]:
        opened = sum((w.unrealized for w in self.book.wallets.values()), Decimal(0))
        coins = {
            asset: {"quantity": float(w.total), "value": float(w.total), "collateral": float(w.total),
                    "available": float(w.total - w.used)}
            for asset, w in self.book.wallets.items()
        }  # fmt: skip
        flex = {"type": "multiCollateralMarginAccount", "currencies": coins, "initialMargin": 0, "pnl": float(opened),
                "unrealizedFunding": 0, "totalUnrealized": float(opened), "portfolioValue": 1}  # fmt: skip
        return self.ok(accounts={"cash": {"type": "cashAccount", "balances": {"usd": "77.0"}}, "flex": flex})

    @route("GET /derivatives/api/v3/openpositions")
    def positions(self, _ask: Ask) -> dict[str, Any]:
        rows = [
            {"side": "long" if p.quantity > 0 else "short", "symbol": self.native(p.symbol).lower(),
             "price": float(p.entry), "fillTime": iso(self.book.now_ms), "size": float(abs(p.quantity)),
             "unrealizedFunding": 0, "pnlCurrency": "USD"}
            for p in self.book.positions
        ]  # fmt: skip
        return self.ok(openPositions=rows)

    @route("POST /derivatives/api/v3/sendorder", "place")
    def send(self, ask: Ask) -> dict[str, Any]:
        asked = ask.query
        kind = asked["orderType"]
        assert kind in {"lmt", "post", "mkt", "ioc", "fok", "stp"}
        assert (kind == "stp") == ("stopPrice" in asked)
        assert set(asked) <= {
            "orderType", "symbol", "side", "size", "cliOrdId", "limitPrice", "stopPrice", "triggerSignal", "reduceOnly",
            "processBefore",
        }  # fmt: skip
        assert iso(self.book.now_ms) < asked["processBefore"] <= iso(self.book.now_ms + 10_000), "it may come late"
        limit = Decimal(asked["limitPrice"]) if "limitPrice" in asked else None
        assert (limit is None) == (kind == "mkt" or (kind == "stp" and limit is None))
        order = self.book.place(
            asked.get("cliOrdId", ""),
            self.market(asked["symbol"]).symbol,
            asked["side"],
            Decimal(asked["size"]),
            type="market" if limit is None else "limit",
            price=limit,
            trigger=Decimal(asked["stopPrice"]) if kind == "stp" else None,
            reduce_only=asked.get("reduceOnly") == "true",
            post_only=kind == "post",
            tif={"ioc": "IOC", "fok": "FOK"}.get(kind, "GTC"),
        )
        status = "placed" if order.rests or order.filled else _NONE_TAKEN[order.tif]
        told = {"order_id": self.id_of(order), "status": status, "receivedTime": iso(self.book.now_ms),
                "cliOrdId": order.client_id, "orderEvents": [self.sent(order, kind)]}  # fmt: skip
        return self.ok(sendStatus=told)

    def sent(self, order: Order, kind: str) -> dict[str, Any]:
        """Return what came of an order at once."""
        limit = None if order.price is None else float(order.price)
        row = {"cliOrdId": order.client_id, "type": kind, "symbol": self.native(order.symbol), "side": order.side,
               "quantity": float(order.quantity), "limitPrice": limit, "reduceOnly": order.reduce_only,
               "timestamp": iso(order.created_ms), "lastUpdateTimestamp": iso(order.created_ms)}  # fmt: skip
        if order.trigger is not None:
            trigger = {"uid": self.id_of(order), "clientId": order.client_id, "triggerPrice": float(order.trigger),
                       "triggerSide": "trigger_below" if order.side == "sell" else "trigger_above",
                       "triggerSignal": "last_price"}  # fmt: skip
            return {"type": "PLACE", "orderTrigger": {**row, **trigger, "type": "lmt" if limit else "ioc"}}
        row |= {"orderId": self.id_of(order), "filled": 0.0}
        if order.fills:
            fill = order.fills[0]
            return {"type": "EXECUTION", "executionId": uid(fill.number), "price": float(fill.price),
                    "amount": float(fill.quantity), "orderPriorEdit": None, "orderPriorExecution": row,
                    "takerReducedQuantity": None}  # fmt: skip
        if not order.rests:
            return {"type": "REJECT", "uid": uid(order.number), "reason": _NONE_TAKEN[order.tif], "order": row}
        return {"type": "PLACE", "order": row, "reducedQuantity": None}

    @route("POST /derivatives/api/v3/cancelorder", "cancel")
    def cancel(self, ask: Ask) -> dict[str, Any]:
        order = self.book.cancel(self.find(ask.query.get("order_id"), ask.query.get("cliOrdId")))
        told = {"status": "cancelled", "order_id": self.id_of(order), "cliOrdId": order.client_id,
                "receivedTime": iso(self.book.now_ms), "orderEvents": []}  # fmt: skip
        return self.ok(cancelStatus=told)

    @route("GET /derivatives/api/v3/openorders")
    def open_orders(self, _ask: Ask) -> dict[str, Any]:
        rows = []
        for o in self.book.orders:
            if not o.rests:
                continue
            waits = o.status == "waiting"
            row = {"order_id": self.id_of(o), "cliOrdId": o.client_id, "symbol": self.native(o.symbol), "side": o.side,
                   "orderType": "stop" if waits else "lmt", "receivedTime": iso(o.created_ms),
                   "unfilledSize": float(o.quantity - o.filled), "filledSize": float(o.filled),
                   "status": "partiallyFilled" if o.filled else "untouched", "reduceOnly": o.reduce_only,
                   "lastUpdateTime": iso(o.updated_ms)}  # fmt: skip
            row |= {"limitPrice": float(o.price)} if o.price is not None else {}
            row |= {"stopPrice": float(o.trigger), "triggerSignal": "last"} if waits and o.trigger is not None else {}
            rows.append(row)
        return self.ok(openOrders=self.listed("open_orders", rows))

    def fire(self, order: Order) -> None:
        """Let a trigger fire and fill: the order that it becomes bears its id."""
        order.status = "open"
        self.book.fill(order, order.quantity, order.trigger)

    def trigger_row(self, order: Order) -> dict[str, Any]:
        side = "Below" if order.side == "sell" else "Above"
        return {
            "uid": self.id_of(order), "accountId": "198024", "accountUid": "a", "tradeable": self.native(order.symbol),
            "direction": order.side.capitalize(), "quantity": text(order.quantity), "timestamp": order.created_ms,
            "limitPrice": "" if order.price is None else text(order.price),
            "orderType": "IoC" if order.price is None else "Limit", "clientId": order.client_id,
            "reduceOnly": order.reduce_only, "lastUpdateTimestamp": order.created_ms,
            "triggerOptions": {"triggerPrice": text(order.trigger), "triggerSignal": "LastPrice", "triggerSide": side},
        }  # fmt: skip

    def order_row(self, order: Order, filled: Decimal, at_ms: int) -> dict[str, Any]:
        """Return an order as it stood: `quantity` is what was left."""
        kind = _HISTORY_TYPES.get(order.tif, "Post" if order.post_only else "Limit")
        return {
            "uid": self.id_of(order), "accountUid": "a", "tradeable": self.native(order.symbol),
            "direction": order.side.capitalize(), "quantity": text(order.quantity - filled), "filled": text(filled),
            "timestamp": order.created_ms, "clientId": order.client_id, "reduceOnly": order.reduce_only,
            # An order at market is one to be taken at once, a per cent off the price.
            "limitPrice": text(order.price or Decimal(50_500)), "orderType": "Market" if order.price is None else kind,
            "lastUpdateTimestamp": at_ms, "spotData": None,
        }  # fmt: skip

    def order_events(self) -> Iterable[tuple[int, str, dict[str, Any]]]:
        for o in self.book.orders:
            if o.trigger is not None and not o.filled:
                continue
            if o.tif in _NONE_TAKEN and not o.filled:
                row = self.order_row(o, Decimal(0), o.created_ms)
                error = "ioc_would_not_execute" if o.tif == "IOC" else "fok_would_not_execute"
                yield o.created_ms, "OrderRejected", {"order": row, "orderError": error, "reason": "new_user_order"}
                continue
            at_once = o.price is None and o.trigger is None
            filled = o.filled if at_once else Decimal(0)
            first = {"order": self.order_row(o, filled, o.created_ms), "reason": "new_user_order"}
            yield o.created_ms, "OrderPlaced", {**first, "reducedQuantity": ""}
            for fill in [] if at_once else o.fills:
                old, filled = self.order_row(o, filled, fill.at_ms), filled + fill.quantity
                new = self.order_row(o, filled, fill.at_ms)
                reason = "full_fill" if filled == o.quantity else "partial_fill"
                yield max(fill.at_ms, o.created_ms), "OrderUpdated", {
                    "oldOrder": old, "newOrder": new, "reason": reason, "reducedQuantity": text(fill.quantity)
                }  # fmt: skip
            if o.status == "cancelled":
                row = self.order_row(o, o.filled, o.updated_ms)
                yield o.updated_ms, "OrderCancelled", {"order": row, "reason": "cancelled_by_user"}

    def trigger_events(self) -> Iterable[tuple[int, str, dict[str, Any]]]:
        for o in self.book.orders:
            if o.trigger is None:
                continue
            row = self.trigger_row(o)
            yield o.created_ms, "OrderTriggerPlaced", {"order": row, "reason": "new_user_order"}
            if o.status == "cancelled":
                yield o.updated_ms, "OrderTriggerCancelled", {"order": row, "reason": "cancelled_by_user"}
            elif o.status != "waiting":
                yield o.updated_ms, "OrderTriggerActivated", {"order": row}

    def history(self, ask: Ask, kind: str, events: Iterable[tuple[int, str, dict[str, Any]]]) -> dict[str, Any]:
        """Return a page of events, the newest first, and the token of the next."""
        query = ask.query
        assert query["sort"] == "desc"
        low, high = int(query.get("since", 0)), int(query.get("before", 10**15))
        found = [
            {"uid": uid(number), "timestamp": at, "event": {name: told}}
            for number, (at, name, told) in enumerate(events)
            if low <= at <= high
        ]
        # Of one millisecond the later event stands first.
        rows = self.listed(kind, sorted(found, key=lambda row: (row["timestamp"], row["uid"]), reverse=True))
        start = int(query.get("continuation_token", 0))
        page = rows[start : start + min(int(query["count"]), _PAGE)]
        more = start + len(page) < len(rows)
        told = {"accountUid": "a", "len": len(page), "elements": page, "serverTime": iso(self.book.now_ms)}
        return told | ({"continuationToken": str(start + len(page))} if more else {})

    @route("GET /api/history/v3/orders")
    def history_orders(self, ask: Ask) -> dict[str, Any]:
        return self.history(ask, "orders", self.order_events())

    @route("GET /api/history/v3/triggers")
    def history_triggers(self, ask: Ask) -> dict[str, Any]:
        return self.history(ask, "triggers", self.trigger_events())

    @route("GET /api/history/v3/executions")
    def executions(self, ask: Ask) -> dict[str, Any]:
        rows = [
            (f.at_ms, "Execution", {"execution": self.fill_row(f), "takerReducedQuantity": ""}) for f in self.book.fills
        ]
        return self.history(ask, "trades", rows)

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, _), *_ = fill.fees
        return {
            "uid": uid(fill.number), "order": self.order_row(fill.order, fill.quantity, fill.at_ms),
            "timestamp": fill.at_ms, "quantity": text(fill.quantity), "price": text(fill.price), "markPrice": "50000",
            "executionType": "maker" if fill.is_maker else "taker", "limitFilled": True, "usdValue": "1",
            "orderData": {"fee": text(amount), "positionSize": "1", "feeCalculationInfo": []},
        }  # fmt: skip

    @route("GET /api/history/v3/account-log")
    def log(self, ask: Ask) -> dict[str, Any]:
        rows: list[dict[str, Any]] = []
        for m in self.book.movements:
            sign = 1 if m.kind in {"in", "deposit"} else -1
            rows += [
                self.entry(m.number * 10, m.at_ms, "cross-exchange transfer", m.asset, sign * m.amount),
                self.entry(m.number * 10 + 1, m.at_ms, "cross-exchange transfer", m.asset, -sign * m.amount)
                | {"margin_account": m.asset.lower()},
            ]
        for p in self.book.payments:
            paid = {
                "contract": self.native(p.symbol).lower(),
                "realized_funding": float(p.amount),
                "funding_rate": 1e-06,
            }
            rows.append(self.entry(p.number * 10, p.at_ms, "funding rate change", p.asset, p.amount) | paid)
        query = ask.query
        assert query["sort"] == "asc"
        rows = sorted((row for row in rows if row["info"] == query["info"]), key=lambda row: row["id"])
        rows = [row for row in rows if row["at"] >= int(query["since"]) and row["id"] >= int(query.get("from", 0))]
        kind = "transfers" if "transfer" in query["info"] else "funding"
        page = self.listed(kind if rows else "", rows[: min(int(query["count"]), 500)])
        return {"accountUid": "a", "logs": [{k: v for k, v in row.items() if k != "at"} for row in page]}

    def entry(self, number: int, at_ms: int, info: str, asset: str, amount: Decimal) -> dict[str, Any]:
        return {"id": number, "at": at_ms, "date": iso(at_ms), "asset": asset.lower(), "info": info, "contract": None,
                "booking_uid": uid(number), "margin_account": "flex", "old_balance": 5000.0,
                "new_balance": float(5000 + amount), "fee": None, "execution": None, "realized_pnl": None}  # fmt: skip


def uid(number: int) -> str:
    """Write a number as such an id."""
    return f"{number:08d}-1111-4000-8000-000000000000"


def iso(at_ms: int) -> str:
    """Write a time to the millisecond."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


VENUES = (KrakenFutures,)
