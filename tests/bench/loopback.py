"""A DynamoDB that answers with recorded bodies, batch reads with the rows asked for: what a call costs the caller.

A process of its own on 127.0.0.1 with real HTTP, so that the client's CPU time holds its sockets and
nothing of a database. Run with a JSON object of operation to answer on standard input; the first line of
output is the port.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.recorded import Recorded

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
_CHUNK = 1 << 16
_BATCH = "BatchGetItem"
_STOP_SECONDS = 10


@contextmanager
def serve(answers: Mapping[str, object]) -> Iterator[str]:
    """Run the server and give its URL.

    Parameters
    ----------
    answers : mapping of operation (``TransactWriteItems``) to the JSON value it answers; of ``BatchGetItem`` it is all
        rows there are.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.loopback"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(dict(answers), default=write_bytes) + "\n")
        process.stdin.flush()
        yield f"http://{HOST}:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait(_STOP_SECONDS)
        process.stdin.close()
        process.stdout.close()


def main() -> None:
    """Serve until the process is ended."""
    recorded = json.loads(sys.stdin.readline())
    rows = Recorded(recorded.pop(_BATCH)["Responses"])
    answers = {operation: json.dumps(answer).encode() for operation, answer in recorded.items()}
    server = socket.create_server((HOST, 0))
    sys.stdout.write(f"{server.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer_all, args=(connection, rows, answers), daemon=True).start()


def write_bytes(value: bytes) -> str:
    """Write a binary attribute as DynamoDB's JSON does."""
    return b64encode(value).decode()


def _respond(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"x-amz-crc32: {zlib.crc32(body)}\r\n"
        "x-amzn-RequestId: 0000000000000000000000000000000000000000000000000000\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _read(rows: Recorded, request: Mapping[str, Any]) -> bytes:
    return json.dumps({"Responses": rows.select(request["RequestItems"]), "UnprocessedKeys": {}}).encode()


def _answer_all(connection: socket.socket, rows: Recorded, answers: Mapping[str, bytes]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in received:
                chunk = connection.recv(_CHUNK)
                if not chunk:
                    return
                received += chunk
            head, _, received = received.partition(b"\r\n\r\n")
            lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
            headers = {name.lower(): value for name, _, value in lines}
            length = int(headers.get("content-length", 0))
            while len(received) < length:
                received += connection.recv(_CHUNK)
            body, received = received[:length], received[length:]
            operation = headers["x-amz-target"].partition(".")[2]
            connection.sendall(_respond(_read(rows, json.loads(body)) if operation == _BATCH else answers[operation]))


if __name__ == "__main__":
    main()
