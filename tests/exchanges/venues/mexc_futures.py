"""MEXC's perpetuals: figures as numbers, wallets of every coin in one answer, candles column by column.

The documentation marks every call that places or cancels an order as under maintenance, so none is scripted.

Source: MEXC's contract v1 API documentation (ticker, depth, kline, assets, open_positions, position_mode) and the answers
recorded in ccxt's own tests.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.mexc_api import Mexc
from tests.exchanges.wire import SWAP, Ask, Market, Reply, candles, route, text

_CLOSED = "placing and cancelling orders is documented as under maintenance"
_PLACES = (
    "place_limit", "place_market_buy", "place_market_sell", "place_stop", "stop_fired", "place_stop_limit",
    "flag_post_only", "flag_reduce_only", "flag_ioc", "flag_fok", "flag_gtd", "amend", "cancel", "cancel_all",
    "lost_answer", "refusals", "order_by_our_id", "order_by_their_id",
)  # fmt: skip
_BARS = {"Min1": "1m", "Min60": "1h", "Day1": "1d"}


class MexcSwap(Mexc):
    """USDT and USDC perpetuals, contracts of a ten thousandth of a coin."""

    market_type = SWAP
    candles_page: ClassVar[int] = 500
    markets = (
        Market(symbol="BTC/USDT:USDT", native="BTC_USDT", step=Decimal(1), least=Decimal(1), size=Decimal("0.0001")),
        Market(symbol="BTC/USDC:USDC", native="BTC_USDC", step=Decimal(1), least=Decimal(1), size=Decimal("0.0001")),
    )
    absent: ClassVar[dict[str, str]] = {
        "status": "its ping tells no state",
        "key_permissions": "nothing tells what a key may do",
        **dict.fromkeys(_PLACES, _CLOSED),
    }

    def contracts(self) -> tuple[Market, ...]:
        return self.markets

    def ok(self, data: Any) -> dict[str, Any]:
        return {"success": True, "code": 0, "data": data}

    def on_rate_limit(self) -> Reply:
        return Reply({"success": False, "code": 510, "message": "Requests are too frequent"})

    @route("GET /api/v1/contract/ping")
    def ping(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(self.book.now_ms)

    @route("GET /api/v1/contract/ticker")
    def tickers(self, ask: Ask) -> dict[str, Any]:
        rows = [
            {"symbol": m.native, "lastPrice": int(self.book.bid), "bid1": int(self.book.bid), "ask1": int(self.book.ask),
             "volume24": 4045530, "amount24": 141331823, "holdVol": 5832946, "lower24Price": 49000, "high24Price": 51000,
             "riseFallRate": 0.0275, "riseFallValue": 95, "indexPrice": 50000, "fairPrice": 50000,
             "fundingRate": 0.0001, "timestamp": self.book.now_ms}
            for m in self.markets
            if ask.query.get("symbol") in {None, m.native}
        ]  # fmt: skip
        return self.ok(rows[0] if "symbol" in ask.query else rows)

    @route("GET /api/v1/contract/depth/{symbol}")
    def depth(self, _ask: Ask, symbol: str) -> dict[str, Any]:
        self.market(symbol)
        bids = [[int(self.book.bid), 2000, 1], [int(self.book.bid) - 1, 4000, 2]]
        asks = [[int(self.book.ask), 3000, 1], [int(self.book.ask) + 1, 5000, 2]]
        return self.ok({"bids": bids, "asks": asks, "version": 1, "timestamp": self.book.now_ms})

    @route("GET /api/v1/contract/kline/{symbol}")
    def kline(self, ask: Ask, symbol: str) -> dict[str, Any]:
        self.market(symbol)
        start, end = (int(ask.query[name]) * 1000 for name in ("start", "end"))
        rows = candles(self.book.now_ms, _BARS[ask.query["interval"]], start, end)[-2000:]
        names = ("time", "open", "high", "low", "close", "vol")
        columns = {name: [int(row[at]) for row in rows] for at, name in enumerate(names)}
        return self.ok(columns | {"time": [at // 1000 for at in columns["time"]], "amount": [1] * len(rows)})

    @route("GET /api/v1/private/account/assets")
    def assets(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"currency": asset, "positionMargin": "0", "availableBalance": text(w.total + w.unrealized - w.used),
                 "cashBalance": text(w.total - w.used), "frozenBalance": text(w.used),
                 "equity": text(w.total + w.unrealized), "unrealized": text(w.unrealized), "bonus": "0"}
                for asset, w in self.book.wallets.items()
            ]
        )  # fmt: skip

    @route("GET /api/v1/private/position/open_positions")
    def positions(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            [
                {"positionId": 1394650 + n, "symbol": self.native(p.symbol), "positionType": 1 if p.quantity > 0 else 2,
                 "openType": 2, "state": 1, "holdVol": int(abs(p.quantity)), "frozenVol": 0, "closeVol": 0,
                 "holdAvgPrice": int(p.entry), "openAvgPrice": int(p.entry), "closeAvgPrice": 0, "liquidatePrice": 0,
                 "oim": "0.129", "im": "0.129", "holdFee": 0, "realised": 0, "leverage": 20,
                 "createTime": self.book.now_ms, "updateTime": self.book.now_ms, "autoAddIm": False}
                for n, p in enumerate(self.book.positions)
            ]
        )  # fmt: skip

    @route("GET /api/v1/private/position/position_mode")
    def position_mode(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(1 if self.hedged else 2)


VENUES = (MexcSwap,)
