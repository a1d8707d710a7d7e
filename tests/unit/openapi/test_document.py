"""Route table and OpenAPI document: complete, valid, current, and true to the models."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from infra.openapi.__main__ import DOCUMENT as STORED
from infra.openapi.__main__ import write_document
from infra.openapi.build import (
    PROBLEMS,
    REGISTERED,
    _describe_requests,
    build_openapi,
    list_problem_statuses,
    read_examples,
    request_of,
)
from infra.openapi.components import Components
from infra.openapi.operations import OPERATIONS
from riskgate.core.access.tokens import Scope
from riskgate.core.errors import InvalidRequest
from riskgate.schemas.http.json_body import parse_json
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.routes import ROUTES
from riskgate.schemas.http.routes.route import Route

ROOT = Path(__file__).parents[3]
DOCUMENT = build_openapi()
EXAMPLES = {
    name: read_examples(name) for name in OPERATIONS if name not in {"getDashboard", "getMetrics", "getOpenApi"}
}
DECIDED = {"postOrder", "postBatch", "patchOrder", "postWebhook", "postSignedWebhook"}
ROUTE_OF = {route.operation_id: route for route in ROUTES}

CONTRACT = {
    ("PUT", "/accounts/{account_id}", "admin", True),
    ("GET", "/accounts/{account_id}", "accounts:read", False),
    ("GET", "/accounts", "accounts:read", False),
    ("GET", "/accounts/{account_id}/performance", "accounts:read", False),
    ("GET", "/metrics", "metrics:read", False),
    ("GET", "/accounts/{account_id}/limits", "accounts:read", False),
    ("PUT", "/accounts/{account_id}/limits", "admin", True),
    ("POST", "/accounts/{account_id}/snapshots", "snapshots:write", True),
    ("POST", "/accounts/{account_id}/transfers", "transfers:write", True),
    ("GET", "/accounts/{account_id}/audit", "accounts:read", False),
    ("GET", "/accounts/{account_id}/risk", "accounts:read", False),
    ("POST", "/accounts/{account_id}/stress", "accounts:read", False),
    ("GET", "/accounts/{account_id}/scenarios", "accounts:read", False),
    ("PUT", "/accounts/{account_id}/scenarios", "admin", True),
    ("PUT", "/market/instruments", "market:write", False),
    ("PUT", "/market/quotes", "market:write", False),
    ("GET", "/webhooks", "admin", False),
    ("GET", "/webhooks/{webhook}", "admin", False),
    ("PUT", "/webhooks/{webhook}", "admin", True),
    ("DELETE", "/webhooks/{webhook}", "admin", False),
    ("POST", "/webhooks/{webhook}", None, False),
    ("POST", "/webhooks/{webhook}/{webhook_secret}", None, False),
    ("PUT", "/market/close-jumps", "admin", True),
    ("POST", "/accounts/{account_id}/orders", "orders:write", False),
    ("POST", "/accounts/{account_id}/orders/check", "accounts:read", False),
    ("POST", "/accounts/{account_id}/orders/batch", "orders:write", False),
    ("GET", "/accounts/{account_id}/orders", "accounts:read", False),
    ("GET", "/accounts/{account_id}/orders/{client_order_id}", "accounts:read", False),
    ("PATCH", "/accounts/{account_id}/orders/{client_order_id}", "orders:write", False),
    ("POST", "/accounts/{account_id}/orders/{client_order_id}/fills", "orders:write", False),
    ("POST", "/accounts/{account_id}/orders/{client_order_id}/placed", "orders:write", False),
    ("POST", "/accounts/{account_id}/orders/{client_order_id}/cancel", "orders:write", False),
    ("POST", "/accounts/{account_id}/breakers/{name}/reset", "admin", True),
    ("POST", "/accounts/{account_id}/exits", "admin", True),
    ("POST", "/accounts/{account_id}/hedges", "orders:write", False),
    ("GET", "/accounts/{account_id}/exits/{exit_id}", "accounts:read", False),
    ("GET", "/accounts/{account_id}/locks", "accounts:read", False),
    ("DELETE", "/accounts/{account_id}/locks/{lock_id}", "admin", True),
    ("PUT", "/accounts/{account_id}/positions/{market}/stop", "orders:write", False),
    ("PUT", "/accounts/{account_id}/heartbeats/{strategy}", "orders:write", False),
    ("DELETE", "/accounts/{account_id}/heartbeats/{strategy}", "orders:write", False),
    ("GET", "/accounts/{account_id}/reconciliation", "accounts:read", False),
    ("POST", "/accounts/{account_id}/reconciliation/{break_id}/resolve", "admin", True),
    ("GET", "/kill-switch", "accounts:read", False),
    ("PUT", "/kill-switch", "admin", True),
    ("POST", "/telegram", None, False),
    ("GET", "/health", None, False),
    ("GET", "/openapi.json", None, False),
    ("GET", "/dashboard", None, False),
    ("POST", "/accounts/{account_id}/alerts/{alert}/acknowledge", "admin", False),
}


def run_python(*arguments: str) -> bytes:
    """Return what a fresh interpreter prints."""
    environment = {"PYTHONPATH": str(ROOT / "layers/shared"), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=True).stdout


def list_modules_after(statement: str) -> set[str]:
    """Return the modules a fresh interpreter has loaded after a statement."""
    return set(run_python("-c", f"import sys\n{statement}\nprint(*sys.modules)").decode().split())


def test_routes_when_listed_then_are_those_of_the_contract() -> None:
    assert {(route.method, route.path, route.scope, route.totp) for route in ROUTES} == CONTRACT
    assert len(ROUTES) == len(CONTRACT) == len(ROUTE_OF)
    assert set(ROUTE_OF) == set(OPERATIONS) == set(REGISTERED)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_route_when_it_reads_a_body_then_has_a_model_and_a_cap(route: Route) -> None:
    reads_body = request_of(route.operation_id) is not None
    assert reads_body == (route.method in {"PUT", "POST", "PATCH"})
    assert bool(route.body_max_bytes) == reads_body
    assert route.scope is None or isinstance(route.scope, Scope)


def test_route_table_when_imported_then_loads_neither_pydantic_nor_msgspec() -> None:
    loaded = list_modules_after("import riskgate.schemas.http.routes")
    assert loaded & {"pydantic", "msgspec", "boto3"} == set()


def test_order_requests_when_imported_then_load_no_other_models() -> None:
    loaded = list_modules_after("import riskgate.schemas.http.requests.orders")
    prefixes = ("riskgate.schemas.http.answers", "riskgate.schemas.http.requests.")
    assert {name for name in loaded if name.startswith(prefixes)} == {
        "riskgate.schemas.http.requests.base",
        "riskgate.schemas.http.requests.failed",
        "riskgate.schemas.http.requests.order_rules",
        "riskgate.schemas.http.requests.orders",
        "riskgate.schemas.http.requests.rules",
    }


def test_document_when_validated_then_is_openapi_3_1() -> None:
    validate(DOCUMENT, cls=OpenAPIV31SpecValidator)


def test_document_when_committed_then_is_current() -> None:
    assert STORED.read_text("utf-8") == write_document(), "run: make openapi"
    assert (ROOT / "infra/openapi.json").resolve() == STORED


def test_layer_when_imported_whole_then_holds_no_builder() -> None:
    """What makes the document is no part of what is deployed."""
    assert "infra" not in {name.partition(".")[0] for name in list_modules_after("import functions.admin_api.app")}


def test_document_when_served_then_its_numbers_are_as_built() -> None:
    """The bounds of amounts are written as JSON numbers, some with a point."""
    assert json.loads(write_document()) == DOCUMENT


def test_document_when_written_then_shows_every_character() -> None:
    assert all(character.isprintable() or character == "\n" for character in write_document())


def test_document_when_read_then_every_schema_is_used() -> None:
    written = json.dumps(DOCUMENT)
    unused = [name for name in DOCUMENT["components"]["schemas"] if f'"#/components/schemas/{name}"' not in written]
    assert unused == []


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation of the document with its id."""
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            yield operation["operationId"], operation


