"""What a bot's owner reads when the database fails an order: what happened, and what to do; no class of the program."""

from __future__ import annotations

import io
import json
import re

import pytest
from botocore.exceptions import EndpointConnectionError

from riskgate.runtime.api.routes import WAITED_SHORTER_SECONDS
from tests.support.aws import LambdaContext
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.wire import COMMIT, READ, Fault, Wire, answer_error, lose_request, refuse_connection

ASK_AGAIN = "nothing may be concluded from this: ask again with the same client_order_id"
FAULTS: dict[str, tuple[Fault, str]] = {
    "hangs": (lose_request, "no answer came in time"),
    "refuses": (refuse_connection, "no connection was made"),
    "fails": (answer_error(500, "InternalServerError"), "AWS answered InternalServerError"),
}
#: As Python and botocore call their classes; AWS's own codes are told as AWS's.
CLASS = re.compile(r"\b(?!InternalServerError)[A-Z][a-z]+[A-Z]\w+")


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("operation", [READ, COMMIT])
def test_order_when_the_database_fails_then_told_in_words_what_and_to_ask_again(
    gateway: Gateway, wire: Wire, operation: str, fault: Fault, words: str
) -> None:
    wire.always(operation, fault)
    answer = gateway.submit()
    assert answer.status == 503
    assert words in answer.body["detail"]
    assert answer.body["detail"].endswith(ASK_AGAIN)
    assert not CLASS.search(answer.body["detail"])


class NoTimeLeft(LambdaContext):
    """The invocation ends at once: nobody would hear an answer that takes any time."""

    def get_remaining_time_in_millis(self) -> int:
        """Return what API Gateway waits shorter than the function runs."""
        return int(WAITED_SHORTER_SECONDS * 1000)


def test_order_when_its_time_is_over_then_told_so_and_asked_again_it_is_decided(gateway: Gateway) -> None:
    order, context = gateway.order(), gateway.context
    gateway.context = NoTimeLeft()
    answer = gateway.submit(order)
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert answer.body["detail"] == f"the database did not answer: the request's time is over; {ASK_AGAIN}"
    gateway.context = context
    assert gateway.submit(order).status == 201


def test_batch_when_the_database_fails_then_told_to_ask_again(gateway: Gateway, wire: Wire) -> None:
    wire.always("*", refuse_connection)
    answer = gateway.call(
        "POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": [gateway.order(), gateway.order()]}
    )
    assert answer.status == 503
    assert answer.body["detail"].endswith(ASK_AGAIN)


def test_question_without_an_order_when_the_database_fails_then_nothing_of_an_order(
    gateway: Gateway, wire: Wire
) -> None:
    wire.always("*", refuse_connection)
    answer = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/orders")
    assert answer.body["detail"] == "the database did not answer: no connection was made"


def test_order_when_the_database_fails_then_the_log_names_the_failure(
    gateway: Gateway, wire: Wire, log_output: io.StringIO
) -> None:
    wire.always("*", refuse_connection)
    gateway.submit()
    lines = [json.loads(line) for line in log_output.getvalue().splitlines()]
    (served,) = [line for line in lines if line.get("message") == "request_served"]
    assert served["response"]["cause"] == EndpointConnectionError.__name__
