"""A decision's two requests against the stack's DynamoDB, without gateway and Lambda."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.orders.submit_order import submit_order
from riskgate.core.order import Order
from tests.bench.measure import median

ROUNDS = 60


class Recorder:
    """A DynamoDB client that keeps the requests of the last decision."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.read: dict[str, Any] = {}
        self.written: dict[str, Any] = {}

    def batch_get_item(self, **request: Any) -> Any:
        """Pass on and keep."""
        self.read = request
        return self._client.batch_get_item(**request)

    def transact_write_items(self, **request: Any) -> Any:
        """Pass on and keep."""
        self.written = request
        return self._client.transact_write_items(**request)


def measure_direct(client: Any, tables: Mapping[str, str], orders: Callable[[int], Order]) -> dict[str, float]:
    """Return wall milliseconds of a decision in this process, and of its two requests alone.

    Parameters
    ----------
    orders : gives the n-th of a series of orders that are all approved.
    """
    recorder: Any = Recorder(client)
    store = DynamoStore(
        recorder, state_table=tables["state"], control_table=tables["control"], audit_table=tables["audit"]
    )
    deps = Deps(store=store)

    def decide(number: int) -> None:
        answer = submit_order(Acting(deps=deps, actor="bench", now=datetime.now(UTC)), orders(number))
        if not answer.approved:
            raise RuntimeError(answer.body)

    decisions = [_time(lambda number=number: decide(number)) for number in range(ROUNDS)]  # type: ignore[misc]
    # The same items again: written over, so without the conditions that make them new, and the checks beside them.
    written = [action["Put"] for action in _actions(recorder) if "Put" in action]
    puts = [{"Put": {name: put[name] for name in ("TableName", "Item")}} for put in written]
    reads = [_time(lambda: client.batch_get_item(**recorder.read)) for _ in range(ROUNDS)]
    writes = [_time(lambda: client.transact_write_items(TransactItems=puts)) for _ in range(ROUNDS)]
    return {"decision": median(decisions), "read": median(reads), "write": median(writes)}


def _actions(recorder: Recorder) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = recorder.written["TransactItems"]
    return actions


def _time(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return (time.perf_counter() - started) * 1e3


def read_durations(logs: Any, function_name: str, operation: str, since: datetime) -> list[float]:
    """Return the times the function itself logged for an operation since an instant, in milliseconds."""
    durations = []
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function_name}", startTime=int(since.timestamp() * 1000)
    )
    for page in pages:
        for event in page["events"]:
            with suppress(ValueError):  # the runtime's own lines are no JSON
                line = json.loads(event["message"])
                if line.get("message") == "request_served" and line.get("action") == operation:
                    durations.append(float(line["duration_ms"]))
    return durations
