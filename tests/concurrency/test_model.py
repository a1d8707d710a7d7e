"""The model of DynamoDB beside Amazon's DynamoDB Local: the same requests, the same answers and refusals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.concurrency.requests import sequences
from tests.support.dynamodb.client import answering
from tests.support.dynamodb.database import Database
from tests.support.dynamodb.outcomes import Outcome, outcome
from tests.support.hypothesis_profiles import share

#: More for a long look: ``MODEL_EXAMPLES=5000``.
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES") or share(400))
SCHEMAS = {"text": "S", "number": "N"}


@dataclass
class Pair:
    """The engine and the model, with the same tables."""

    engine: Any
    model: Any
    database: Database
    prefix: str

    def ask(self, operation: str, request: dict[str, Any]) -> tuple[Outcome, Outcome]:
        """Return what both answer."""
        engine = outcome(lambda: getattr(self.engine, operation)(**request))
        with answering(self.database):
            return engine, outcome(lambda: getattr(self.model, operation)(**request))

    def assert_same(self, operation: str, request: dict[str, Any]) -> Outcome:
        """Ask both, and fail where they differ."""
        engine, model = self.ask(operation, request)
        assert model == engine, f"{operation} {request}"
        return engine


@pytest.fixture(scope="module")
def pair(endpoint: str) -> Iterator[Pair]:
    """Make the same two tables on both."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}.items():
            patch.setenv(name, value)
        # What the client would refuse by itself is asked too.
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        session = boto3.Session(region_name="us-east-1")
        engine = session.client("dynamodb", endpoint_url=endpoint, config=config)
        made = Pair(engine, session.client("dynamodb", config=config), Database(), f"m{uuid4().hex[:8]}")
        for name, kind in SCHEMAS.items():
            made.ask("create_table", schema(f"{made.prefix}-{name}", kind))
        yield made
        engine.close()


def schema(name: str, kind: str) -> dict[str, Any]:
    return {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": kind},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


_runs = count()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_requests_when_any_follow_each_other_then_both_answer_the_same(pair: Pair, data: st.DataObject) -> None:
    run = next(_runs)
    for operation, request in data.draw(sequences(pair.prefix, str(run))):
        pair.assert_same(operation, request)
