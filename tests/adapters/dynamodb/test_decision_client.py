"""What decisions are read and written through, against a server that fails: our client and botocore's answer alike."""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
)

from riskgate.adapters.aws import clients
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.errors import commit_errors
from riskgate.core.errors import GatewayError, OutcomeUnknown, StateCorrupt, Transient, VersionConflict
from tests.support import scripted_dynamodb as dynamodb
from tests.support.scripted_dynamodb import (
    ITEM,
    KEY,
    READ,
    READ_SECONDS,
    WRITE,
    ScriptedServer,
    answer,
    refuse,
    tokens,
    told,
)

KINDS = ["lean", "boto3"]


class TestAnswers:
    def test_request_when_sent_then_as_dynamodb_takes_it(self, client: Any, server: ScriptedServer) -> None:
        client.batch_get_item(**READ)
        client.transact_write_items(**WRITE)
        read, written = server.received
        assert (read.operation, written.operation) == ("BatchGetItem", "TransactWriteItems")
        assert read.body == READ
        assert written.body["TransactItems"][0]["Put"]["Item"]["document"] == {
            "B": b64encode(bytes(range(256))).decode()
        }
        assert 1 <= len(written.body["ClientRequestToken"]) <= 36
        for received in (read, written):
            assert received.headers["content-type"] == "application/x-amz-json-1.0"
            assert received.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
            assert "gzip" not in received.headers.get("accept-encoding", "")

    def test_item_when_read_then_every_type_as_it_was_written(self, client: Any, server: ScriptedServer) -> None:
        body = {"Responses": {"t": [ITEM, KEY]}, "UnprocessedKeys": READ["RequestItems"]}
        server.then(answer(body), answer({"Item": ITEM}), answer({}))
        assert told(client.batch_get_item(**READ)) == body
        assert told(client.get_item(TableName="t", Key=KEY)) == {"Item": ITEM}
        assert told(client.get_item(TableName="t", Key=KEY)) == {}

    @pytest.mark.parametrize(
        "way",
        [
            dynamodb.answer_in_chunks,
            dynamodb.answer_until_closed,
            lambda body: dynamodb.answer_slowly(body, READ_SECONDS / 3),
            lambda body: (
                lambda connection, request: bool(
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n") or answer(body)(connection, request)
                )
            ),
        ],
        ids=["chunked", "until-closed", "slow", "interim"],
    )
    def test_answer_when_it_comes_another_way_then_the_same(
        self, client: Any, server: ScriptedServer, way: Any
    ) -> None:
        body = {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {}}
        server.then(way(body))
        assert told(client.batch_get_item(**READ)) == body
        assert told(client.batch_get_item(**READ)) == {}
        assert len(server.received) == 2

    def test_answer_when_it_is_large_then_whole(self, client: Any, server: ScriptedServer) -> None:
        rows = [KEY | {"document": {"B": os.urandom(300_000)}} for _ in range(14)]
        server.then(answer({"Responses": {"t": rows}}))
        assert client.batch_get_item(**READ)["Responses"]["t"] == rows

    def test_metadata_when_a_send_was_lost_then_it_says_so(self, client: Any, server: ScriptedServer) -> None:
        server.then(dynamodb.close)
        metadata = client.transact_write_items(**WRITE)["ResponseMetadata"]
        assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"], metadata["RequestId"]) == (200, 1, "request-1")

    def test_trace_when_lambda_runs_under_one_then_it_is_handed_on(
        self, client: Any, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.batch_get_item(**READ)
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "order-api")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1\n")
        client.batch_get_item(**READ)
        assert [received.headers.get("x-amzn-trace-id") for received in server.received] == [
            None,
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1%0A",
        ]

    def test_other_calls_when_made_then_they_work(self, client: Any, server: ScriptedServer) -> None:
        server.then(refuse(400, "ConditionalCheckFailedException"), answer({"Items": [ITEM], "Count": 1}))
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            client.put_item(TableName="t", Item=ITEM)
        assert client.query(TableName="t")["Items"] == [ITEM]


