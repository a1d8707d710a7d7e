"""Checks added to boto3's DynamoDB client, so that it tells an outcome as ours does.

By itself it raises what the last send came to, though an earlier one may have arrived; it takes a page or half an
answer for an empty one; and it knows nothing of the time that a request has.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError

from riskgate.adapters.aws import time_budget
from riskgate.adapters.aws.connections import HttpAnswer
from riskgate.adapters.aws.dynamodb_api import OPERATIONS, check_sum, read_answer
from riskgate.adapters.aws.outcomes import is_verdict, may_be_done

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DOUBT = "riskgate.doubt"


def add_checks(client: DynamoDBClient, *, send_seconds: float) -> None:
    """Add the checks to a client; `send_seconds`: what it has to have left before it sends."""
    events = client.meta.events

    def refuse_late(**_: Any) -> None:
        time_budget.require(send_seconds)

    events.register("before-send.dynamodb", refuse_late)
    events.register("needs-retry.dynamodb.TransactWriteItems", _note_doubt)
    events.register("after-call-error.dynamodb.TransactWriteItems", _tell_doubt)
    for operation in OPERATIONS:
        events.register(f"after-call.dynamodb.{operation}", _check_answer)
    for operation in ("Query", "Scan"):
        events.register(f"after-call.dynamodb.{operation}", _check_page)


def _note_doubt(
    *, response: Any, operation: Any, caught_exception: Exception | None, request_dict: Any, **_: Any
) -> None:
    """Keep the failure of a send that may have arrived. Returns None: whether to send again is botocore's to say."""
    failure = caught_exception
    if failure is None:
        answer, parsed = response
        failure = ClientError(parsed, operation.name) if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES else None
    if failure is not None and may_be_done(failure):
        request_dict["context"][_DOUBT] = failure


def _tell_doubt(*, exception: Exception, context: dict[str, Any], **_: Any) -> None:
    doubt = context.get(_DOUBT)
    if doubt is not None and not (is_verdict(exception) or may_be_done(exception)):
        raise doubt from exception


def _check_answer(*, http_response: Any, parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
    """Raise what an earlier send leaves in doubt. Raises HTTPClientError, ChecksumError: the answer is not whole."""
    if http_response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        _tell_doubt(exception=ClientError(parsed, model.name), context=context)
        return
    headers = {name.lower(): value for name, value in http_response.headers.items()}
    answer = HttpAnswer(http_response.status_code, headers, http_response.content)
    check_sum(answer)
    read_answer(model.name, answer)


def _check_page(*, http_response: Any, parsed: Any, **_: Any) -> None:
    """Raise HTTPClientError where a page says nothing of items, not even that there are none."""
    if http_response.status_code < HTTPStatus.MULTIPLE_CHOICES and "Items" not in parsed:
        raise HTTPClientError(error="the answer has no items")
