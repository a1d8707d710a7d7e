"""HTTP server on the loopback interface, standard library only."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from .control import CONTROL_ROUTES
from .errors import ControlError, VenueError
from .gateway import Answer, Dropped, Gateway, Request
from .render import Json

HOST = "127.0.0.1"
BODY_MAX = 1_000_000
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost"})
_logger = logging.getLogger(__name__)


def _control(gateway: Gateway, method: str, path: str, query: str, body: str) -> Answer:
    """Answer a control request; errors are `{"error": ...}` with status 400 or 404."""
    handler = CONTROL_ROUTES.get((method, path))
    if handler is None:
        return Answer(status=404, payload={"error": f"no control route {method} {path}"})
    try:
        fields: object = json.loads(body, parse_float=Decimal) if body else dict(parse_qsl(query))
        if not isinstance(fields, dict):
            raise ControlError("the body is no JSON object")
        with gateway.venue.session():
            return Answer(payload=handler(gateway, cast(Json, fields)))
    except VenueError as error:
        return Answer(status=error.status, payload=error.body())
    except (ControlError, ValueError) as error:
        return Answer(status=400, payload={"error": str(error)})


class _Handler(BaseHTTPRequestHandler):
    """One connection; keeps it open between requests as Binance does."""

    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet; without it each answer waits for a delayed ACK.
    wbufsize = 65_536
    disable_nagle_algorithm = True
    timeout = 60
    server: ExchangeServer

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length") or "0"
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if not length.isdigit() or int(length) > BODY_MAX:
            self._send(Answer(status=413, payload={"code": -1101, "msg": "Too large."}), False)
            return
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        if parts.path.startswith("/control/"):
            # A web page could send requests here; it could not pretend to be a loopback name.
            if host not in _LOOPBACK_NAMES:
                self._send(Answer(status=403, payload={"error": "loopback only"}), False)
                return
            answer = _control(self.server.gateway, self.command, parts.path, parts.query, body)
        else:
            request = Request(
                method=self.command,
                path=parts.path,
                query=parts.query,
                body=body,
                api_key=self.headers.get("X-MBX-APIKEY"),
                client_ip=self.client_address[0],
            )
            try:
                answer = self.server.gateway.handle(request)
            except Dropped:
                self._drop()
                return
        self._send(answer, True)

    def _send(self, answer: Answer, keep_alive: bool) -> None:
        body = answer.body()
        self.close_connection = self.close_connection or not keep_alive
        # The caller may be gone, for example after its own timeout: that is its right.
        with contextlib.suppress(ConnectionError, TimeoutError):
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    def _drop(self) -> None:
        """Close the connection without a byte of an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Log at debug level, without the query: it holds signatures."""
        _logger.debug("%s %s", self.command, urlsplit(self.path).path)


class ExchangeServer(ThreadingHTTPServer):
    """The simulated exchange on a loopback port.

    Parameters
    ----------
    gateway : Gateway
        The venue's API.
    port : int
        Port to listen on; 0 takes a free one.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, gateway: Gateway, port: int = 0) -> None:
        self.gateway = gateway
        super().__init__((HOST, port), _Handler)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://{HOST}:{self.server_address[1]}"

    def start(self) -> None:
        """Serve in a background thread."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self.shutdown()
        self.server_close()
        if self._thread is not None:
            self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what went wrong in a handler; a broken connection is no error of ours."""
        _logger.exception("request failed")
