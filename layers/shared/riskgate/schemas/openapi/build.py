"""Build the OpenAPI 3.1 document from the route table, the models and the examples.

``python -m riskgate.schemas.openapi.build > infra/openapi.json`` writes it.
"""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from riskgate import ENGINE_VERSION
from riskgate.schemas.fields import ACCOUNT_ID_PATTERN, IDENTIFIER_PATTERN, LABEL_PATTERN, LOCK_ID_PATTERN
from riskgate.schemas.http.routes import ROUTES
from riskgate.schemas.http.routes.route import Route, Tag
from riskgate.schemas.openapi.answers import problems
from riskgate.schemas.openapi.examples import EXAMPLES
from riskgate.schemas.openapi.examples.problems import PROBLEM_EXAMPLES
from riskgate.schemas.openapi.operations import OPERATIONS, Operation, Reply

#: Problem model of each status and the name of its shared response.
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
    503: ("Unavailable", problems.Problem),
}

type _Json = Any

_JSON = "application/json"
_PROBLEM_JSON = "application/problem+json"
_SCHEMAS = "#/components/schemas/"
_PATH_PARAMETERS = {
    "account_id": ("AccountId", "The account.", ACCOUNT_ID_PATTERN),
    "client_order_id": ("ClientOrderId", "The bot's id for the order.", IDENTIFIER_PATTERN),
    "lock_id": ("LockId", "The lock's id, as listed.", LOCK_ID_PATTERN),
    "strategy": ("StrategyName", "The strategy.", LABEL_PATTERN),
    "break_id": ("BreakId", "The break.", "^[0-9a-f]{16}$"),
    "name": ("BreakerName", "The breaker, or the protection that locked entries.", "^[A-Z_]{1,64}$"),
}
_HEADERS = {
    "X-Request-Id": ("The request id, as in the gateway's logs.", None),
    "X-Trace-Id": ("The request's trace id.", None),
    "Idempotent-Replayed": ("This answer is a replay. The request changed nothing.", ["true"]),
    "WWW-Authenticate": ("How to authenticate.", ["Bearer"]),
    "Retry-After": ("Seconds to wait before retrying with the same ids.", None),
}
_ALWAYS = ("X-Request-Id", "X-Trace-Id")
_WAIT_AND_RETRY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def build_openapi() -> dict[str, Any]:
    """Return the document as JSON types, floats excluded."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _describe_route(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Risk gateway",
            "version": ENGINE_VERSION,
            "description": (
                "Decides whether an order may reach an exchange. Amounts are exact decimal strings; JSON numbers "
                "are read exactly. Instants are RFC 3339 in UTC. Unknown fields, duplicate keys and null "
                "in place of an omitted field are refused. Every error is application/problem+json with a "
                "stable `code`."
            ),
        },
        "servers": [{"url": "/v1"}],
        "tags": [{"name": tag.value} for tag in Tag],
        "paths": paths,
        "components": {
            "schemas": _describe_models(),
            "responses": {name: _describe_problem(status) for status, (name, _) in PROBLEMS.items()},
            "parameters": _describe_parameters(),
            "headers": {name: _describe_header(*header) for name, header in _HEADERS.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "Scoped token."}},
        },
    }


def list_problem_statuses(route: Route, operation: Operation) -> list[int]:
    """Return the statuses of a route that are problems, its own 422 included."""
    # A body on a route that takes none is a 400, too.
    statuses = {400, *operation.conflicts}
    if route.body_max_bytes:
        statuses |= {413, 415}
    if route.scope is not None:
        statuses |= {401, 403, 503}
    if "account_id" in route.path_parameters:
        # A malformed id in the path names nothing: 404, as for an unknown one.
        statuses.add(404)
    if route.totp:
        statuses.add(429)
    if operation.denied is not None:
        statuses.add(422)
    return sorted(statuses)


def _describe_route(route: Route) -> dict[str, Any]:
    operation = OPERATIONS[route.operation_id]
    examples = EXAMPLES.get(route.operation_id, {})
    described: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [route.tag.value],
        "summary": route.summary,
        "security": [] if route.scope is None else [{"bearer": [route.scope.value]}],
        "responses": {
            **{str(code): _describe_reply(reply, examples.get(str(code))) for code, reply in operation.replies.items()},
            **{str(code): _problem_of(code, operation, examples) for code in list_problem_statuses(route, operation)},
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
    if parameters:
        described["parameters"] = parameters
    if operation.request is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {_JSON: _describe_content(operation.request, examples.get("request"))},
        }
    return described


def _describe_reply(reply: Reply, examples: dict[str, Any] | None) -> dict[str, Any]:
    names = (*_ALWAYS, "Idempotent-Replayed") if reply.is_replay else _ALWAYS
    return {
        "description": reply.description,
        "headers": _refer_headers(*names),
        "content": {_JSON: _describe_content(reply.model, examples)},
    }


def _problem_of(status: int, operation: Operation, examples: dict[str, Any]) -> dict[str, Any]:
    if status != HTTPStatus.UNPROCESSABLE_ENTITY or operation.denied is None:
        return {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"}
    content = _describe_content(operation.denied, examples.get("422"))
    description = "Denied. The code is that of the first violation."
    if status in operation.conflicts:
        description += " Or refused before any decision."
        content |= {"schema": {"anyOf": [content["schema"], {"$ref": f"{_SCHEMAS}{PROBLEMS[status][1].__name__}"}]}}
    return {
        "description": description,
        "headers": _refer_headers(*_ALWAYS, "Idempotent-Replayed"),
        "content": {_PROBLEM_JSON: content},
    }


def _describe_problem(status: int) -> dict[str, Any]:
    _, model = PROBLEMS[status]
    names = ("Retry-After",) if status in _WAIT_AND_RETRY else ()
    if status == HTTPStatus.UNAUTHORIZED:
        names = ("WWW-Authenticate",)
    return {
        "description": HTTPStatus(status).phrase,
        "headers": _refer_headers(*_ALWAYS, *names),
        "content": {_PROBLEM_JSON: _describe_content(model, PROBLEM_EXAMPLES[status])},
    }


def _describe_content(model: type[BaseModel] | None, examples: dict[str, Any] | None) -> dict[str, Any]:
    schema = {"type": "object"} if model is None else {"$ref": f"{_SCHEMAS}{model.__name__}"}
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
            "schema": {"type": "string", "pattern": pattern},
        }
        for name, (component, description, pattern) in _PATH_PARAMETERS.items()
    }


def _describe_header(description: str, values: list[str] | None) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **({"enum": values} if values else {})}}


def _refer_headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _describe_models() -> dict[str, Any]:
    """Return the schemas of all models; requests and answers share what they have in common."""
    models: set[type[BaseModel]] = {model for _, model in PROBLEMS.values()}
    for operation in OPERATIONS.values():
        models |= {reply.model for reply in operation.replies.values() if reply.model is not None}
        models |= {model for model in (operation.request, operation.denied) if model is not None}
    named = sorted(models, key=lambda model: model.__name__)
    _, document = models_json_schema([(model, "validation") for model in named], ref_template=f"{_SCHEMAS}{{model}}")
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


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build_openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n")
