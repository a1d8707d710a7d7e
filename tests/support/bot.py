"""An unmodified ccxt exchange whose reads go through the venue reader, as they do through the front door."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ccxt
from requests import PreparedRequest, Response, Session

from functions.venue_reader.app import lambda_handler
from infra.simulators.exchange.client import ccxt_urls
from riskgate.core.front_door.calls import CallClass, find_call
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import WorkerContext
from tests.support.venue import Simulator

#: What signs a bot's request, and is checked before it is passed on.
SIGNING = frozenset({"timestamp", "recvWindow", "signature"})
#: The account's venues by the API of a path.
VENUES = {"/fapi/": "binanceusdm"}


def read(method: str, path: str, parameters: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    """Ask the venue reader as the front door does."""
    venue = next((name for base, name in VENUES.items() if path.startswith(base)), "binance")
    event = {
        "account_id": ACCOUNT_ID,
        "venue": venue,
        "strategy": "trend",
        "method": method,
        "path": path,
        "parameters": parameters or {},
    }
    return lambda_handler(event | settings, WorkerContext())  # type: ignore[arg-type]


@dataclass
class BotSession(Session):
    """Stands in for the front door: market data comes from the venue, reads through the reader, nothing else passes."""

    settings: dict[str, Any] = field(default_factory=dict)
    passed: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Answer a request."""
        parts = urlsplit(str(request.url))
        call = find_call(str(request.method), parts.path)
        if call.kind is CallClass.PUBLIC or parts.path.startswith("/dapi/"):
            return super().send(request, **kwargs)
        query = {name: text for name, text in parse_qsl(parts.query) if name not in SIGNING}
        answer = read(call.method, call.path, query, **self.settings)
        self.passed.append((call.method, call.path, answer["status"]))
        response = Response()
        response.status_code, response.headers = answer["status"], answer["headers"]
        response._content = answer["body"].encode()
        response.url, response.request = str(request.url), request
        return response


def bot_of(simulator: Simulator, name: str, **settings: Any) -> Any:
    """Return a ccxt exchange that asks in the name of a strategy; its own key is worth nothing at the venue."""
    exchange = getattr(ccxt, name)(
        {
            "apiKey": "gateway-issued",
            "secret": "gateway-issued",
            "enableRateLimit": False,
            "urls": ccxt_urls(simulator.url),
            "session": BotSession(settings=settings),
        }
    )
    exchange.number = str
    simulator.exchanges.append(exchange)
    return exchange


def body_of(answer: dict[str, Any]) -> Any:
    """Return the JSON of an answer."""
    return json.loads(answer["body"])
