"""One request's way: faults, limits, authentication, handler, faults again."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .binance import Binance
from .context import Context
from .errors import VenueError
from .faults import Fault, FaultRegistry, Kind
from .protocol import Protocol, Route
from .venue import Venue
from .wire import Answer, Request

__all__ = ["Answer", "Dropped", "Gateway", "Logged", "Request"]

_LOG_LENGTH = 20_000


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

    def __init__(
        self, venue: Venue, protocol: Protocol | None = None, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.venue = venue
        self.protocol = protocol or Binance()
        self.faults = FaultRegistry()
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
            answer = self.protocol.refusal(error, self._now_ms())
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
        failure = self._fail_before(struck)
        if failure is not None:
            return failure
        route = self.protocol.routes.get((request.method, request.path))
        if route is None:
            raise self.protocol.no_route(request)
        headers = self.protocol.admit(request, route)
        try:
            answer = Answer(payload=self._carry_out(route, request, struck, entry), headers=headers)
            entry.accepted = True
        except VenueError as error:
            answer = self.protocol.refusal(error, self._now_ms())
        self._delay(struck, "after_accept")
        return self._fail_after(struck, answer)

    def _now_ms(self) -> int:
        return self.venue.state.clock.now_ms()

    def _carry_out(self, route: Route, request: Request, struck: list[Fault], entry: Logged) -> object:
        """Authenticate and call the handler inside a venue session."""
        params = self.protocol.parse(request)
        entry.params = params.items()
        with self.venue.session():
            ctx = Context(venue=self.venue, market=route.market, params=params, faults=struck)
            if route.permission is not None:
                try:
                    self.protocol.authenticate(ctx, request, route.permission)
                finally:
                    entry.account = None if ctx.account is None else ctx.account.account_id
            payload = _spoil(_falsify(_cut(self.protocol.call(route, ctx), struck), struck), struck)
            return self.protocol.answer(payload, ctx.now_ms)

    def _fail_before(self, struck: list[Fault]) -> Answer | None:
        """Return the answer of a fault that keeps a request from being carried out, or raise as the first one says."""
        for fault in struck:
            if fault.kind is Kind.DROP_BEFORE_ACCEPT:
                raise Dropped
            if fault.kind is Kind.ERROR_BEFORE_ACCEPT:
                return self._injected(fault)
            if fault.kind is Kind.RATE_LIMIT:
                raise self.protocol.limited(fault, self._now_ms())
        return None

    def _fail_after(self, struck: list[Fault], answer: Answer) -> Answer:
        """Apply the faults that hide what has been carried out."""
        for fault in struck:
            if fault.kind is Kind.DROP_AFTER_ACCEPT:
                raise Dropped
            if fault.kind is Kind.ERROR_AFTER_ACCEPT:
                return self._injected(fault)
        return answer

    def _injected(self, fault: Fault) -> Answer:
        """Return the answer of an error fault."""
        body = fault.text("raw_body") or self.protocol.injected(fault)
        return Answer(status=fault.integer("status"), payload=body)

    def _delay(self, struck: list[Fault], when: Literal["before_accept", "after_accept"]) -> None:
        """Wait as long as delay faults say; the venue goes on serving others."""
        for fault in struck:
            if fault.kind is Kind.DELAY and fault.text("when") == when:
                self._sleep(float(fault.decimal("seconds")))


def _cut(payload: object, struck: list[Fault]) -> object:
    """Give only the first rows of a list, whatever number was asked for, as such faults say."""
    for fault in struck:
        if fault.kind is not Kind.CUT_LISTING:
            continue
        rows = fault.integer("rows")
        if isinstance(payload, list):
            payload = payload[:rows]
        elif isinstance(payload, dict) and isinstance(payload.get("list"), list):
            payload = payload | {"list": payload["list"][:rows], "nextPageCursor": ""}
    return payload


def _falsify(payload: object, struck: list[Fault]) -> object:
    """Say something else than what was done, as such faults say; what was done stands."""
    for fault in struck:
        if fault.kind is not Kind.FALSE_ANSWER or not isinstance(payload, dict):
            continue
        name, value = fault.text("field"), fault.text("value")
        rows = payload.get("list")
        if isinstance(rows, list) and name not in payload:
            payload = payload | {"list": [row | {name: value} for row in rows]}
        else:
            payload = payload | {name: int(value) if isinstance(payload.get(name), int) else value}
    return payload


def _spoil(payload: object, struck: list[Fault]) -> object:
    """Make the rows unreadable that such faults name, wherever they stand in an answer."""
    for fault in struck:
        if fault.kind is Kind.ODD_ROW:
            payload = _spoil_rows(payload, fault)
    return payload


def _spoil_rows(value: object, fault: Fault) -> object:
    if isinstance(value, list):
        return [_spoil_rows(item, fault) for item in value]
    if not isinstance(value, dict):
        return value
    value = {name: _spoil_rows(item, fault) for name, item in value.items()}
    is_meant = str(value.get(fault.text("where"))) == fault.text("equals") and fault.text("field") in value
    return value | {fault.text("field"): fault.text("value")} if is_meant else value
