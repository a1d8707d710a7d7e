"""A server on a socket that answers DynamoDB's calls as a script has it: late, in part, wrongly, not at all."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
import zlib
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

_CHUNK = 1 << 16

#: How long the client waits for an answer in these tests.
READ_SECONDS = 0.3
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ITEM: dict[str, Any] = KEY | {
    "document": {"B": bytes(range(256))},
    "nested": {"M": {"list": {"L": [{"B": b""}, {"N": "-1.50"}, {"BOOL": False}, {"NULL": True}]}}},
    "sets": {"BS": [b"\xff", b"a"]},
    "names": {"SS": ["ü", '"', "\u2028"]},
    "numbers": {"NS": ["1", "2e9"]},
}
WRITE = {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}]}
READ = {"RequestItems": {"t": {"Keys": [KEY], "ConsistentRead": True}}}


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it came, and on which connection."""

    connection: int
    headers: dict[str, str]
    body: Any

    @property
    def operation(self) -> str:
        """Return what was asked for."""
        return self.headers["x-amz-target"].partition(".")[2]


#: What happens to a request; True keeps the connection.
type Act = Callable[[socket.socket, Received], bool]


@dataclass
class ScriptedServer:
    """What was received, and what happens to the next requests; all others are answered by `otherwise`."""

    listener: socket.socket
    context: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    planned: deque[Act] = field(default_factory=deque)
    otherwise: Act = field(default_factory=lambda: answer({}))
    connections: int = 0
    open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Return its address."""
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def then(self, *acts: Act) -> None:
        """Let one of these happen to each of the next requests."""
        self.planned.extend(acts)

    def accept_all(self) -> None:
        """Serve each connection in a thread of its own until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with self._lock:
                self.open += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            buffered = bytearray()
            while (request := _read_request(connection, buffered, number)) is not None:
                self.received.append(request)
                act = self.planned.popleft() if self.planned else self.otherwise
                if not act(connection, request):
                    break
        connection.close()
        with self._lock:
            self.open -= 1


@contextmanager
def running(context: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Run a server on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ScriptedServer(listener, context)
        thread = threading.Thread(target=server.accept_all, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            # Closing alone does not wake who waits in accept.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _read_request(connection: socket.socket, buffered: bytearray, number: int) -> Received | None:
    while (end := buffered.find(b"\r\n\r\n")) < 0:
        part = connection.recv(_CHUNK)
        if not part:
            return None
        buffered += part
    lines = (line.partition(":") for line in buffered[:end].decode().split("\r\n")[1:])
    headers = {name.lower(): value.strip() for name, _, value in lines}
    del buffered[: end + 4]
    length = int(headers.get("content-length", 0))
    while len(buffered) < length:
        buffered += connection.recv(_CHUNK)
    body = json.loads(bytes(buffered[:length]))
    del buffered[:length]
    return Received(connection=number, headers=headers, body=body)


def write(body: Any) -> bytes:
    """Return a JSON value as DynamoDB writes it."""
    return json.dumps(body, default=lambda value: b64encode(value).decode()).encode()


def head(length: int | None, status: int = 200, **headers: str) -> bytes:
    """Return an answer's head."""
    named = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "request-1"}
    if length is not None:
        named["Content-Length"] = str(length)
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        f"HTTP/1.1 {status} Any\r\n".encode() + b"".join(f"{n}: {v}\r\n".encode() for n, v in named.items()) + b"\r\n"
    )


def answer(body: Any, status: int = 200, *, keep: bool = True, **headers: str) -> Act:
    """Answer with a JSON value, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else write(body)

    def act(connection: socket.socket, _request: Received) -> bool:
        told = {"x_amz_crc32": str(zlib.crc32(raw))} | headers
        connection.sendall(head(len(raw), status, **told) + raw)
        return keep

    return act


def answer_raw(raw: bytes) -> Act:
    """Answer with these bytes, head and all."""

    def act(connection: socket.socket, _request: Received) -> bool:
        connection.sendall(raw)
        return True

    return act


def refuse(status: int, code: str, **fields: Any) -> Act:
    """Answer with an error of DynamoDB's."""
    return answer(
        {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": f"scripted {code}", **fields}, status
    )


def answer_in_chunks(body: Any, size: int = 7) -> Act:
    """Answer without saying beforehand how long the answer is."""
    raw = write(body)

    def act(connection: socket.socket, _request: Received) -> bool:
        connection.sendall(head(None, Transfer_Encoding="chunked", x_amz_crc32=str(zlib.crc32(raw))))
        for start in range(0, len(raw), size):
            part = raw[start : start + size]
            connection.sendall(f"{len(part):x};extension=1\r\n".encode() + part + b"\r\n")
        connection.sendall(b"0\r\nx-trailer: 1\r\n\r\n")
        return True

    return act


def answer_until_closed(body: Any) -> Act:
    """Answer with a body that ends with the connection."""
    raw = write(body)

    def act(connection: socket.socket, _request: Received) -> bool:
        connection.sendall(head(None, Connection="close") + raw)
        return False

    return act


def answer_slowly(body: Any, pause_seconds: float, parts: int = 4) -> Act:
    """Answer in parts."""
    raw = write(body)

    def act(connection: socket.socket, _request: Received) -> bool:
        whole = head(len(raw)) + raw
        size = -(-len(whole) // parts)
        for start in range(0, len(whole), size):
            time.sleep(pause_seconds)
            connection.sendall(whole[start : start + size])
        return True

    return act


def answer_half(body: Any) -> Act:
    """Close the connection in the middle of an answer."""
    raw = write(body)

    def act(connection: socket.socket, _request: Received) -> bool:
        connection.sendall(head(len(raw)) + raw[: len(raw) // 2])
        return False

    return act


def answer_what_is_no_http(connection: socket.socket, _request: Received) -> bool:
    """Answer in another protocol."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    return False


def close(_connection: socket.socket, _request: Received) -> bool:
    """Take the request, and say nothing."""
    return False


def reset(connection: socket.socket, _request: Received) -> bool:
    """Take the request, and break the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def be_silent(seconds: float) -> Act:
    """Take the request, and let its sender wait."""

    def act(_connection: socket.socket, _request: Received) -> bool:
        time.sleep(seconds)
        return False

    return act


def told(answered: Any) -> dict[str, Any]:
    """Return an answer without what its transport adds."""
    return {name: value for name, value in answered.items() if name != "ResponseMetadata"}


def tokens(server: ScriptedServer) -> list[str]:
    """Return the tokens of the transactions that came."""
    return [received.body["ClientRequestToken"] for received in server.received]
