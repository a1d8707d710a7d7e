"""The HTTP session under ccxt. Imported only where ccxt is: it needs the packages of its layer."""

import logging
from typing import Any

from requests import PreparedRequest, Response, Session

#: Takes every line ccxt logs: its debug lines hold headers, signed addresses and bodies.
SILENT_LOGGER = logging.Logger("riskgate.silent", logging.CRITICAL + 1)  # noqa: LOG001 outside the logger tree


class VenueSession(Session):
    """A session that follows no redirect, reads no proxy settings and gives up in time.

    A redirect would carry the API key's header to another host.
    """

    def __init__(self, connect_seconds: float, read_seconds: float) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self._timeouts = (connect_seconds, read_seconds)

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send a request within the session's time limits, whatever the caller's are."""
        kwargs["timeout"] = self._timeouts
        return super().send(request, **kwargs)


def quiet_transport() -> None:
    """Keep addresses of signed requests, which the transport logs when debugging, out of every log."""
    transport = logging.getLogger("urllib3.connectionpool")
    if transport.getEffectiveLevel() < logging.INFO:
        transport.setLevel(logging.INFO)
