"""Signature Version 4, for requests with one path and no query: what DynamoDB takes.

The signing key of a day is derived once. Reference: AWS, "Create a signed AWS API request"; tests hold it against AWS's
own vectors and against botocore.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(NamedTuple):
    """What a request is signed with; `token` comes with keys that expire."""

    access_key: str
    secret_key: str
    token: str | None = None


class Signer:
    """Sign requests for one service in one region."""

    def __init__(self, region: str, service: str) -> None:
        self._region, self._service = region, service
        # Secret, day and the key derived from them: replaced as a whole, so threads need no lock.
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def authorize(self, keys: Keys, path: str, headers: Mapping[str, str], body: bytes, *, method: str = "POST") -> str:
        """Return the value of `Authorization`.

        Parameters
        ----------
        path : absolute and encoded, as it is sent.
        headers : all that are signed, by name in lower case and in that order; `x-amz-date` is one of them.
        """
        names, at = ";".join(headers), headers["x-amz-date"]
        lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
        request = f"{method}\n{path}\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        text = f"{ALGORITHM}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key(keys.secret_key, at[:8]), text.encode(), "sha256").hex()
        return f"{ALGORITHM} Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"

    def _key(self, secret: str, day: str) -> bytes:
        of_secret, of_day, key = self._derived
        if of_day != day or of_secret != secret:
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._derived = (secret, day, key)
        return key
