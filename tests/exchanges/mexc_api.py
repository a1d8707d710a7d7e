"""What MEXC's spot and futures APIs share: ccxt asks for the markets of both before anything else.

Source: MEXC's API documentation (spot v3: exchangeInfo; contract v1: detail) and the answers recorded in ccxt's own tests.
"""

from __future__ import annotations

from typing import Any

from tests.exchanges.wire import Ask, Market, Reply, ScriptedVenue, route, text


class Mexc(ScriptedVenue):
    ccxt_id = "mexc"
    venue = "mexc"

    def spot_markets(self) -> tuple[Market, ...]:
        return ()

    def contracts(self) -> tuple[Market, ...]:
        return ()

    @route("GET /api/v3/exchangeInfo")
    def exchange_info(self, _ask: Ask) -> dict[str, Any]:
        return {
            "timezone": "CST", "serverTime": self.book.now_ms, "rateLimits": [], "exchangeFilters": [],
            "symbols": [
                {"symbol": m.native, "status": "1", "baseAsset": m.base, "baseAssetPrecision": 3, "quoteAsset": m.quote,
                 "quotePrecision": 1, "quoteAssetPrecision": 1, "baseCommissionPrecision": 3,
                 "quoteCommissionPrecision": 1, "orderTypes": ["LIMIT", "MARKET", "LIMIT_MAKER"],
                 "isSpotTradingAllowed": True, "isMarginTradingAllowed": False, "quoteAmountPrecision": "5",
                 "baseSizePrecision": text(m.least), "permissions": ["SPOT"], "filters": [], "maxQuoteAmount": "2000000",
                 "makerCommission": "0", "takerCommission": "0.0005", "tradeSideType": 1}
                for m in self.spot_markets()
            ],
        }  # fmt: skip

    @route("GET /api/v1/contract/detail")
    def detail(self, _ask: Ask) -> dict[str, Any]:
        return {
            "success": True, "code": 0,
            "data": [
                {"symbol": m.native, "displayNameEn": f"{m.native} SWAP", "positionOpenType": 3, "baseCoin": m.base,
                 "quoteCoin": m.quote, "settleCoin": m.settle, "contractSize": text(m.size), "minLeverage": 1,
                 "maxLeverage": 125, "priceScale": 1, "volScale": 0, "amountScale": 4, "priceUnit": text(m.tick),
                 "volUnit": text(m.step), "minVol": text(m.least), "maxVol": 1000000, "takerFeeRate": "0.0006",
                 "makerFeeRate": "0.0002", "state": 0, "apiAllowed": True}
                for m in self.contracts()
            ],
        }  # fmt: skip

    def takes_until(self, ask: Ask) -> int:
        return int(ask.fields["timestamp"]) + int(ask.fields["recvWindow"])

    def on_late(self) -> Reply:
        return Reply({"code": 700003, "msg": "Timestamp for this request is outside of the recvWindow."}, 400)

    def on_maintenance(self) -> Reply:
        return Reply({"code": 503, "msg": "service not available, please try again"}, 503)
