"""One request's way: faults, request weight, authentication, handler, faults again."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from .auth import check_permission, check_signature, check_timestamp, find_key
from .context import Context
from .errors import VenueError
from .faults import Fault, FaultRegistry, Kind
from .limits import WeightLimiter, banned, too_many_requests
from .params import Params
from .render import Json
from .routing import ROUTES, Route
from .venue import Venue

_LOG_LENGTH = 20_000
_MESSAGES = {
    Kind.ERROR_BEFORE_ACCEPT: "Internal error; unable to process your request. Please try again.",
    Kind.ERROR_AFTER_ACCEPT: "Timeout waiting for response from backend server. Send status "
    "unknown; execution status unknown.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An HTTP request as received; `query` and `body` are raw, signatures cover their bytes."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    api_key: str | None = None
    client_ip: str = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An HTTP answer; `payload` is JSON, or a text when it is none."""

    status: int = 200
    payload: object
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the body's bytes."""
        if isinstance(self.payload, str):
            return self.payload.encode()
        return json.dumps(self.payload, separators=(",", ":")).encode()

    @property
    def content_type(self) -> str:
        """Return the body's media type."""
        return "text/html" if isinstance(self.payload, str) else "application/json;charset=UTF-8"


@dataclass(kw_only=True, slots=True)
class Logged:
    """What the request log keeps: no signature, no key. Without a `status` the connection was dropped."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    account: str | None = None
    status: int | None = None
    accepted: bool = False
    faults: list[str]


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Gateway:
    """The venue's API behind the HTTP server."""

    def __init__(self, venue: Venue, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.venue = venue
        self.faults = FaultRegistry()
        self.limiter = WeightLimiter()
        self._log: deque[Logged] = deque(maxlen=_LOG_LENGTH)
        self._log_lock = threading.Lock()
        self._sleep = sleep

    def handle(self, request: Request) -> Answer:
        """Answer a request of the exchange's API; Dropped when a fault says that there is no answer."""
        struck = self.faults.strike(request.method, request.path, request.api_key)
        entry = Logged(method=request.method, path=request.path, faults=[str(fault.kind) for fault in struck])
        try:
            answer = self._answer(request, struck, entry)
        except VenueError as error:
            answer = _refusal(error)
        except Dropped:
            self._note(entry)
            raise
        entry.status = answer.status
        self._note(entry)
        return answer

    def _note(self, entry: Logged) -> None:
        with self._log_lock:
            self._log.append(entry)

    def requests(self) -> list[Logged]:
        """Return the requests seen, oldest first."""
        with self._log_lock:
            return list(self._log)

    def forget_requests(self) -> None:
        """Empty the request log."""
        with self._log_lock:
            self._log.clear()

    def _answer(self, request: Request, struck: list[Fault], entry: Logged) -> Answer:
        """Carry a request out between its faults."""
        self._delay(struck, "before_accept")
        failure = _fail_before(struck, self.venue.state.clock.now_ms())
        if failure is not None:
            return failure
        route = ROUTES.get((request.method, request.path))
        if route is None:
            message = f"Path {request.path}, Method {request.method} is invalid"
            raise VenueError(-5000, message, 404)
        used = self.limiter.use(route.family, route.weight)
        try:
            payload = self._carry_out(route, request, struck, entry)
            answer = Answer(payload=payload, headers={"X-MBX-USED-WEIGHT-1M": str(used)})
            entry.accepted = True
        except VenueError as error:
            answer = _refusal(error)
        self._delay(struck, "after_accept")
        return _fail_after(struck, answer)

    def _carry_out(self, route: Route, request: Request, struck: list[Fault], entry: Logged) -> object:
        """Authenticate and call the handler inside a venue session."""
        params = Params.parse(request.query, request.body)
        entry.params = params.items()
        with self.venue.session():
            ctx = Context(venue=self.venue, market=route.market, params=params, faults=struck)
            if route.permission is not None:
                found = find_key(self.venue.state, request.api_key, request.client_ip)
                ctx.account, ctx.key = found
                entry.account = ctx.account.account_id
                check_timestamp(params, ctx.now_ms)
                check_signature(ctx.key, params, request.query, request.body)
                check_permission(ctx.key, route.permission)
            return _falsify(_cut(route.handler(ctx), struck), struck)

    def _delay(self, struck: list[Fault], when: Literal["before_accept", "after_accept"]) -> None:
        """Wait as long as delay faults say; the venue goes on serving others."""
        for fault in struck:
            if fault.kind is Kind.DELAY and fault.text("when") == when:
                self._sleep(float(fault.decimal("seconds")))


def _cut(payload: object, struck: list[Fault]) -> object:
    """Give only the first rows of a list, whatever number was asked for, as such faults say."""
    for fault in struck:
        if fault.kind is Kind.CUT_LISTING and isinstance(payload, list):
            payload = payload[: fault.integer("rows")]
    return payload


def _falsify(payload: object, struck: list[Fault]) -> object:
    """Say something else than what was done, as such faults say; what was done stands."""
    for fault in struck:
        if fault.kind is Kind.FALSE_ANSWER and isinstance(payload, dict):
            name, value = fault.text("field"), fault.text("value")
            payload = payload | {name: int(value) if isinstance(payload.get(name), int) else value}
    return payload


def _refusal(error: VenueError) -> Answer:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Answer(status=error.status, payload=error.body(), headers=headers)


def _injected(fault: Fault) -> Answer:
    """Return the answer of an error fault."""
    raw = fault.text("raw_body")
    message = fault.text("msg") or _MESSAGES[fault.kind]
    body: Json = {"code": fault.integer("code"), "msg": message}
    return Answer(status=fault.integer("status"), payload=raw or body)


def _fail_before(struck: list[Fault], now_ms: int) -> Answer | None:
    """Return the answer of a fault that keeps a request from being carried out, or raise as the first one says."""
    for fault in struck:
        if fault.kind is Kind.DROP_BEFORE_ACCEPT:
            raise Dropped
        if fault.kind is Kind.ERROR_BEFORE_ACCEPT:
            return _injected(fault)
        if fault.kind is Kind.RATE_LIMIT:
            seconds = fault.integer("retry_after")
            if fault.integer("status") == HTTPStatus.IM_A_TEAPOT:
                raise banned(now_ms + seconds * 1000, seconds)
            raise too_many_requests(seconds)
    return None


def _fail_after(struck: list[Fault], answer: Answer) -> Answer:
    """Apply the faults that hide what has been carried out."""
    for fault in struck:
        if fault.kind is Kind.DROP_AFTER_ACCEPT:
            raise Dropped
        if fault.kind is Kind.ERROR_AFTER_ACCEPT:
            return _injected(fault)
    return answer
