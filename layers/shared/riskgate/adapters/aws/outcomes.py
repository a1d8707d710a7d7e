"""What a failed call to AWS says: whether it may have been carried out all the same, and how a caller is told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 botocore's
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from riskgate.adapters.aws.time_budget import OutOfTime

#: Failures before a byte was sent.
NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, NoCredentialsError, OutOfTime)
#: What a caller is told, who does not know the client's classes; the first that fits.
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (OutOfTime, "the request's time is over"),
    (ReadTimeoutError, "no answer came in time"),
    (NoCredentialsError, "the gateway has no credentials of AWS"),
    ((EndpointConnectionError, ConnectTimeoutError), "no connection was made"),
    ((ConnectionError, HTTPClientError), "the connection broke"),
    (BotoCoreError, "the call failed"),
)


def may_be_done(failure: Exception) -> bool:
    """Tell whether a write that failed so may have been carried out all the same."""
    if isinstance(failure, ClientError):
        refusal: Any = failure.response
        is_refused = refusal["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.BAD_REQUEST
        return not is_refused or refusal["Error"]["Code"] == "TransactionInProgressException"
    return not isinstance(failure, NOT_SENT)


def is_verdict(failure: Exception) -> bool:
    """Tell whether a failure is what became of all sends under one token: other refusals are of one send alone."""
    return isinstance(failure, ClientError) and failure.response["Error"]["Code"] == "TransactionCanceledException"


def code_of(failure: Exception) -> str:
    """Return AWS's own code of what it answered, an empty text where it did not answer."""
    return str(failure.response.get("Error", {}).get("Code", "Unknown")) if isinstance(failure, ClientError) else ""


def say(failure: Exception) -> str:
    """Return what happened in words for a caller: AWS's own code where it answered, never a class of the client's."""
    if code := code_of(failure):
        return f"AWS answered {code}"
    return next(words for kinds, words in _WORDS if isinstance(failure, kinds))
