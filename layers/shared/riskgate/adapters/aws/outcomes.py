"""What a failed call says of the database: whether it may have been carried out all the same."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

from riskgate.adapters.aws.time_budget import OutOfTime

#: Failures before a byte was sent.
NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, NoCredentialsError, OutOfTime)


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
