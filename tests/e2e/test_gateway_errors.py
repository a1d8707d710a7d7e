"""Errors that API Gateway makes itself: in the shape of ours, and never an open door."""

from typing import Any

import httpx
import pytest


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["instance"] == answer.headers["x-request-id"]


GUARDED = [
    ("GET", "/kill-switch"),
    ("PUT", "/kill-switch"),
    ("GET", "/accounts/demo"),
    ("POST", "/accounts/demo/orders"),
    ("POST", "/accounts/demo/orders/check"),
    ("PUT", "/market/quotes"),
    ("GET", "/accounts/demo/audit"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer rg_unknown", "Basic dXNlcjpwYXNz", "rg_x"])
def test_a_guarded_route_without_a_valid_token_is_401(
    stack: dict[str, Any], method: str, path: str, value: str | None
) -> None:
    headers = {} if value is None else {"Authorization": value}
    answer = httpx.request(method, stack["api_url"] + path, headers=headers, timeout=60)
    assert_problem(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), [("GET", "/nope"), ("GET", "/")])
def test_an_unknown_route_is_404(stack: dict[str, Any], method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    assert_problem(httpx.request(method, stack["api_url"] + path, headers=headers, timeout=60), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("DELETE", "/kill-switch", "GET, PUT"), ("POST", "/health", "GET")]
)
def test_another_method_of_a_known_route_is_405_and_names_those_it_takes(
    stack: dict[str, Any], method: str, path: str, allowed: str
) -> None:
    answer = httpx.request(method, stack["api_url"] + path, timeout=60)
    assert_problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/dashboard"])
def test_an_open_route_needs_no_token(stack: dict[str, Any], path: str) -> None:
    assert httpx.get(stack["api_url"] + path, timeout=60).status_code == 200


def test_a_token_opens_what_it_is_for(stack: dict[str, Any]) -> None:
    for name in ("admin", "bot", "reader"):
        headers = {"Authorization": f"Bearer {stack['tokens'][name]}"}
        answer = httpx.get(f"{stack['api_url']}/accounts/{stack['account_id']}", headers=headers, timeout=60)
        assert answer.status_code == 200, name
