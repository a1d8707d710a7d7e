"""Translate botocore's errors: what surely did not happen, what may have, and lost races."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.outcomes import NOT_SENT, code_of, say
from riskgate.core.errors import AUDIT_CONFLICT, GatewayError, OutcomeUnknown, StateCorrupt, Transient, VersionConflict

_THROTTLED = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
    }
)
#: The request was refused before anything was written, whatever is wrong with it.
_REFUSED = frozenset({"AccessDeniedException", "ValidationException", "ResourceNotFoundException"})


def read_errors[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Turn any failure of a read (or of a write that may be repeated) into Transient."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the database did not answer: {_name(error)}", code=_code(error)) from error

    return wrapped


def commit_errors[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Turn the failure of a transaction into VersionConflict, Transient or OutcomeUnknown."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ClientError as error:
            raise _commit_error(error) from error
        except BotoCoreError as error:
            if isinstance(error, NOT_SENT):
                raise Transient(f"the database could not be reached: {_name(error)}") from error
            raise OutcomeUnknown(f"the write was not confirmed: {_name(error)}") from error

    return wrapped


def _commit_error(error: ClientError) -> GatewayError:
    name = code_of(error)
    if name == "TransactionCanceledException":
        response: Any = error.response
        codes = [reason.get("Code", "None") for reason in response.get("CancellationReasons", [])]
        if codes[:2] == ["None", "ConditionalCheckFailed"]:
            # The account is as expected and yet its next audit entry exists: somebody wrote into the log.
            return StateCorrupt("the audit log is ahead of the account", code=AUDIT_CONFLICT)
        reasons = set(codes)
        if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
            return VersionConflict("another request changed the account first")
        if reasons & {"ThrottlingError", "ProvisionedThroughputExceeded"}:
            return Transient("the database is throttling requests", code="THROTTLED")
        return Transient(f"the transaction was refused: {', '.join(sorted(reasons - {'None'}))}")
    if name == "TransactionInProgressException":
        return OutcomeUnknown("the same write is still in progress")
    if name in _THROTTLED:
        return Transient("the database is throttling requests", code="THROTTLED")
    if name in _REFUSED:
        return Transient(f"the database refused the write: {_name(error)}", code="UNAVAILABLE")
    return OutcomeUnknown(f"the write was not confirmed: {_name(error)}")


def _name(error: Exception) -> str:
    """Return what an error is called where a caller reads it."""
    return say(error)


def _code(error: Exception) -> str:
    return "THROTTLED" if code_of(error) in _THROTTLED else "UNAVAILABLE"
