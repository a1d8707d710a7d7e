"""Which route of a function an API Gateway event asks for, and the answer in API Gateway's form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_NAME = re.compile(r"\{(\w+)\}")
#: What a part of a path may hold, as API Gateway hands it on: encoded or not.
_PART = r"(?P<\1>[-._~()'!*:@,;=+&$%<> \\[\\]{}|^\\w]+)"

type Serve = Callable[[Mapping[str, Any], dict[str, str]], dict[str, Any]]


class Router:
    """Routes by method and path; one without names in its path comes before those with."""

    def __init__(self) -> None:
        self._plain: dict[tuple[str, str], Serve] = {}
        self._named: dict[str, list[tuple[re.Pattern[str], Serve]]] = {}

    def add(self, method: str, path: str, serve: Serve) -> None:
        """Let `serve` answer a route's events; it gets the event, and the names in the path as they came."""
        if _NAME.search(path):
            self._named.setdefault(method, []).append((re.compile(_NAME.sub(_PART, path)), serve))
        else:
            self._plain[method, path] = serve

    def find(self, event: Mapping[str, Any]) -> tuple[Serve, dict[str, str]] | None:
        """Return what answers an event, and the names in its path; None where no route fits."""
        method, path = event["httpMethod"].upper(), event["path"]
        if (serve := self._plain.get((method, path))) is not None:
            return serve, {}
        for pattern, serve in self._named.get(method, ()):
            if (match := pattern.fullmatch(path)) is not None:
                return serve, match.groupdict()
        return None


def proxy_answer(status: int, body: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return an answer as API Gateway's proxy integration takes it."""
    return {
        "statusCode": int(status),
        "body": body,
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }
