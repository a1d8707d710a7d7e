"""The front door behind a small HTTP server: the real function, order worker and reader, and the bots' own clients."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.order_worker.app import lambda_handler as order_worker
from functions.venue_api.app import lambda_handler as venue_api
from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.exchange_keys import DynamoKeyStore
from riskgate.app.access.manage_keys import create_key
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.access.keys import KEY_RANDOM_BYTES, ExchangeKey, derive_secret, new_key
from riskgate.runtime import wiring
from tests.support.aws import ENVIRONMENT, LambdaContext
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.routed_account import WorkerContext

MASTER = "m" * 64
MASTER_SECRET_ID = ENVIRONMENT["FRONT_DOOR_SECRET_ID"]
ORDER_WORKER, VENUE_READER = ENVIRONMENT["ORDER_WORKER_FUNCTION"], ENVIRONMENT["VENUE_READER_FUNCTION"]
SOURCE_IP = "203.0.113.9"
VENUES = {"spot": "binance", "swap": "binanceusdm"}

_LOCK = threading.Lock()

type Handler = Callable[[dict[str, Any], Any], Any]


@dataclass
class Lambdas:
    """Lambda's own API: functions of this process by name; `down` are those that cannot be reached."""

    handlers: dict[str, Handler]
    down: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    #: Called after a function has done its work, in place of its answer.
    lose_answer: Callable[[], Exception] | None = None
    _numbers: Any = field(default_factory=count)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 boto's names
        """Call a function and wait for its answer."""
        self.calls.append(FunctionName)
        if FunctionName in self.down:
            raise EndpointConnectionError(endpoint_url="https://lambda")
        context = WorkerContext(aws_request_id=f"direct-{next(self._numbers)}")
        try:
            answer = self.handlers[FunctionName](json.loads(Payload), context)
        except Exception as error:  # noqa: BLE001 Lambda tells its caller no more
            self.errors.append(error)
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(str(error)).encode())}
        if self.lose_answer is not None:
            raise self.lose_answer()
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class FrontDoor:
    """A gateway's front door, with a key for the bot `trend` and the means to send what no client would."""

    gateway: Gateway
    lambdas: Lambdas
    _bytes: Any = field(default_factory=count)

    def issue(self, strategy: str = "trend", **changes: Any) -> tuple[ExchangeKey, str]:
        """Issue a key and return it with its secret."""
        now = self.gateway.now
        key = new_key(
            **{
                "random_bytes": next(self._bytes).to_bytes(KEY_RANDOM_BYTES, "big"),
                "account_id": ACCOUNT_ID,
                "strategy": strategy,
                "venues": VENUES,
                "operator": "alice",
                "created_at": now,
                "expires_at": now + timedelta(days=30),
            }
            | changes
        )
        acting = Acting(deps=wiring.deps(), actor="aws:test", now=now)
        create_key(acting, key, keys=self.keys)
        return key, derive_secret(MASTER, key.key_id)

    @property
    def keys(self) -> DynamoKeyStore:
        """Return where keys are kept."""
        return DynamoKeyStore(dynamodb_client(), self.gateway.aws.control_table)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: str = "",
        key_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = SOURCE_IP,
        venue: str = "binance",
        is_base64: bool = False,
    ) -> tuple[int, Any]:
        """Send one request as the HTTP API hands it over; return status and JSON."""
        event = build_event(
            method,
            f"/venues/{venue}{path}",
            query=query,
            body=body,
            headers={**({"x-mbx-apikey": key_id} if key_id is not None else {}), **(headers or {})},
            source_ip=source_ip,
            is_base64=is_base64,
        )
        raw: Any = venue_api(event, LambdaContext())  # type: ignore[arg-type]
        return raw["statusCode"], json.loads(raw["body"])

    def call(self, method: str, path: str, key: tuple[ExchangeKey, str], **parameters: Any) -> tuple[int, Any]:
        """Send one request, signed as Binance's clients do."""
        text = self.sign(key[1], parameters)
        in_body = method in {"POST", "PUT"}
        sent = {"body": text} if in_body else {"query": text}
        return self.send(method, path, key_id=key[0].key_id, **sent)

    def sign(self, secret: str, parameters: Mapping[str, Any]) -> str:
        """Return parameters with a timestamp and their signature."""
        stamped = {"timestamp": int(self.gateway.now.timestamp() * 1000), **parameters}
        text = urlencode({name: value for name, value in stamped.items() if value is not None})
        return f"{text}&signature={signature(secret, text)}"


def signature(secret: str, text: str) -> str:
    """Return Binance's signature of a text."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def build_event(
    method: str,
    path: str,
    *,
    query: str = "",
    body: str = "",
    headers: Mapping[str, str] | None = None,
    source_ip: str = SOURCE_IP,
    is_base64: bool = False,
) -> dict[str, Any]:
    """Return the HTTP API's event (payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers or {}),
        "requestContext": {
            "apiId": "frontdoor",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": source_ip, "userAgent": "bot"},
            "requestId": "front-door-request",
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def open_front_door(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, reader: Handler) -> FrontDoor:
    """Give the function what the template gives it."""
    gateway.aws.secretsmanager.create_secret(Name=MASTER_SECRET_ID, SecretString=MASTER)
    lambdas = Lambdas({ORDER_WORKER: order_worker, VENUE_READER: reader})  # type: ignore[dict-item]
    monkeypatch.setattr("riskgate.runtime.api.front_door.lambda_client", lambda: lambdas)
    forget()
    return FrontDoor(gateway=gateway, lambdas=lambdas)


@contextmanager
def served(door: FrontDoor) -> Iterator[str]:
    """Serve the front door over HTTP; give its base URL."""

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            event = build_event(self.command, address.path, query=address.query, body=body, headers=headers)
            with _LOCK:
                raw: Any = venue_api(event, SimpleNamespace(**vars(LambdaContext())))  # type: ignore[arg-type]
            content = raw["body"].encode()
            self.send_response(raw["statusCode"])
            for name, value in raw["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 names of the base class

        def log_message(self, *_: object) -> None:
            """Say nothing: the function logs what it serves."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Requests) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
