"""What the examples have in common: one account of 100,000 USDT, one order, its decision and its denial.

Limits are the shipped ones; lists of checks are shortened.
"""

from __future__ import annotations

from typing import Any

AT = "2026-03-02T14:05:09.120000Z"
REQUEST_ID = "7b1c2f0e-5a44-4d0e-9d3e-1f6f6a0f8c21"
ORDER_ID = "5f0c1d6a3b9e4c7781a2d4e6f8091b3c"
ORDER: dict[str, Any] = {
    "client_order_id": "trend-20260302-0007",
    "symbol": "BTC/USDT",
    "venue": "binance",
    "strategy": "trend",
    "side": "buy",
    "type": "limit",
    "quantity": "0.1",
    "price": "61000",
    "stop_loss_price": "59000",
}
APPROVED: dict[str, Any] = {
    "decision": "approved",
    "client_order_id": ORDER["client_order_id"],
    "order_id": ORDER_ID,
    "account_id": "demo",
    "code": None,
    "violations": [],
    "checks": [
        {"name": "KILL_SWITCH_ENGAGED", "outcome": "passed", "observed": None, "limit": None, "utilization": None},
        {"name": "RISK_PER_TRADE", "outcome": "passed", "observed": "0.002", "limit": "0.02", "utilization": "0.1"},
        {"name": "POSITION_SIZE", "outcome": "passed", "observed": "0.061", "limit": "0.1", "utilization": "0.61"},
    ],
    "reserved": {"notional": "6100", "risk": "200"},
    "reservation_expires_at": "2026-03-02T14:20:09.120000Z",
    "limits_version": 3,
    "state_version": 118,
    "audit_sequence": 118,
    "decided_at": AT,
}
TOO_LARGE: dict[str, Any] = {
    "code": "NOTIONAL_ABOVE_MAXIMUM",
    "message": "the order's value over equity 30.50 % is above the limit 10.00 %",
    "observed": "0.305",
    "limit": "0.1",
    "unit": "fraction",
}
DENIED: dict[str, Any] = APPROVED | {
    "decision": "denied",
    "code": "NOTIONAL_ABOVE_MAXIMUM",
    "violations": [TOO_LARGE],
    "checks": [
        {
            "name": "NOTIONAL_ABOVE_MAXIMUM",
            "outcome": "violated",
            "observed": "0.305",
            "limit": "0.1",
            "utilization": "3.05",
        },
        {"name": "RISK_PER_TRADE", "outcome": "passed", "observed": "0.01", "limit": "0.02", "utilization": "0.5"},
    ],
    "reserved": {"notional": "0", "risk": "0"},
    "reservation_expires_at": None,
}
SWITCH: dict[str, Any] = {"scope": "global", "key": None, "engaged": False, "reason": "normal trading"}
PLACE: dict[str, Any] = {"state_version": 122, "audit_sequence": 122}
