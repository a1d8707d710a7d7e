"""HTTP server on the loopback interface: the exchange's API, and the control routes."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from decimal import Decimal
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from infra.simulators.loopback import BODY_MAX, LoopbackHandler, LoopbackServer

from .control import CONTROL_ROUTES
from .errors import ControlError, VenueError
from .gateway import Answer, Dropped, Gateway, Request
from .render import Json

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost"})
_logger = logging.getLogger(__name__)


def _control(gateway: Gateway, method: str, path: str, query: str, body: str) -> Answer:
    """Answer a control request; errors are `{"error": ...}` with status 400 or 404."""
    route = CONTROL_ROUTES.get((method, path))
    if route is None:
        return Answer(status=404, payload={"error": f"no control route {method} {path}"})
    try:
        fields: object = json.loads(body, parse_float=Decimal) if body else dict(parse_qsl(query))
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return Answer(status=400, payload={"error": "the body is no JSON object"})
    try:
        with gateway.venue.session():
            return Answer(payload=route.answer(gateway, cast("Json", fields)))
    except VenueError as error:
        return Answer(status=error.status, payload=error.body())
    except ValidationError as error:
        first = error.errors()[0]
        return Answer(status=400, payload={"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"})
    except ControlError as error:
        return Answer(status=400, payload={"error": str(error)})


class _Handler(LoopbackHandler):
    """One connection; keeps it open between requests as Binance does."""

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
            answer = self.server.gateway.protocol.crashed()
        self.answer(answer.status, answer.body(), answer.content_type, answer.headers)

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
            api_key=self.headers.get(self.server.gateway.protocol.key_header),
            client_ip=str(self.client_address[0]),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        return self.server.gateway.handle(request)

    def _is_local_tool(self) -> bool:
        """Tell a local tool from a web page: a browser names the page's origin, or its own host."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        return host in _LOOPBACK_NAMES and self.headers.get("Origin") is None

    def _drop(self) -> None:
        """Close the connection without a byte of an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 -- the base class calls these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 -- as in the base class
        """Log at debug level, without the query: it holds signatures."""
        _logger.debug("%s %s", self.command, urlsplit(self.path).path)


class ExchangeServer(LoopbackServer):
    """The simulated exchange on a loopback port."""

    def __init__(self, gateway: Gateway, port: int = 0) -> None:
        self.gateway = gateway
        super().__init__(_Handler, port)
