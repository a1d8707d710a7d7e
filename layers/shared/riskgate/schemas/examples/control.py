"""Examples of the market, control and service routes."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.examples.shared import AT, PLACE, SWITCH

_INSTRUMENT: dict[str, Any] = {
    "venue": "binance",
    "symbol": "BTC/USDT",
    "market_type": "spot",
    "tick_size": "0.01",
    "step_size": "0.00001",
    "quantity_min": "0.00001",
    "notional_min": "5",
    "sector": "store-of-value",
}
_QUOTE: dict[str, Any] = {
    "venue": "binance",
    "symbol": "BTC/USDT",
    "at": AT,
    "bid": "60999.99",
    "ask": "61000",
    "last": "61000",
    "volume_24h": "21854.1",
}

#: Examples by operation id, then ``request`` or status, then name.
CONTROL_EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "putInstruments": {
        "request": {"spot": {"instruments": [_INSTRUMENT]}},
        "200": {"stored": {"stored": 1}},
    },
    "putQuotes": {"request": {"one": {"quotes": [_QUOTE]}}, "200": {"stored": {"stored": 1}}},
    "resetBreaker": {
        "request": {"reviewed": {"reason": "loss reviewed with the desk, size halved"}},
        "200": {"reset": {"name": "WEEKLY_DRAWDOWN", "trading_state": "ACTIVE", "breakers": [], **PLACE}},
    },
    "getKillSwitches": {"200": {"released": {"kill_switches": [SWITCH]}}},
    "putKillSwitch": {
        "request": {
            "stop_everything": {
                "scope": "global",
                "engaged": True,
                "reason": "exchange halted withdrawals",
                "cancel_open_orders": True,
            },
            "stop_one_symbol": {"scope": "symbol", "key": "BTC/USDT", "engaged": True, "reason": "oracle failure"},
        },
        "200": {
            "engaged": {
                "scope": "global",
                "key": None,
                "engaged": True,
                "reason": "exchange halted withdrawals",
                "cancel_open_orders": True,
                "updated_at": AT,
                "accounts": ["demo"],
            }
        },
    },
    "getHealth": {"200": {"ok": {"status": "ok", "engine_version": "1.0.0"}}},
}
