"""What an error of the database says about a write: it did not happen, somebody was first, or nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from riskgate.adapters.dynamodb.errors import commit_errors, read_errors
from riskgate.core.errors import AUDIT_CONFLICT, GatewayError, OutcomeUnknown, StateCorrupt, Transient, VersionConflict

NOT_SENT = [EndpointConnectionError(endpoint_url="u"), ConnectTimeoutError(endpoint_url="u"), NoCredentialsError()]
NOT_KNOWN = {
    "no answer came in time": ReadTimeoutError(endpoint_url="u"),
    "the connection broke": HTTPClientError(error="e"),
}
THROTTLED = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "LimitExceededException",
]


def answered(code: str | None, *reasons: str | None) -> ClientError:
    """Return an error that the service answered; reasons are those of a transaction's actions."""
    response: dict[str, Any] = {"Error": {"Code": code}} if code is not None else {}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} if reason is not None else {} for reason in reasons]
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


def commit(error: Exception) -> GatewayError:
    """Return what a commit makes of an error."""

    @commit_errors
    def write(*, fails: Exception) -> None:
        """Write."""
        raise fails

    assert write.__doc__ == "Write."
    with pytest.raises(GatewayError) as caught:
        write(fails=error)
    assert caught.value.__cause__ is error
    return caught.value


def read(error: Exception) -> GatewayError:
    """Return what a read makes of an error."""

    @read_errors
    def ask(*, fails: Exception) -> None:
        """Ask."""
        raise fails

    assert ask.__doc__ == "Ask."
    with pytest.raises(GatewayError) as caught:
        ask(fails=error)
    assert caught.value.__cause__ is error
    return caught.value


def test_calls_when_nothing_fails_then_their_answer() -> None:
    assert read_errors(lambda a, *, b: a + b)(1, b=2) == 3
    assert commit_errors(lambda a, *, b: a + b)(1, b=2) == 3


@pytest.mark.parametrize(
    ("reasons", "kind", "code"),
    [
        (["ConditionalCheckFailed", "None"], VersionConflict, None),
        (["ConditionalCheckFailed", "ConditionalCheckFailed"], VersionConflict, None),
        (["None", "None", "ConditionalCheckFailed"], VersionConflict, None),
        (["TransactionConflict", "None"], VersionConflict, None),
        (["ThrottlingError", "ConditionalCheckFailed"], VersionConflict, None),
        (["None", "ConditionalCheckFailed"], StateCorrupt, AUDIT_CONFLICT),
        (["None", "ConditionalCheckFailed", "ConditionalCheckFailed"], StateCorrupt, AUDIT_CONFLICT),
        ([None, "ConditionalCheckFailed"], StateCorrupt, AUDIT_CONFLICT),
        (["None", "ThrottlingError"], Transient, "THROTTLED"),
        (["ProvisionedThroughputExceeded", "None"], Transient, "THROTTLED"),
        (["None", "ValidationError"], Transient, None),
        ([], Transient, None),
    ],
)
def test_transaction_when_cancelled_then_its_reasons_tell(
    reasons: list[str | None], kind: type[GatewayError], code: str | None
) -> None:
    found = commit(answered("TransactionCanceledException", *reasons))
    assert type(found) is kind
    if code is not None:
        assert found.code == code


def test_transaction_when_somebody_was_first_then_it_says_so() -> None:
    found = commit(answered("TransactionCanceledException", "ConditionalCheckFailed"))
    assert found.detail == "another request changed the account first"


def test_transaction_when_refused_for_another_reason_then_that_is_named() -> None:
    found = commit(
        answered("TransactionCanceledException", "None", "ValidationError", "ItemCollectionSizeLimitExceeded")
    )
    assert found.detail == "the transaction was refused: ItemCollectionSizeLimitExceeded, ValidationError"


@pytest.mark.parametrize("code", THROTTLED)
def test_write_and_read_when_throttled_then_they_did_not_happen(code: str) -> None:
    for found in (commit(answered(code)), read(answered(code))):
        assert (type(found), found.code) == (Transient, "THROTTLED")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
def test_write_when_refused_before_anything_was_written_then_it_did_not_happen(code: str) -> None:
    found = commit(answered(code))
    assert (type(found), found.code) == (Transient, "UNAVAILABLE")
    assert code in found.detail


@pytest.mark.parametrize("code", ["TransactionInProgressException", "InternalServerError", "Anything", None])
def test_write_when_nobody_knows_whether_it_happened_then_its_outcome_is_unknown(code: str | None) -> None:
    assert type(commit(answered(code))) is OutcomeUnknown


@pytest.mark.parametrize("error", NOT_SENT, ids=lambda error: type(error).__name__)
def test_write_when_it_never_left_then_it_did_not_happen(error: Exception) -> None:
    assert type(commit(error)) is Transient


@pytest.mark.parametrize(("words", "error"), NOT_KNOWN.items(), ids=NOT_KNOWN)
def test_write_when_no_answer_came_then_its_outcome_is_unknown(words: str, error: Exception) -> None:
    found = commit(error)
    assert (type(found), found.detail) == (OutcomeUnknown, f"the write was not confirmed: {words}")


@pytest.mark.parametrize("error", [*NOT_SENT, *NOT_KNOWN.values(), answered("InternalServerError"), answered(None)])
def test_read_when_it_fails_then_it_may_be_repeated(error: Exception) -> None:
    found = read(error)
    assert (type(found), found.code) == (Transient, "UNAVAILABLE")


@pytest.mark.parametrize("wrap", [read_errors, commit_errors])
def test_errors_of_the_program_when_raised_then_not_taken_for_the_databases(wrap: Any) -> None:
    def fail() -> None:
        raise KeyError("pk")

    with pytest.raises(KeyError):
        wrap(fail)()
