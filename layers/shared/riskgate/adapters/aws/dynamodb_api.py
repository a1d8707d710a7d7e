"""DynamoDB's three calls of an order, without botocore's layers: one read, one transaction, and the caller's token.

The answers, errors, retries and timeouts are those of botocore's client; every other call goes to that one. What
differs is stated in ADR 0077.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from time import gmtime, sleep, strftime
from typing import TYPE_CHECKING, Any, TypedDict
from zlib import crc32

import msgspec
from botocore.exceptions import BotoCoreError, ChecksumError, ClientError, HTTPClientError

from riskgate.adapters.aws import time_budget
from riskgate.adapters.aws.connections import Connections, HttpAnswer
from riskgate.adapters.aws.outcomes import is_verdict, may_be_done
from riskgate.adapters.aws.retries import HINDERED, RetryQuota, is_retryable, is_throttled
from riskgate.adapters.aws.signature import Keys, Signer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TARGET = "DynamoDB_20120810"
CONTENT_TYPE = "application/x-amz-json-1.0"
_CRC32 = "x-amz-crc32"
_REQUEST_ID = "x-amzn-requestid"
_TOKEN_BYTES = 16


class AttributeValue(TypedDict, total=False):
    """A value as DynamoDB has it: one of these."""

    S: str
    N: str
    B: bytes
    BOOL: bool
    NULL: bool
    L: list[AttributeValue]
    M: dict[str, AttributeValue]
    SS: list[str]
    NS: list[str]
    BS: list[bytes]


class _Asked(TypedDict, total=False):
    Keys: list[dict[str, AttributeValue]]
    ConsistentRead: bool
    ProjectionExpression: str
    ExpressionAttributeNames: dict[str, str]
    AttributesToGet: list[str]


class _BatchGetItem(TypedDict, total=False):
    Responses: dict[str, list[dict[str, AttributeValue]]] | None
    UnprocessedKeys: dict[str, _Asked] | None


class _GetItem(TypedDict, total=False):
    Item: dict[str, AttributeValue] | None


class _TransactWriteItems(TypedDict, total=False):
    pass


class _Reason(TypedDict, total=False):
    Code: str | None
    Message: str | None
    Item: dict[str, AttributeValue] | None


class _Refusal(TypedDict, total=False):
    message: str | None
    Message: str | None
    CancellationReasons: list[_Reason] | None
    Item: dict[str, AttributeValue] | None
    ThrottlingReasons: Any


_encode = msgspec.json.Encoder().encode
_ANSWERS: dict[str, msgspec.json.Decoder[Any]] = {
    "BatchGetItem": msgspec.json.Decoder(_BatchGetItem),
    "GetItem": msgspec.json.Decoder(_GetItem),
    "TransactWriteItems": msgspec.json.Decoder(_TransactWriteItems),
}
#: What our client calls itself; all else is botocore's.
OPERATIONS = tuple(_ANSWERS)
_REFUSAL = msgspec.json.Decoder(_Refusal)
_ANY = msgspec.json.Decoder()


class DynamoDBApi:
    """A client with botocore's methods for what an order needs, and botocore's own for all else.

    Parameters
    ----------
    connections : where DynamoDB is.
    keys : returns the keys of this moment.
    attempts_max : how often a request is sent at most.
    trace : returns the trace that Lambda runs under, to be handed on.
    others : returns botocore's client.
    """

    def __init__(
        self,
        connections: Connections,
        signer: Signer,
        *,
        keys: Callable[[], Keys],
        attempts_max: int,
        user_agent: str,
        trace: Callable[[], str | None],
        others: Callable[[], DynamoDBClient],
    ) -> None:
        self._connections, self._signer, self._keys, self._trace = connections, signer, keys, trace
        self._attempts_max, self._user_agent, self._find_other = attempts_max, user_agent, others
        self._quota = RetryQuota()

    @cached_property
    def other(self) -> DynamoDBClient:
        """Return botocore's client: the one that was current when it was needed first, so both live as long."""
        return self._find_other()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.other, name)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Read items by key. Raises as botocore's client does."""
        return self._call("BatchGetItem", request)

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Read an item. Raises as botocore's client does."""
        return self._call("GetItem", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Write all or nothing. Raises as botocore's client does.

        A request that is sent again has the same token: DynamoDB carries it out once. Where a send may have arrived and
        the next one was not taken, the failure of the first is raised: that the second did nothing says nothing of it.
        """
        request.setdefault("ClientRequestToken", os.urandom(_TOKEN_BYTES).hex())
        return self._call("TransactWriteItems", request)

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = _encode(request)
        attempt, cost = 1, 0
        doubt: Exception | None = None
        while True:
            headers: dict[str, str] = {}
            throttled = False
            try:
                answer = self._exchange(operation, body)
                headers = answer.headers
                if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    read = read_answer(operation, answer)
                    self._quota.give_back(cost)
                    return read | {"ResponseMetadata": _metadata(answer, attempt)}
                refusal = _read_refusal(answer, attempt)
                code = refusal["Error"]["Code"]
                failure: Exception = ClientError(refusal, operation)  # type: ignore[arg-type]
                throttled = is_throttled(answer.status, code)
                again = is_retryable(answer.status, code)
            except BotoCoreError as error:
                failure, again = error, isinstance(error, HINDERED)
            wait = self._quota.wait_seconds(attempt, throttled=throttled, headers=headers)
            again = again and attempt < self._attempts_max and time_budget.allows(wait)
            if not again or not (cost := self._quota.take(throttled=throttled)):
                raise failure if doubt is None or is_verdict(failure) else doubt
            if operation == "TransactWriteItems" and may_be_done(failure):
                doubt = failure
            sleep(wait)
            attempt += 1

    def _exchange(self, operation: str, body: bytes) -> HttpAnswer:
        """Send one request, signed now, and return its answer, whatever it says. Raises OutOfTime: nothing was sent."""
        time_budget.require()
        connections, keys = self._connections, self._keys()
        signed = {
            "content-type": CONTENT_TYPE,
            "host": connections.host,
            "x-amz-date": strftime("%Y%m%dT%H%M%SZ", gmtime()),
        }
        if keys.token:
            signed["x-amz-security-token"] = keys.token
        signed["x-amz-target"] = f"{TARGET}.{operation}"
        lines = [f"POST {connections.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in signed.items()]
        lines += [
            f"authorization: {self._signer.authorize(keys, connections.path, signed, body)}",
            f"content-length: {len(body)}",
            "accept-encoding: identity",
            f"user-agent: {self._user_agent}",
        ]
        if trace := self._trace():
            lines.append(f"x-amzn-trace-id: {trace}")
        lines.append("")
        answer = connections.post("\r\n".join(lines), body)
        check_sum(answer)
        return answer


def check_sum(answer: HttpAnswer) -> None:
    """Raise ChecksumError where an answer is not what DynamoDB sent."""
    expected = answer.headers.get(_CRC32)
    if expected is not None and expected != (actual := str(crc32(answer.body))):
        raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)


def read_answer(operation: str, answer: HttpAnswer) -> dict[str, Any]:
    """Return what was answered. Raises HTTPClientError: it is not whole, or none of DynamoDB's."""
    try:
        read: dict[str, Any] = _ANSWERS[operation].decode(answer.body)
    except msgspec.MsgspecError as error:
        raise HTTPClientError(error=f"the answer cannot be read: {error}") from error
    return {name: value for name, value in read.items() if value is not None}


def _read_refusal(answer: HttpAnswer, attempt: int) -> dict[str, Any]:
    """Return a refusal as botocore's parser does: also of what is no DynamoDB, such as a proxy's page."""
    try:
        named = _ANY.decode(answer.body)
        told: dict[str, Any] = _REFUSAL.decode(answer.body)  # type: ignore[assignment]
    except msgspec.MsgspecError:
        named, told = None, {"message": answer.body.decode(errors="replace") or _phrase(answer.status)}
    kind = named.get("__type") if isinstance(named, dict) else None
    code = kind.split(":", 1)[0].rsplit("#", 1)[-1] if isinstance(kind, str) else str(answer.status)
    told = {name: value for name, value in told.items() if value is not None}
    if reasons := told.get("CancellationReasons"):
        told["CancellationReasons"] = [{k: v for k, v in one.items() if v is not None} for one in reasons]
    message, other = told.pop("message", None), told.pop("Message", "")
    message = other if message is None else message
    return told | {"Error": {"Message": message, "Code": code}, "ResponseMetadata": _metadata(answer, attempt)}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus else ""


def _metadata(answer: HttpAnswer, attempt: int) -> dict[str, Any]:
    return {
        "RequestId": answer.headers.get(_REQUEST_ID, ""),
        "HTTPStatusCode": answer.status,
        "HTTPHeaders": answer.headers,
        "RetryAttempts": attempt - 1,
    }