def test_responses_when_listed_then_each_carries_request_and_trace_id() -> None:
    shared = DOCUMENT["components"]["responses"]
    for operation_id, operation in operations():
        for status, response in operation["responses"].items():
            resolved = shared[response["$ref"].rsplit("/", 1)[1]] if "$ref" in response else response
            assert {"X-Request-Id", "X-Correlation-Id", "traceparent"} <= set(resolved["headers"]), (
                operation_id,
                status,
            )
            assert ("application/problem+json" in resolved.get("content", {})) == (int(status) >= 400)
            assert ("Retry-After" in resolved["headers"]) == (status in {"429", "503"})


def test_replays_when_listed_then_carry_their_header() -> None:
    replayed = {
        operation_id
        for operation_id, operation in operations()
        if "Idempotent-Replayed" in operation["responses"].get("200", {}).get("headers", {})
    }
    webhooks = {"postWebhook", "postSignedWebhook"}
    assert replayed == {"postOrder", "postBatch", "postFill", "postTransfer", "postExit", "postHedge"} | webhooks


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_problems_when_listed_then_follow_from_the_route(route: Route) -> None:
    statuses = set(list_problem_statuses(route))
    assert ({401, 403, 503} <= statuses) == (route.scope is not None or route.proves_itself)
    assert ({400, 413, 415} <= statuses) == bool(route.body_max_bytes)
    # A code that was wrong too often, and orders that are denied too often.
    denied = {"postOrder", "postBatch", "patchOrder", "postWebhook", "postSignedWebhook"}
    assert (429 in statuses) == (route.totp or route.operation_id in denied)
    assert statuses <= set(PROBLEMS)
    assert [code for code in DOCUMENT["paths"][route.path][route.method.lower()]["responses"] if int(code) >= 400] == [
        str(code) for code in sorted(statuses)
    ]


