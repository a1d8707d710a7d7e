"""Talk to a running simulator: control routes, and the URLs ccxt needs."""

import http.client
import json
from urllib.parse import urlencode, urlsplit

_SECTIONS = {
    "sapi": "/sapi/v1",
    "public": "/api/v3",
    "private": "/api/v3",
    "fapiPublic": "/fapi/v1",
    "fapiPublicV2": "/fapi/v2",
    "fapiPublicV3": "/fapi/v3",
    "fapiPrivate": "/fapi/v1",
    "fapiPrivateV2": "/fapi/v2",
    "fapiPrivateV3": "/fapi/v3",
    "dapiPublic": "/dapi/v1",
    "dapiPrivate": "/dapi/v1",
}


def ccxt_urls(base_url: str) -> dict[str, object]:
    """Return the `urls` setting that points ccxt's `binance` and `binanceusdm` to a simulator."""
    return {"api": {name: base_url + prefix for name, prefix in _SECTIONS.items()}}


def bybit_urls(base_url: str) -> dict[str, object]:
    """Return the `urls` setting that points ccxt's `bybit` to a simulator."""
    return {"api": dict.fromkeys(("spot", "futures", "v2", "public", "private"), base_url)}


class ControlFailure(Exception):
    """A control request was refused."""


class ControlClient:
    """Client of the control routes."""

    def __init__(self, base_url: str, timeout: float = 30.0) -> None:
        self._address = urlsplit(base_url).netloc
        self._timeout = timeout

    def call(self, method: str, route: str, /, **fields: object) -> object:
        """Send a control request; fields become the query of a GET, else the JSON body. ControlFailure when refused."""
        path, body = f"/control/{route}", None
        if method == "GET":
            path += "?" + urlencode(fields) if fields else ""
        else:
            body = json.dumps(fields)
        connection = http.client.HTTPConnection(self._address, timeout=self._timeout)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ControlFailure(f"{method} {path}: {answer}")
        return answer

    def get(self, route: str, /, **fields: object) -> object:
        """Read a control route."""
        return self.call("GET", route, **fields)

    def post(self, route: str, /, **fields: object) -> object:
        """Write to a control route."""
        return self.call("POST", route, **fields)

    def delete(self, route: str, /, **fields: object) -> object:
        """Clear or remove by a control route."""
        return self.call("DELETE", route, **fields)
