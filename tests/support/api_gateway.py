"""API Gateway's part of a request: the event it makes, the authorizer it asks, and the errors that are its own."""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from functions.authorizer.app import lambda_handler as authorizer
from riskgate.schemas.http.routes import ROUTES
from tests.support.aws import LambdaContext
from tests.support.gateway import Answer, Gateway

STAGE = "v1"
API_ARN = f"arn:aws:execute-api:us-east-1:123456789012:api/{STAGE}"
SOURCE_IP = "203.0.113.7"
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

#: Gateway responses of the template: title and detail by status.
_OWN = {401: ("Unauthorized", "A valid bearer token is needed."), 403: ("Forbidden", "The token does not allow this.")}
_GUARDED = {route.operation_id for route in ROUTES if route.scope is not None}


def event_of(
    method: str, path: str, *, query: str = "", headers: Sequence[tuple[str, str]] = (), body: str | bytes = b""
) -> dict[str, Any]:
    """Return the proxy event of a request; bytes that are no text come as base64."""
    multi: dict[str, list[str]] = {"Host": ["api.example.com"]}
    for name, value in headers:
        multi.setdefault(name, []).append(value)
    asked: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        asked.setdefault(name, []).append(value)
    text, is_base64 = _text(body)
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in multi.items()},
        "multiValueHeaders": multi,
        "queryStringParameters": {name: values[-1] for name, values in asked.items()} or None,
        "multiValueQueryStringParameters": asked or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": REQUEST_ID,
            "stage": STAGE,
            "path": f"/{STAGE}{path}",
            "httpMethod": method,
            "identity": {"sourceIp": SOURCE_IP},
            "authorizer": None,
        },
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _text(body: str | bytes) -> tuple[str | None, bool]:
    if isinstance(body, str):
        return body or None, False
    try:
        return body.decode("utf-8") or None, False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def pass_on(gateway: Gateway, event: dict[str, Any]) -> Answer:
    """Ask the authorizer where the route demands it, then the function; hold the answer against the document."""
    assert gateway.contract is not None
    found = gateway.contract.find(event["httpMethod"], event["path"])
    if found is not None and found[1]["operationId"] in _GUARDED:
        granted = _authorize(event)
        if isinstance(granted, int):
            answer = _own_answer(granted)
            gateway.contract.check(event["httpMethod"], event["path"], None, answer, by_gateway=True)
            return answer
        event["requestContext"]["authorizer"] = granted
    return gateway.send(event)


def _authorize(event: dict[str, Any]) -> dict[str, str] | int:
    """Return what the authorizer proved, or the status of its refusal."""
    arn = f"{API_ARN}/{event['httpMethod']}{event['path']}"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            policy = authorizer({**event, "type": "REQUEST", "methodArn": arn}, LambdaContext())  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 this is how an authorizer refuses
        # API Gateway makes a 401 of this text alone.
        assert str(error) == "Unauthorized"
        return 401
    statements = policy["policyDocument"]["Statement"]
    allowed = [one for statement in statements if statement["Effect"] == "Allow" for one in statement["Resource"]]
    context: dict[str, str] = policy["context"]
    return context if any(fnmatch.fnmatchcase(arn, pattern) for pattern in allowed) else 403


def _own_answer(status: int) -> Answer:
    title, detail = _OWN[status]
    code = title.upper()
    kind = f"urn:riskgate:problem:{code.lower()}"
    problem = {"type": kind, "title": title, "status": status, "detail": detail, "instance": REQUEST_ID, "code": code}
    headers = {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Request-Id": REQUEST_ID,
        "X-Correlation-Id": REQUEST_ID,
    }
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Answer(status=status, headers=headers, text=json.dumps(problem))
