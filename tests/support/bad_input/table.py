"""Every kind of bad input, numbered, and the requests that it comes in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from riskgate.schemas.http.routes import ROUTES
from tests.support.bad_input import access, amounts, bodies, fields
from tests.support.bad_input.kind import Group, Kind
from tests.support.full_bodies import BODIES
from tests.support.gateway import path_of
from tests.support.phone import WEBHOOK_SECRET

_ROUTES = {route.operation_id: route for route in ROUTES}
_MARK = "the value stands here"


def _number(kinds: Iterator[Kind]) -> tuple[Kind, ...]:
    order = list(Group)
    grouped = sorted(kinds, key=lambda kind: order.index(kind.group))
    return tuple(replace(kind, number=number) for number, kind in enumerate(grouped, start=1))


def _every() -> Iterator[Kind]:
    for part in (bodies, amounts, fields, access):
        yield from part.list_kinds()


#: The table: numbered from 1 on, by group.
KINDS = _number(_every())


def count_by_group() -> Mapping[Group, int]:
    """Return how many kinds each group has."""
    return Counter(kind.group for kind in KINDS)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, as it is sent."""

    method: str
    #: Path as in the request line, percent signs and all, without the query.
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: Operation and pointer, for messages.
    place: str
    #: The field that is spoiled.
    field: str = ""
    #: Whether no token is added: what stands for one is in the headers, or nothing does.
    is_anonymous: bool = False


def requests_of(kind: Kind) -> Iterator[Request]:
    """Give the requests of a kind, one for each place."""
    if kind.line is not None:
        method, path = kind.line
        yield Request(method=method, path=path, query=kind.query, headers=_headers(kind, {}), body=b"", place=method)
    for place in kind.on:
        operation, _, pointer = place.partition(":")
        route = _ROUTES[operation]
        method, path, _valid = BODIES.get(operation, (route.method, path_of(route), {}))
        usual = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET} if route.secret_header else {}
        query = kind.query or ("reason=r" if operation == "deleteLock" and kind.group is not Group.QUERIES else "")
        body = _body(kind, operation, pointer)
        if body:
            usual |= {"Content-Type": "application/json"}
        headers = _headers(kind, usual)
        yield Request(
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            place=place,
            field=pointer.partition(".")[0],
            is_anonymous="Authorization" in (kind.headers or {}),
        )


def _headers(kind: Kind, usual: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = []
    for name, value in {**usual, **(kind.headers or {})}.items():
        values = () if value is None else (value,) if isinstance(value, str) else value
        found += [(name, one) for one in values]
    return tuple(found)


def _body(kind: Kind, operation: str, pointer: str) -> bytes:
    if kind.body is not None:
        return kind.body
    if operation not in BODIES:
        return b""
    valid = deepcopy(BODIES[operation][2])
    changed = {**valid, **(kind.changes or {})}
    body = {name: value for name, value in changed.items() if value is not None}
    if kind.value is None:
        return json.dumps(body, ensure_ascii=False).encode()
    *outer, last = [int(part) if part.isdecimal() else part for part in pointer.split(".")]
    inner: Any = body
    for part in outer:
        inner = inner[part]
    inner[last] = _MARK
    return json.dumps(body, ensure_ascii=False).replace(json.dumps(_MARK), kind.value).encode()
