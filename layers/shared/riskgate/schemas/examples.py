"""Examples of every route for the OpenAPI document: one account, one order, one crash.

The account trades 100,000 USDT at the shipped limits. Lists of checks are shortened.
"""

from __future__ import annotations

from typing import Any

from riskgate.core.errors import (
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    PayloadTooLarge,
    TooManyAttempts,
    Transient,
    Unauthorized,
    Unprocessable,
    UnsupportedMediaType,
)
from riskgate.schemas.requests.base import ValidationFailed

_AT = "2026-03-02T14:05:09.120000Z"
_REQUEST_ID = "7b1c2f0e-5a44-4d0e-9d3e-1f6f6a0f8c21"
_ORDER_ID = "5f0c1d6a3b9e4c7781a2d4e6f8091b3c"

_ORDER: dict[str, Any] = {
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
_MARKET_ORDER: dict[str, Any] = {
    "client_order_id": "trend-20260302-0008",
    "symbol": "ETH/USDT:USDT",
    "venue": "binance",
    "strategy": "hedge",
    "side": "sell",
    "type": "market",
    "quantity": 1.5,
    "reduce_only": True,
}
_APPROVED: dict[str, Any] = {
    "decision": "approved",
    "client_order_id": _ORDER["client_order_id"],
    "order_id": _ORDER_ID,
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
    "decided_at": _AT,
}
_TOO_LARGE: dict[str, Any] = {
    "code": "NOTIONAL_ABOVE_MAXIMUM",
    "message": "the order's value over equity 30.50 % is above the limit 10.00 %",
    "observed": "0.305",
    "limit": "0.1",
    "unit": "fraction",
}
_DENIED: dict[str, Any] = _APPROVED | {
    "decision": "denied",
    "code": "NOTIONAL_ABOVE_MAXIMUM",
    "violations": [_TOO_LARGE],
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


class _Denied(Unprocessable):
    title = "Order denied"


def _problem(error: GatewayError) -> dict[str, Any]:
    return {
        "type": f"urn:riskgate:problem:{error.code.lower().replace('_', '-')}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": _REQUEST_ID,
        "code": error.code,
    }


_DENIAL = _problem(_Denied(_TOO_LARGE["message"], code=_TOO_LARGE["code"]))
_INVALID = ValidationFailed([{"field": "price", "message": "is required for this order type"}])
_NOT_ACTIONABLE = Conflict("a kill switch was engaged after the approval", code="DECISION_NOT_ACTIONABLE")

#: Examples of the shared problem responses, by status.
PROBLEM_EXAMPLES: dict[int, dict[str, Any]] = {
    400: {"invalid_field": _problem(_INVALID) | {"errors": _INVALID.errors}},
    401: {"no_token": _problem(Unauthorized())},
    403: {
        "other_account": _problem(Forbidden("the token is not valid for this account", code="ACCOUNT_NOT_PERMITTED"))
    },
    404: {"unknown_account": _problem(NotFound("the account is not registered", code="ACCOUNT_UNKNOWN"))},
    409: {
        "id_reused": _problem(
            Conflict("this client_order_id was used for another order", code="CLIENT_ORDER_ID_REUSED")
        ),
        "no_longer_a_go": _problem(_NOT_ACTIONABLE) | {"stored_decision": _APPROVED},
    },
    413: {"too_large": _problem(PayloadTooLarge("the body is over 16384 bytes", code="BODY_TOO_LARGE"))},
    415: {"no_json": _problem(UnsupportedMediaType("the body must be application/json in UTF-8"))},
    422: {"too_much": _problem(Unprocessable("the fill exceeds what remains of the order", code="FILL_EXCEEDS_ORDER"))},
    429: {"totp_locked": _problem(TooManyAttempts("too many wrong one-time codes"))},
    503: {"unavailable": _problem(Transient("the database did not answer"))},
}

_POSITION: dict[str, Any] = {
    "venue": "binance",
    "symbol": "BTC/USDT",
    "market_type": "spot",
    "asset": "BTC",
    "sector": "store-of-value",
    "quantity": "0.04",
    "average_price": "60500",
    "mark_price": "61000",
    "marked_at": _AT,
    "value": "2440",
    "stop_loss_price": "58000",
    "strategy": "trend",
}
_BREAKER: dict[str, Any] = {
    "name": "DAILY_LOSS",
    "tripped_at": _AT,
    "observed": "0.0312",
    "limit": "0.03",
    "clears_on": "2026-03-03",
}
_SWITCH: dict[str, Any] = {"scope": "global", "key": None, "engaged": False, "reason": "normal trading"}
_ACCOUNT: dict[str, Any] = {
    "account_id": "demo",
    "base_currency": "USDT",
    "trading_state": "REDUCING",
    "equity": "96880",
    "equity_at": _AT,
    "peak_equity": "100000",
    "breakers": [_BREAKER],
    "locks": [],
    "venues": [{"venue": "binance", "market_type": "spot"}],
    "positions": [_POSITION],
    "open_orders": [
        {
            "client_order_id": _ORDER["client_order_id"],
            "venue": "binance",
            "symbol": "BTC/USDT",
            "strategy": "trend",
            "side": "buy",
            "type": "limit",
            "status": "partially_filled",
            "quantity": "0.06",
            "filled_quantity": "0.04",
            "reserved": {"notional": "3660", "risk": "120"},
            "approved_at": _AT,
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
    "kill_switches": [_SWITCH],
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
_STORED_ORDER: dict[str, Any] = {
    "client_order_id": _ORDER["client_order_id"],
    "order_id": _ORDER_ID,
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
    "decision": _APPROVED,
    "created_at": _AT,
    "updated_at": _AT,
}
_FILL: dict[str, Any] = {
    "client_order_id": _ORDER["client_order_id"],
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
    "recorded_at": _AT,
}
_LEG: dict[str, Any] = _APPROVED | {"client_order_id": "pair-0001-a"}
_OTHER_LEG: dict[str, Any] = _DENIED | {"client_order_id": "pair-0001-b"}
_PLACE: dict[str, Any] = {"state_version": 122, "audit_sequence": 122}
_TRANSFER: dict[str, Any] = {"transfer_id": "2026-03-02-a", "kind": "withdrawal", "amount": "5000"}
_AUDIT_ENTRY: dict[str, Any] = {
    "account_id": "demo",
    "sequence": 118,
    "previous_hash": "9d1d0a4d9f0c7b0f6a1f4a5f0a3c2f6e7d8c9b0a1f2e3d4c5b6a798081726354",
    "hash": "0c5f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1",
    "at": _AT,
    "actor": "token:k3j9x2m8q1zt",
    "event": "order_decided",
    "inputs": {"order": _ORDER | {"account_id": "demo"}},
    "answer": _APPROVED,
    "limits_version": 3,
    "state_version_before": 117,
    "state_version_after": 118,
    "state_hash": "1b2c3d4e5f60718293a4b5c6d7e8f90011223344556677889900aabbccddeeff",
    "engine_version": "1.0.0",
}
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
    "at": _AT,
    "bid": "60999.99",
    "ask": "61000",
    "last": "61000",
    "volume_24h": "21854.1",
}

#: Examples by operation id, then ``request`` or status, then name.
EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
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
                "taken_at": _AT,
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
                "equity_at": _AT,
                "confirmed": True,
                "reason": None,
                "unpriced_assets": [],
                "trading_state": "REDUCING",
                "breakers": ["DAILY_LOSS"],
                **_PLACE,
            }
        },
    },
    "postTransfer": {
        "request": {"withdrawal": _TRANSFER | {"executed_at": _AT}},
        "201": {"recorded": _TRANSFER | _PLACE | {"equity": "95000"}},
        "200": {"recorded_earlier": _TRANSFER | _PLACE | {"equity": "95000"}},
    },
    "listAudit": {"200": {"one_entry": {"entries": [_AUDIT_ENTRY], "next_after": 118}}},
    "putInstruments": {
        "request": {"spot": {"instruments": [_INSTRUMENT]}},
        "200": {"stored": {"stored": 1}},
    },
    "putQuotes": {"request": {"one": {"quotes": [_QUOTE]}}, "200": {"stored": {"stored": 1}}},
    "postOrder": {
        "request": {"limit_with_stop": _ORDER, "market_exit": _MARKET_ORDER},
        "201": {"approved": _APPROVED},
        "200": {"approved_earlier": _APPROVED},
        "422": {"too_large": _DENIED | _DENIAL},
    },
    "checkOrder": {
        "request": {"limit_with_stop": _ORDER},
        "200": {
            "approved": _APPROVED | {"max_quantity": "0.16393", "binding_check": "NOTIONAL_ABOVE_MAXIMUM"},
            "denied": _DENIED | {"max_quantity": "0.16393", "binding_check": "NOTIONAL_ABOVE_MAXIMUM"},
        },
    },
    "postBatch": {
        "request": {
            "pair": {
                "orders": [
                    _ORDER | {"client_order_id": "pair-0001-a"},
                    _MARKET_ORDER | {"client_order_id": "pair-0001-b"},
                ]
            }
        },
        "201": {"approved": {"decision": "approved", "code": None, "legs": [_LEG]}},
        "200": {"approved_earlier": {"decision": "approved", "code": None, "legs": [_LEG]}},
        "422": {
            "one_leg_too_large": {"decision": "denied", "legs": [_LEG, _OTHER_LEG]} | _DENIAL,
        },
    },
    "listOrders": {"200": {"one_order": {"orders": [_STORED_ORDER], "next_cursor": None}}},
    "getOrder": {"200": {"partially_filled": _STORED_ORDER}},
    "patchOrder": {
        "request": {"lower_price": {"price": "60800", "stop_loss_price": "59500"}},
        "200": {"approved": _APPROVED},
        "422": {"too_large": _DENIED | _DENIAL},
    },
    "postFill": {
        "request": {
            "partial": {
                "fill_id": "3912845601",
                "quantity": "0.04",
                "price": "60990.5",
                "fee": "2.43962",
                "fee_currency": "USDT",
                "executed_at": _AT,
            }
        },
        "201": {"recorded": _FILL},
        "200": {"recorded_earlier": _FILL},
    },
    "cancelOrder": {
        "request": {"with_reason": {"reason": "signal reversed"}},
        "200": {
            "cancelled": {
                "client_order_id": _ORDER["client_order_id"],
                "order_id": _ORDER_ID,
                "status": "cancelled",
                "filled_quantity": "0.04",
                "reason": "signal reversed",
                "updated_at": _AT,
            }
        },
    },
    "resetBreaker": {
        "request": {"reviewed": {"reason": "loss reviewed with the desk, size halved"}},
        "200": {"reset": {"name": "WEEKLY_DRAWDOWN", "trading_state": "ACTIVE", "breakers": [], **_PLACE}},
    },
    "getKillSwitches": {"200": {"released": {"kill_switches": [_SWITCH]}}},
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
                "updated_at": _AT,
                "accounts": ["demo"],
            }
        },
    },
    "getHealth": {"200": {"ok": {"status": "ok", "engine_version": "1.0.0"}}},
}
