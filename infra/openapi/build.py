"""Build the OpenAPI 3.1 document from routes, handlers, models and recorded examples."""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic.json_schema import models_json_schema

from functions.admin_api.app import api as admin_api
from functions.dashboard.app import api as dashboard_api
from functions.hedge.app import api as hedge_api
from functions.order_api.app import api as order_api
from functions.risk_api.app import api as risk_api
from functions.telegram_webhook.app import api as telegram_api
from functions.view_api.app import api as view_api
from functions.webhooks.app import api as webhooks_api
from infra.openapi.components import SCHEMAS, Components
from infra.openapi.operations import OPERATIONS
from riskgate import ENGINE_VERSION
from riskgate.runtime.api.routes import Registered
from riskgate.schemas.http.answers import account, problems, safeguards
from riskgate.schemas.http.answers.orders import BatchAnswer, Decision
from riskgate.schemas.http.answers.webhooks import WebhookCancels
from riskgate.schemas.http.requests import heartbeats, orders
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.routes import ROUTES
from riskgate.schemas.http.routes.route import Route, Tag
from riskgate.schemas.http.trace import CORRELATION_HEADER, TRACE_ID_PATTERN, TRACEPARENT_HEADER
from riskgate.schemas.patterns import PATH_PATTERNS

#: Recorded by the component tests: per operation, and by code for problems.
EXAMPLES = Path(__file__).parent / "examples"
#: Problem of each status and the name of its shared response.
PROBLEMS: dict[int, tuple[str, type[problems.Problem]]] = {
    400: ("BadRequest", problems.InvalidProblem),
    401: ("Unauthorized", problems.Problem),
    403: ("Forbidden", problems.Problem),
    404: ("NotFound", problems.Problem),
    409: ("Conflict", problems.ConflictProblem),
    413: ("PayloadTooLarge", problems.Problem),
    415: ("UnsupportedMediaType", problems.Problem),
    422: ("Unprocessable", problems.Problem),
    429: ("TooManyRequests", problems.Problem),
    503: ("Unavailable", problems.UnavailableProblem),
}
REGISTERED: Mapping[str, Registered] = {
    name: registered
    for api in (admin_api, dashboard_api, hedge_api, order_api, risk_api, telegram_api, view_api, webhooks_api)
    for name, registered in api.registered.items()
}
_DENIED: Mapping[object, type[Decision | BatchAnswer]] = {
    Decision: problems.DeniedProblem,
    BatchAnswer: problems.DeniedBatchProblem,
    Decision | WebhookCancels: problems.DeniedProblem,
}

type _Json = Any

