"""Which route answers an event, beside the resolver of Powertools that did so before."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from hypothesis import given
from hypothesis import strategies as st

from riskgate.runtime.api.router import Router, proxy_answer
from riskgate.schemas.http.routes import ROUTES
from tests.support.aws import LambdaContext
from tests.support.hypothesis_profiles import examples

CHARACTERS = "ab-._~%20:@/<>[]{}|^ ü\n?#\"'"


def build() -> tuple[Router, APIGatewayRestResolver]:
    router, resolver = Router(), APIGatewayRestResolver()
    for route in ROUTES:

        def serve(_event: Any, path: dict[str, str], name: str = route.operation_id) -> dict[str, Any]:
            return {"name": name, "path": path}

        def handle(name: str = route.operation_id, **path: str) -> Response[str]:
            return Response(status_code=200, body=f"{name} {sorted(path.items())}", headers={"X-One": "1"})

        router.add(route.method, route.path, serve)
        resolver.route(route.path.replace("{", "<").replace("}", ">"), method=[route.method])(handle)
    return router, resolver


ROUTER, RESOLVER = build()
PARTS = sorted({part for route in ROUTES for part in route.path.split("/") if not part.startswith("{")})


@examples(300)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "get", "OPTIONS"]),
    parts=st.lists(st.one_of(st.sampled_from(PARTS), st.text(CHARACTERS, max_size=4)), max_size=7),
)
def test_event_when_of_any_path_then_the_same_route_and_names(method: str, parts: list[str]) -> None:
    path = "/".join(parts)
    found = ROUTER.find({"httpMethod": method, "path": path})
    before = RESOLVER.resolve(
        {"httpMethod": method, "path": path, "requestContext": {"stage": "$default"}, "headers": {}},
        LambdaContext(),  # type: ignore[arg-type]
    )
    if path.endswith(("/", "\n")):
        # One route has one path.
        assert found is None
    elif found is None:
        assert before["statusCode"] == 404
    else:
        serve, names = found
        assert before["body"] == f"{serve({}, names)['name']} {sorted(names.items())}"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_route_when_asked_for_then_found_by_its_path_alone(route: Any) -> None:
    path = route.path.replace("{", "x").replace("}", "%2F")
    found = ROUTER.find({"httpMethod": route.method, "path": path})
    assert found is not None
    assert found[0]({}, found[1])["name"] == route.operation_id
    assert ROUTER.find({"httpMethod": route.method, "path": f"{path}/"}) is None


def test_answer_when_given_then_as_the_proxy_integration_takes_it() -> None:
    assert proxy_answer(201, "{}", {"Content-Type": "application/json"}) == {
        "statusCode": 201,
        "body": "{}",
        "isBase64Encoded": False,
        "multiValueHeaders": {"Content-Type": ["application/json"]},
    }
