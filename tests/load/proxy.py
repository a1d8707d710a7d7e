"""A proxy before DynamoDB on the local stack, that throttles and holds answers back; a function is sent through it."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from infra.local import emulator
from infra.local.settings import HOST
from tests.load.place import Place

WRITE, READS = "TransactWriteItems", ("BatchGetItem", "Query", "GetItem")
#: What must not be copied from one connection to another.
OF_A_CONNECTION = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"})


class DynamoProxy(ThreadingHTTPServer):
    """Hands everything on to DynamoDB but what it is told to refuse.

    `left`: by operation, how many more are refused; `refused`: how many were. `hold_seconds`: what was written is
    answered so much later, and `holding` is how many answers are held at the moment.
    """

    daemon_threads = True
    hold_seconds, holding = 0.0, 0

    def __init__(self, target: str) -> None:
        super().__init__((HOST, 0), _Handler)
        self.left, self.refused = Counter[str](), Counter[str]()
        self.lock, self.target = threading.Lock(), httpx.Client(base_url=target, timeout=60)

    @property
    def address(self) -> str:
        """Return where the proxy listens."""
        return f"http://{HOST}:{self.server_address[1]}"

    def hold(self) -> None:
        """Hold an answer back."""
        with self.lock:
            self.holding += 1
        time.sleep(self.hold_seconds)
        with self.lock:
            self.holding -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a function died before it was answered: that is what the drill is for."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def refuses(self, operation: str) -> bool:
        """Tell whether to refuse this request, and count it."""
        with self.lock:
            if not self.left[operation]:
                return False
            self.left[operation] -= 1
            self.refused[operation] += 1
            return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DynamoProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = str(self.headers["X-Amz-Target"]).partition(".")[2]
        if self.server.refuses(operation):
            self._answer(
                HTTPStatus.BAD_REQUEST, {"Content-Type": "application/x-amz-json-1.0"}, _throttled(operation, body)
            )
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_A_CONNECTION}
        answer = self.server.target.post(self.path, content=body, headers=headers)
        if operation == WRITE:
            self.server.hold()
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in OF_A_CONNECTION}
        self._answer(answer.status_code, kept, answer.content)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the record counts."""


def _throttled(operation: str, body: bytes) -> bytes:
    """Return what DynamoDB answers where a partition is throttled; of a transaction its last action is."""
    told: dict[str, Any] = {"message": "throttled by the drill"}
    if operation == WRITE:
        reasons = [{"Code": "None"} for _ in json.loads(body)["TransactItems"]]
        told["CancellationReasons"] = [*reasons[1:], {"Code": "ThrottlingError", "Message": "throttled by the drill"}]
    code = "TransactionCanceledException" if operation == WRITE else "ProvisionedThroughputExceededException"
    return json.dumps(told | {"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode()


@contextmanager
def through_proxy(place: Place, function: str) -> Iterator[DynamoProxy]:
    """Send a function's calls of DynamoDB through a proxy for the block."""
    functions = emulator.client(place.settings, "lambda")
    name = place.stack["functions"][function]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    served = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    with DynamoProxy(place.settings.endpoint_url) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            sent_through = variables | {"AWS_ENDPOINT_URL_DYNAMODB": proxy.address}
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": sent_through})
            version = functions.publish_version(FunctionName=name)["Version"]
            functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
            yield proxy
        finally:
            functions.update_alias(FunctionName=name, Name="live", FunctionVersion=served)
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
            proxy.shutdown()
