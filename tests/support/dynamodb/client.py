"""The model behind boto3's clients and our own: their calls are answered in this process.

A call goes through botocore's own parameter handlers and then straight to the model. Where a test stands on the wire (a
handler of ``before-send`` or ``before-call``), botocore does all it does, retries included, and the model answers the
request that leaves the client. A handler with a method `passes` is asked first: it can let a call by without a wire.
Our own client meets the handlers of the boto3 client beside it.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import first_non_none_response
from moto.core.models import botocore_stubber

from riskgate.adapters.aws.connections import HttpAnswer
from riskgate.adapters.aws.dynamodb_api import CONTENT_TYPE, TARGET, DynamoDBApi
from tests.support.dynamodb.database import Database
from tests.support.dynamodb.errors import Refused

#: Where a request is sent that was answered already: nothing else finds anything to do there.
ANSWERED = "http://answered.invalid/"
#: A server of a test's own, or an emulator.
_REAL = ("http://127.", "https://127.")
_META = {"RequestId": "model", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
#: botocore's own handlers, and moto's, are none of a test's.
_OTHERS = ("botocore.", "boto3.", "moto.", __name__)

_call_own, _exchange_own = DynamoDBApi._call, DynamoDBApi._exchange
_call_botocore = BaseClient._make_api_call  # type: ignore[attr-defined]
_active: list[Database] = []


@contextmanager
def answering(database: Database) -> Iterator[Database]:
    """Let the model answer every DynamoDB client of this process."""
    _active.append(database)
    BaseClient._make_api_call = _make_api_call  # type: ignore[attr-defined]
    try:
        yield database
    finally:
        _active.remove(database)
        if not _active:
            BaseClient._make_api_call = _call_botocore  # type: ignore[attr-defined]


def deliver(request: AWSPreparedRequest, database: Database) -> AWSResponse:
    """Answer a request as it left a client."""
    target = request.headers["X-Amz-Target"]
    operation = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
    body = request.body
    assert isinstance(body, bytes | str)
    status = 200
    try:
        answer = database.call(operation, read_json(body))
    except Refused as error:
        status, named = 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{error.code}"}
        answer = named | {"message": error.message, "Message": error.message} | error.fields
    return respond(request.url, status, answer)


def respond(url: str, status: int, answer: dict[str, Any]) -> AWSResponse:
    """Return an answer as it comes over the wire."""
    return respond_raw(url, status, json.dumps(answer, default=_write_bytes).encode())


def respond_raw(url: str, status: int, body: bytes) -> AWSResponse:
    """Return an answer whose body is written already."""
    return AWSResponse(url, status, {"Content-Type": "application/x-amz-json-1.0"}, _Raw(body))  # type: ignore[arg-type]


def read_json(body: bytes | str) -> dict[str, Any]:
    """Return a request's parameters as the client's caller had them."""
    read: dict[str, Any] = json.loads(body, object_hook=_read_bytes)
    return read


def write_json(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a request's parameters as they stand in its body."""
    written: dict[str, Any] = json.loads(json.dumps(parameters, default=_write_bytes))
    return written


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _write_bytes(value: Any) -> str:
    assert isinstance(value, bytes | bytearray)
    return base64.b64encode(value).decode()


def _read_bytes(value: dict[str, Any]) -> dict[str, Any]:
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"])}
    if value.keys() == {"BS"} and isinstance(value["BS"], list):
        return {"BS": [base64.b64decode(element) for element in value["BS"]]}
    return value


def _make_api_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """Stand in for botocore's method: DynamoDB's calls go to the model."""
    if client.meta.service_model.service_name != "dynamodb" or client.meta.endpoint_url.startswith(_REAL):
        return _call_botocore(client, operation, parameters)
    if not all(handler.passes(operation, parameters) for handler in _handlers(client, operation)):
        return _call_botocore(client, operation, parameters)
    return _answer(client, operation, parameters)


