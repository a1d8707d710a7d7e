"""One body with every field of each route that reads one: what tests of bad input spoil."""

from __future__ import annotations

from typing import Any

from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, VENUE, instrument_of
from tests.support.phone import CONTROLLER

ACCOUNT = f"/accounts/{ACCOUNT_ID}"
LARGEST, SMALLEST = "999999999999999.999999999999", "0.000000000001"

ORDER = {
    "client_order_id": "o", "symbol": BTC, "venue": VENUE, "strategy": "trend", "side": "buy", "type": "limit",
    "quantity": "0.1", "price": "50000", "stop_loss_price": "49000", "reduce_only": False, "post_only": False,
    "time_in_force": "GTC", "route": False, "tags": ["a"],
}  # fmt: skip
POSITION = {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000", "mark_price": "50000"}
BALANCE = {"venue": VENUE, "asset": "USDT", "total": "1000", "used": "0"}
QUOTE = {"venue": VENUE, "symbol": BTC, "at": "2026-03-04T12:00:00Z", "bid": "1", "ask": "2", "last": "1"}

#: What may be traded, or hedged, is one position of what the account holds.
MARKET = {"venue": VENUE, "symbol": BTC}
PERSON = {"id": CONTROLLER}
MESSAGE = {"message_id": 1, "from": PERSON, "chat": PERSON, "text": "/status demo"}
SHOCKS = {"shocks": {"BTC": "-0.5", "ETH": "1"}, "sector_shocks": {"smart-contracts": "-0.4"}, "default_shock": "-0.3"}

#: Method, path and a body with every field, of each route that reads one.
BODIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "postOrder": ("POST", f"{ACCOUNT}/orders", ORDER),
    "checkOrder": ("POST", f"{ACCOUNT}/orders/check", ORDER),
    "postBatch": ("POST", f"{ACCOUNT}/orders/batch", {"orders": [ORDER, ORDER | {"client_order_id": "p"}]}),
    "patchOrder": (
        "PATCH",
        f"{ACCOUNT}/orders/open",
        {"quantity": "0.05", "price": "49000", "trigger_price": "1", "stop_loss_price": "48000"},
    ),
    "postFill": (
        "POST",
        f"{ACCOUNT}/orders/open/fills",
        {"fill_id": "f", "quantity": SMALLEST, "price": "50000", "fee": "1", "fee_currency": "USDT", "executed_at": "2026-03-04T12:00:00Z"},
    ),
    "confirmOrder": ("POST", f"{ACCOUNT}/orders/open/placed", {"exchange_order_id": "v-1"}),
    "cancelOrder": ("POST", f"{ACCOUNT}/orders/open/cancel", {"reason": "because"}),
    "postSnapshot": (
        "POST",
        f"{ACCOUNT}/snapshots",
        {"taken_at": "2026-03-04T12:00:00Z", "equity": "100000", "balances": [BALANCE], "positions": [POSITION], "rates": {"EUR": "1.1"}, "open_orders": ["open"]},
    ),
    "postTransfer": (
        "POST",
        f"{ACCOUNT}/transfers",
        {"transfer_id": "t", "kind": "deposit", "amount": "1", "executed_at": "2026-03-04T12:00:00Z"},
    ),
    "putAccount": (
        "PUT",
        "/accounts/fuzzed",
        {"base_currency": "USDT", "venues": [{"venue": VENUE, "market_type": "spot", "secret_name": "s"}], "sectors": {"BTC": "x"}, "initial_equity": "1"},
    ),
    "putLimits": (
        "PUT",
        f"{ACCOUNT}/limits",
        {"position_size_fraction_max": "0.05", "symbols_allowed": [BTC], "strategy_symbols": {"trend": [BTC]}, "loss_streak": {"losses": 3, "lock_minutes": 5}, "daily_trades_max": 5},
    ),
    "putInstruments": ("PUT", "/market/instruments", {"instruments": [instrument_of(BTC, price_min="1", active=True)]}),
    "putQuotes": ("PUT", "/market/quotes", {"quotes": [QUOTE | {"volume_24h": "1", "bid_depth": "1", "ask_depth": "1"}]}),
    "putCloseJump": (
        "PUT",
        "/market/close-jumps",
        {"asset": "BTC", "day": "2026-01-01", "meaning": "unit", "reason": "r"},
    ),
    "putKillSwitch": (
        "PUT",
        "/kill-switch",
        {"scope": "strategy", "key": "other", "engaged": True, "reason": "r", "cancel_open_orders": False},
    ),
    "resetBreaker": ("POST", f"{ACCOUNT}/breakers/DAILY_LOSS/reset", {"reason": "r", "key": "trend"}),
    "postHedge": (
        "POST",
        f"{ACCOUNT}/hedges",
        {"hedge_id": "h", "mode": "partial", "position": MARKET, "instruments": [{"venue": VENUE, "symbol": BTC_SWAP, "fee_fraction": "0.001", "funding_fraction": "-0.0001"}], "fraction": "0.5", "fee_fraction": "0.001", "horizon_hours": 24, "strategy": "hedge", "execute": True},
    ),
    "postStress": ("POST", f"{ACCOUNT}/stress", SHOCKS),
    "putScenarios": ("PUT", f"{ACCOUNT}/scenarios", {"scenarios": [{"name": "mine", **SHOCKS}, {"name": "yours", **SHOCKS}]}),
    "postExit": (
        "POST",
        f"{ACCOUNT}/exits",
        {"exit_id": "e", "reason": "r", "scope": "position", **MARKET, "fraction": "0.5", "stop_entries": False, "cancel_open_orders": False},
    ),
    "putStop": ("PUT", f"{ACCOUNT}/positions/binance:BTC%2FUSDT/stop", {"stop_loss_price": "45000"}),
    "putHeartbeat": ("PUT", f"{ACCOUNT}/heartbeats/trend", {"interval_seconds": 60}),
    "acknowledgeAlert": ("POST", f"{ACCOUNT}/alerts/DAILY_LOSS/acknowledge", {}),
    "resolveBreak": ("POST", f"{ACCOUNT}/reconciliation/{'0' * 16}/resolve", {"reason": "r"}),
    "putWebhook": (
        "PUT",
        "/webhooks/tv",
        {"account": ACCOUNT_ID, "venue": VENUE, "strategy": "trend", "size": {"by": "quantity", "value": "1"}, "actions": ["buy"], "fields": {"action": "{a}"}, "words": {"go": "buy"}, "symbols": {"XBT": BTC}, "sources": ["tradingview"], "proof": "secrets", "days": 1, "age_seconds_max": 60},
    ),
    "postWebhook": ("POST", "/webhooks/tv/none", {"secret": "s", "client_ref": "c", "time": "2026-03-04T12:00:00Z", "action": "buy", "symbol": BTC}),
    "postSignedWebhook": ("POST", "/webhooks/tv", {"client_ref": "c", "time": "2026-03-04T12:00:00Z", "action": "buy", "symbol": BTC}),
    "postTelegram": (
        "POST",
        "/telegram",
        {"update_id": 1, "message": MESSAGE, "callback_query": {"id": "q", "from": PERSON, "data": "no:x", "message": MESSAGE}},
    ),
}  # fmt: skip
