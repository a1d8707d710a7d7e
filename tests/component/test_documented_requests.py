"""What the OpenAPI document allows is not refused with 400, and every answer to it is documented."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.openapi.build import build_openapi, read_examples
from infra.simulators.telegram.server import SECRET_HEADER
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.routes import ROUTES
from riskgate.schemas.http.routes.route import Route
from tests.support.documented_requests import Documented
from tests.support.gateway import Answer, Gateway, path_of
from tests.support.hypothesis_profiles import QUICK
from tests.support.phone import WEBHOOK_SECRET

pytestmark = pytest.mark.usefixtures("phone", "views")

DOCUMENT = build_openapi()
SOURCE = Documented(DOCUMENT)
#: What JSON Schema has no words for, and the document says in its own: values that are compared.
SPOKEN = {rule.message for model in RequestModel.__subclasses__() for rule in model.SPOKEN}
TWINS = "must not contain the same entry twice"
#: Two limits that contradict each other, one of them stored; a name that is the gateway's own.
OF_WHAT_IS_STORED = {"LIMITS_CONTRADICTORY", "ACCOUNT_ID_RESERVED"}


def parameters_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an operation's parameters."""
    shared = DOCUMENT["components"]["parameters"]
    return [
        shared[parameter["$ref"].rsplit("/", 1)[1]] if "$ref" in parameter else parameter
        for parameter in operation.get("parameters", [])
    ]


def queries(operation: dict[str, Any]) -> st.SearchStrategy[dict[str, str]]:
    """Return query strings that are documented; a cursor is only good as it was given."""
    found = {
        item["name"]: item for item in parameters_of(operation) if item["in"] == "query" and item["name"] != "cursor"
    }
    texts = {name: SOURCE.values(item["schema"]).map(str) for name, item in found.items()}
    needed = {name: texts.pop(name) for name, item in found.items() if item.get("required")}
    return st.fixed_dictionaries(needed, optional=texts)


def is_spoken(answer: Answer) -> bool:
    """Tell whether a 400 is one that the document tells in words alone."""
    if answer.code in OF_WHAT_IS_STORED:
        return True
    faults = answer.body.get("errors", [])
    return bool(faults) and all(fault["message"] in SPOKEN | {TWINS} for fault in faults)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_request_when_the_document_allows_it_then_it_is_not_malformed(gateway: Gateway, route: Route) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    bodies: st.SearchStrategy[Any] = st.none()
    if content is not None:
        examples = list(read_examples(route.operation_id)["request"].values())
        bodies = st.sampled_from(examples).flatmap(lambda example: SOURCE.bodies(content["schema"], example))

    @settings(QUICK, suppress_health_check=list(HealthCheck))
    @given(body=bodies, query=queries(operation))
    def send(body: Any, query: dict[str, str]) -> None:
        headers = gateway.next_totp() if route.totp else {}
        if route.secret_header:
            headers = {SECRET_HEADER: WEBHOOK_SECRET}
        answer = gateway.call(route.method, path_of(route), body, headers=headers, query=query)
        assert answer.status < 500, answer.text
        assert answer.status != 400 or is_spoken(answer), (body, query, answer.text)

    send()
