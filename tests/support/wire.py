"""The wire to DynamoDB: what was sent, and faults on the way (request lost, reply lost, refusals, interleavings)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from tests.support import databases
from tests.support.dynamodb.client import ANSWERED, read_json, respond, write_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: What the client waits for a connection and for an answer (adapters/aws/clients.py), in seconds.
CONNECT_TIMEOUT_SECONDS = 0.5
READ_TIMEOUT_SECONDS = 0.8

READ, COMMIT = "BatchGetItem", "TransactWriteItems"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request as it left the client."""

    operation: str
    parameters: dict[str, Any]

    @cached_property
    def body(self) -> dict[str, Any]:
        """Return the request's document."""
        return write_json(self.parameters)


#: What happens to one request: return an answer, raise a network error, or return None to let it pass.
type Fault = Callable[[Wire, str, AWSPreparedRequest], AWSResponse | None]


@dataclass
class VirtualTime:
    """Time that passes only where something waits: sleeping and timeouts cost it, nothing else does."""

    elapsed: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Return the seconds passed so far."""
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.sleeps.append(seconds)
        self.elapsed += seconds


class Wire:
    """Stand between one client and its database: note every request, and break those that a test chose."""

    def __init__(self, client: DynamoDBClient, time: VirtualTime) -> None:
        self.sent: list[Sent] = []
        self.time = time
        self._faults: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._answers: dict[str, AWSResponse] = {}
        self.attach(client)

    def attach(self, client: DynamoDBClient) -> None:
        """Stand before one more client."""
        client.meta.events.register("before-send.dynamodb", self._before_send)

    def then(self, operation: str, *faults: Fault) -> None:
        """Apply one fault to each of the next requests of an operation."""
        self._faults.setdefault(operation, deque()).extend(faults)

    def always(self, operation: str, fault: Fault) -> None:
        """Apply a fault to every request of an operation; `*` for all operations."""
        self._always[operation] = fault

    def heal(self) -> None:
        """Let everything pass again."""
        self._faults.clear()
        self._always.clear()

    @property
    def is_exhausted(self) -> bool:
        """Tell whether every planned fault happened."""
        return not any(self._faults.values())

    def operations(self) -> list[str]:
        """Return the operations sent, in order."""
        return [sent.operation for sent in self.sent]

    def passes(self, operation: str, parameters: dict[str, Any]) -> bool:
        """Note a call and let it by; False where something happens to it on its way (asked by the model's client)."""
        if self._is_broken(operation):
            return False
        self.sent.append(Sent(operation=operation, parameters=parameters))
        return True

    def deliver(self, request: AWSPreparedRequest) -> AWSResponse:
        """Hand the request to the database."""
        return databases.current().deliver(request)

    def _is_broken(self, operation: str) -> bool:
        return bool(self._faults.get(operation)) or operation in self._always or "*" in self._always

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        assert request.body is not None
        self.sent.append(Sent(operation=operation, parameters=read_json(request.body)))
        planned = self._faults.get(operation)
        fault = planned.popleft() if planned else self._always.get(operation, self._always.get("*"))
        answer = fault(self, operation, request) if fault is not None else None
        if answer is None and operation == COMMIT:
            answer = self.deliver(request)
        if answer is not None:
            # Every handler of this event runs; under this address the others find nothing to do.
            request.url = ANSWERED
        return answer


def lose_request(wire: Wire, _operation: str, request: AWSPreparedRequest) -> None:
    """Nothing arrives, and nothing comes back within the read timeout."""
    wire.time.elapsed += READ_TIMEOUT_SECONDS
    raise ReadTimeoutError(endpoint_url=request.url)


def lose_reply(wire: Wire, _operation: str, request: AWSPreparedRequest) -> None:
    """The request takes effect, the connection breaks before the reply."""
    wire.deliver(request)
    raise ConnectionClosedError(endpoint_url=request.url)


def refuse_connection(_wire: Wire, _operation: str, request: AWSPreparedRequest) -> None:
    """Nobody listens."""
    raise EndpointConnectionError(endpoint_url=request.url)


def pass_through(_wire: Wire, _operation: str, _request: AWSPreparedRequest) -> None:
    """Let this one pass."""


def interleave(action: Callable[[], object]) -> Fault:
    """Let something else happen just before the request arrives."""

    def fault(_wire: Wire, _operation: str, _request: AWSPreparedRequest) -> None:
        action()

    return fault


def leave_unread(_wire: Wire, _operation: str, request: AWSPreparedRequest) -> AWSResponse:
    """DynamoDB answers a batch read without any of its items: under load it may."""
    assert request.body is not None
    return respond(request.url, 200, {"Responses": {}, "UnprocessedKeys": json.loads(request.body)["RequestItems"]})


def answer_error(status: int, code: str, **fields: Any) -> Fault:
    """DynamoDB refuses the request, which has no effect."""

    def fault(_wire: Wire, _operation: str, request: AWSPreparedRequest) -> AWSResponse:
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": f"injected {code}", **fields}
        return respond(request.url, status, body)

    return fault


def cancel_transaction(*codes: str) -> Fault:
    """DynamoDB cancels the transaction with one reason per action."""
    reasons = [{"Code": code} if code == "None" else {"Code": code, "Message": "injected"} for code in codes]
    return answer_error(400, "TransactionCanceledException", CancellationReasons=reasons)
