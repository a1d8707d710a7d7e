"""What an answer means: a decision, a denial, or a refusal; and whether that settles what was in doubt."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

from riskgate_client.asking import Answered, Request
from riskgate_client.decoding import read
from riskgate_client.errors import (
    Conflict,
    Denied,
    NotActionable,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    RiskGateError,
    Unreadable,
)
from riskgate_client.models import BatchDecision, Decision

D = TypeVar("D", Decision, BatchDecision)
_KINDS: dict[int, type[Refused]] = {
    HTTPStatus.UNAUTHORIZED: NotPermitted,
    HTTPStatus.FORBIDDEN: NotPermitted,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
}
#: Statuses that tell what became of an earlier request with the same ids; not where no such route is known.
_SETTLING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


def decided(answer: Answered, request: Request, kind: type[D]) -> D:
    """Return the decision of an answer, whichever it is. Raises Refused, NotActionable, OutcomeUnknown."""
    try:
        if answer.code == "DECISION_NOT_ACTIONABLE":
            stored = answer.body.get("stored_decision")
            decision = read(kind, stored) if stored is not None else None
            raise NotActionable(answer.detail, decision=decision, request_id=answer.request_id)
        if not answer.is_success and answer.body.get("decision") != "denied":
            raise refusal_of(answer, request)
        decision = read(kind, answer.body)
    except Unreadable as error:
        raise OutcomeUnknown(error.detail, client_order_id=request.client_order_id) from error
    if not answer.is_success or not decision.is_approved:
        raise Denied(answer.detail, decision=decision, request_id=answer.request_id)
    return decision


def about(decision: Decision, request: Request) -> Decision:
    """Return a decision that is about the very order that was asked for. Raises OutcomeUnknown."""
    if decision.client_order_id != request.client_order_id:
        raise OutcomeUnknown("the answer is about another order", client_order_id=request.client_order_id)
    return decision


def refusal_of(answer: Answered, request: Request) -> RiskGateError:
    """Return what a 4xx is; OutcomeUnknown where it says nothing about an earlier request of the same call."""
    kind = _KINDS.get(answer.status, Refused)
    refusal = kind(answer.detail, code=answer.code, status=answer.status, request_id=answer.request_id)
    if answer.in_doubt and (answer.status not in _SETTLING or answer.code == "NOT_FOUND"):
        unknown = OutcomeUnknown(f"asked again, refused: {refusal}", client_order_id=request.client_order_id)
        unknown.__cause__ = refusal
        return unknown
    return refusal
