"""DynamoDB as a process sees it: the model of tests/support/dynamodb behind a client that loses, repeats and tears.

What botocore does is done here: two sends with the same token, each answer or refusal as boto3 raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError

from tests.simulation.scheduler import Process
from tests.support.dynamodb.errors import Refused

if TYPE_CHECKING:
    from tests.simulation.world import World

URL = "https://dynamodb.invalid"
READ_TIMEOUT_SECONDS, SENDS_MAX = 0.8, 2
#: A request that nobody waits for any more still arrives within so many seconds.
LATE_SECONDS_MAX = 3.0
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})
#: Writes that lose against a transaction on the same item.
SINGLE_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
_REPEATED = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError"})


class ConditionalCheckFailedException(ClientError):
    """A write's condition did not hold."""


class TransactionCanceledException(ClientError):
    """A transaction was cancelled."""


class Exceptions:
    """What boto3 hangs on its clients."""

    ConditionalCheckFailedException = ConditionalCheckFailedException
    TransactionCanceledException = TransactionCanceledException


_CLASSES: dict[str, type[ClientError]] = {
    "ConditionalCheckFailedException": ConditionalCheckFailedException,
    "TransactionCanceledException": TransactionCanceledException,
}


def refusal(operation: str, code: str, message: str = "injected", **fields: Any) -> ClientError:
    """Return a refusal as boto3 raises it."""
    kind = _CLASSES.get(code, ClientError)
    return kind(fields | {"Error": {"Code": code, "Message": message}}, operation)


