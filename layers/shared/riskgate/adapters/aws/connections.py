"""HTTP/1.1 to one address over connections that are kept: one request, one answer, no redirects, no compression.

A failure is told in botocore's words, so that it means what it means there.
"""

from __future__ import annotations

import os
import re
import select
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakSet

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from riskgate.adapters.aws.time_budget import limit

if TYPE_CHECKING:
    import ssl

#: Connections that are kept: as many threads may ask at once without one more handshake.
KEPT_MAX = 10
_CHUNK = 1 << 16
_HEAD_MAX = 1 << 16
#: Of a length, beyond what any answer has.
_DIGITS_MAX, _CHUNK_SIZE = 10, re.compile(rb"[0-9A-Fa-f]{1,8}")
_TLS_PORT, _PLAIN_PORT = 443, 80


class HttpAnswer(NamedTuple):
    """An answer: header names in lower case, the body without its transfer coding."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connections:
    """Send requests to one URL and keep the connections.

    Parameters
    ----------
    url : `http` or `https`, as botocore names an endpoint.
    connect_seconds, read_seconds : how long a connection, and each part of an answer, is waited for; less where the
        request's time ends sooner.
    ca_file : certificates that the server's is proven by.
    """

    def __init__(self, url: str, *, connect_seconds: float, read_seconds: float, ca_file: str) -> None:
        # Append and pop are atomic: threads need no lock.
        self._idle: list[socket.socket] = []
        parts = urlsplit(url)
        self.url, self._host, self._is_tls = url, parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (_TLS_PORT if self._is_tls else _PLAIN_PORT)
        self.path = parts.path or "/"
        is_usual = parts.port in {None, _TLS_PORT if self._is_tls else _PLAIN_PORT}
        self.host = self._bracketed if is_usual else f"{self._bracketed}:{self._port}"
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._context = _tls_context(ca_file) if self._is_tls else None
        _all.add(self)

    def __del__(self) -> None:
        self.close()

    @property
    def _bracketed(self) -> str:
        return f"[{self._host}]" if ":" in self._host else self._host

    def close(self) -> None:
        """Close what is kept; what another life of this process opened must not be written to."""
        while self._idle:
            self._idle.pop().close()

    def post(self, head: str, body: bytes) -> HttpAnswer:
        """Send a request, whose `head` ends before the empty line, and return the answer.

        Raises botocore's ConnectTimeoutError, EndpointConnectionError: nothing was sent; ReadTimeoutError,
        ConnectionClosedError, SSLError: it may have been.
        """
        connection = self._take()
        may_be_kept = False
        try:
            connection.settimeout(limit(self._read_seconds))
            connection.sendall(head.encode("latin-1") + b"\r\n" + body)
            answer, may_be_kept = _read_answer(connection, self.url)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self.url, error=error) from error
        except OSError as error:
            raise ConnectionClosedError(endpoint_url=self.url, error=error) from error
        finally:
            # What is left of half an answer must never be read as the next one.
            if may_be_kept and len(self._idle) < KEPT_MAX:
                self._idle.append(connection)
            else:
                connection.close()
        return answer

    def _take(self) -> socket.socket:
        """Return a connection that is open as far as this side knows: the one used last, or a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            # Nothing was asked: what is to be read is the end, or belongs to no request.
            poll = select.poll()
            poll.register(connection, select.POLLIN | select.POLLERR | select.POLLHUP)
            if not poll.poll(0):
                return connection
            connection.close()
        return self._open()

    def _open(self) -> socket.socket:
        try:
            connection = socket.create_connection((self._host, self._port), limit(self._connect_seconds))
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=self.url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self.url, error=error) from error
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Keep-alive outlives idle minutes.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_hostname=self._host)
        except TimeoutError as error:
            connection.close()
            raise ConnectTimeoutError(endpoint_url=self.url, error=error) from error
        except OSError as error:
            connection.close()
            raise SSLError(endpoint_url=self.url, error=error) from error
        return connection


