"""Requests and answers as they pass the HTTP server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An HTTP request as received; `query` and `body` are raw, signatures cover their bytes; headers in lower case."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    api_key: str | None = None
    client_ip: str = "127.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An HTTP answer; `payload` is JSON, or a text when it is none."""

    status: int = 200
    payload: object
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the body's bytes."""
        if isinstance(self.payload, str):
            return self.payload.encode()
        return json.dumps(self.payload, separators=(",", ":")).encode()

    @property
    def content_type(self) -> str:
        """Return the body's media type."""
        return "text/html" if isinstance(self.payload, str) else "application/json;charset=UTF-8"
