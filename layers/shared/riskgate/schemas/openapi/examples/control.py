"""Examples of the market, control and service routes."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.shared import AT, PLACE, SWITCH

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
_LOCK: dict[str, Any] = {
    "lock_id": "9f2b64c0d1e8a375",
    "code": "STOPLOSS_GUARD",
    "scope": "all",
    "key": "*",
    "reason": "3 stop-outs within 60 minutes",
    "until": "2026-03-02T14:45:09.120000Z",
}
_HEARTBEAT: dict[str, Any] = {
    "strategy": "trend",
    "interval_seconds": 60,
    "due_at": "2026-03-02T14:06:09.120000Z",
    "overdue": False,
}
_EXIT: dict[str, Any] = {
    "exit_id": "exit-20260302-2",
    "requested_at": AT,
    "trading_state": "REDUCING",
    "breakers": ["MANUAL_STOP"],
    "cancelling": ["trend-20260302-0007"],
    "left_to_cancel": [],
    "legs": [
        {
            "client_order_id": "exit-1d0f3a9c7b5e42f68a90c1d2",
            "venue": "binance",
            "symbol": "BTC/USDT",
            "side": "sell",
            "quantity": "0.04",
            "route": True,
            "decision": "approved",
            "code": None,
        }
    ],
    "complete": True,
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
    "postExit": {
        "request": {
            "one_position": {
                "exit_id": "exit-20260302-1",
                "reason": "thesis is gone",
                "scope": "position",
                "venue": "binance",
                "symbol": "BTC/USDT",
                "fraction": "0.5",
            },
            "stop_cancel_and_exit_all": {
                "exit_id": "exit-20260302-2",
                "reason": "venue looks insolvent",
                "scope": "all",
                "stop_entries": True,
                "cancel_open_orders": True,
            },
        },
        "201": {"stopped": _EXIT},
        "200": {"repeated": _EXIT},
    },
    "getLocks": {"200": {"one": {"locks": [_LOCK]}}},
    "deleteLock": {"200": {"none_left": {"locks": []}}},
    "putHeartbeat": {
        "request": {"every_minute": {"interval_seconds": 60}},
        "200": {"recorded": _HEARTBEAT | {"recorded": True, "trading_state": "ACTIVE"}},
    },
    "deleteHeartbeat": {"200": {"ended": {"strategy": "trend", "trading_state": "ACTIVE"}}},
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
    "postTelegram": {
        "request": {
            "command": {
                "update_id": 904531,
                "message": {
                    "message_id": 17,
                    "from": {"id": 4711},
                    "chat": {"id": 4711},
                    "text": "/status",
                },
            }
        },
        "200": {"taken": {"ok": True}},
    },
    "getHealth": {"200": {"ok": {"status": "ok", "engine_version": "1.0.0"}}},
}
