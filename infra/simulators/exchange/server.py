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
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return Answer(status=400, payload={"error": "the body is no JSON object"})
    try:
        with gateway.venue.session():
            return Answer(payload=handler(gateway, cast("Json", fields)))
    except VenueError as error:
        return Answer(status=error.status, payload=error.body())
    except ControlError as error:
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
        try:
            answer = self._answer()
        except Dropped:
            self._drop()
            return
        except Exception:
            # A bug must not look like a dropped connection: that would be a fault nobody asked for.
            _logger.exception("%s %s failed", self.command, urlsplit(self.path).path)
            message = "An unknown error occurred while processing the request."
            answer = Answer(status=500, payload={"code": -1000, "msg": message})
        self._send(answer)

    def _answer(self) -> Answer:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > BODY_MAX:
            self.close_connection = True
            return Answer(status=413, payload={"code": -1101, "msg": "Too large."})
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        if parts.path.startswith("/control/"):
            if not self._is_local_tool():
                return Answer(status=403, payload={"error": "for local tools only"})
            return _control(self.server.gateway, self.command, parts.path, parts.query, body)
        request = Request(
            method=self.command,
            path=parts.path,
            query=parts.query,
            body=body,
            api_key=self.headers.get("X-MBX-APIKEY"),
            client_ip=str(self.client_address[0]),
        )
        return self.server.gateway.handle(request)

    def _is_local_tool(self) -> bool:
        """Tell a local tool from a web page: a browser names the page's origin, or its own host."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        return host in _LOOPBACK_NAMES and self.headers.get("Origin") is None

    def _send(self, answer: Answer) -> None:
        body = answer.body()
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

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 -- the base class calls these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 -- as in the base class
        """Log at debug level, without the query: it holds signatures."""
        _logger.debug("%s %s", self.command, urlsplit(self.path).path)


class ExchangeServer(ThreadingHTTPServer):
    """The simulated exchange on a loopback port; 0 takes a free one."""

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

    def start(self, poll_seconds: float = 0.05) -> None:
        """Serve in a background thread; `poll_seconds` is how soon it notices a stop."""
        self._thread = threading.Thread(target=self.serve_forever, args=(poll_seconds,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self.shutdown()
        self.server_close()
        if self._thread is not None:
            self._thread.join()
