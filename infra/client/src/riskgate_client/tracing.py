"""Headers that tie a request to what caused it: a correlation id of the bot's, and W3C trace context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_NONE: Mapping[str, str] = {}
_headers: ContextVar[Mapping[str, str]] = ContextVar("riskgate_client_trace", default=_NONE)


@contextmanager
def trace(*, correlation_id: str | None = None, traceparent: str | None = None) -> Iterator[None]:
    """Send these with every request made within, in this thread or task.

    Raises ValueError: one of them is not of its form, and would not be sent as it stands.
    """
    found = dict(_headers.get())
    for name, value, form in (
        ("X-Correlation-Id", correlation_id, _CORRELATION_ID),
        ("traceparent", traceparent, _TRACEPARENT),
    ):
        if value is not None:
            if not form.fullmatch(value):
                raise ValueError(f"{name} is malformed")
            found[name] = value
    token = _headers.set(found)
    try:
        yield
    finally:
        _headers.reset(token)


def trace_headers() -> Mapping[str, str]:
    """Return the headers of the present thread or task."""
    return _headers.get()
