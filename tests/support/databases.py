"""What stands for DynamoDB in component tests: the model, or moto where RISKGATE_TEST_DATABASE says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.models import botocore_stubber
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

from tests.support.dynamodb import client
from tests.support.dynamodb.database import Database

REGION = "us-east-1"
SWITCH = "RISKGATE_TEST_DATABASE"


class TestDatabase(Protocol):
    """What tests ask of DynamoDB beside its API."""

    def save(self) -> Any:
        """Return all tables as they are now."""

    def restore(self, saved: Any) -> None:
        """Put all tables back to what they were."""

    def records(self, table: str, start: int = 0) -> list[dict[str, Any]]:
        """Return a table's stream from a position on, as Lambda hands its records over."""

    def deliver(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer a request that left its client."""


class Model:
    """The model in tests/support/dynamodb."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.save, self.restore = database.save, database.restore

    def records(self, table: str, start: int = 0) -> list[dict[str, Any]]:
        """Return a table's stream."""
        return self._database.records(table, start)

    def deliver(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer a request that left its client."""
        return client.deliver(request, self._database)


class Moto:
    """moto's DynamoDB."""

    def __init__(self) -> None:
        self._answers: dict[str, AWSResponse] = {}

    @property
    def _backend(self) -> DynamoDBBackend:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]

    def save(self) -> Any:
        """Return all tables as they are now."""
        return deepcopy(self._backend.tables)

    def restore(self, saved: Any) -> None:
        """Put all tables back to what they were."""
        self._backend.tables = deepcopy(saved)

    def records(self, table: str, start: int = 0) -> list[dict[str, Any]]:
        """Return a table's stream: instants are numbers there."""
        shard = self._backend.tables[table].stream_shard
        assert shard is not None
        found = []
        for item in list(shard.items)[start:]:
            record = item.to_json()
            change = dict(record["dynamodb"])
            at = change.get("ApproximateCreationDateTime")
            change["ApproximateCreationDateTime"] = at.timestamp() if isinstance(at, datetime) else at
            found.append({**record, "eventSource": "aws:dynamodb", "dynamodb": change})
        return found

    def deliver(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer a request; a repeated ClientRequestToken as before, as DynamoDB does."""
        assert request.body is not None
        token = json.loads(request.body).get("ClientRequestToken", "")
        if token in self._answers:
            return _copy(self._answers[token])
        answer = botocore_stubber(event_name="before-send", request=request)
        assert isinstance(answer, AWSResponse)
        if token and answer.status_code == 200:
            self._answers[token] = _copy(answer)
        return answer


#: Those that answer now, the innermost last.
_active: list[TestDatabase] = []


@contextmanager
def running(kind: str = "") -> Iterator[TestDatabase]:
    """Let a database answer the clients of this process; `kind` is ``model``, ``moto`` or what the environment says."""
    kind = kind or os.environ.get(SWITCH) or "model"
    if kind == "moto":
        yield from _active_while(Moto())
        return
    assert kind == "model", f"{SWITCH} is model or moto"
    with client.answering(Database()) as database:
        yield from _active_while(Model(database))


def current() -> TestDatabase:
    """Return the database that answers now."""
    return _active[-1]


def _active_while(database: TestDatabase) -> Iterator[TestDatabase]:
    _active.append(database)
    try:
        yield database
    finally:
        _active.remove(database)


def _copy(answer: AWSResponse) -> AWSResponse:
    return client.respond_raw(answer.url, answer.status_code, answer.content)
