"""Examples of the order routes."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.problems import DENIAL
from riskgate.schemas.openapi.examples.shared import APPROVED, AT, DENIED, ORDER, ORDER_ID

_MARKET_ORDER: dict[str, Any] = {
    "client_order_id": "trend-20260302-0008",
    "symbol": "ETH/USDT:USDT",
    "venue": "binance",
    "strategy": "hedge",
    "side": "sell",
    "type": "market",
    "quantity": 2,
    "reduce_only": True,
}
_STORED_ORDER: dict[str, Any] = {
    "client_order_id": ORDER["client_order_id"],
    "order_id": ORDER_ID,
    "account_id": "demo",
    "status": "partially_filled",
    "symbol": "BTC/USDT",
    "venue": "binance",
    "strategy": "trend",
    "side": "buy",
    "type": "limit",
    "quantity": "0.1",
    "filled_quantity": "0.04",
    "average_fill_price": "60990.5",
    "price": "61000",
    "trigger_price": None,
    "stop_loss_price": "59000",
    "reduce_only": False,
    "post_only": False,
    "time_in_force": "GTC",
    "expires_at": None,
    "route": False,
    "tags": [],
    "decision": APPROVED,
    "created_at": AT,
    "updated_at": AT,
}
_FILL: dict[str, Any] = {
    "client_order_id": ORDER["client_order_id"],
    "fill_id": "3912845601",
    "status": "partially_filled",
    "filled_quantity": "0.04",
    "remaining_quantity": "0.06",
    "realized_pnl": "0",
    "fee": "2.43962",
    "slippage_bps": "-1.557377049181",
    "position_quantity": "0.04",
    "equity": "99997.56038",
    "trading_state": "ACTIVE",
    "recorded_at": AT,
}
_LEG: dict[str, Any] = APPROVED | {"client_order_id": "pair-0001-a"}
_OTHER_LEG: dict[str, Any] = DENIED | {"client_order_id": "pair-0001-b"}

#: Examples by operation id, then ``request`` or status, then name.
ORDER_EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "postOrder": {
        "request": {"limit_with_stop": ORDER, "market_exit": _MARKET_ORDER},
        "201": {"approved": APPROVED},
        "200": {"approved_earlier": APPROVED},
        "422": {"too_large": DENIED | DENIAL},
    },
    "checkOrder": {
        "request": {"limit_with_stop": ORDER},
        "200": {
            "approved": APPROVED | {"max_quantity": "0.16393", "binding_check": "NOTIONAL_ABOVE_MAXIMUM"},
            "denied": DENIED | {"max_quantity": "0.16393", "binding_check": "NOTIONAL_ABOVE_MAXIMUM"},
        },
    },
    "postBatch": {
        "request": {
            "pair": {
                "orders": [
                    ORDER | {"client_order_id": "pair-0001-a"},
                    _MARKET_ORDER | {"client_order_id": "pair-0001-b"},
                ]
            }
        },
        "201": {"approved": {"decision": "approved", "code": None, "legs": [_LEG]}},
        "200": {"approved_earlier": {"decision": "approved", "code": None, "legs": [_LEG]}},
        "422": {
            "one_leg_too_large": {"decision": "denied", "legs": [_LEG, _OTHER_LEG]} | DENIAL,
        },
    },
    "listOrders": {"200": {"one_order": {"orders": [_STORED_ORDER], "next_cursor": None}}},
    "getOrder": {"200": {"partially_filled": _STORED_ORDER}},
    "patchOrder": {
        "request": {"lower_price": {"price": "60800", "stop_loss_price": "59500"}},
        "200": {"approved": APPROVED},
        "422": {"too_large": DENIED | DENIAL},
    },
    "postFill": {
        "request": {
            "partial": {
                "fill_id": "3912845601",
                "quantity": "0.04",
                "price": "60990.5",
                "fee": "2.43962",
                "fee_currency": "USDT",
                "executed_at": AT,
            }
        },
        "201": {"recorded": _FILL},
        "200": {"recorded_earlier": _FILL},
    },
    "cancelOrder": {
        "request": {"with_reason": {"reason": "signal reversed"}},
        "200": {
            "cancelled": {
                "client_order_id": ORDER["client_order_id"],
                "order_id": ORDER_ID,
                "status": "cancelled",
                "filled_quantity": "0.04",
                "reason": "signal reversed",
                "updated_at": AT,
            }
        },
        "202": {
            "at_its_venue": {
                "client_order_id": ORDER["client_order_id"],
                "order_id": ORDER_ID,
                "status": "submitted",
                "filled_quantity": "0",
                "reason": "",
                "updated_at": AT,
            }
        },
    },
}
