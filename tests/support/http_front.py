"""The gateway on a port of loopback: what a browser or a scraper needs to reach the functions in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.support.riskctl_transport import STAGE, GatewayTransport

#: moto's tables and the functions' clients are one process's: one request at a time, as one function instance has it.
_LOCK = threading.Lock()


@contextmanager
def serve(transport: GatewayTransport) -> Iterator[str]:
    """Serve the gateway; give its base URL, the stage included."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name != "Content-Length"}
            request = httpx.Request(self.command, f"{base}{self.path}", headers=headers, content=content)
            with _LOCK:
                try:
                    answer = transport.handle_request(request)
                except httpx.ConnectError:
                    self.close_connection = True
                    return
            body = answer.read()
            self.send_response(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name.lower() not in {"content-length", "transfer-encoding"}:
                    self.send_header(name, value)
            if answer.status_code != httpx.codes.NOT_MODIFIED:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_QUERY = _pass_on  # noqa: N815 names of the base class

        def log_message(self, *_: object) -> None:
            """Say nothing: the functions log what they serve."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
        thread.start()
        try:
            yield f"{base}/{STAGE}"
        finally:
            server.shutdown()
            thread.join()
