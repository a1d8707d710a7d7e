"""Schemathesis, from an environment of its own, against the handlers on a port; only where `-m fuzz` asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes

import httpx
import pytest

from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import ALL_ACCOUNTS, TOKEN_RANDOM_BYTES, Scope, new_token
from tests.support.aws import aws
from tests.support.fixtures import gateway, phone, traveller, virtual_time, wire
from tests.support.folders import is_within
from tests.support.gateway import Gateway
from tests.support.http_front import serve
from tests.support.phone import Phone
from tests.support.riskctl_transport import GatewayTransport
from tests.support.views import views

__all__ = ["aws", "gateway", "phone", "traveller", "views", "virtual_time", "wire"]

FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless asked for."""
    mine = [item for item in items if is_within(item.path, FOLDER)]
    for item in mine:
        item.add_marker(pytest.mark.fuzz)
    if "fuzz" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


class Front(GatewayTransport):
    """The whole API for somebody who has one token and an authenticator.

    A code is good once. Whoever sends six digits gets the next one, half a minute later, and the market goes on.
    """

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway
        #: How often each status was answered.
        self.answered: dict[int, int] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if re.fullmatch(r"[0-9]{6}", request.headers.get("X-TOTP", "")):
            request.headers.update(self._gateway.next_totp())
            self._gateway.refresh_quotes()
        answer = super().handle_request(request)
        self.answered[answer.status_code] = self.answered.get(answer.status_code, 0) + 1
        return answer


@pytest.fixture
def front(gateway: Gateway, phone: Phone, views: str) -> Front:
    """Give the API behind one door, the phone's included."""
    del phone, views
    return Front(gateway)


@pytest.fixture
def base_url(front: Front) -> Iterator[str]:
    """Serve it."""
    with serve(front) as url:
        yield url


@pytest.fixture
def token(gateway: Gateway) -> str:
    """Return a token that may do everything."""
    issued, text = new_token(
        random_bytes=token_bytes(TOKEN_RANDOM_BYTES),
        scopes=list(Scope),
        accounts=[ALL_ACCOUNTS],
        operator="alice",
        expires_at=gateway.now + timedelta(days=30),
        created_at=gateway.now,
    )
    DynamoTokenStore(gateway.aws.dynamodb, gateway.aws.control_table).put_token(issued)
    return text
