"""Examples of the reconciliation routes."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.shared import AT

_ROGUE: dict[str, Any] = {
    "break_id": "9f2c4a17d0b35e68",
    "kind": "rogue_order",
    "severity": "red",
    "venue": "binance",
    "subject": "order BTC/USDT 28457",
    "market": "binance:BTC/USDT",
    "client_order_id": None,
    "ours": {"reason": "the gateway knows no such order"},
    "theirs": {
        "exchange_order_id": "28457",
        "client_order_id": "web_4f1a",
        "symbol": "BTC/USDT",
        "side": "buy",
        "status": "filled",
        "quantity": "0.02",
        "filled_quantity": "0.02",
        "created_at": "2026-03-02T14:01:44.051000+00:00",
    },
    "money": "1220",
    "action": "cancel the order and close what it traded at the venue; revoke the key that placed it",
    "first_seen": AT,
}
_RUN: dict[str, Any] = {
    "run_id": "3f7e1c52-8f0a-4a63-a7f2-1f0c5e7f4b19/demo",
    "at": AT,
    "complete": True,
    "venues": [
        {
            "venue": "binance",
            "complete": True,
            "detail": "",
            "since": "2026-03-02T13:45:09.120000Z",
            "read_at": AT,
            "orders": 7,
            "trades": 9,
            "balances": 2,
            "positions": 0,
        }
    ],
    "compared": 9,
    "matched": 8,
    "matched_fraction": "0.8888",
    "found": 1,
    "repairs": [{"client_order_id": "trend-20260302-0007", "fills": 1, "accepted_as": "", "closed_as": ""}],
    "open": 1,
    "open_by_kind": {"rogue_order": 1},
    "money_at_issue": "1220",
}
_CLOSED = {
    "closed_at": AT,
    "how": "resolved",
    "who": "token:3f9c1d2e",
    "why": "position closed at the venue, key revoked",
}

#: Examples by operation id, then ``request`` or status, then name.
RECONCILIATION_EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "getReconciliation": {
        "200": {
            "rogue_order": {
                "account_id": "demo",
                "last_run": _RUN,
                "open": [_ROGUE | {"last_seen": AT}],
                "closed": [],
                "money_at_issue": "1220",
            }
        }
    },
    "resolveBreak": {
        "request": {"dealt_with": {"reason": "position closed at the venue, key revoked"}},
        "200": {
            "resolved": {"closed": _ROGUE | _CLOSED, "open": 0, "trading_state": "ACTIVE", "breakers": []},
        },
    },
}
