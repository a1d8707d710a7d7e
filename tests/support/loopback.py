"""Carry requests for exchanges' own URLs to a simulator.

ccxt chooses its table of error classes by the request's URL: with changed URLs it knows only the
codes all markets share. A session with this transport leaves ccxt's URLs alone, so errors get the
classes they get on the real venue.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

_HOSTS = ("api", "fapi", "dapi")
#: The header that tells a server whom the request was for.
VENUE_HOST = "X-Venue-Host"


class LoopbackAdapter(HTTPAdapter):
    """Send each request to a simulator instead of the host in its URL."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 -- loopback needs no proxy
    ) -> requests.Response:
        """Send a request to the simulator and give the answer its original URL."""
        original = request.url or ""
        request.headers[VENUE_HOST] = str(urlsplit(original).netloc)
        request.url = self._base_url + request.path_url
        try:
            response = super().send(request, stream, timeout, verify, cert, None)
        finally:
            request.url = original
        response.url = original
        return response


def loopback_session(base_url: str, domain: str = "binance.com") -> requests.Session:
    """Return a session for ccxt that reaches a simulator under the URLs of one domain and nothing else."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    for host in _HOSTS:
        session.mount(f"https://{host}.{domain}/", LoopbackAdapter(base_url))
    return session