def test_security_when_listed_then_open_routes_need_no_token() -> None:
    security = {operation_id: operation["security"] for operation_id, operation in operations()}
    assert {name for name, needs in security.items() if needs == []} == {
        "getDashboard",
        "getHealth",
        "getOpenApi",
        "postTelegram",
        "postWebhook",
        "postSignedWebhook",
    }
    assert security["postOrder"] == [{"bearer": ["orders:write"]}]


def test_second_factor_when_listed_then_is_a_header() -> None:
    headers = {
        operation_id: parameter["required"]
        for operation_id, operation in operations()
        for parameter in operation.get("parameters", [])
        if parameter.get("name") == "X-TOTP"
    }
    always = {"resetBreaker", "postExit", "deleteLock", "putKillSwitch", "resolveBreak", "putCloseJump", "putWebhook"}
    sometimes = {"putLimits", "putScenarios", "putAccount", "postSnapshot", "postTransfer"}
    assert headers == dict.fromkeys(sometimes, False) | dict.fromkeys(always, True)


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each example of the document with its schema."""

    def contents(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
        if isinstance(node, dict):
            if "examples" in node and "schema" in node:
                for name, example in node["examples"].items():
                    yield f"{path}/{name}", node["schema"], example["value"]
                return
            for name, child in node.items():
                yield from contents(child, f"{path}/{name}")

    yield from contents({"paths": DOCUMENT["paths"], "responses": DOCUMENT["components"]["responses"]}, "")


ALL_EXAMPLES = [pytest.param(schema, value, id=path.replace("~1", "/")) for path, schema, value in examples()]


@pytest.mark.parametrize(("schema", "value"), ALL_EXAMPLES)
def test_example_when_checked_then_fits_its_schema(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


def test_examples_when_counted_then_every_route_and_answer_has_one() -> None:
    for operation_id, examples_of in EXAMPLES.items():
        # A 304 has no body to show.
        expected = {str(status) for status in OPERATIONS[operation_id].replies if status != HTTPStatus.NOT_MODIFIED}
        expected |= {"422"} if operation_id in DECIDED else set()
        expected |= {"request"} if request_of(operation_id) else set()
        assert set(examples_of) == expected, operation_id
    assert set(read_examples("problems")) == {str(status) for status in PROBLEMS}


REQUESTS = [
    pytest.param(operation_id, value, id=f"{operation_id}-{name}")
    for operation_id, examples_of in EXAMPLES.items()
    # What others post to the gateway is theirs to extend.
    if not ROUTE_OF[operation_id].secret_header and not ROUTE_OF[operation_id].proves_itself
    for name, value in examples_of.get("request", {}).items()
]


@pytest.mark.parametrize(("operation_id", "value"), REQUESTS)
def test_request_example_when_sent_then_the_route_takes_it(operation_id: str, value: dict[str, Any]) -> None:
    model = request_of(operation_id)
    assert model is not None
    cap = ROUTE_OF[operation_id].body_max_bytes
    body = parse_json(json.dumps(value), is_base64=False, content_type="application/json", max_bytes=cap)
    parse_request(model, body)


@pytest.mark.parametrize(("operation_id", "value"), REQUESTS)
def test_request_example_when_it_has_an_unknown_field_then_schema_and_route_refuse_it(
    operation_id: str, value: dict[str, Any]
) -> None:
    model = request_of(operation_id)
    assert model is not None
    spoiled = value | {"unknown_field": 1}
    whole = {"$ref": f"#/components/schemas/{model.__name__}", "components": DOCUMENT["components"]}
    assert not jsonschema.Draft202012Validator(whole).is_valid(spoiled)
    with pytest.raises(InvalidRequest):
        parse_request(model, spoiled)


def test_components_when_one_of_a_request_has_the_name_of_an_answer_then_both_are_the_same() -> None:
    """The document holds one schema of each name."""
    answers = DOCUMENT["components"]["schemas"]
    requests = _describe_requests()
    shared = set(requests) & set(answers)
    assert {"Side", "OrderType", "TimeInForce"} <= shared
    assert {name: requests[name] for name in shared} == {name: answers[name] for name in shared}


def test_type_when_it_has_no_exact_form_then_it_has_no_schema() -> None:
    with pytest.raises(TypeError, match="float"):
        Components().describe(float)
