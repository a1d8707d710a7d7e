"""Examples of the hedge route: half a bitcoin bought at 40,000, now at 44,000."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.shared import AT, PLACE

_REQUEST: dict[str, Any] = {
    "hedge_id": "green-up-1",
    "mode": "target_pnl",
    "position": {"venue": "binance", "symbol": "BTC/USDT"},
    "instruments": [
        {"venue": "binanceusdm", "symbol": "BTC/USDT:USDT", "fee_fraction": "0.0005", "funding_fraction": "0.0001"}
    ],
    "adverse_price": "38000",
    "target_pnl": "500",
}
_PLAN: dict[str, Any] = {
    "hedge_id": "green-up-1",
    "account_id": "demo",
    "mode": "target_pnl",
    "legs": [
        {
            "client_order_id": "hedge:green-up-1:1",
            "venue": "binanceusdm",
            "symbol": "BTC/USDT:USDT",
            "asset": "BTC",
            "side": "sell",
            "quantity": "0.258",
            "price": "43995",
            "reduces": False,
            "route": True,
            "delta": "-0.258",
            "notional": "11350.71",
            "fee": "5.675355",
        }
    ],
    "notes": [],
    "delta_before": {"BTC": "0.5"},
    "delta_after": {"BTC": "0.242"},
    "value_before": "22000",
    "value_after": "10648",
    "cost": {"fees": "5.675355", "spread": "1.29", "funding": "-3.405213", "total": "3.560142"},
    "margin": "3783.57",
    "pnl_table": [
        {"move_fraction": "-0.5", "unhedged_pnl": "-9031", "hedged_pnl": "-3361.398142"},
        {"move_fraction": "-0.136363636364", "unhedged_pnl": "-1039", "hedged_pnl": "500.537858"},
        {"move_fraction": "0.5", "unhedged_pnl": "12947", "hedged_pnl": "7258.925858"},
    ],
    "worst_pnl": "-3361.398142",
    "locked_pnl": None,
    "pnl_at_target": "500.537858",
    "target_reached": True,
    "variance": None,
    "rounding": "quantities down to the lot (up for a target), costs and margin up, profit and loss down",
    **PLACE,
    "planned_at": AT,
}
_PLANNED: dict[str, Any] = {
    "hedge_id": "green-up-1",
    "account_id": "demo",
    "status": "planned",
    "plan": _PLAN,
    "outcomes": [],
    "delta_left": {"BTC": "0.242"},
}
_OUTCOME: dict[str, Any] = {"client_order_id": "hedge:green-up-1:1", "decision": "approved", "code": None}

#: Examples by operation id, then ``request`` or status, then name.
HEDGE_EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "postHedge": {
        "request": {
            "green_up": _REQUEST,
            "placed": _REQUEST | {"execute": True},
            "neutral_book": {"hedge_id": "flat-0301", "mode": "delta_neutral", "execute": True},
        },
        "201": {
            "planned": _PLANNED,
            "placed": _PLANNED | {"status": "placed", "outcomes": [_OUTCOME]},
            "denied": _PLANNED
            | {
                "status": "denied",
                "outcomes": [_OUTCOME | {"decision": "denied", "code": "RISK_PER_TRADE"}],
                "delta_left": {"BTC": "0.5"},
            },
        },
        "200": {"known": _PLANNED},
    }
}
