"""Bitget's USDT and USDC futures: a product type in every request, one position mode for all of its markets.

Source: Bitget's API documentation, classic account, contract (trade, plan, account, position).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.bitget_api import STATUS, Bitget, signed
from tests.exchanges.book import Fill, Order, Refused
from tests.exchanges.wire import SWAP, Ask, Market, route, text

_REFUSALS = {
    "duplicate": ("40786", "Duplicate clientOid"),
    "margin": ("45117", "Currently holding positions or orders, the margin mode cannot be adjusted"),
    "funds": ("40762", "The order amount exceeds the balance"),
    "unknown": ("40109", "The data of the order cannot be found, please confirm the order number"),
    "ended": ("40768", "Order does not exist"),
}


class BitgetLinear(Bitget):
    """USDT-FUTURES and USDC-FUTURES, one-way unless the test says otherwise."""

    market_type = SWAP
    refusals: ClassVar[dict[str, tuple[str, str]]] = _REFUSALS
    markets = (
        Market(symbol="BTC/USDT:USDT", native="BTCUSDT"),
        Market(symbol="BTC/USDC:USDC", native="BTCPERP"),
    )
    absent: ClassVar[dict[str, str]] = {
        "flag_gtd": "no orders that end by a date",
        "status": "nothing tells its state",
    }

    def __init__(self) -> None:
        super().__init__()
        #: Rows of the lists that hold what people placed at the venue's own page.
        self.by_hand: dict[str, list[dict[str, Any]]] = {"profit_loss": [], "track_plan": []}
        self.asset_mode = "single"
        self.unnamed = False
        #: The margin mode of all markets, as a person has set it there.
        self.margin_mode = "crossed"

    def of_type(self, ask: Ask) -> list[Market]:
        """Return the markets of the product type that every request names."""
        assert "contracts" in ask.path or ask.fields["productType"] in {"USDT-FUTURES", "USDC-FUTURES"}
        return [m for m in self.markets if ask.fields["productType"] == f"{m.settle}-FUTURES"]

    def own(self, ask: Ask, orders: list[Order]) -> list[Order]:
        symbols = {m.symbol for m in self.of_type(ask)}
        return [o for o in orders if o.symbol in symbols]

    @route("GET /api/v2/mix/market/contracts")
    def contracts(self, ask: Ask) -> dict[str, Any]:
        # Play money, which ccxt asks for too. Nothing else knows this product type.
        play = Market(symbol="SBTC/SUSDT:SUSDT", native="SBTCSUSDT")
        found = [play] if ask.query["productType"] == "SUSDT-FUTURES" else self.of_type(ask)
        return self.ok(
            [
                {"symbol": m.native, "baseCoin": m.base, "quoteCoin": m.quote, "supportMarginCoins": [m.settle],
                 "minTradeNum": text(m.least), "priceEndStep": "1", "volumePlace": "3", "pricePlace": "1",
                 "sizeMultiplier": text(m.step), "symbolType": "perpetual", "minTradeUSDT": "5", "makerFeeRate": "0.0002",
                 "takerFeeRate": "0.0006", "symbolStatus": "normal", "minLever": "1", "maxLever": "125",
                 "fundInterval": "8", "launchTime": "", "deliveryTime": ""}
                for m in found
            ]
        )  # fmt: skip

    @route("GET /api/v2/mix/market/tickers")
    def tickers(self, ask: Ask) -> dict[str, Any]:
        more = {"indexPrice": "50000", "markPrice": "50000", "fundingRate": "0.0001", "open24h": "50000"}
        return self.ok([self.touch(m) | more for m in self.of_type(ask)])

    @route("GET /api/v2/mix/market/merge-depth")
    def merge_depth(self, ask: Ask) -> dict[str, Any]:
        assert self.of_type(ask)
        return self.depth()

    @route("GET /api/v2/mix/market/candles")
    def get_candles(self, ask: Ask) -> dict[str, Any]:
        assert self.of_type(ask)
        return self.bars(ask)

    @route("GET /api/v2/mix/account/account")
    def account(self, ask: Ask) -> dict[str, Any]:
        (market,) = self.of_type(ask)
        assert (ask.query["symbol"], ask.query["marginCoin"]) == (market.native, market.settle)
        mode = "hedge_mode" if self.hedged else "one_way_mode"
        return self.ok({"marginCoin": market.settle, "posMode": mode, "marginMode": self.margin_mode})

    @route("GET /api/v2/mix/account/accounts")
    def accounts(self, ask: Ask) -> dict[str, Any]:
        rows = [
            {"marginCoin": m.settle, "locked": text(w.used), "available": text(w.total),
             "crossedMaxAvailable": text(w.total - w.used), "isolatedMaxAvailable": text(w.total - w.used),
             "maxTransferOut": text(w.total + w.unrealized - w.used), "accountEquity": text(w.total + w.unrealized),
             "usdtEquity": "1", "btcEquity": "0.1", "unrealizedPL": text(w.unrealized), "coupon": "0",
             "crossedUnrealizedPL": text(w.unrealized), "isolatedUnrealizedPL": "0", "assetMode": self.asset_mode}
            for m in self.of_type(ask)
            for w in [self.book.wallets.get(m.settle)]
            if w is not None
        ]  # fmt: skip
        return self.ok(rows)

    @route("GET /api/v2/mix/position/all-position")
    def positions(self, ask: Ask) -> dict[str, Any]:
        found = {m.symbol: m for m in self.of_type(ask)}
        return self.ok(
            [
                {"marginCoin": found[p.symbol].settle, "symbol": found[p.symbol].native,
                 "holdSide": p.leg or ("long" if p.quantity > 0 else "short"), "openDelegateSize": "0",
                 "marginSize": "3.7", "available": text(abs(p.quantity)), "locked": "0", "total": text(abs(p.quantity)),
                 "leverage": "20", "achievedProfits": "0", "openPriceAvg": text(p.entry), "marginMode": self.margin_mode,
                 "posMode": "hedge_mode" if p.leg else "one_way_mode", "unrealizedPL": text(p.unrealized),
                 "liquidationPrice": "0", "keepMarginRate": "0.004", "markPrice": text(p.mark), "marginRatio": "0.03",
                 "cTime": str(self.book.now_ms), "uTime": str(self.book.now_ms)}
                for p in self.book.positions
                if p.symbol in found
            ]
        )  # fmt: skip

    def make_room(self, symbol: str, new: Decimal) -> None:
        """Cancel resting reduce-only orders, the oldest first, until they and a new one fit the position."""
        held = next((abs(p.quantity) for p in self.book.positions if p.symbol == symbol), None)
        resting = [o for o in self.book.orders if o.symbol == symbol and o.reduce_only and o.status == "open"]
        while resting and held is not None and new + sum(o.quantity - o.filled for o in resting) > held:
            self.book.end(resting.pop(0))

    def take(self, ask: Ask, trigger: Decimal | None) -> dict[str, Any]:
        body = ask.body
        market = next(m for m in self.of_type(ask) if m.native == body["symbol"])
        assert body["marginCoin"] == market.settle
        if body["marginMode"] != self.margin_mode:
            raise Refused("margin")
        assert not {"tradeSide", "posSide", "holdSide"} & set(body), "one-way"
        limit = body["orderType"] == "limit"
        force = body.get("force", "gtc").lower() if limit and trigger is None else "gtc"
        if body.get("reduceOnly", "NO").upper() == "YES" and trigger is None:
            self.make_room(market.symbol, Decimal(body["size"]))
        order = self.book.place(
            body.get("clientOid", ""),
            market.symbol,
            body["side"],
            Decimal(body["size"]),
            type=body["orderType"],
            price=Decimal(body["price"]) if limit else None,
            trigger=trigger,
            reduce_only=body.get("reduceOnly", "NO").upper() == "YES",
            post_only=force == "post_only",
            tif=force.upper() if force in {"ioc", "fok"} else "GTC",
        )
        answer = self.acknowledge(order)
        if self.unnamed and order.reduce_only:
            # As it is written of a reduce-only order that lets others be cancelled.
            answer["data"]["orderId"] = None
        return answer

    @route("POST /api/v2/mix/order/place-order", "place")
    def place(self, ask: Ask) -> dict[str, Any]:
        return self.take(ask, None)

    @route("POST /api/v2/mix/order/place-plan-order", "place")
    def place_plan(self, ask: Ask) -> dict[str, Any]:
        assert (ask.body["planType"], ask.body["triggerType"]) == ("normal_plan", "fill_price")
        return self.take(ask, Decimal(ask.body["triggerPrice"]))

    @route("POST /api/v2/mix/order/cancel-order", "cancel")
    def cancel(self, ask: Ask) -> Any:
        found = self.own(ask, [o for o in [self.plain(ask.body.get("orderId"), ask.body.get("clientOid"))] if o])
        if not found:
            return self.no("ended")
        return self.acknowledge(self.book.cancel(found[0]))

    @route("POST /api/v2/mix/order/cancel-plan-order", "cancel")
    def cancel_plan(self, ask: Ask) -> dict[str, Any]:
        assert self.of_type(ask)
        assert ask.body["symbol"]
        (wanted,) = ask.body["orderIdList"]
        order = self.plan(wanted.get("orderId"), wanted.get("clientOid"))
        row = {"orderId": wanted.get("orderId", ""), "clientOid": wanted.get("clientOid", "")}
        if order is None or not order.rests:
            return self.ok({"successList": [], "failureList": [row | {"errorMsg": "notExistend"}]})
        self.book.cancel(order)
        return self.ok({"successList": [row], "failureList": []})

    def order_row(self, order: Order, name: str = "status") -> dict[str, Any]:
        status = "partially_filled" if order.status == "open" and order.filled else STATUS[order.status]
        return {
            "symbol": self.native(order.symbol), "size": text(order.quantity), "orderId": self.id_of(order),
            "clientOid": order.client_id, "baseVolume": text(order.filled), "fee": "0",
            "price": text(order.price) if order.price is not None else "",
            "priceAvg": text(order.average) if order.filled else "",
            name: "canceled" if status == "cancelled" else status, "side": order.side,
            "force": "post_only" if order.post_only else order.tif.lower(), "totalProfits": "", "posSide": "net",
            "marginCoin": order.symbol.partition(":")[2], "presetStopSurplusPrice": "", "presetStopLossPrice": "",
            "quoteVolume": text(order.cost), "orderType": order.type, "leverage": "20", "marginMode": self.margin_mode,
            "reduceOnly": "YES" if order.reduce_only else "NO", "enterPointSource": "API",
            "tradeSide": f"{order.side}_single", "posMode": "one_way_mode", "orderSource": "normal",
            "cTime": str(order.created_ms), "uTime": str(order.updated_ms),
        }  # fmt: skip

    def plan_row(self, order: Order) -> dict[str, Any]:
        status = {"waiting": "live", "fired": "executed", "cancelled": "cancelled"}[order.status]
        return {
            "planType": "normal_plan", "symbol": self.native(order.symbol), "size": text(order.quantity),
            "orderId": self.id_of(order), "executeOrderId": self.placed_by.get(self.id_of(order), ""),
            "clientOid": order.client_id, "planStatus": status,
            "price": text(order.price) if order.price is not None else "", "executePrice": "", "callbackRatio": "",
            "triggerPrice": text(order.trigger), "triggerType": "fill_price", "side": order.side, "posSide": "net",
            "marginCoin": order.symbol.partition(":")[2], "marginMode": self.margin_mode, "enterPointSource": "API",
            "tradeSide": f"{order.side}_single", "posMode": "one_way_mode", "orderType": order.type,
            "stopSurplusTriggerPrice": "", "stopSurplusExecutePrice": "", "stopSurplusTriggerType": "fill_price",
            "stopLossTriggerPrice": "", "stopLossExecutePrice": "", "stopLossTriggerType": "fill_price",
            "cTime": str(order.created_ms), "uTime": str(order.updated_ms),
        }  # fmt: skip

    @route("GET /api/v2/mix/order/detail")
    def detail(self, ask: Ask) -> dict[str, Any]:
        found = self.own(ask, [o for o in [self.plain(ask.query.get("orderId"), ask.query.get("clientOid"))] if o])
        if not found:
            raise Refused("unknown")
        return self.ok(self.order_row(found[0], "state"))

    def entrusted(self, kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        last = rows[-1]["orderId"] if rows else None
        return self.ok({"entrustedList": self.listed(kind, rows) or None, "endId": last})

    @route("GET /api/v2/mix/order/orders-pending")
    def pending(self, ask: Ask) -> dict[str, Any]:
        # As it is written: without a status, those of which nothing has filled.
        partly = ask.query.get("status", "live") == "partially_filled"
        resting = [o for o in self.own(ask, self.book.orders) if o.status == "open" and bool(o.filled) is partly]
        return self.entrusted("open_orders", [self.order_row(o) for o in self.of_orders(ask, resting)])

    @route("GET /api/v2/mix/order/orders-history")
    def history(self, ask: Ask) -> dict[str, Any]:
        ended = [o for o in self.own(ask, self.book.orders) if not o.rests and o.trigger is None]
        return self.entrusted("orders", [self.order_row(o) for o in self.of_orders(ask, ended)])

    @route("GET /api/v2/mix/order/orders-plan-pending")
    def pending_plans(self, ask: Ask) -> dict[str, Any]:
        if ask.query["planType"] != "normal_plan":
            own = {market.native for market in self.of_type(ask)}
            return self.entrusted("plans", [row for row in self.by_hand[ask.query["planType"]] if row["symbol"] in own])
        waiting = [o for o in self.own(ask, self.book.orders) if o.status == "waiting"]
        return self.entrusted("plans", [self.plan_row(o) for o in self.of_orders(ask, waiting)])

    @route("GET /api/v2/mix/order/orders-plan-history")
    def history_plans(self, ask: Ask) -> dict[str, Any]:
        assert ask.query["planType"] == "normal_plan"
        ended = [o for o in self.own(ask, self.book.orders) if o.trigger is not None and not o.rests]
        return self.entrusted("plans", [self.plan_row(o) for o in self.of_orders(ask, ended)])

    def fill_row(self, fill: Fill) -> dict[str, Any]:
        (amount, asset), *_ = fill.fees
        return {
            "tradeId": str(fill.number), "symbol": self.native(fill.order.symbol), "orderId": self.id_of(fill.order),
            "price": text(fill.price), "baseVolume": text(fill.quantity), "side": fill.order.side,
            "feeDetail": [
                {"deduction": "no", "feeCoin": asset, "totalDeductionFee": None, "totalFee": text(-amount)}
            ],
            "quoteVolume": text(fill.price * fill.quantity), "profit": "0", "enterPointSource": "api",
            "tradeSide": f"{fill.order.side}_single", "posMode": "one_way_mode",
            "tradeScope": "maker" if fill.is_maker else "taker", "cTime": str(fill.at_ms),
        }  # fmt: skip

    @route("GET /api/v2/mix/order/fills")
    def fills(self, ask: Ask) -> dict[str, Any]:
        markets = {m.symbol for m in self.of_type(ask) if ask.query.get("symbol") in {None, m.native}}
        fills = [f for f in self.book.fills if f.order.symbol in markets]
        rows = [self.fill_row(f) for f in self.newest(ask, fills, lambda f: f.at_ms, lambda f: f.number)]
        return self.ok(
            {"fillList": self.listed("trades", rows) or None, "endId": rows[-1]["tradeId"] if rows else None}
        )

    @route("GET /api/v2/mix/account/bill")
    def bill(self, ask: Ask) -> dict[str, Any]:
        (market,) = self.of_type(ask)
        words = {"in": "trans_from_exchange", "out": "trans_to_exchange"}
        # Movements do not say whose wallet it was: USDT is in the account of USDT-FUTURES.
        moves: list[tuple[Any, str, str, Decimal]] = [
            (m, words[m.kind], "", signed(m)) for m in self.book.movements if m.asset == market.settle
        ]
        moves += [(p, "contract_settle_fee", market.native, p.amount) for p in self.book.payments
                  if p.symbol == market.symbol]  # fmt: skip
        moves = [row for row in moves if ask.query.get("businessType") in {None, row[1]}]
        rows = [
            {"billId": str(item.number), "symbol": symbol, "amount": text(amount), "fee": "0", "feeByCoupon": "",
             "businessType": word, "coin": market.settle, "balance": "1000", "cTime": str(item.at_ms)}
            for item, word, symbol, amount in self.newest(ask, moves, lambda r: r[0].at_ms, lambda r: r[0].number, 30)
        ]  # fmt: skip
        kind = "funding" if ask.query.get("businessType") == "contract_settle_fee" else "transfers"
        return self.ok({"bills": self.listed(kind, rows), "endId": rows[-1]["billId"] if rows else None})


VENUES = (BitgetLinear,)
