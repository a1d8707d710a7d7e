"""What the simulation stands on: each request of its histories, asked of Amazon's DynamoDB Local too, gets the same answer.

Requests come in the order in which the model answered them, faults and crashes included: those are the clients' (ADR
0082). At the end both hold the same items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from tests.concurrency.outcomes import Outcome, in_order, outcome, refused, settle
from tests.simulation.history import run_history
from tests.simulation.world import SCHEMAS, Plan
from tests.support.dynamodb.database import Database
from tests.support.dynamodb.errors import Refused
from tests.support.dynamodb.tables import Table
from tests.support.hypothesis_profiles import share

#: Seeds of the simulation; other ones than its own tests run. A token of a transaction names one request for ten minutes.
SEEDS = range(900_001, 900_001 + share(20))
#: A scan has no order that means anything.
NOT_COMPARED = frozenset({"Scan", "CreateTable"})


class Watched(Database):
    """The model, and what it was asked and answered."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, dict[str, Any], Outcome]] = []
        self.first: Mapping[str, Table] = {}

    def restore(self, saved: Mapping[str, Table]) -> None:
        """Start from what was saved."""
        super().restore(saved)
        self.first = self.save()

    def call(self, operation: str, request: Any) -> dict[str, Any]:
        """Answer, and note it."""
        asked = deepcopy(dict(request))
        try:
            answer = super().call(operation, request)
        except Refused as error:
            self._note(operation, asked, refused(error.fields | {"Error": {"Code": error.code}}))
            raise
        self._note(operation, asked, outcome(lambda: answer))
        return answer

    def _note(self, operation: str, asked: dict[str, Any], answered: Outcome) -> None:
        if operation not in NOT_COMPARED:
            self.asked.append((operation, asked, deepcopy(answered)))


def named(value: Any, prefix: str) -> Any:
    """Return a request about tables of other names."""
    if isinstance(value, list):
        return [named(one, prefix) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        f"{prefix}{name}" if name in SCHEMAS else name: f"{prefix}{one}" if name == "TableName" else named(one, prefix)
        for name, one in value.items()
    }


def unnamed(value: Any, prefix: str) -> Any:
    """Return an answer about tables of the simulation's names."""
    if isinstance(value, list):
        return [unnamed(one, prefix) for one in value]
    if not isinstance(value, dict):
        return value
    return {str(name).removeprefix(prefix): unnamed(one, prefix) for name, one in value.items()}


def items_of(table: Table) -> list[dict[str, Any]]:
    return sorted((settle(item) for _, item in table.walk()), key=in_order)


@pytest.mark.parametrize("seed", SEEDS)
def test_history_when_its_requests_go_to_the_engine_then_each_answer_and_all_items_are_the_models(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    watched = Watched()
    report = run_history(Plan(seed=seed), watched)
    assert not report.violation, report.violation
    for name, value in {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}.items():
        monkeypatch.setenv(name, value)
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    engine: Any = boto3.Session(region_name="us-east-1").client("dynamodb", endpoint_url=endpoint, config=config)
    prefix = f"h{uuid4().hex[:8]}-"
    for name, table in watched.first.items():
        keys = list(SCHEMAS[name])
        engine.create_table(
            TableName=f"{prefix}{name}",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in keys],
            KeySchema=[{"AttributeName": n, "KeyType": k} for (n, _), k in zip(keys, ("HASH", "RANGE"), strict=True)],
            BillingMode="PAY_PER_REQUEST",
        )
        for _, item in table.walk():
            engine.put_item(TableName=f"{prefix}{name}", Item=item)
    kinds: Counter[str] = Counter()
    for operation, request, answered in watched.asked:
        call = getattr(engine, "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_"))
        theirs = unnamed(list(outcome(lambda c=call, r=request: c(**named(r, prefix)))), prefix)  # type: ignore[misc]
        assert list(answered) == theirs, f"{operation} {request}"
        kinds[operation] += 1
    for name, table in watched.tables.items():
        pages = engine.get_paginator("scan").paginate(TableName=f"{prefix}{name}", ConsistentRead=True)
        assert sorted((settle(item) for page in pages for item in page["Items"]), key=in_order) == items_of(table), name
    assert kinds["TransactWriteItems"] > 3 < kinds["BatchGetItem"]
    engine.close()
