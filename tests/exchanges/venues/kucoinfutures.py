"""KuCoin futures: one wallet for each settle coin, numbered pages of 50 unless more are asked for, stops in a list of
their own until they fire, a margin mode that an order must name.

Source: see `tests.exchanges.kucoin_api`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Fill, Order, Wallet
from tests.exchanges.kucoin_api import DAY_MS, Kucoin
from tests.exchanges.wire import SWAP, Ask, Market, Reply, candles, route, text, within

_INTERVALS = {"1": "1m", "60": "1h", "1440": "1d"}


class KucoinSwap(Kucoin):
    """Linear perpetuals settled in USDT and USDC: contracts of a thousandth of a coin."""

    ccxt_id = "kucoinfutures"
    market_type = SWAP
    markets = (
        Market(
            symbol="BTC/USDT:USDT", native="XBTUSDTM", step=Decimal(1), least=Decimal(1), size=Decimal("0.001")
        ),
        Market(symbol="BTC/USDC:USDC", native="XBTUSDCM", step=Decimal(1), least=Decimal(1), size=Decimal("0.001")),
    )  # fmt: skip
    page: ClassVar[int] = 100
    fills_page: ClassVar[int] = 100
    candles_page: ClassVar[int] = 200
    absent: ClassVar[dict[str, str]] = {
        "flag_fok": "times in force are GTC and IOC",
        "flag_gtd": "no orders that end by a date",
    }
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"size": "n/a", "id": "1"},
        "open_orders": {"size": "n/a", "id": "1"},
        "trades": {"size": "n/a", "tradeId": "1"},
    }
    refusals: ClassVar[dict[str, tuple[str, str]]] = {
        "duplicate": ("400100", "clientOid parameter repeated"),
        "funds": ("300003", "Insufficient balance."),
        "post": ("300000", "post only order would take"),
        "reduce": ("300009", "No open positions to close."),
        "unknown": ("100001", "error.getOrder.orderNotExist"),
        "ended": ("100004", "The order cannot be canceled."),
    }

    def __init__(self) -> None:
        super().__init__()
        self.book.finished_quantity = Decimal(2)

    @route("GET /api/v1/contracts/active")
    def contracts(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"symbol": m.native, "rootSymbol": m.settle, "type": "FFWCSX", "firstOpenDate": 1_585_555_200_000,
                 "expireDate": None, "settleDate": None, "baseCurrency": "XBT", "quoteCurrency": m.quote,
                 "settleCurrency": m.settle, "maxOrderQty": 1_000_000, "maxPrice": 1000000.0, "lotSize": 1,
                 "tickSize": float(m.tick), "indexPriceTickSize": 0.01, "multiplier": float(m.size),
                 "makerFeeRate": 0.0002, "takerFeeRate": 0.0006, "isDeleverage": True, "isQuanto": True,
                 "isInverse": False, "status": "Open", "fundingFeeRate": 0.0001, "predictedFundingFeeRate": 0.0001,
                 "nextFundingRateTime": 3_600_000, "markPrice": 50000.0, "indexPrice": 50000.0,
                 "lastTradePrice": float(self.book.bid), "maxLeverage": 100, "volumeOf24h": 1234.5,
                 "turnoverOf24h": 61_700_000.0, "lowPrice": 49000.0, "highPrice": 51000.0, "priceChgPct": 0.01,
                 "priceChg": 500.0}
                for m in self.markets
            ]
        )  # fmt: skip

    @route("GET /api/v1/allTickers")
    def tickers(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"sequence": 1, "symbol": m.native, "side": "buy", "size": 3, "tradeId": "1", "price": text(self.book.bid),
                 "bestBidPrice": text(self.book.bid), "bestBidSize": 2, "bestAskPrice": text(self.book.ask),
                 "bestAskSize": 3, "ts": self.book.now_ms * 1_000_000}
                for m in self.markets
            ]
        )  # fmt: skip

    @route("GET /api/v1/level2/snapshot")
    def depth(self, ask: Ask) -> dict[str, Any]:
        bids = [[float(self.book.bid), 2], [float(self.book.bid - 1), 4]]
        asks = [[float(self.book.ask), 3], [float(self.book.ask + 1), 5]]
        now = self.book.now_ms * 1_000_000
        return self.ok({"symbol": ask.query["symbol"], "sequence": 1, "bids": bids, "asks": asks, "ts": now})

    @route("GET /api/v1/kline/query")
    def klines(self, ask: Ask) -> dict[str, Any]:
        interval = _INTERVALS[ask.query["granularity"]]
        rows = candles(self.book.now_ms, interval, ask.query["from"], ask.query["to"])[-self.candles_page :]
        return self.ok([[at, float(o), float(h), float(lo), float(c), float(v), 1.0] for at, o, h, lo, c, v in rows])

    @route("GET /api/ua/v2/market/funding-rate")
    def funding_rates(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"symbol": m.native, "nextFundingRate": "0.0001", "fundingTime": self.book.now_ms + 3_600_000,
                 "fundingRateCap": "0.003", "fundingRateFloor": "-0.003", "currentGranularity": 28_800_000}
                for m in self.markets
            ]
        )  # fmt: skip

    @route("GET /api/v1/account-overview")
    def overview(self, ask: Ask) -> dict[str, Any]:
        asset = ask.query["currency"]
        w = self.book.wallets.get(asset, Wallet(total=Decimal(0)))
        return self.ok(
            {"accountEquity": float(w.total + w.unrealized), "unrealisedPNL": float(w.unrealized),
             "marginBalance": float(w.total), "positionMargin": float(w.used), "orderMargin": 0, "frozenFunds": 0,
             "availableBalance": float(w.total + w.unrealized - w.used), "currency": asset, "riskRatio": 0,
             "maxWithdrawAmount": 0}
        )  # fmt: skip

    @route("GET /api/v2/position/getPositionMode")
    def position_mode(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"positionMode": 1 if self.hedged else 0})

    @route("GET /api/v2/position/getMarginMode")
    def margin_mode(self, ask: Ask) -> dict[str, Any]:
        return self.ok({"symbol": ask.query["symbol"], "marginMode": "CROSS"})

    @route("GET /api/v1/positions")
    def positions(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"id": str(n), "symbol": self.native(p.symbol), "crossMode": True, "delevPercentage": 0.1,
                 "openingTimestamp": self.book.now_ms, "currentTimestamp": self.book.now_ms,
                 "currentQty": int(p.quantity), "currentCost": 1.0, "currentComm": 0, "unrealisedCost": 1.0,
                 "realisedGrossCost": 0, "realisedCost": 0, "isOpen": True, "markPrice": float(p.mark),
                 "markValue": 100.0, "posCost": 100.0, "posInit": 10.0, "posMargin": 10.0, "posMaint": 5.0,
                 "realisedGrossPnl": 0, "realisedPnl": 0, "unrealisedPnl": float(p.unrealized),
                 "avgEntryPrice": float(p.entry), "liquidationPrice": 0, "bankruptPrice": 0,
                 "settleCurrency": p.symbol.partition(":")[2], "isInverse": False, "marginMode": "CROSS",
                 "positionSide": p.leg.upper() if p.leg else "BOTH", "leverage": 5}
                for n, p in enumerate(self.book.positions)
            ]
        )  # fmt: skip

    def order_row(self, order: Order) -> dict[str, Any]:
        size = next(m.size for m in self.markets if m.symbol == order.symbol)
        value = text(order.cost * size)
        stop = "" if order.trigger is None else "up" if order.side == "buy" else "down"
        return {
            "id": self.id_of(order),
            "symbol": self.native(order.symbol),
            "type": order.type,
            "side": order.side,
            "price": text(order.price),
            "size": int(order.quantity),
            "value": text(order.quantity * size * (order.price or order.average)),
            "dealValue": value,
            "dealSize": int(order.filled),
            "stp": "",
            "stop": stop,
            "stopPriceType": "MP" if stop else "",
            "stopTriggered": bool(stop) and order.status != "waiting",
            "stopPrice": float(order.trigger) if order.trigger is not None else None,
            "timeInForce": order.tif,
            "postOnly": order.post_only,
            "hidden": False,
            "iceberg": False,
            "leverage": "1",
            "forceHold": False,
            "closeOrder": False,
            "visibleSize": 0,
            "clientOid": order.client_id,
            "remark": None,
            "tags": None,
            "isActive": order.rests,
            "cancelExist": order.status == "cancelled",
            "createdAt": order.created_ms,
            "updatedAt": order.updated_ms,
            "endAt": None if order.rests else order.updated_ms,
            "orderTime": order.created_ms * 1_000_000,
            "settleCurrency": order.symbol.partition(":")[2],
            "marginMode": "CROSS",
            "avgDealPrice": text(order.average),
            "filledSize": int(order.filled),
            "filledValue": value,
            "status": "open" if order.rests else "done",
            "reduceOnly": order.reduce_only,
        }

    @route("POST /api/v1/orders", "place")
    def create(self, ask: Ask) -> Any:
        body = ask.body
        if body.get("marginMode") != "CROSS":
            message = "The order's margin mode does not match the selected one. Please switch and try again."
            return Reply({"code": "330005", "msg": message})
        assert isinstance(body["size"], int)
        if "stopPrice" in body:
            assert (body["stop"], body["stopPriceType"]) == ("up" if body["side"] == "buy" else "down", "MP")
        assert set(body) <= {
            "clientOid", "side", "symbol", "type", "leverage", "size", "price", "timeInForce", "postOnly", "reduceOnly",
            "marginMode", "stop", "stopPrice", "stopPriceType",
        }  # fmt: skip
        order = self.book.place(
            body["clientOid"],
            self.market(body["symbol"]).symbol,
            body["side"],
            Decimal(body["size"]),
            type=body["type"],
            price=Decimal(body["price"]) if body["type"] == "limit" else None,
            trigger=Decimal(body["stopPrice"]) if "stopPrice" in body else None,
            reduce_only=body.get("reduceOnly") is True,
            post_only=body.get("postOnly") is True,
            tif=body.get("timeInForce", "GTC"),
        )
        return self.ok({"orderId": self.id_of(order), "clientOid": order.client_id})

    @route("DELETE /api/v1/orders/{order_id}", "cancel")
    def cancel(self, _ask: Ask, order_id: str) -> dict[str, Any]:
        order = self.book.cancel(self.find(order_id, None))
        return self.ok({"cancelledOrderIds": [self.id_of(order)]})

    @route("DELETE /api/v1/orders/client-order/{client_id}", "cancel")
    def cancel_ours(self, ask: Ask, client_id: str) -> dict[str, Any]:
        self.market(ask.query["symbol"])
        return self.ok({"clientOid": self.book.cancel(self.find(None, client_id)).client_id})

    @route("GET /api/v1/orders/{order_id}")
    def get_order(self, _ask: Ask, order_id: str) -> dict[str, Any]:
        return self.ok(self.order_row(self.require(order_id, None)))

    @route("GET /api/v1/orders/byClientOid")
    def get_ours(self, ask: Ask) -> dict[str, Any]:
        return self.ok(self.order_row(self.require(None, ask.query["clientOid"])))

    def newest(self, ask: Ask, orders: list[Order]) -> list[dict[str, Any]]:
        """Return the rows that the filters let through, newest first."""
        own = [o for o in orders if ask.query.get("symbol") in {None, self.native(o.symbol)}]
        rows = within(own, lambda o: o.created_ms, ask.query.get("startAt"), ask.query.get("endAt"), 10**6)
        return [self.order_row(o) for o in rows]

    @route("GET /api/v1/orders")
    def orders(self, ask: Ask) -> dict[str, Any]:
        active = ask.query.get("status") == "active"
        rows = self.newest(ask, [o for o in self.book.orders if (o.status == "open" if active else not o.rests)])
        page = self.numbered(ask, rows, 1000)
        return self.ok({**page, "items": self.listed("open_orders" if active else "orders", page["items"])})

    @route("GET /api/v1/stopOrders")
    def stops(self, ask: Ask) -> dict[str, Any]:
        rows = self.newest(ask, [o for o in self.book.orders if o.status == "waiting"])
        return self.ok(self.numbered(ask, rows, 1000))

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "symbol": self.native(fill.order.symbol),
            "tradeId": str(fill.number),
            "orderId": self.id_of(fill.order),
            "side": fill.order.side,
            "liquidity": "maker" if fill.is_maker else "taker",
            "forceTaker": False,
            "price": text(fill.price),
            "size": int(fill.quantity),
            "value": text(fill.price * fill.quantity),
            "feeRate": "0.0006",
            "fixFee": "0",
            "feeCurrency": asset,
            "stop": "",
            "tradeTime": fill.at_ms * 1_000_000,
            "fee": text(amount),
            "settleCurrency": fill.order.symbol.partition(":")[2],
            "orderType": fill.order.type,
            "tradeType": "trade",
            "displayType": fill.order.type,
            "marginMode": "CROSS",
            "createdAt": fill.at_ms,
        }

    @route("GET /api/v1/fills")
    def fills(self, ask: Ask) -> dict[str, Any]:
        low, high = self.span(ask, 7 * DAY_MS)
        own = [f for f in self.book.fills if ask.query.get("symbol") in {None, self.native(f.order.symbol)}]
        rows = [self.fill_row(f) for f in within(own, lambda f: f.at_ms, low, high, 10**6)]
        page = self.numbered(ask, rows, 1000)
        return self.ok({**page, "items": self.listed("trades", page["items"])})

    @route("GET /api/v1/funding-history")
    def funding(self, ask: Ask) -> dict[str, Any]:
        bounds = ask.query["startAt"], ask.query["endAt"]
        own = [p for p in self.book.payments if self.native(p.symbol) == ask.query["symbol"]]
        rows = within(own, lambda p: p.at_ms, *bounds, 10**6)
        after = next((n + 1 for n, p in enumerate(rows) if str(p.number) == ask.query.get("offset")), 0)
        size = int(ask.query.get("maxCount", 10))
        page = [
            {"id": p.number, "symbol": self.native(p.symbol), "timePoint": p.at_ms, "fundingRate": 0.0001,
             "markPrice": 50000.0, "positionQty": 2, "positionCost": 100.0, "funding": float(p.amount),
             "settleCurrency": p.asset, "context": "", "marginMode": "CROSS"}
            for p in rows[after : after + size]
        ]  # fmt: skip
        return self.ok({"dataList": page, "hasMore": after + size < len(rows)})

    @route("GET /api/v1/transaction-history")
    def ledger(self, ask: Ask) -> dict[str, Any]:
        low, high = self.span(ask, DAY_MS)
        words = {"in": "TransferIn", "out": "TransferOut"}
        own = [m for m in self.book.movements if words[m.kind] == ask.query["type"]]
        rows = within(own, lambda m: m.at_ms, low, high, 10**6)
        after = next((n + 1 for n, m in enumerate(rows) if str(m.number) == ask.query.get("offset")), 0)
        size = int(ask.query.get("maxCount", 50))
        page = [
            {"time": m.at_ms, "type": words[m.kind], "amount": float(m.amount), "fee": 0.0, "accountEquity": 1000.0,
             "status": "Completed", "remark": "Transferred from Trading Account", "offset": m.number,
             "currency": m.asset}
            for m in rows[after : after + size]
        ]  # fmt: skip
        return self.ok({"dataList": page, "hasMore": after + size < len(rows)})


VENUES = (KucoinSwap,)
