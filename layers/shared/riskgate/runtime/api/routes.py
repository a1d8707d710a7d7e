"""HTTP plumbing of the API functions: routes from the table, and requests with strict bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from msgspec.structs import replace as replace_fields

from riskgate.adapters.aws.lazy import run_before_snapshot
from riskgate.adapters.aws.time_budget import ending_in
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.core.access.tokens import Principal
from riskgate.core.errors import (
    GatewayError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
)
from riskgate.observability import MetricUnit, log_action, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.principal import principal_from
from riskgate.runtime.api.replies import PROBLEM_JSON, Reply, advise, problem_reply
from riskgate.runtime.api.request_log import tell
from riskgate.runtime.api.router import Router, proxy_answer
from riskgate.runtime.clock import utc_now
from riskgate.runtime.tracing import request_id_of, trace_of
from riskgate.schemas import patterns
from riskgate.schemas.codec import encode
from riskgate.schemas.http.bodies import Body
from riskgate.schemas.http.headers import one_time_code, single_header
from riskgate.schemas.http.json_body import parse_json
from riskgate.schemas.http.queries import single_parameters
from riskgate.schemas.http.routes import ROUTES, list_methods
from riskgate.schemas.http.routes.route import Route
from riskgate.schemas.http.trace import CORRELATION_HEADER, TRACEPARENT_HEADER, Trace

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from riskgate.schemas.http.requests.base import RequestModel

REQUEST_SERVED = "request_served"
REQUEST_FAILED = "request_failed"

#: API Gateway waits this much shorter than the function may run: what it is told later, no caller hears.
WAITED_SHORTER_SECONDS = 2.0
#: What writing an answer, and its way to API Gateway, take at most.
ANSWER_SECONDS = 0.25

_ROUTES = {route.operation_id: route for route in ROUTES}
_PATH_PATTERNS = {name: re.compile(pattern) for name, pattern in patterns.PATH_PATTERNS.items()}
#: Under which key a log line has a name of the path.
_LOGGED = {"account_id": "account_id", "client_order_id": "client_ref"}
_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request[M]:
    """One authenticated request: path parameters, validated body, caller and time.

    `secret` is the value of the route's secret header, `event` what API Gateway sent, `trace_id` what everything that
    follows from the request is found by.
    """

    body: M
    path: Mapping[str, str]
    query: Mapping[str, str]
    principal: Principal | None
    totp: str | None
    now: datetime
    trace_id: str = ""
    secret: str | None = None
    event: Mapping[str, Any] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        """Return the account named in the path."""
        return self.path["account_id"]

    @property
    def client_order_id(self) -> str:
        """Return the order named in the path."""
        return self.path["client_order_id"]

    @property
    def caller(self) -> Principal:
        """Return the proven caller of a route that is not open."""
        assert self.principal is not None  # noqa: S101 scoped routes always have one
        return self.principal

    def header(self, name: str) -> str | None:
        """Return a header that may be given once, None without it. Raises InvalidRequest: given twice."""
        return single_header(self.event.get("headers"), self.event.get("multiValueHeaders"), name)

    @property
    def actor(self) -> str:
        """Return the caller as the audit log names it."""
        return f"token:{self.caller.token_id}"

    @property
    def acting(self) -> Acting:
        """Return who asks, when, and what use cases need to serve it."""
        return Acting(deps=self.deps, actor=self.actor, now=self.now, strategies=self.caller.strategies)

    @property
    def deps(self) -> Deps:
        """Return what use cases need that nobody acts in."""
        return replace(wiring.deps(), trace_id=self.trace_id)


type Handler = Callable[[Request[Any]], Reply[Any]]


class Registered(NamedTuple):
    """A handler, its request's body, and whether that may be left out."""

    handler: Handler
    body: Body[Any] | None
    empty_body: bool

    @property
    def model(self) -> type[RequestModel] | None:
        """Return the model of the body."""
        return self.body.model if self.body is not None else None


