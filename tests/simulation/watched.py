"""The requests of a history, and what another database answers to them: they come in the order in which the model answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from tests.simulation.history import run_history
from tests.simulation.world import SCHEMAS, Plan
from tests.support.dynamodb.database import Database
from tests.support.dynamodb.errors import Refused
from tests.support.dynamodb.outcomes import Outcome, in_order, outcome, refused, settle
from tests.support.dynamodb.tables import Table

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


def watch(seed: int) -> Watched:
    """Return the model after a history, with all that it was asked."""
    watched = Watched()
    report = run_history(Plan(seed=seed), watched)
    assert not report.violation, report.violation
    return watched


def assert_same(watched: Watched, endpoint: str) -> Counter[str]:
    """Ask a real engine the same, in tables of its own; return how often each operation was asked.

    Raises AssertionError: an answer, or in the end an item, is another than the model's.
    """
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    session = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name="us-east-1")
    engine: Any = session.client("dynamodb", endpoint_url=endpoint, config=config)
    prefix = f"h{uuid4().hex[:8]}-"
    _fill(engine, prefix, watched.first)
    kinds: Counter[str] = Counter()
    for operation, request, answered in watched.asked:
        call = getattr(engine, "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_"))
        theirs = _unnamed(list(outcome(lambda c=call, r=request: c(**_named(r, prefix)))), prefix)  # type: ignore[misc]
        assert list(answered) == theirs, f"{operation} {request}"
        kinds[operation] += 1
    for name, table in watched.tables.items():
        pages = engine.get_paginator("scan").paginate(TableName=f"{prefix}{name}", ConsistentRead=True)
        found = sorted((settle(item) for page in pages for item in page["Items"]), key=in_order)
        assert found == sorted((settle(item) for _, item in table.walk()), key=in_order), name
        engine.delete_table(TableName=f"{prefix}{name}")
    engine.close()
    return kinds


def _fill(engine: Any, prefix: str, tables: Mapping[str, Table]) -> None:
    for name, table in tables.items():
        keys = list(SCHEMAS[name])
        engine.create_table(
            TableName=f"{prefix}{name}",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in keys],
            KeySchema=[{"AttributeName": n, "KeyType": k} for (n, _), k in zip(keys, ("HASH", "RANGE"), strict=True)],
            BillingMode="PAY_PER_REQUEST",
        )
        for _, item in table.walk():
            engine.put_item(TableName=f"{prefix}{name}", Item=item)


def _named(value: Any, prefix: str) -> Any:
    """Return a request about tables of other names."""
    if isinstance(value, list):
        return [_named(one, prefix) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        f"{prefix}{name}" if name in SCHEMAS else name: f"{prefix}{one}" if name == "TableName" else _named(one, prefix)
        for name, one in value.items()
    }


def _unnamed(value: Any, prefix: str) -> Any:
    """Return an answer about tables of the simulation's names."""
    if isinstance(value, list):
        return [_unnamed(one, prefix) for one in value]
    if not isinstance(value, dict):
        return value
    return {str(name).removeprefix(prefix): _unnamed(one, prefix) for name, one in value.items()}
