"""DynamoDB's conflicts in virtual time: a transaction holds its items while it is carried out, and who meets it loses."""

from __future__ import annotations

import json
import random
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.simulation.scheduler import Scheduler
from tests.support.wire import COMMIT, READ, Wire, answer_error, cancel_transaction

PUT, _REFUSE = "PutItem", answer_error(400, "TransactionConflictException")
#: Seconds that a read and the parts of a write take: on its way, holding its items, on its way back.
READING, ARRIVING, HOLDING, RETURNING = (0.003, 0.006), (0.002, 0.005), (0.005, 0.012), (0.001, 0.003)


class HeldItems:
    """What is held at the moment, by table and key; a write of one item holds nothing, and is refused like the others."""

    def __init__(self, scheduler: Scheduler, chance: random.Random) -> None:
        self._scheduler, self._chance, self._held = scheduler, chance, set[str]()

    def stand_before(self, wire: Wire) -> None:
        """Let every read, transaction and single write take its time."""
        wire.always(READ, self._read)
        wire.always(COMMIT, self._commit)
        wire.always(PUT, self._put)

    def _pause(self, seconds: tuple[float, float]) -> None:
        self._scheduler.pause(self._chance.uniform(*seconds))

    def _read(self, _wire: Wire, _operation: str, _request: AWSPreparedRequest) -> None:
        self._pause(READING)

    def _commit(self, wire: Wire, operation: str, request: AWSPreparedRequest) -> AWSResponse | None:
        answer: AWSResponse | None
        wanted = [_name(next(iter(action.values()))) for action in _read_body(request)["TransactItems"]]
        self._pause(ARRIVING)
        if self._held.isdisjoint(wanted):
            self._held.update(wanted)
            self._pause(HOLDING)
            answer = wire.deliver(request)
            self._held.difference_update(wanted)
        else:
            reasons = ["TransactionConflict" if name in self._held else "None" for name in wanted]
            answer = cancel_transaction(*reasons)(wire, operation, request)
        self._pause(RETURNING)
        return answer

    def _put(self, wire: Wire, operation: str, request: AWSPreparedRequest) -> AWSResponse | None:
        answer: AWSResponse | None
        self._pause(ARRIVING)
        if _name(_read_body(request)) in self._held:
            answer = _REFUSE(wire, operation, request)
        else:
            answer = wire.deliver(request)
        self._pause(RETURNING)
        return answer


def _read_body(request: AWSPreparedRequest) -> Any:
    assert request.body is not None
    return json.loads(request.body)


def _name(write: dict[str, Any]) -> str:
    item = write.get("Key") or write["Item"]
    keys = {name: item[name] for name in ("pk", "sk", "account_id", "sequence") if name in item}
    return json.dumps([write["TableName"], keys])