class Api:
    """The routes of one function; `registered` keeps their bodies' models and handlers by operation id.

    `in_time`: nothing is begun that API Gateway would not wait for. What a person switches or sets is better done than
    told of.
    """

    def __init__(self, clock: Callable[[], datetime] = utc_now, *, in_time: bool = True) -> None:
        self.registered: dict[str, Registered] = {}
        self._router = Router()
        self._clock, self._in_time = clock, in_time

    def route(
        self, operation_id: str, body: Body[Any] | type[RequestModel] | None = None, *, empty_body: bool = False
    ) -> Callable[[Handler], None]:
        """Register a function for a route of the table: scope, account and body are checked before it runs."""
        route = _ROUTES[operation_id]
        taken = body if body is None or isinstance(body, Body) else Body.of(body)

        def register(function: Handler) -> None:
            registered = self.registered[operation_id] = Registered(function, taken, empty_body)
            # Loads it, where a snapshot is taken: no request waits then.
            run_before_snapshot(lambda: registered.model)

            def serve(event: Mapping[str, Any], path: dict[str, str]) -> dict[str, Any]:
                return self._serve(event, route, registered, path)

            self._router.add(route.method, route.path, serve)

        return register

    def resolve(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one API Gateway event, while it waits where that is asked for; a failure becomes problem+json."""
        found = self._router.find(event)
        if found is None:
            return self._not_found(event)
        serve, path = found
        if not self._in_time:
            return serve(event, path)
        remaining = context.get_remaining_time_in_millis() / 1000
        with ending_in(remaining - WAITED_SHORTER_SECONDS - ANSWER_SECONDS):
            return serve(event, path)

    def _serve(
        self,
        event: Mapping[str, Any],
        route: Route,
        registered: Registered,
        path: dict[str, str],
    ) -> dict[str, Any]:
        started, asked = self._clock(), dict[str, Any]()
        trace = self._begin(event)
        try:
            request = self._request(event, route, registered, path, trace)
            asked = tell(request.body)
            reply = registered.handler(request)
        except GatewayError as error:
            reply = problem_reply(error, advice=advise(error, asked))
        except Exception as error:  # noqa: BLE001 the caller gets a problem, never a stack trace
            logger.exception(REQUEST_FAILED, action=route.operation_id, error=type(error).__name__)
            reply = problem_reply(GatewayError("the request could not be processed"))
        self._observe(route.operation_id, asked, reply, started)
        return self._response(event, reply, trace)

    def _begin(self, event: Mapping[str, Any]) -> Trace:
        """Return the request's trace, whose id stands in every line from here on."""
        trace = trace_of(event)
        logger.append_keys(trace_id=trace.trace_id, request_id=request_id_of(event))
        return trace

    def _observe(self, operation: str, asked: Mapping[str, Any], reply: Reply[Any], started: datetime) -> None:
        duration, status = int((self._clock() - started).total_seconds() * 1000), reply.status
        response = tell(reply.body) | {"status": status, **reply.told}
        log_action(REQUEST_SERVED, operation, request=asked, response=response, duration_ms=duration)
        metrics.add_metric(name="RequestDuration", unit=MetricUnit.Milliseconds, value=duration)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            metrics.add_metric(name="RequestsFailed", unit=MetricUnit.Count, value=1)

    def _request(
        self,
        event: Mapping[str, Any],
        route: Route,
        registered: Registered,
        path: dict[str, str],
        trace: Trace,
    ) -> Request[Any]:
        path = {name: unquote(value) for name, value in path.items()}
        principal = None
        if route.scope is not None:
            principal = principal_from(event)
            principal.require(route.scope, path.get("account_id"))
        for name, value in path.items():
            if not _PATH_PATTERNS[name].fullmatch(value):
                raise NotFound(f"no such {name.replace('_', ' ')}")
        if "strategy" in path:
            path["strategy"] = patterns.fold_strategy(path["strategy"])
        logger.append_keys(**{key: path[name] for name, key in _LOGGED.items() if name in path})
        body = None
        if registered.body is not None:
            body = registered.body.parse(self._json(event, route, empty_body=registered.empty_body))
            if isinstance(client_ref := getattr(body, "client_order_id", None), str):
                logger.append_keys(client_ref=client_ref)
        elif event.get("body") and not (route.secret_header or route.proves_itself):
            raise InvalidRequest("this route does not take a body", code="BODY_UNEXPECTED")
        headers, multi = event.get("headers"), event.get("multiValueHeaders")
        return Request(
            body=body,
            path=path,
            query=single_parameters(event),
            principal=principal,
            totp=one_time_code(headers, multi),
            now=self._clock(),
            trace_id=trace.trace_id,
            secret=single_header(headers, multi, route.secret_header) if route.secret_header else None,
            event=event,
        )

    def _json(self, event: Mapping[str, Any], route: Route, *, empty_body: bool) -> dict[str, Any]:
        headers, multi = event.get("headers"), event.get("multiValueHeaders")
        return parse_json(
            event.get("body"),
            is_base64=bool(event.get("isBase64Encoded")),
            content_type=single_header(headers, multi, "Content-Type"),
            content_encoding=single_header(headers, multi, "Content-Encoding"),
            max_bytes=route.body_max_bytes,
            empty_allowed=empty_body,
        )

    def _not_found(self, event: Mapping[str, Any]) -> dict[str, Any]:
        allowed = list_methods(event["path"])
        # A method that the path takes is not what is wrong: then a name in the path is none.
        is_other = bool(allowed) and event["httpMethod"].upper() not in allowed
        reply = problem_reply(MethodNotAllowed(allowed) if is_other else NotFound("no such route"))
        trace = self._begin(event)
        self._observe("unknown", {}, reply, self._clock())
        return self._response(event, reply, trace)

    def _response(self, event: Mapping[str, Any], reply: Reply[Any], trace: Trace) -> dict[str, Any]:
        request_id = request_id_of(event)
        headers = {
            "X-Request-Id": request_id,
            CORRELATION_HEADER: trace.trace_id,
            TRACEPARENT_HEADER: trace.traceparent(request_id),
        }
        value = reply.body
        if reply.content_type == PROBLEM_JSON:
            value = replace_fields(value, instance=request_id)
        body = value if isinstance(value, str) else encode(value).decode()
        told = {**_SECURITY_HEADERS, "Content-Type": reply.content_type, **headers, **reply.headers}
        return proxy_answer(reply.status, body, told)
