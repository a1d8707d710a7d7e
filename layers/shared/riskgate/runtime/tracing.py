"""Under which trace id a request or a run is known; read here once, handed on from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from riskgate.observability import redact_text
from riskgate.schemas.http.trace import (
    CORRELATION_HEADER,
    TRACEPARENT_HEADER,
    XRAY_HEADER,
    Trace,
    read_correlation_id,
    read_traceparent,
    read_xray,
    w3c_id_of,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def trace_of(event: Mapping[str, Any]) -> Trace:
    """Return the trace that an API request belongs to: the caller's own, else AWS's, else one of the request's id.

    Never refuses a request: an id that cannot be kept is replaced, and the answer names the one that counts.
    """
    several = {name.lower(): values for name, values in (event.get("multiValueHeaders") or {}).items()}
    plain = {name.lower(): [value] for name, value in (event.get("headers") or {}).items()}

    def header(name: str) -> str | None:
        values = several.get(name.lower()) or plain.get(name.lower())
        return values[0] if values and len(values) == 1 else None

    given = read_traceparent(header(TRACEPARENT_HEADER))
    w3c_id = given or _xray_id() or read_xray(header(XRAY_HEADER)) or w3c_id_of(request_id_of(event))
    own = read_correlation_id(header(CORRELATION_HEADER))
    # Logs would not show what looks like a key, and the audit log keeps what it gets for ever.
    return Trace(trace_id=own if own and redact_text(own) == own else w3c_id, w3c_id=w3c_id)


def request_id_of(event: Mapping[str, Any]) -> str:
    """Return API Gateway's id of a request."""
    return str((event.get("requestContext") or {}).get("requestId") or "")


def run_trace_id(context: LambdaContext) -> str:
    """Return the trace id of what an invocation does of its own accord."""
    return _xray_id() or w3c_id_of(context.aws_request_id)


def _xray_id() -> str:
    return read_xray(os.environ.get("_X_AMZN_TRACE_ID"))
