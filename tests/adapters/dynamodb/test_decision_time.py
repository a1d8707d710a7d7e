"""How long a decision's calls take at most, and what they leave in doubt: our client's and botocore's alike."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from riskgate.adapters.aws import clients, time_budget
from riskgate.adapters.aws.time_budget import ending_in
from riskgate.adapters.dynamodb.batch_read import batch_read, query_all
from riskgate.adapters.dynamodb.errors import commit_errors, read_errors
from riskgate.core.errors import OutcomeUnknown, Transient
from tests.support import scripted_dynamodb as dynamodb
from tests.support.scripted_dynamodb import ITEM, KEY, READ, READ_SECONDS, WRITE, ScriptedServer, answer, refuse

SILENT = dynamodb.be_silent(READ_SECONDS * 2)
#: Enough for one send, with less left after it than another needs.
ONE_SEND = READ_SECONDS + time_budget.SEND_SECONDS_MIN * 0.9
#: Of a shared machine.
SLACK = 0.25


def commit(client: Any) -> None:
    commit_errors(client.transact_write_items)(**WRITE)


class TestTime:
    def test_write_when_no_time_is_left_then_nothing_is_sent_and_nothing_happened(
        self, client: Any, server: ScriptedServer
    ) -> None:
        with ending_in(time_budget.SEND_SECONDS_MIN / 2), pytest.raises(Transient) as told:
            commit(client)
        assert (told.value.code, told.value.status) == ("UNAVAILABLE", 503)
        assert server.received == []

    def test_read_when_no_time_is_left_then_nothing_is_sent(self, client: Any, server: ScriptedServer) -> None:
        with ending_in(0), pytest.raises(Transient) as told:
            read_errors(client.batch_get_item)(**READ)
        assert told.value.code == "UNAVAILABLE"
        assert server.received == []

    def test_write_when_the_first_send_takes_the_time_then_it_is_not_sent_again_and_is_unknown(
        self, client: Any, server: ScriptedServer
    ) -> None:
        commit(client)
        server.otherwise = SILENT
        began = time.monotonic()
        with ending_in(ONE_SEND), pytest.raises(OutcomeUnknown):
            commit(client)
        assert time.monotonic() - began < ONE_SEND + SLACK
        assert len(server.received) == 2

    @pytest.mark.parametrize("kind", ["lean"], indirect=True)
    def test_answer_when_it_comes_in_drops_then_it_is_waited_for_until_the_end(
        self, client: Any, server: ScriptedServer
    ) -> None:
        server.otherwise = dynamodb.answer_slowly({"Responses": {"t": [ITEM] * 9}}, READ_SECONDS / 2)
        began = time.monotonic()
        with ending_in(ONE_SEND / 2), pytest.raises(Transient):
            read_errors(client.batch_get_item)(**READ)
        assert time.monotonic() - began < ONE_SEND / 2 + SLACK

    @pytest.mark.parametrize("kind", ["lean"], indirect=True)
    def test_write_when_a_wait_would_take_the_time_then_told_at_once(
        self, client: Any, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("riskgate.adapters.aws.retries.RetryQuota.wait_seconds", lambda *_, **__: 5.0)
        server.otherwise = refuse(400, "ThrottlingException")
        with ending_in(2), pytest.raises(Transient) as told:
            commit(client)
        assert told.value.code == "THROTTLED"
        assert len(server.received) == 1

    def test_end_when_it_has_passed_then_the_next_request_has_its_own(
        self, client: Any, server: ScriptedServer
    ) -> None:
        with ending_in(0), ending_in(60), pytest.raises(Transient):
            commit(client)
        commit(client)
        assert len(server.received) == 1

    def test_client_when_another_call_is_late_then_it_is_not_sent(self, client: Any, server: ScriptedServer) -> None:
        with ending_in(0), pytest.raises(Transient):
            read_errors(client.query)(TableName="t")
        assert server.received == []


def test_write_when_keys_are_gone_after_a_send_that_may_have_arrived_then_the_outcome_is_unknown(
    client: Any, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_keys(connection: Any, request: Any) -> bool:
        monkeypatch.setattr("riskgate.adapters.aws.signature.Signer.authorize", refuse_to_sign)
        monkeypatch.setattr("botocore.signers.RequestSigner.sign", refuse_to_sign)
        return dynamodb.close(connection, request)

    server.then(lose_keys)
    with pytest.raises(OutcomeUnknown):
        commit(client)
    assert len(server.received) == 1


def refuse_to_sign(*_: Any, **__: Any) -> str:
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415

    raise NoCredentialsError


#: Answers with status 200 that do not say what was read.
UNREADABLE = {
    "nothing": answer({}),
    "null": answer({"Responses": None}),
    "a page": answer(b"<html>captive portal</html>"),
    "cut": answer(b'{"Responses": {'),
    "another table": answer({"Responses": {"other": [KEY]}}),
    "no key": answer({"Responses": {"t": [{"document": {"S": "x"}}]}}),
}


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE)
def test_read_when_the_answer_does_not_say_what_was_read_then_refused_for_now(
    client: Any, server: ScriptedServer, unreadable: dynamodb.Act
) -> None:
    server.otherwise = unreadable
    with pytest.raises(Transient) as told:
        batch_read(client, {"t": [KEY]})
    assert (told.value.code, told.value.status) == ("UNAVAILABLE", 503)


def test_page_when_it_has_no_items_then_refused_for_now(server: ScriptedServer) -> None:
    server.otherwise = answer({})
    with pytest.raises(Transient) as told:
        query_all(clients.dynamodb_client(), "t", "a")
    assert told.value.code == "UNAVAILABLE"


#: What is no confirmation of a write, though its status is 200.
UNCONFIRMED = {
    "a page": answer(b"<html>captive portal</html>"),
    "cut": answer(b'{"Consumed'),
    "changed on the way": answer({}, x_amz_crc32="1"),
}


@pytest.mark.parametrize("unconfirmed", UNCONFIRMED.values(), ids=UNCONFIRMED)
def test_write_when_the_answer_is_none_of_dynamodb_then_the_outcome_is_unknown(
    client: Any, server: ScriptedServer, unconfirmed: dynamodb.Act
) -> None:
    server.otherwise = unconfirmed
    with pytest.raises(OutcomeUnknown):
        commit(client)


def list_keys(count: int) -> list[dict[str, Any]]:
    return [{"pk": {"S": "a"}, "sk": {"S": f"{number:03}"}} for number in range(count)]


def answer_what_is_asked(connection: Any, request: Any) -> bool:
    """Answer a batch with an item for each of its keys."""
    rows = [key | {"at": {"S": key["sk"]["S"]}} for key in request.body["RequestItems"]["t"]["Keys"]]
    return answer({"Responses": {"t": rows}})(connection, request)


class TestBatches:
    def test_keys_when_more_than_a_batch_holds_then_all_are_asked_for_at_the_same_time(
        self, client: Any, server: ScriptedServer
    ) -> None:
        all_are_there = threading.Barrier(3, timeout=READ_SECONDS * 0.9)

        def answer_together(connection: Any, request: Any) -> bool:
            all_are_there.wait()
            return answer_what_is_asked(connection, request)

        server.otherwise = answer_together
        found = batch_read(client, {"t": list_keys(250)})
        assert [row["at"]["S"] for _, row in sorted(found["t"].items())] == [f"{number:03}" for number in range(250)]
        assert sorted(len(sent.body["RequestItems"]["t"]["Keys"]) for sent in server.received) == [50, 100, 100]

    def test_keys_when_a_job_asks_for_very_many_then_all_are_read(self, client: Any, server: ScriptedServer) -> None:
        server.otherwise = answer_what_is_asked
        assert len(batch_read(client, {"t": list_keys(950)})["t"]) == 950
        assert len(server.received) == 10

    def test_batches_when_one_of_them_is_refused_then_nothing_is_read(
        self, client: Any, server: ScriptedServer
    ) -> None:
        def refuse_the_last(connection: Any, request: Any) -> bool:
            if len(request.body["RequestItems"]["t"]["Keys"]) < 100:
                return refuse(400, "ProvisionedThroughputExceededException")(connection, request)
            return answer_what_is_asked(connection, request)

        server.otherwise = refuse_the_last
        with pytest.raises(Transient) as told:
            batch_read(client, {"t": list_keys(250)})
        assert told.value.code == "THROTTLED"

    def test_batches_when_no_time_is_left_then_none_of_them_is_sent(self, client: Any, server: ScriptedServer) -> None:
        with ending_in(0), pytest.raises(Transient):
            batch_read(client, {"t": list_keys(250)})
        assert server.received == []