_JSON = "application/json"
_PROBLEM_JSON = "application/problem+json"
_PATH_PARAMETERS = {
    "account_id": ("AccountId", "The account."),
    "client_order_id": ("ClientOrderId", "The bot's id for the order."),
    "market": ("Market", "The market: `venue:symbol`."),
    "lock_id": ("LockId", "The lock's id, as listed."),
    "exit_id": ("ExitId", "The exit's id, as demanded."),
    "strategy": ("StrategyName", "The strategy."),
    "break_id": ("BreakId", "The break."),
    "name": ("BreakerName", "The breaker, or the protection that locked entries."),
    "alert": ("AlertName", "The alert, as listed."),
    "webhook": ("WebhookName", "The webhook."),
    "webhook_secret": ("WebhookSecret", "The secret that was shown when the webhook was set up."),
}
_HEADERS = {
    "X-Request-Id": ("The request id, as in the gateway's logs.", None),
    "X-Correlation-Id": ("The trace id: what logs, messages, audit entries and alerts that follow are found by.", None),
    "traceparent": ("The same for tools that know W3C's form alone. An answer of API Gateway's own has none.", None),
    "ETag": ("What `If-None-Match` may name: 304 as long as nothing is added to the account's log.", None),
    "Idempotent-Replayed": ("This answer is a replay. The request changed nothing.", ["true"]),
    "WWW-Authenticate": ("How to authenticate.", ["Bearer"]),
    "Retry-After": ("Seconds to wait before retrying with the same ids.", None),
}
_ALWAYS = ("X-Request-Id", "X-Correlation-Id", "traceparent")
#: Sent with any request: what cannot be kept is replaced, never refused, so no pattern holds a client back.
_TRACE_PARAMETERS = {
    "CorrelationId": {
        "name": CORRELATION_HEADER,
        "in": "header",
        "required": False,
        "description": (
            f"Your own id of what you do: kept as it is if it matches `{TRACE_ID_PATTERN}` and does not look "
            "like a key, else replaced. The answer names the id that counts."
        ),
        "schema": {"type": "string"},
    },
    "Traceparent": {
        "name": TRACEPARENT_HEADER,
        "in": "header",
        "required": False,
        "description": f"W3C trace context. Its trace id counts where `{CORRELATION_HEADER}` gives none.",
        "schema": {"type": "string"},
    },
}
_WAIT_AND_RETRY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def build_openapi() -> dict[str, Any]:
    """Return the document as JSON types."""
    components = Components()
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _describe_route(route, components)
    responses = {name: _describe_problem(status, components) for status, (name, _) in PROBLEMS.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Risk gateway",
            "version": ENGINE_VERSION,
            "description": (
                "Decides whether an order may reach an exchange. Amounts are exact decimal strings; JSON numbers "
                "are read exactly. Instants are RFC 3339 in UTC. Unknown fields, duplicate keys and null "
                "in place of an omitted field are refused. Every error is application/problem+json with a "
                "stable `code`. So are those that API Gateway may give on any route by itself: 401, 403, 429, and "
                "500, 502, 503 and 504 where the function failed or did not answer in time."
            ),
        },
        "servers": [{"url": "/v1"}],
        "tags": [{"name": tag.value} for tag in Tag],
        "paths": paths,
        "components": {
            "schemas": _describe_requests() | components.schemas,
            "responses": responses,
            "parameters": _describe_parameters(),
            "headers": {name: _describe_header(*header) for name, header in _HEADERS.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "Scoped token."}},
        },
    }


def request_of(operation_id: str) -> type[RequestModel] | None:
    """Return the model of a route's body."""
    return REGISTERED[operation_id].model or OPERATIONS[operation_id].request


def answer_of(operation_id: str) -> Any:
    """Return what a route's handler answers, as it is annotated."""
    # The order function imports these only for its annotations.
    names = vars(account) | vars(safeguards) | vars(heartbeats) | vars(orders)
    (answer,) = get_args(get_type_hints(REGISTERED[operation_id].handler, localns=names)["return"])
    return answer


@cache
def read_examples(name: str) -> dict[str, dict[str, Any]]:
    """Return recorded examples by ``request`` or status, then name; name is an operation id or ``problems``."""
    path = EXAMPLES / f"{name}.json"
    examples: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return examples


def list_problem_statuses(route: Route) -> list[int]:
    """Return the statuses of a route that are problems, its own 422 included."""
    # A body on a route that takes none is a 400, too.
    statuses = {400, *OPERATIONS[route.operation_id].problems}
    if route.body_max_bytes:
        statuses |= {413, 415}
    if route.scope is not None:
        statuses |= {401, 403, 503}
    if "account_id" in route.path_parameters:
        # A malformed id in the path names nothing: 404, as for an unknown one.
        statuses.add(404)
    if route.totp:
        statuses.add(429)
    if answer_of(route.operation_id) in _DENIED:
        statuses.add(422)
    return sorted(statuses)


def _describe_route(route: Route, components: Components) -> dict[str, Any]:
    operation, examples = OPERATIONS[route.operation_id], read_examples(route.operation_id)
    described: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [route.tag.value],
        "summary": route.summary,
        "security": [] if route.scope is None else [{"bearer": [route.scope.value]}],
        "responses": {
            **{str(status): _describe_reply(route, status, components) for status in operation.replies},
            **{str(status): _problem_of(route, status, components) for status in list_problem_statuses(route)},
        },
    }
    if route.description:
        described["description"] = route.description
    parameters = [{"$ref": f"#/components/parameters/{_PATH_PARAMETERS[name][0]}"} for name in route.path_parameters]
    parameters += [dict(query) for query in operation.query]
    if route.totp:
        parameters.append(_describe_totp(route))
    if route.secret_header:
        parameters.append(_describe_secret(route))
    parameters += [{"$ref": f"#/components/parameters/{component}"} for component in _TRACE_PARAMETERS]
    described["parameters"] = parameters
    request = request_of(route.operation_id)
    if request is not None:
        described["requestBody"] = {
            "required": not REGISTERED[route.operation_id].empty_body,
            "content": {_JSON: _content({"$ref": f"{SCHEMAS}{request.__name__}"}, examples.get("request"))},
        }
    return described