#: What happens to a request once; each time it is sent again, with the same token, and answered.
PASSING = {
    "request lost": dynamodb.be_silent(READ_SECONDS * 2),
    "answer lost": dynamodb.close,
    "connection reset": dynamodb.reset,
    "no HTTP": dynamodb.answer_what_is_no_http,
    "checksum wrong": answer({}, x_amz_crc32="1"),
    "500": refuse(500, "InternalServerError"),
    "503 of a proxy": answer(b"<html>busy</html>", 503),
    "502 without a body": answer(b"", 502),
    "429": answer(b"", 429),
    "throttled": refuse(400, "ProvisionedThroughputExceededException"),
    "limited": refuse(400, "RequestLimitExceeded"),
    "in progress": refuse(400, "TransactionInProgressException"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_write_when_a_fault_passes_then_sent_again_with_the_same_token(
    client: Any, server: ScriptedServer, fault: dynamodb.Act
) -> None:
    server.then(fault)
    client.transact_write_items(**WRITE)
    assert len(server.received) == 2
    assert len(set(tokens(server))) == 1


#: What happens to every request, as what it reaches the caller, and what a commit makes of it.
LASTING: dict[str, tuple[dynamodb.Act, type[Exception], type[GatewayError]]] = {
    "request lost": (dynamodb.be_silent(READ_SECONDS * 2), ReadTimeoutError, OutcomeUnknown),
    "answer lost": (dynamodb.close, ConnectionClosedError, OutcomeUnknown),
    "connection reset": (dynamodb.reset, ConnectionClosedError, OutcomeUnknown),
    "no HTTP": (dynamodb.answer_what_is_no_http, ConnectionClosedError, OutcomeUnknown),
    "500": (refuse(500, "InternalServerError"), ClientError, OutcomeUnknown),
    "503 of a proxy": (answer(b"<html>busy</html>", 503), ClientError, OutcomeUnknown),
    "502 without a body": (answer(b"", 502), ClientError, OutcomeUnknown),
    "429": (answer(b"", 429), ClientError, OutcomeUnknown),
    "throttled": (refuse(400, "ProvisionedThroughputExceededException"), ClientError, Transient),
    "throttled, 400": (refuse(400, "ThrottlingException"), ClientError, Transient),
    "limited": (refuse(400, "RequestLimitExceeded"), ClientError, Transient),
    "in progress": (refuse(400, "TransactionInProgressException"), ClientError, OutcomeUnknown),
}


@pytest.mark.parametrize(("fault", "kind_of_error", "outcome"), LASTING.values(), ids=LASTING)
def test_write_when_a_fault_lasts_then_told_after_two_sends(
    client: Any,
    server: ScriptedServer,
    fault: dynamodb.Act,
    kind_of_error: type[Exception],
    outcome: type[GatewayError],
) -> None:
    server.otherwise = fault
    with pytest.raises(kind_of_error) as told_as:
        client.transact_write_items(**WRITE)
    assert type(told_as.value) is kind_of_error or isinstance(told_as.value, ClientError)
    assert len(server.received) == 2
    with pytest.raises(outcome) as made_of_it:
        commit_errors(client.transact_write_items)(**WRITE)
    assert type(made_of_it.value) is outcome


#: What a second send comes to that says nothing of the first.
SILENT_ON_THE_FIRST: dict[str, dynamodb.Act] = {
    "throttled": refuse(400, "ProvisionedThroughputExceededException"),
    "limited": refuse(400, "RequestLimitExceeded"),
    "denied": refuse(400, "AccessDeniedException"),
    "keys expired": refuse(400, "ExpiredTokenException"),
}


@pytest.mark.parametrize("first", ["request lost", "answer lost", "500"])
@pytest.mark.parametrize("second", SILENT_ON_THE_FIRST.values(), ids=SILENT_ON_THE_FIRST)
def test_write_when_a_send_may_have_arrived_and_the_next_is_refused_then_the_outcome_is_unknown(
    client: Any, server: ScriptedServer, first: str, second: dynamodb.Act
) -> None:
    server.then(PASSING[first], second)
    with pytest.raises(OutcomeUnknown):
        commit_errors(client.transact_write_items)(**WRITE)
    assert len(server.received) == 2


def test_write_when_a_send_may_have_arrived_and_nobody_listens_any_more_then_the_outcome_is_unknown(
    client: Any, server: ScriptedServer
) -> None:
    def answer_nothing_and_go(_connection: Any, _request: Any) -> bool:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        return False

    server.then(answer_nothing_and_go)
    with pytest.raises(OutcomeUnknown):
        commit_errors(client.transact_write_items)(**WRITE)
    assert len(server.received) == 1


def test_write_when_a_send_may_have_arrived_and_the_next_is_cancelled_then_it_lost_its_race(
    client: Any, server: ScriptedServer
) -> None:
    cancelled = refuse(400, "TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}])
    server.then(PASSING["answer lost"], cancelled)
    with pytest.raises(VersionConflict):
        commit_errors(client.transact_write_items)(**WRITE)


#: Refusals that another send would not change.
FINAL: dict[str, tuple[dynamodb.Act, type[GatewayError]]] = {
    "validation": (refuse(400, "ValidationException"), Transient),
    "denied": (refuse(400, "AccessDeniedException"), Transient),
    "no table": (refuse(400, "ResourceNotFoundException"), Transient),
    "keys expired": (refuse(400, "ExpiredTokenException"), OutcomeUnknown),
    "keys unknown": (refuse(400, "UnrecognizedClientException"), OutcomeUnknown),
    "clock skewed": (refuse(400, "InvalidSignatureException"), OutcomeUnknown),
    "token used otherwise": (refuse(400, "IdempotentParameterMismatchException"), OutcomeUnknown),
    "conflict": (
        refuse(
            400,
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "ConditionalCheckFailed", "Message": "no", "Item": ITEM}, {"Code": "None"}],
        ),
        VersionConflict,
    ),
    "log ahead": (
        refuse(
            400,
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ITEM}],
        ),
        StateCorrupt,
    ),
}