#: What a fork must not share: two processes would read each other's answers.
_all: WeakSet[Connections] = WeakSet()


def _close_inherited() -> None:
    for connections in _all:
        connections.close()


os.register_at_fork(after_in_child=_close_inherited)


def _tls_context(ca_file: str) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 where there is TLS

    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _read_answer(connection: socket.socket, url: str) -> tuple[HttpAnswer, bool]:
    """Return an answer, and whether the connection may be used again."""
    received = bytearray()
    status, headers, is_latest = _read_head(connection, received, url)
    if headers.get("transfer-encoding", "identity").lower() != "identity":
        body = _read_chunks(connection, received, url)
    elif (length := headers.get("content-length")) is not None:
        if not (length.isascii() and length.isdecimal() and len(length) <= _DIGITS_MAX):
            raise _broken(url, "the length of the answer is no number")
        _fill(connection, received, int(length), url)
        body = bytes(received[: int(length)])
        del received[: int(length)]
    else:
        while _receive_more(connection, received):
            pass
        return HttpAnswer(status, headers, bytes(received)), False
    # More than one answer came: whatever it is, no request of ours is answered by it.
    may_be_kept = is_latest and not received and headers.get("connection", "").lower() != "close"
    return HttpAnswer(status, headers, body), may_be_kept


def _read_head(connection: socket.socket, received: bytearray, url: str) -> tuple[int, dict[str, str], bool]:
    """Take status, headers, and whether it is HTTP/1.1 off what is received; interim answers are passed over."""
    while True:
        while (end := received.find(b"\r\n\r\n")) < 0:
            if len(received) > _HEAD_MAX:
                raise _broken(url, "the answer's head has no end")
            _receive(connection, received, url)
        first, *lines = received[:end].decode("latin-1").split("\r\n")
        del received[: end + 4]
        version, _, rest = first.partition(" ")
        code = rest.partition(" ")[0]
        if not version.startswith("HTTP/1.") or len(code) != 3 or not (code.isascii() and code.isdecimal()):  # noqa: PLR2004
            raise _broken(url, "the answer is not HTTP")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise _broken(url, "a header has no value")
            headers[name.lower()] = value.strip()
        if not code.startswith("1"):
            return int(code), headers, version == "HTTP/1.1"


def _read_chunks(connection: socket.socket, received: bytearray, url: str) -> bytes:
    body = bytearray()
    while True:
        size = _read_line(connection, received, url).partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise _broken(url, "the length of a chunk is no number")
        length = int(size, 16)
        if length == 0:
            while _read_line(connection, received, url):
                pass  # trailers
            return bytes(body)
        _fill(connection, received, length + 2, url)
        if received[length : length + 2] != b"\r\n":
            raise _broken(url, "a chunk is longer than it says")
        body += received[:length]
        del received[: length + 2]


def _read_line(connection: socket.socket, received: bytearray, url: str) -> bytes:
    while (end := received.find(b"\r\n")) < 0:
        if len(received) > _HEAD_MAX:
            raise _broken(url, "a line of the answer has no end")
        _receive(connection, received, url)
    line = bytes(received[:end])
    del received[: end + 2]
    return line


def _fill(connection: socket.socket, received: bytearray, length: int, url: str) -> None:
    while len(received) < length:
        _receive(connection, received, url)


def _receive(connection: socket.socket, received: bytearray, url: str) -> None:
    if not _receive_more(connection, received):
        raise _broken(url, "the connection was closed before the answer was whole")


def _receive_more(connection: socket.socket, received: bytearray) -> bool:
    """Append the next part of an answer; tell whether there was one."""
    # A part that came on time must not buy the next one more of it.
    connection.settimeout(limit(connection.gettimeout() or 0))
    part = connection.recv(_CHUNK)
    received += part
    return bool(part)


def _broken(url: str, why: str) -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url=url, error=why)