def _describe_reply(route: Route, status: int, components: Components) -> dict[str, Any]:
    operation, answer = OPERATIONS[route.operation_id], answer_of(route.operation_id)
    is_replay = operation.is_replayed and status == HTTPStatus.OK
    own = ("ETag",) if HTTPStatus.NOT_MODIFIED in operation.replies else ()
    if status == HTTPStatus.NOT_MODIFIED:
        return {"description": operation.replies[status], "headers": _refer_headers(*_ALWAYS, *own)}
    # Text is sent as it is: the document, which cannot describe itself.
    schema = dict(operation.text) if answer is str else components.describe(answer)
    return {
        "description": operation.replies[status],
        "headers": _refer_headers(*_ALWAYS, *own, *(("Idempotent-Replayed",) if is_replay else ())),
        "content": {operation.content_type: _content(schema, read_examples(route.operation_id).get(str(status)))},
    }


def _problem_of(route: Route, status: int, components: Components) -> dict[str, Any]:
    denied = _DENIED.get(answer_of(route.operation_id))
    if status != HTTPStatus.UNPROCESSABLE_ENTITY or denied is None:
        return {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"}
    schema, description = components.describe(denied), "Denied. The code is that of the first violation."
    if status in OPERATIONS[route.operation_id].problems:
        description += " Or refused before any decision."
        schema = {"anyOf": [schema, components.describe(PROBLEMS[status][1])]}
    return {
        "description": description,
        "headers": _refer_headers(*_ALWAYS, "Idempotent-Replayed"),
        "content": {_PROBLEM_JSON: _content(schema, read_examples(route.operation_id).get(str(status)))},
    }


def _describe_problem(status: int, components: Components) -> dict[str, Any]:
    names = ("Retry-After",) if status in _WAIT_AND_RETRY else ()
    if status == HTTPStatus.UNAUTHORIZED:
        names = ("WWW-Authenticate",)
    schema = components.describe(PROBLEMS[status][1])
    return {
        "description": HTTPStatus(status).phrase,
        "headers": _refer_headers(*_ALWAYS, *names),
        "content": {_PROBLEM_JSON: _content(schema, read_examples("problems").get(str(status)))},
    }


def _content(schema: dict[str, Any], examples: dict[str, Any] | None) -> dict[str, Any]:
    if not examples:
        return {"schema": schema}
    return {"schema": schema, "examples": {name: {"value": value} for name, value in examples.items()}}


def _describe_totp(route: Route) -> dict[str, Any]:
    when = f"Required when {route.totp_when}. " if route.totp_when else ""
    return {
        "name": "X-TOTP",
        "in": "header",
        "required": not route.totp_when,
        "description": f"{when}One-time code of the token's operator (RFC 6238). Each code is accepted once.",
        "schema": {"type": "string", "pattern": "^[0-9]{6}$"},
    }


def _describe_secret(route: Route) -> dict[str, Any]:
    return {
        "name": route.secret_header,
        "in": "header",
        "required": True,
        "description": "The secret set when the webhook was registered.",
        "schema": {"type": "string"},
    }


def _describe_parameters() -> dict[str, Any]:
    return {
        component: {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {"type": "string", "pattern": PATH_PATTERNS[name]},
        }
        for name, (component, description) in _PATH_PARAMETERS.items()
    } | _TRACE_PARAMETERS


def _describe_header(description: str, values: list[str] | None) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **({"enum": values} if values else {})}}


def _refer_headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _describe_requests() -> dict[str, Any]:
    """Return the schemas of all bodies; answers share with them what has the same name."""
    models = {model for name in OPERATIONS if (model := request_of(name)) is not None}
    named = sorted(models, key=lambda model: model.__name__)
    _, document = models_json_schema([(model, "validation") for model in named], ref_template=f"{SCHEMAS}{{model}}")
    return {name: _tidy(schema) for name, schema in document["$defs"].items()}


def _tidy(schema: _Json) -> _Json:
    """Drop what pydantic adds and no reader needs: titles, and null as the default of what may be left out."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {key: _tidy(item) for key, item in value.items()} if name == "properties" else _tidy(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str)) and not (name == "default" and value is None)
    }
