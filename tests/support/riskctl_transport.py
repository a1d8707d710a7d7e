"""The gateway behind an httpx transport: real authorizer and API functions, as API Gateway would call them."""

from __future__ import annotations

import contextlib
import fnmatch
import io
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx

from functions.authorizer.app import lambda_handler as authorizer
from tests.support.aws import LambdaContext
from tests.support.gateway import handler_of

STAGE = "v1"
API_URL = f"https://gateway.test/{STAGE}"
SOURCE_IP = "203.0.113.7"
API_ARN = f"arn:aws:execute-api:us-east-1:123456789012:api/{STAGE}"
OPEN_ROUTES = frozenset({"/health", "/openapi.json", "/dashboard", "/telegram"})


class GatewayTransport(httpx.BaseTransport):
    """Answer requests in this process; `down` makes every request fail as an unreachable host does."""

    def __init__(self) -> None:
        self.down = False
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.down:
            raise httpx.ConnectError("connection refused", request=request)
        # A function's metrics go to its own standard output, not to the caller's.
        with contextlib.redirect_stdout(io.StringIO()):
            return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix(f"/{STAGE}")
        context: dict[str, str] = {}
        # Who posts to a webhook proves it by its secret.
        manages = request.method in {"GET", "PUT", "DELETE"}
        if path not in OPEN_ROUTES and (manages or not path.startswith("/webhooks/")):
            answer = self._authorize(request, path)
            if isinstance(answer, httpx.Response):
                return answer
            context = answer
        answered = handler_of(path, request.method)(_event(request, path, context), LambdaContext())
        headers = [(name, value) for name, values in answered["multiValueHeaders"].items() for value in values]
        headers.append(("Date", format_datetime(datetime.now(UTC), usegmt=True)))
        return httpx.Response(answered["statusCode"], headers=headers, text=answered["body"], request=request)

    def _authorize(self, request: httpx.Request, path: str) -> dict[str, str] | httpx.Response:
        arn = f"{API_ARN}/{request.method}{path}"
        event = {**_event(request, path, {}), "type": "REQUEST", "methodArn": arn}
        try:
            answer = authorizer(event, LambdaContext())
        except Exception as error:  # noqa: BLE001 this is how an authorizer refuses
            # API Gateway makes a 401 of this text alone; the template makes 503 of what else is raised.
            status, code = (401, "UNAUTHORIZED") if str(error) == "Unauthorized" else (503, "UNAVAILABLE")
            return _problem(request, status, code)
        allowed = [
            resource
            for statement in answer["policyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
            for resource in _as_list(statement["Resource"])
        ]
        if not any(fnmatch.fnmatchcase(arn, pattern) for pattern in allowed):
            return _problem(request, 403, "FORBIDDEN")
        context: dict[str, str] = answer["context"]
        return context


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _problem(request: httpx.Request, status: int, code: str) -> httpx.Response:
    kind = f"urn:riskgate:problem:{code.lower().replace('_', '-')}"
    said = {"title": code.title(), "status": status, "detail": code.lower(), "code": code, "instance": "r-1"}
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, json={"type": kind} | said, headers=headers, request=request)


def _event(request: httpx.Request, path: str, context: dict[str, str]) -> dict[str, Any]:
    headers = dict(request.headers)
    return {
        "httpMethod": request.method,
        "path": path,
        "resource": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(request.url.params) or None,
        "body": request.content.decode(errors="replace") or None,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "stage": STAGE,
            "path": f"/{STAGE}{path}",
            "identity": {"sourceIp": SOURCE_IP},
            "authorizer": context,
        },
    }
