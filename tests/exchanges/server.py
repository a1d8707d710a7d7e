"""A loopback server that answers for whichever scripted venue is at work."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests

from tests.exchanges.wire import Ask, Lost, Reply
from tests.support.loopback import VENUE_HOST, LoopbackAdapter

if TYPE_CHECKING:
    from tests.exchanges.wire import ScriptedVenue


class VenueServer:
    """One server for all classes: building ccxt's is slow, so each keeps its session for the whole run."""

    def __init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                address = urlsplit(self.path)
                ask = Ask(
                    method=self.command,
                    host=self.headers.get(VENUE_HOST) or "",
                    path=unquote(address.path),
                    query=dict(parse_qsl(address.query, keep_blank_values=True)),
                    body=_read_body(text),
                    headers={name.lower(): value for name, value in self.headers.items()},
                )
                assert outer.venue is not None
                try:
                    reply = outer.venue.answer(ask)
                except Lost:
                    self.close_connection = True
                    return
                self._send(reply)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815 http.server's names

            def _send(self, reply: Reply) -> None:
                payload = (reply.body if isinstance(reply.body, str) else json.dumps(reply.body)).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 http.server's name
                """Write nothing."""

        self.venue: ScriptedVenue | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the server's own address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def session(self) -> requests.Session:
        """Return a session whose every request comes here, under the venue's own addresses."""
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", LoopbackAdapter(self.url))
        return session

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _read_body(text: str) -> Any:
    if not text:
        return {}
    try:
        return json.loads(text)
    except ValueError:
        return dict(parse_qsl(text, keep_blank_values=True))
