"""Binance's answers as its API writes them, built around given figures."""

from __future__ import annotations

import json
from typing import Any

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.instrument import MarketType
from tests.unit.adapters.exchange.recorded import RecordedSession, recorded_exchange

SYMBOL = {MarketType.SPOT: "BTC/USDT", MarketType.SWAP: "BTC/USDT:USDT"}
AT_MS = 1_737_635_557_417


def market(market_type: MarketType, *, tick: str = "0.01", step: str = "0.00001") -> dict[str, Any]:
    """Return exchangeInfo with one market."""
    types = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "STOP", "STOP_MARKET"]
    info: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "orderTypes": types,
        "permissions": ["SPOT"],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "0.00000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "9000.00000000", "stepSize": step},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "maxNotional": "9000000.00000000"},
        ],
    }
    if market_type is MarketType.SWAP:
        info |= {"contractType": "PERPETUAL", "marginAsset": "USDT", "deliveryDate": 4133404800000}
    return {"timezone": "UTC", "serverTime": AT_MS, "symbols": [info]}


def order(market_type: MarketType, **fields: Any) -> dict[str, Any]:
    """Return an order as the venue shows it."""
    body = {
        "symbol": "BTCUSDT",
        "orderId": 4087922044,
        "clientOrderId": "0123456789abcdef0123456789abcdef",
        "price": "100.00",
        "origQty": "1.00000",
        "executedQty": "0.00000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "time": AT_MS,
        "updateTime": AT_MS,
    }
    if market_type is MarketType.SWAP:
        body |= {"positionSide": "BOTH", "cumQuote": "0", "avgPrice": "0.00", "reduceOnly": False}
    else:
        body |= {"cummulativeQuoteQty": "0.00000000"}
    return body | fields


def paths(market_type: MarketType) -> tuple[str, str]:
    """Return the public and the signed prefix."""
    return ("/fapi/v1", "/fapi/v1") if market_type is MarketType.SWAP else ("/api/v3", "/api/v3")


def exchange(
    market_type: MarketType, answers: dict[str, Any] | None = None, **settings: Any
) -> tuple[CcxtExchange, RecordedSession]:
    """Return an exchange with one market and answers by method and path below the prefix."""
    public, signed = paths(market_type)
    rules = {name: settings.pop(name) for name in ("tick", "step") if name in settings}
    routes = {f"GET {public}/exchangeInfo": market(market_type, **rules)}
    for route, answer in (answers or {}).items():
        method, _, path = route.partition(" ")
        routes[f"{method} {path if path.startswith('/') else f'{signed}/{path}'}"] = answer
    return recorded_exchange("binance", market_type, routes, **settings)


def raw(body: Any, **numbers: str) -> str:
    """Return JSON in which each field that holds ``<name>`` is the bare number `numbers[name]`, every digit kept."""
    text = json.dumps(body)
    for name, digits in numbers.items():
        text = text.replace(f'"<{name}>"', digits)
    return text
