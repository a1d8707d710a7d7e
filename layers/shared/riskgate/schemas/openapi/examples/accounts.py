"""Examples of the account routes."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.shared import APPROVED, AT, ORDER, PLACE, SWITCH

_POSITION: dict[str, Any] = {
    "venue": "binance",
    "symbol": "BTC/USDT",
    "market_type": "spot",
    "asset": "BTC",
    "sector": "store-of-value",
    "quantity": "0.04",
    "average_price": "60500",
    "mark_price": "61000",
    "marked_at": AT,
    "value": "2440",
    "stop_loss_price": "58000",
    "strategy": "trend",
}
_BREAKER: dict[str, Any] = {
    "name": "DAILY_LOSS",
    "scope": "account",
    "key": None,
    "reason": None,
    "tripped_at": AT,
    "observed": "0.0312",
    "limit": "0.03",
    "clears_on": "2026-03-03",
}
_ACCOUNT: dict[str, Any] = {
    "account_id": "demo",
    "base_currency": "USDT",
    "trading_state": "REDUCING",
    "equity": "96880",
    "equity_at": AT,
    "peak_equity": "100000",
    "breakers": [_BREAKER],
    "locks": [],
    "heartbeats": [],
    "venues": [
        {"venue": "binance", "market_type": "spot", "equity": "96880", "health": "healthy", "health_detail": None}
    ],
    "venue_excess": [],
    "unpriced_assets": [],
    "positions": [_POSITION],
    "open_orders": [
        {
            "client_order_id": ORDER["client_order_id"],
            "venue": "binance",
            "symbol": "BTC/USDT",
            "strategy": "trend",
            "side": "buy",
            "type": "limit",
            "status": "partially_filled",
            "quantity": "0.06",
            "filled_quantity": "0.04",
            "reserved": {"notional": "3660", "risk": "120"},
            "approved_at": AT,
            "expires_at": "2026-03-02T14:20:09.120000Z",
        }
    ],
    "exposure": {
        "gross": "6100",
        "net": "2440",
        "open_risk": "240",
        "open_positions": 1,
        "by_sector": {"store-of-value": "6100"},
        "by_asset": {"BTC": "6100"},
        "by_strategy": {"trend": "6100"},
    },
    "limits": [
        {
            "name": "daily_loss_fraction_max",
            "code": "DAILY_LOSS",
            "value": "0.0312",
            "limit": "0.03",
            "utilization": "1.04",
            "unit": "fraction",
            "level": "red",
        }
    ],
    "kill_switches": [SWITCH],
    "state_version": 121,
}
_REGISTERED: dict[str, Any] = _ACCOUNT | {
    "trading_state": "ACTIVE",
    "equity": "100000",
    "breakers": [],
    "positions": [],
    "open_orders": [],
    "exposure": {
        "gross": "0",
        "net": "0",
        "open_risk": "0",
        "open_positions": 0,
        "by_sector": {},
        "by_asset": {},
        "by_strategy": {},
    },
    "limits": [
        {
            "name": "daily_loss_fraction_max",
            "code": "DAILY_LOSS",
            "value": "0",
            "limit": "0.03",
            "utilization": "0",
            "unit": "fraction",
            "level": "none",
        }
    ],
    "state_version": 1,
}
_TRANSFER: dict[str, Any] = {"transfer_id": "2026-03-02-a", "kind": "withdrawal", "amount": "5000"}
_AUDIT_ENTRY: dict[str, Any] = {
    "account_id": "demo",
    "sequence": 118,
    "previous_hash": "9d1d0a4d9f0c7b0f6a1f4a5f0a3c2f6e7d8c9b0a1f2e3d4c5b6a798081726354",
    "hash": "0c5f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1",
    "at": AT,
    "actor": "token:k3j9x2m8q1zt",
    "event": "order_decided",
    "inputs": {"order": ORDER | {"account_id": "demo"}},
    "answer": APPROVED,
    "limits_version": 3,
    "state_version_before": 117,
    "state_version_after": 118,
    "state_hash": "1b2c3d4e5f60718293a4b5c6d7e8f90011223344556677889900aabbccddeeff",
    "engine_version": "1.0.0",
    "notices": [],
}

#: Examples by operation id, then ``request`` or status, then name.
ACCOUNT_EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "putAccount": {
        "request": {
            "spot": {
                "base_currency": "USDT",
                "venues": [{"venue": "binance", "market_type": "spot", "secret_name": "riskgate/demo/binance"}],
                "sectors": {"BTC": "store-of-value", "ETH": "smart-contracts"},
                "initial_equity": "100000",
            }
        },
        "201": {"registered": _REGISTERED},
        "200": {"known": _REGISTERED},
    },
    "getAccount": {"200": {"after_a_loss": _ACCOUNT}},
    "getLimits": {"200": {"shortened": {"version": 3, "limits": {"daily_loss_fraction_max": "0.03"}, "loosened": []}}},
    "putLimits": {
        "request": {
            "tighten": {"daily_loss_fraction_max": "0.02", "stop_loss_required": True},
            "switch_off": {"spread_fraction_max": None},
            "cooldown": {"cooldown": {"unlock_at": "06:00"}},
        },
        "200": {
            "loosened": {
                "version": 4,
                "limits": {"daily_loss_fraction_max": "0.05"},
                "loosened": ["daily_loss_fraction_max"],
            }
        },
    },
    "postSnapshot": {
        "request": {
            "one_position": {
                "taken_at": AT,
                "equity": "96880",
                "balances": [
                    {"venue": "binance", "asset": "USDT", "total": "94440", "used": "3660"},
                    {"venue": "binance", "asset": "BTC", "total": "0.04"},
                ],
                "positions": [{"venue": "binance", "symbol": "BTC/USDT", "quantity": "0.04", "average_price": "60500"}],
            }
        },
        "201": {
            "tripped": {
                "equity": "96880",
                "equity_at": AT,
                "confirmed": True,
                "reason": None,
                "unpriced_assets": [],
                "trading_state": "REDUCING",
                "breakers": ["DAILY_LOSS"],
                **PLACE,
            }
        },
    },
    "postTransfer": {
        "request": {"withdrawal": _TRANSFER | {"executed_at": AT}},
        "201": {"recorded": _TRANSFER | PLACE | {"equity": "95000"}},
        "200": {"recorded_earlier": _TRANSFER | PLACE | {"equity": "95000"}},
    },
    "listAudit": {"200": {"one_entry": {"entries": [_AUDIT_ENTRY], "next_after": 118}}},
}
