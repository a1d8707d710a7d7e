"""Errors: the status and the code that callers see of each, and which may be tried again."""

from __future__ import annotations

import pytest

from riskgate.core import errors
from riskgate.core.errors import GatewayError, Transient

#: Public: programs decide by them what they do next.
STATUSES = {
    "GatewayError": (500, "INTERNAL_ERROR"),
    "InvalidRequest": (400, "INVALID_REQUEST"),
    "Unauthorized": (401, "UNAUTHORIZED"),
    "Forbidden": (403, "FORBIDDEN"),
    "NotFound": (404, "NOT_FOUND"),
    "MethodNotAllowed": (405, "METHOD_NOT_ALLOWED"),
    "Conflict": (409, "CONFLICT"),
    "PayloadTooLarge": (413, "PAYLOAD_TOO_LARGE"),
    "UnsupportedMediaType": (415, "UNSUPPORTED_MEDIA_TYPE"),
    "Unprocessable": (422, "UNPROCESSABLE"),
    "TooManyAttempts": (429, "TOTP_LOCKED"),
    "DenialBudgetSpent": (429, "DENIAL_BUDGET_SPENT"),
    "Transient": (503, "UNAVAILABLE"),
    "DocumentTooNew": (503, "DOCUMENT_TOO_NEW"),
    "Contention": (503, "CONTENTION"),
    "VersionConflict": (503, "CONTENTION"),
    "OutcomeUnknown": (503, "OUTCOME_UNKNOWN"),
    "StateCorrupt": (503, "STATE_CORRUPT"),
    "SecretUnreadable": (503, "SECRET_UNREADABLE"),
    "Rejected": (422, "EXCHANGE_REJECTED"),
    "VenueAccessDenied": (422, "EXCHANGE_ACCESS_DENIED"),
    "RateLimited": (503, "EXCHANGE_RATE_LIMITED"),
    "VenueAnswerInvalid": (502, "EXCHANGE_ANSWER_INVALID"),
    "RowsUnreadable": (502, "EXCHANGE_ANSWER_INVALID"),
    "HedgeModeUnsupported": (409, "HEDGE_MODE_UNSUPPORTED"),
    "MarginModeUnsupported": (409, "MARGIN_MODE_UNSUPPORTED"),
    "ChatThrottled": (503, "CHAT_THROTTLED"),
    "ChatUnreachable": (422, "CHAT_UNREACHABLE"),
}
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GatewayError)]


def test_errors_when_listed_then_each_has_its_status_and_code() -> None:
    assert {kind.__name__: (kind.status, kind.code) for kind in KINDS} == STATUSES


def test_errors_when_surely_nothing_happened_then_they_may_be_tried_again() -> None:
    again = {kind.__name__ for kind in KINDS if issubclass(kind, Transient)}
    assert again == {"Transient", "DocumentTooNew", "Contention", "RateLimited", "ChatThrottled"}


def test_error_when_raised_then_its_detail_else_its_title_and_a_code_of_its_own_where_one_is_given() -> None:
    plain, told = errors.NotFound(), errors.NotFound("no such order", code="ORDER_NOT_FOUND")
    assert (str(plain), plain.detail, plain.code) == ("Not found", "Not found", "NOT_FOUND")
    assert (str(told), told.detail, told.code) == ("no such order", "no such order", "ORDER_NOT_FOUND")
    assert errors.NotFound.code == "NOT_FOUND"


def test_error_when_it_tells_more_then_beside_the_detail() -> None:
    assert errors.MethodNotAllowed(("GET", "PUT")).allowed == ("GET", "PUT")
    assert errors.MethodNotAllowed(("GET", "PUT")).detail == "this path takes GET, PUT"
    rejected = errors.Rejected("no", venue_code="-2010")
    assert (rejected.venue_code, rejected.code, errors.Rejected().venue_code) == ("-2010", "EXCHANGE_REJECTED", "")
    assert errors.RateLimited("wait", retry_after_seconds=3).retry_after_seconds == 3
    assert errors.RateLimited().retry_after_seconds is None
    assert errors.ChatThrottled(retry_after_seconds=4).retry_after_seconds == 4
    assert errors.RowsUnreadable("two rows", (1, 2)).readable == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_error_when_shown_then_it_has_a_title(kind: type[GatewayError]) -> None:
    assert kind.title
    assert kind.title[0].isupper()
