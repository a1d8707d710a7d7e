"""Examples of problem answers, by status."""

from __future__ import annotations

from typing import Any

from riskgate.core.errors import (
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    PayloadTooLarge,
    TooManyAttempts,
    Transient,
    Unauthorized,
    Unprocessable,
    UnsupportedMediaType,
)
from riskgate.schemas.http.requests.base import ValidationFailed
from riskgate.schemas.openapi.examples.shared import APPROVED, REQUEST_ID, TOO_LARGE


class _Denied(Unprocessable):
    title = "Order denied"


def _problem(error: GatewayError) -> dict[str, Any]:
    return {
        "type": f"urn:riskgate:problem:{error.code.lower().replace('_', '-')}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": REQUEST_ID,
        "code": error.code,
    }


DENIAL = _problem(_Denied(TOO_LARGE["message"], code=TOO_LARGE["code"]))
_INVALID = ValidationFailed([{"field": "price", "message": "is required for this order type"}])
_NOT_ACTIONABLE = Conflict("a kill switch was engaged after the approval", code="DECISION_NOT_ACTIONABLE")

#: Examples of the shared problem responses, by status.
PROBLEM_EXAMPLES: dict[int, dict[str, Any]] = {
    400: {"invalid_field": _problem(_INVALID) | {"errors": _INVALID.errors}},
    401: {"no_token": _problem(Unauthorized())},
    403: {
        "other_account": _problem(Forbidden("the token is not valid for this account", code="ACCOUNT_NOT_PERMITTED"))
    },
    404: {"unknown_account": _problem(NotFound("the account is not registered", code="ACCOUNT_UNKNOWN"))},
    409: {
        "id_reused": _problem(
            Conflict("this client_order_id was used for another order", code="CLIENT_ORDER_ID_REUSED")
        ),
        "no_longer_a_go": _problem(_NOT_ACTIONABLE) | {"stored_decision": APPROVED},
    },
    413: {"too_large": _problem(PayloadTooLarge("the body is over 16384 bytes", code="BODY_TOO_LARGE"))},
    415: {"no_json": _problem(UnsupportedMediaType("the body must be application/json in UTF-8"))},
    422: {"too_much": _problem(Unprocessable("the fill exceeds what remains of the order", code="FILL_EXCEEDS_ORDER"))},
    429: {"totp_locked": _problem(TooManyAttempts("too many wrong one-time codes"))},
    503: {"unavailable": _problem(Transient("the database did not answer"))},
}