@pytest.mark.parametrize(("refusal", "outcome"), FINAL.values(), ids=FINAL)
def test_write_when_refused_then_at_once_and_with_all_that_was_said(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, refusal: dynamodb.Act, outcome: type[GatewayError]
) -> None:
    responses = []
    for kind in KINDS:
        monkeypatch.setenv("DYNAMODB_CLIENT", kind)
        forget()
        server.then(refusal, refusal)
        client = clients.decision_client()
        with pytest.raises(ClientError) as refused:
            client.transact_write_items(**WRITE)  # type: ignore[arg-type]
        response = refused.value.response
        # botocore repeats the message beside the error where its model has one.
        seen = {name: value for name, value in told(response).items() if name.lower() != "message"}  # type: ignore[arg-type]
        responses.append((seen, str(refused.value), refused.value.operation_name))
        with pytest.raises(outcome):
            commit_errors(client.transact_write_items)(**WRITE)
    assert responses[0] == responses[1]
    assert len(server.received) == 4


class TestStricter:
    """Where our client says less than botocore's would: what is not whole is no answer."""

    @pytest.fixture
    def kind(self, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setenv("DYNAMODB_CLIENT", "lean")
        return "lean"

    @pytest.mark.parametrize(
        ("fault", "kind_of_error"),
        [
            (answer({}, x_amz_crc32="1"), ChecksumError),
            (dynamodb.answer_half({"Responses": {"t": [ITEM]}}), ConnectionClosedError),
            (answer(b'{"Responses": {'), HTTPClientError),
            (answer(b"<html>captive portal</html>"), HTTPClientError),
            (answer({"Responses": {"t": [{"document": {"B": "not base64"}}]}}), HTTPClientError),
            (answer(b"{}", Content_Length="many"), ConnectionClosedError),
            (answer(b"{}", Content_Length="9" * 5_000), ConnectionClosedError),
            (answer(b"", Transfer_Encoding="chunked"), ReadTimeoutError),
            (
                dynamodb.answer_raw(dynamodb.head(None, Transfer_Encoding="chunked") + b"2\r\n{}XX0\r\n\r\n"),
                ConnectionClosedError,
            ),
            (
                dynamodb.answer_raw(dynamodb.head(None, Transfer_Encoding="chunked") + b"0_2\r\n{}\r\n0\r\n\r\n"),
                ConnectionClosedError,
            ),
        ],
        ids=[
            "checksum",
            "half",
            "cut",
            "page",
            "no-base64",
            "length",
            "endless",
            "chunks",
            "chunk-too-long",
            "chunk-size",
        ],
    )
    def test_answer_when_it_is_not_whole_then_asked_again_and_never_taken(
        self, client: Any, server: ScriptedServer, fault: dynamodb.Act, kind_of_error: type[BotoCoreError]
    ) -> None:
        server.then(fault, fault, fault)
        with pytest.raises(kind_of_error):
            client.batch_get_item(**READ)
        assert client.batch_get_item(**READ)["ResponseMetadata"]["RetryAttempts"] == 1
        assert len(server.received) == 4
