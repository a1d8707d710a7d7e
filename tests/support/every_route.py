"""One valid request of every route, for what has to hold on all of them."""

from __future__ import annotations

from typing import Any

from infra.simulators.telegram.server import SECRET_HEADER
from riskgate.schemas.http.routes.route import Route
from tests.support.gateway import ACCOUNT, ACCOUNT_ID, BTC, VENUE, Answer, Gateway, instant, instrument_of, path_of
from tests.support.phone import WEBHOOK_SECRET

#: Operations that answer whatever the state of the tables.
NO_DATABASE = {"getDashboard", "getHealth", "getOpenApi"}


def body_of(gateway: Gateway, operation_id: str) -> Any:
    """Return the body of a route that reads one; the order is a new one each time."""
    order = gateway.order()
    person = {"id": 4711}
    bodies: dict[str, Any] = {
        "putAccount": dict(ACCOUNT),
        "putLimits": {"daily_trades_max": 1},
        "postSnapshot": {"equity": 1, "balances": [], "positions": []},
        "postHedge": {"hedge_id": "x", "mode": "delta_neutral"},
        "postTransfer": {"transfer_id": "u", "kind": "deposit", "amount": 1},
        "putInstruments": {"instruments": [instrument_of(BTC)]},
        "putQuotes": {"quotes": [gateway.quote_of(BTC)]},
        "putCloseJump": {"asset": "BTC", "day": "2026-01-01", "meaning": "price", "reason": "looked into"},
        "postOrder": order,
        "checkOrder": order,
        "postBatch": {"orders": [order]},
        "patchOrder": {"quantity": 1},
        "postFill": {"fill_id": "h", "quantity": 1, "price": 1, "executed_at": instant(gateway.now)},
        "confirmOrder": {},
        "cancelOrder": {},
        "postStress": {"default_shock": "-0.5"},
        "putScenarios": {"scenarios": []},
        "resetBreaker": {"reason": "reviewed"},
        "acknowledgeAlert": {},
        "postExit": {"exit_id": "f", "reason": "drill", "scope": "position", "venue": VENUE, "symbol": BTC},
        "putStop": {"stop_loss_price": "1"},
        "putHeartbeat": {"interval_seconds": 60},
        "resolveBreak": {"reason": "looked into"},
        "putKillSwitch": {"scope": "global", "engaged": True, "reason": "drill"},
        "putWebhook": {
            "account": ACCOUNT_ID,
            "venue": VENUE,
            "strategy": "trend",
            "size": {"by": "quantity", "value": "0.1"},
        },
        "postWebhook": delivery_of(gateway),
        "postSignedWebhook": delivery_of(gateway),
        "postTelegram": {
            "update_id": 1,
            "message": {"message_id": 1, "from": person, "chat": person, "text": "/status"},
        },
    }
    return bodies[operation_id]


def delivery_of(gateway: Gateway, **changes: Any) -> dict[str, Any]:
    """Return what a sender posts to a webhook."""
    delivery = {
        "secret": "none",
        "client_ref": "tv_1",
        "time": instant(gateway.now),
        "action": "buy",
        "symbol": "BTCUSDT",
        "quantity": "0.1",
        "stop_loss_price": "49000",
    }
    return {name: value for name, value in (delivery | changes).items() if value is not None}


def call_route(gateway: Gateway, route: Route) -> Answer:
    """Ask a route as its caller should: with a valid body, and a fresh code or the secret where it wants one."""
    headers = gateway.next_totp() if route.totp else {}
    if route.secret_header:
        headers = {SECRET_HEADER: WEBHOOK_SECRET}
    query = {"reason": "drill"} if route.operation_id == "deleteLock" else None
    body = body_of(gateway, route.operation_id) if route.body_max_bytes else None
    return gateway.call(route.method, path_of(route), body, headers=headers, query=query)
