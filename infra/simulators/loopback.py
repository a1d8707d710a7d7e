"""What the simulators' HTTP servers share: a port on the loopback interface, and an end on SIGTERM."""

import contextlib
import signal
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"
BODY_MAX = 1_000_000


class LoopbackHandler(BaseHTTPRequestHandler):
    """One connection; stays open between requests."""

    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet; without it each answer waits for a delayed ACK.
    wbufsize = 65_536
    disable_nagle_algorithm = True
    timeout = 60

    def answer(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> None:
        """Send an answer. The caller may be gone, for example after its own timeout: that is its right."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            self.send_response(status)
            for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()


class LoopbackServer(ThreadingHTTPServer):
    """Serve on a loopback port; 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[LoopbackHandler], port: int) -> None:
        super().__init__((HOST, port), handler)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://{HOST}:{self.server_address[1]}"

    def start(self, poll_seconds: float = 0.005) -> None:
        """Serve in a thread of its own; `poll_seconds` is how soon it notices a stop."""
        self._thread = threading.Thread(target=self.serve_forever, args=(poll_seconds,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and free the port."""
        self.shutdown()
        self.server_close()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Print the address and serve until SIGINT or SIGTERM."""
        stop = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stop)
        self.start(poll_seconds=0.05)
        print(self.url, flush=True)  # noqa: T201 -- whoever started it reads the address
        signal.sigwait(stop)
        self.stop()