def _answer(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """Let the model answer a call, as botocore would."""
    model = client.meta.service_model.operation_model(operation)
    context = {"client_region": client.meta.region_name, "client_config": client.meta.config}
    parameters = client._emit_api_params(api_params=parameters, operation_model=model, context=context)
    try:
        answer = _active[-1].call(operation, parameters)
    except Refused as error:
        response = error.fields | {
            "Error": {"Message": error.message, "Code": error.code},
            "ResponseMetadata": _META | {"HTTPStatusCode": 400},
        }
        raise client.exceptions.from_code(error.code)(response, operation) from None
    return answer | {"ResponseMetadata": dict(_META)}


def _call_ours(api: DynamoDBApi, operation: str, parameters: dict[str, Any]) -> Any:
    """Stand in for our client's method: as botocore's, where DynamoDB is the model's."""
    client: Any = api.other
    if client.meta.endpoint_url.startswith(_REAL):
        return _call_own(api, operation, parameters)
    if _active and all(handler.passes(operation, parameters) for handler in _handlers(client, operation)):
        return _answer(client, operation, parameters)
    model = client.meta.service_model.operation_model(operation)
    context = {"client_region": client.meta.region_name, "client_config": client.meta.config}
    client._emit_api_params(api_params=parameters, operation_model=model, context=context)
    asked: dict[str, Any] = {"headers": {}, "body": b"", "context": context}
    client.meta.events.emit(
        f"before-call.dynamodb.{operation}", model=model, params=asked, request_signer=None, context=context
    )
    return _call_own(api, operation, parameters)


def _exchange_ours(api: DynamoDBApi, operation: str, body: bytes) -> HttpAnswer:
    """Stand in for our client's connection: the same handlers see what would be sent, and answer it."""
    client: Any = api.other
    if client.meta.endpoint_url.startswith(_REAL):
        return _exchange_own(api, operation, body)
    headers = {"X-Amz-Target": f"{TARGET}.{operation}", "Content-Type": CONTENT_TYPE, "host": api._connections.host}
    url = f"{client.meta.endpoint_url}/"
    request = AWSPreparedRequest("POST", url, headers, body, False)  # type: ignore[arg-type]
    answers = client.meta.events.emit(f"before-send.dynamodb.{operation}", request=request)
    answer = first_non_none_response(answers)
    assert answer is not None, "nothing stands for DynamoDB"
    named = {name.lower(): value for name, value in answer.headers.items()}
    return HttpAnswer(answer.status_code, named, answer.content)


class _OnTheWire:
    """Stands for a handler that sees requests only as botocore sends them."""

    def passes(self, _operation: str, _parameters: dict[str, Any]) -> bool:
        return False


def _handlers(client: Any, operation: str) -> list[Any]:
    """Return what a test put between the client and DynamoDB."""
    registered = client.meta.events._emitter._handlers
    found = []
    for event in ("before-send", "before-call"):
        for handler in registered.prefix_search(f"{event}.dynamodb.{operation}"):
            owner = getattr(handler, "__self__", handler)
            module = getattr(handler, "__module__", None) or type(owner).__module__
            if not module.startswith(_OTHERS):
                found.append(owner if hasattr(owner, "passes") else _OnTheWire())
    return found


def _before_send(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
    """Answer what goes over the wire, after all handlers of tests and before moto's own."""
    if not _active or ".dynamodb." not in event_name or request.url == ANSWERED:
        return None
    if request.url.startswith(_REAL):
        return None
    answer = deliver(request, _active[-1])
    request.url = ANSWERED
    return answer


def _stand_before_moto() -> None:
    place = next(n for n, handler in enumerate(BUILTIN_HANDLERS) if handler[1] is botocore_stubber)
    BUILTIN_HANDLERS.insert(place, ("before-send", _before_send))


_stand_before_moto()
DynamoDBApi._call, DynamoDBApi._exchange = _call_ours, _exchange_ours  # type: ignore[assignment, method-assign]
