"""The client that decisions are read and written through, ours and botocore's in turn, before a server on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from riskgate.adapters.aws import clients
from riskgate.adapters.aws.dynamodb_api import DynamoDBApi
from riskgate.adapters.aws.lazy import forget
from tests.support import scripted_dynamodb as dynamodb
from tests.support.aws import Aws, aws
from tests.support.scripted_dynamodb import READ_SECONDS, ScriptedServer

__all__ = ["aws"]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    for name in ("http_proxy", "https_proxy", "all_proxy", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    # A session that an earlier test left keeps the keys it found then.
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    monkeypatch.setattr(clients, "READ_SECONDS", READ_SECONDS)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    monkeypatch.setattr("riskgate.adapters.aws.retries.RetryQuota.wait_seconds", lambda *_, **__: 0)
    forget()
    yield
    forget()


@pytest.fixture
def server(environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with dynamodb.running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


@pytest.fixture(params=["lean", "boto3"])
def kind(environment: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DYNAMODB_CLIENT", request.param)
    return str(request.param)


@pytest.fixture
def client(server: ScriptedServer, kind: str) -> Any:
    made = clients.decision_client()
    assert isinstance(made, DynamoDBApi) is (kind == "lean")
    return made


class Reads:
    """A client that notes of every read whether it is consistent."""

    def __init__(self, client: Any) -> None:
        self._client, self.asked = client, list[dict[str, Any]]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: _Pages(found(operation), self.asked)
        if name not in {"get_item", "query", "batch_get_item"}:
            return found

        def read(**asked: Any) -> Any:
            self.asked += asked.get("RequestItems", {"": asked}).values()
            return found(**asked)

        return read


class _Pages:
    def __init__(self, pages: Any, asked: list[dict[str, Any]]) -> None:
        self._pages, self._asked = pages, asked

    def paginate(self, **asked: Any) -> Any:
        self._asked.append(asked)
        return self._pages.paginate(**asked)


@pytest.fixture
def reads(aws: Aws) -> Iterator[Any]:
    """Give a client; what is read through it must be consistent."""
    client = Reads(aws.dynamodb)
    yield client
    assert client.asked, "nothing was read"
    assert all(asked.get("ConsistentRead") is True for asked in client.asked), client.asked
