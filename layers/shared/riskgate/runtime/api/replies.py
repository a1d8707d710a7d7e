"""What routes answer: replies, and errors as problem+json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from riskgate.app.ledger.commit_event import Answered
from riskgate.core.errors import (
    Contention,
    DocumentTooNew,
    GatewayError,
    MethodNotAllowed,
    OutcomeUnknown,
    StateCorrupt,
    Transient,
    VersionConflict,
)
from riskgate.observability import MetricUnit, cause_of, logger, metrics
from riskgate.schemas.http.answers.base import Answer
from riskgate.schemas.http.answers.problems import FieldError, InvalidProblem, Problem
from riskgate.schemas.http.requests.failed import ValidationFailed

STATE_CORRUPT = "state_corrupt"
DOCUMENT_TOO_NEW = "document_too_new"

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
#: Seconds a caller waits before it asks again after 503 or 429.
RETRY_AFTER_SECONDS = "1"
ASK_AGAIN = "; nothing may be concluded from this: ask again with the same client_order_id"
#: Marks an answer that was given before.
REPLAYED = {"Idempotent-Replayed": "true"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply[A]:
    """What a route answers: a status and an answer, or text that is sent as it is; `told` is for the log line alone."""

    status: int
    body: A
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def created[T](cls, answered: Answered[T]) -> Reply[T]:
        """Return 201 with an answer, or 200 where it was given before."""
        status = HTTPStatus.OK if answered.replayed else HTTPStatus.CREATED
        return Reply(status=status, body=answered.value, headers=REPLAYED if answered.replayed else {})

    @classmethod
    def unchanged(cls, tag: str) -> Reply[Any]:
        """Return 304: what the caller knows under an entity tag is still so."""
        return Reply(status=HTTPStatus.NOT_MODIFIED, body="", headers={"ETag": tag})

    def as_update(self) -> Reply[A]:
        """Return the reply of a route that changes what exists: nothing was created."""
        return replace(self, status=HTTPStatus.OK) if self.status == HTTPStatus.CREATED else self


def advise(error: GatewayError, asked: Mapping[str, Any]) -> str:
    """Return what to do after an error that leaves open what became of the orders asked for."""
    leaves_open = isinstance(error, Transient | OutcomeUnknown | VersionConflict)
    return ASK_AGAIN if leaves_open and asked.keys() & {"client_order_id", "orders"} else ""


def problem_reply(
    error: GatewayError, kind: Callable[..., Answer] = Problem, *, advice: str = "", **more: Any
) -> Reply[Any]:
    """Return an error as RFC 9457 problem details; the instance is added when it is sent."""
    if isinstance(error, ValidationFailed):
        kind, more = InvalidProblem, {"errors": [FieldError(**fault) for fault in error.errors]}
    problem = {
        "type": f"urn:riskgate:problem:{error.code.lower().replace('_', '-')}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail + advice,
        "instance": "",
        "code": error.code,
    }
    headers = {}
    if error.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, DocumentTooNew):
        logger.warning(DOCUMENT_TOO_NEW, code=error.code, detail=error.detail)
        metrics.add_metric(name="DocumentsTooNew", unit=MetricUnit.Count, value=1)
    elif isinstance(error, Contention | Transient):
        metrics.add_metric(name="DatabaseUnavailable", unit=MetricUnit.Count, value=1)
    if isinstance(error, StateCorrupt):
        metrics.add_metric(name="StateCorrupt", unit=MetricUnit.Count, value=1)
        logger.error(STATE_CORRUPT, code=error.code, detail=error.detail)
    body = kind(**{**more, **problem})
    return Reply(status=error.status, body=body, headers=headers, content_type=PROBLEM_JSON, told=cause_of(error))
