"""A transport that answers from recorded payloads: real ccxt classes, no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.core.instrument import MarketType

PAYLOADS = Path(__file__).parents[3] / "data" / "exchange_payloads"
# ccxt wants base64 secrets for some venues.
KEYS = {"apiKey": "recorded-key", "secret": "cmVjb3JkZWQtc2VjcmV0", "password": "recorded-password"}


class NotRecorded(BaseException):
    """A request that no test expected; no handler of errors takes it for the venue's."""


class RecordedSession(requests.Session):
    """Answer by method and path; the most specific query that is recorded wins.

    A route's answer is JSON, a text sent as it stands, (status, body), an error to raise, or a callable that gets
    the request and returns one of these.
    """

    def __init__(self, routes: Mapping[str, Any]) -> None:
        super().__init__()
        self.routes = dict(routes)
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        self.requests.append(request)
        address = urlsplit(request.url or "")
        answer = self._find(request.method or "", str(address.path), dict(parse_qsl(str(address.query))))
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.request, response.url = request, request.url or ""
        response.status_code, body = answer if isinstance(answer, tuple) else (200, answer)
        response.reason = HTTPStatus(response.status_code).phrase
        response.headers["Content-Type"] = "application/json"
        response._content = (body if isinstance(body, str) else json.dumps(body)).encode()
        return response

    def _find(self, method: str, path: str, query: Mapping[str, str]) -> Any:
        fitting: list[tuple[int, Any]] = []
        for route, answer in self.routes.items():
            wanted_method, _, target = route.partition(" ")
            wanted_path, _, wanted_query = target.partition("?")
            wanted = dict(parse_qsl(wanted_query))
            if (wanted_method, wanted_path) == (method, path) and wanted.items() <= query.items():
                fitting.append((len(wanted), answer))
        if not fitting:
            raise NotRecorded(f"{method} {path} is not recorded")
        return max(fitting, key=lambda item: item[0])[1]

    def sent(self, method: str, path: str) -> list[dict[str, str]]:
        """Return the parameters of the requests to a route."""
        found = []
        for request in self.requests:
            address = urlsplit(request.url or "")
            if request.method == method and address.path == path:
                body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
                found.append(dict(parse_qsl(f"{address.query!s}&{body}")))
        return found


def load_routes(venue: str) -> dict[str, Any]:
    """Return the recorded answers of a venue."""
    routes: dict[str, Any] = json.loads((PAYLOADS / f"{venue}.json").read_text())["routes"]
    return routes


def no_waiting(_seconds: float) -> None:
    """Wait for nothing."""


def recorded_exchange(
    venue: str,
    market_type: MarketType,
    routes: Mapping[str, Any] | None = None,
    *,
    sleep: Callable[[float], None] = no_waiting,
    credentials: VenueCredentials | None = None,
    **settings: Any,
) -> tuple[CcxtExchange, RecordedSession]:
    """Return an exchange on recorded answers, and its transport."""
    session = RecordedSession(load_routes(venue) if routes is None else routes)
    known = credentials or VenueCredentials(keys=KEYS, options={"fetchCurrencies": False})
    exchange = CcxtExchange(venue, market_type, lambda _refresh: known, session=session, sleep=sleep, **settings)
    return exchange, session
