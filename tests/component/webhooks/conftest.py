"""A webhook of an account that routes, and its sender."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.callers import ADMIN, Caller
from tests.support.every_route import delivery_of
from tests.support.gateway import ACCOUNT_ID, VENUE, Answer, Gateway
from tests.support.routed_account import RoutedAccount

__all__ = ["routed", "simulator", "virtual_time"]

#: As TradingView sends: no JSON in its own words, from one of its four addresses.
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
TRADINGVIEW = Caller(token_id="-", source_ip="52.89.214.238")
NAME = "tv"
BY_QUANTITY = {"by": "quantity", "value": "0.01"}


@dataclass
class Sender:
    """Whoever posts to a webhook, with what was shown when it was set up."""

    routed: RoutedAccount
    created: dict[str, Any]

    @property
    def gateway(self) -> Gateway:
        """Return the gateway."""
        return self.routed.gateway

    def body(self, **changes: Any) -> dict[str, Any]:
        """Return a fresh delivery; None as a change leaves a field out."""
        standard = {"secret": self.created["body_secret"], "quantity": "0.01", "client_ref": f"tv_{len(self.audit())}"}
        return delivery_of(self.gateway, **standard | changes)

    def post(self, body: Any = None, *, path: str = "", caller: Caller = TRADINGVIEW, **changes: Any) -> Answer:
        """Post a delivery as TradingView does."""
        body = body if body is not None else self.body(**changes)
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.gateway.call("POST", path or self.created["path"], sent, caller=caller, headers=TEXT)

    def sign(self, text: str, at: int) -> str:
        """Return the header of a timed signature."""
        key = self.created["signing_key"]
        return f"t={at},v1={hmac.new(key.encode(), f'{at}.{text}'.encode(), hashlib.sha256).hexdigest()}"

    def audit(self, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """Return the account's log."""
        entries: list[dict[str, Any]] = []
        while page := self.gateway.call(
            "GET", f"/accounts/{account}/audit", query={"after": str(len(entries)), "limit": "100"}
        ).body["entries"]:
            entries += page
        return entries


def set_up(routed: RoutedAccount, name: str = NAME, caller: Caller = ADMIN, **changes: Any) -> Answer:
    """Set up a webhook as an operator does."""
    webhook = {
        "account": ACCOUNT_ID,
        "venue": VENUE,
        "strategy": "trend",
        "size": BY_QUANTITY,
        "sources": ["tradingview"],
    }
    body = {key: value for key, value in (webhook | changes).items() if value is not None}
    return routed.gateway.call("PUT", f"/webhooks/{name}", body, caller=caller, headers=routed.gateway.next_totp())


def sender_of(routed: RoutedAccount, **changes: Any) -> Sender:
    """Set up a webhook and return who has its secrets."""
    answer = set_up(routed, **changes)
    assert answer.status in {200, 201}, answer.text
    routed.gateway.refresh_quotes()
    return Sender(routed, answer.body)


@pytest.fixture
def sender(routed: RoutedAccount) -> Sender:
    """Give the sender of a webhook that buys a fixed quantity."""
    return sender_of(routed)
