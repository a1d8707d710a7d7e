"""Ask the gateway with nothing but an HTTP library: what the client does for you, in forty lines.

    RISKGATE_URL=... RISKGATE_TOKEN=... RISKGATE_ACCOUNT=paper python plain_http.py

The same in any language: one id per order, asked for again under that id until there is an answer, and nothing but a
2xx is a go.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from typing import Any

import httpx

ATTEMPTS = 5


def submit(http: httpx.Client, account: str, order: dict[str, Any]) -> dict[str, Any] | None:
    """Return the approval, or None: do not place the order."""
    for attempt in range(ATTEMPTS):
        try:
            # The same body each time: what was decided already is answered again, not decided again.
            answer = http.post(f"/accounts/{account}/orders", json=order)
        except httpx.TransportError as error:
            print(f"no answer: {type(error).__name__}")
        else:
            if answer.status_code in {200, 201}:
                approval: dict[str, Any] = answer.json()
                return approval
            problem = answer.json()
            print(f"{answer.status_code} {problem['code']}: {problem['detail']}")
            if answer.status_code < 500 and answer.status_code != 429:
                return None
        time.sleep(0.2 * 2**attempt)
    # Nobody knows. Ask again with this very id, or have it cancelled.
    print(f"unknown: {order['client_order_id']}")
    return None


def main(http: httpx.Client, account: str) -> int:
    """Ask for one order and say what came of it."""
    order = {
        "client_order_id": f"plain-{uuid.uuid4().hex}",
        "symbol": "BTC/USDT",
        "venue": "binance",
        "strategy": "trend",
        "side": "buy",
        "type": "limit",
        # Money is text: a float is not what you wrote.
        "quantity": "0.01",
        "price": "50000",
        "stop_loss_price": "49000",
    }
    approval = submit(http, account, order)
    if approval is None:
        return 1
    print(f"approved: {approval['quantity']} until {approval['reservation_expires_at']}")
    # Here the bot places it, says so, and reports its fills. This one changes its mind.
    placed = http.post(f"/accounts/{account}/orders/{order['client_order_id']}/cancel")
    print(placed.json()["status"])
    return 0


if __name__ == "__main__":
    headers = {"Authorization": f"Bearer {os.environ['RISKGATE_TOKEN']}"}
    with httpx.Client(base_url=os.environ["RISKGATE_URL"], headers=headers, timeout=6) as client:
        sys.exit(main(client, os.environ["RISKGATE_ACCOUNT"]))
