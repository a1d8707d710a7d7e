"""A bot's client before the real handlers, and what goes wrong on the way between them."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import ALL_STRATEGIES, TOKEN_RANDOM_BYTES, Scope, new_token
from riskgate_client import AsyncClient, Client, NewOrder, Policy
from tests.support.aws import Aws
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE
from tests.support.riskctl_transport import API_URL, GatewayTransport

BOT_SCOPES = (Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ)
#: What happens to one request: an answer, an error, or None to let it pass.
type Fault = Callable[[FaultyTransport, httpx.Request], httpx.Response | None]


@dataclass
class PassedTime:
    """Time that passes only where somebody waits."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


class FaultyTransport(httpx.BaseTransport):
    """The gateway behind a wire that a test breaks, request by request."""

    def __init__(self, time: PassedTime) -> None:
        self.gateway = GatewayTransport()
        self.time = time
        self.sent: list[httpx.Request] = []
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        fault = self.faults.popleft() if self.faults else self.always
        answer = fault(self, request) if fault is not None else None
        return answer if answer is not None else self.gateway.handle_request(request)

    def paths(self, method: str = "POST") -> list[str]:
        """Return the paths of requests, without the account's."""
        return [r.url.path.partition(f"/accounts/{ACCOUNT_ID}")[2] for r in self.sent if r.method == method]


class AsyncFaultyTransport(httpx.AsyncBaseTransport):
    """The same for asyncio."""

    def __init__(self, wire: FaultyTransport) -> None:
        self.wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self.wire.handle_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)


def refuse(_wire: FaultyTransport, request: httpx.Request) -> None:
    """Nobody listens."""
    raise httpx.ConnectError("connection refused", request=request)


def lose_request(wire: FaultyTransport, request: httpx.Request) -> None:
    """Nothing arrives, and nothing comes back in time."""
    wire.time.now += request.extensions["timeout"]["read"]
    raise httpx.ReadTimeout("timed out", request=request)


def lose_answer(wire: FaultyTransport, request: httpx.Request) -> None:
    """It takes effect, and the connection breaks before the answer."""
    wire.gateway.handle_request(request)
    raise httpx.RemoteProtocolError("server disconnected", request=request)


def hide_answer(status: int, headers: dict[str, str] | None = None, text: str = "<html>") -> Fault:
    """It takes effect, and something in between answers in its place."""

    def fault(wire: FaultyTransport, request: httpx.Request) -> httpx.Response:
        wire.gateway.handle_request(request)
        return httpx.Response(status, headers={"content-type": "text/html", **(headers or {})}, text=text)

    return fault


def problem(status: int, code: str, **headers: str) -> Fault:
    """The gateway answers a problem, and nothing has happened."""

    def fault(_wire: FaultyTransport, request: httpx.Request) -> httpx.Response:
        body = {"type": "urn:x", "title": code, "status": status, "detail": code.lower(), "code": code, "instance": ""}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(status, json=body, headers={"content-type": "application/problem+json", **sent})

    return fault


def issue_token(aws: Aws, scopes: Iterable[Scope] = BOT_SCOPES, strategies: Iterable[str] = (ALL_STRATEGIES,)) -> str:
    """Issue a bot's token for the account and return its text."""
    now = datetime.now(UTC)
    token, text = new_token(
        random_bytes=secrets.token_bytes(TOKEN_RANDOM_BYTES),
        scopes=list(scopes),
        accounts=[ACCOUNT_ID],
        strategies=list(strategies),
        operator="alice",
        expires_at=now + timedelta(days=1),
        created_at=now,
    )
    DynamoTokenStore(aws.dynamodb, aws.control_table).put_token(token)
    return text


@dataclass
class Bot:
    """One bot: both clients over one wire, and the clock they wait by."""

    token: str = field(repr=False)
    time: PassedTime = field(default_factory=PassedTime)

    def __post_init__(self) -> None:
        self.wire = FaultyTransport(self.time)
        policy = Policy(chance=lambda: 1.0)
        given: dict[str, Any] = {"policy": policy, "monotonic": self.time.monotonic}
        self.client = Client(API_URL, self.token, ACCOUNT_ID, transport=self.wire, sleep=self.time.sleep, **given)
        self.asynchronous = AsyncClient(
            API_URL,
            self.token,
            ACCOUNT_ID,
            transport=AsyncFaultyTransport(self.wire),
            sleep=self.time.sleep_async,
            **given,
        )

    def break_wire(self, *faults: Fault) -> None:
        """Let the next requests meet these, one each."""
        self.wire.faults.extend(faults)


def new_order(**changes: Any) -> NewOrder:
    """Return a small order that passes."""
    given: dict[str, Any] = {
        "symbol": BTC,
        "venue": VENUE,
        "strategy": "trend",
        "side": "buy",
        "type": "limit",
        "quantity": "0.01",
        "price": "50000",
        "stop_loss_price": "49000",
    }
    return NewOrder(**{name: value for name, value in (given | changes).items() if value is not None})