class SimDynamo:
    """One process's client."""

    exceptions = Exceptions

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the method of an operation: ``put_item`` of PutItem."""
        operation = "".join(part.capitalize() for part in name.split("_"))

        def call(**request: Any) -> Any:
            return self.call(operation, request)

        self.__dict__[name] = call
        return call

    def get_paginator(self, name: str) -> _Paginator:
        """Return what walks through the pages of a query or scan."""
        return _Paginator(getattr(self, name))

    def call(self, operation: str, request: dict[str, Any]) -> Any:
        """Send a request, and once more where botocore would."""
        if operation == "TransactWriteItems":
            request.setdefault("ClientRequestToken", f"{self._world.chance.getrandbits(128):032x}")
        if operation == "BatchGetItem":
            self._note_read(request)
        for attempt in range(1, SENDS_MAX + 1):
            try:
                return self._send(operation, request)
            except HTTPClientError:
                if attempt == SENDS_MAX:
                    raise
            except ClientError as error:
                if attempt == SENDS_MAX or error.response["Error"]["Code"] not in _REPEATED:
                    raise
            self._world.scheduler.pause(0.02)
        raise AssertionError

    def _note_read(self, request: dict[str, Any]) -> None:
        """Remember since when this process knows what the kill switches say; the rest of a read began with its first part."""
        kept = self._process.kept
        if kept.pop("rest", None):
            return
        if any(key["pk"]["S"] == "KILL_SWITCH" for one in request["RequestItems"].values() for key in one["Keys"]):
            kept["flags_read_us"] = self._world.scheduler.now_us

    def _send(self, operation: str, request: dict[str, Any]) -> Any:
        world, happens = self._world, self._world.faults.happens
        world.step(self._process)
        # In a storm each commit takes its time: what was decided meets what changed meanwhile.
        if happens("db.slow") or (world.storm and _is_of_account(operation, request) and world.chance.random() < 0.5):
            world.scheduler.pause(world.chance.uniform(0.1, READ_TIMEOUT_SECONDS - 0.1))
        if happens("db.request_lost"):
            world.scheduler.pause(READ_TIMEOUT_SECONDS)
            raise ReadTimeoutError(endpoint_url=URL)
        if happens("db.throttled"):
            raise self._throttled(operation, request)
        if operation in WRITES:
            if happens("db.request_late"):
                late = world.chance.uniform(READ_TIMEOUT_SECONDS, LATE_SECONDS_MAX)
                knows_us = self._process.kept.get("flags_read_us", 0)
                world.scheduler.call_after(late, lambda: self._arrive_late(operation, request, knows_us))
                world.scheduler.pause(READ_TIMEOUT_SECONDS)
                raise ReadTimeoutError(endpoint_url=URL)
            self._conflict(operation, request)
        answer = self._answer(operation, request)
        world.step(self._process)
        if happens("db.internal_error"):
            raise refusal(operation, "InternalServerError")
        if happens("db.answer_lost"):
            if world.chance.random() < 0.5:
                raise ConnectionClosedError(endpoint_url=URL)
            world.scheduler.pause(READ_TIMEOUT_SECONDS)
            raise ReadTimeoutError(endpoint_url=URL)
        return answer

    def _throttled(self, operation: str, request: dict[str, Any]) -> ClientError:
        if operation != "TransactWriteItems":
            return refusal(operation, "ProvisionedThroughputExceededException")
        return self._cancelled(request, "ThrottlingError")

    def _conflict(self, operation: str, request: dict[str, Any]) -> None:
        if operation == "TransactWriteItems" and self._world.faults.happens("db.transaction_conflict"):
            raise self._cancelled(request, "TransactionConflict")
        if operation in SINGLE_WRITES and self._world.faults.happens("db.transaction_conflict"):
            raise refusal(operation, "TransactionConflictException")

    def _cancelled(self, request: dict[str, Any], code: str) -> ClientError:
        actions = request["TransactItems"]
        hit = self._world.chance.randrange(len(actions))
        reasons = [{"Code": code if number == hit else "None"} for number in range(len(actions))]
        return refusal("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)

    def _arrive_late(self, operation: str, request: dict[str, Any], knows_us: int) -> None:
        try:
            self._perform(operation, request, knows_us)
        except ClientError:
            return

    def _answer(self, operation: str, request: dict[str, Any]) -> Any:
        happens = self._world.faults.happens
        if operation == "BatchGetItem":
            return self._read_batch(request)
        if operation == "BatchWriteItem" and happens("db.writes_unprocessed"):
            return self._write_part(request)
        if operation in {"Query", "Scan"} and "Limit" not in request and happens("db.page_short"):
            # As where the items are large: a page ends early, and names where the next one starts.
            request = request | {"Limit": self._world.chance.randint(1, 3)}
        return self._perform(operation, request)

    def _read_batch(self, request: dict[str, Any]) -> Any:
        """Read each item at an instant of its own, and leave some unread."""
        chance, happens = self._world.chance, self._world.faults.happens
        if not happens("db.torn_read"):
            answer = self._perform("BatchGetItem", request)
        else:
            first, second = self._split(request["RequestItems"])
            parts = []
            for part in (first, second):
                if part:
                    parts.append(self._perform("BatchGetItem", {"RequestItems": part}))
                    self._world.step(self._process)
            responses: dict[str, list[Any]] = {name: [] for name in request["RequestItems"]}
            for found in parts:
                for name, rows in found["Responses"].items():
                    responses[name] += rows
            answer = {"Responses": responses, "UnprocessedKeys": {}}
        if happens("db.keys_unprocessed"):
            left, _ = self._split(request["RequestItems"])
            for name, wanted in left.items():
                keys = [{**key} for key in wanted["Keys"]]
                rows = answer["Responses"].get(name, [])
                answer["Responses"][name] = [r for r in rows if {n: r[n] for n in keys[0]} not in keys]
            answer["UnprocessedKeys"] = left
            self._process.kept["rest"] = bool(left)
        chance.random()
        return answer

    def _split(self, wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        parts: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        for name, one in wanted.items():
            for key in one["Keys"]:
                part = parts[self._world.chance.random() < 0.5]
                part.setdefault(name, {**one, "Keys": []})["Keys"].append(key)
        return parts

    def _write_part(self, request: dict[str, Any]) -> Any:
        [(table, rows)] = request["RequestItems"].items()
        count = self._world.chance.randrange(len(rows))
        if count:
            self._perform("BatchWriteItem", {"RequestItems": {table: rows[:count]}})
        return {"UnprocessedItems": {table: rows[count:]}}

    def _perform(self, operation: str, request: dict[str, Any], knows_us: int | None = None) -> Any:
        try:
            answer = self._world.tables.call(operation, request)
        except Refused as error:
            raise refusal(operation, error.code, error.message, **error.fields) from None
        if operation in WRITES:
            known = self._process.kept.get("flags_read_us", 0) if knows_us is None else knows_us
            self._world.wrote(known)
        return answer


def _is_of_account(operation: str, request: dict[str, Any]) -> bool:
    """Tell whether a request commits to an account's log, not to the gateway's own."""
    if operation != "TransactWriteItems":
        return False
    item = request["TransactItems"][0].get("Put", {}).get("Item", {})
    return item.get("pk") != {"S": "ACCOUNT#gateway"}


class _Paginator:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def paginate(self, **request: Any) -> Iterator[Any]:
        while True:
            page = self._call(**request)
            yield page
            if (last := page.get("LastEvaluatedKey")) is None:
                return
            request = request | {"ExclusiveStartKey": last}
