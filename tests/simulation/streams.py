"""The tables' streams: at least once, in order for each key, some time later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulation.gateway import AUDIT_TABLE, CONTROL_TABLE
from tests.simulation.scheduler import SECOND, Task

if TYPE_CHECKING:
    from tests.simulation.world import World

#: What the template's filter lets pass to the alert fan-out, beside entries with notices.
TOLD = frozenset(
    [
        "kill_switch_changed",
        "kill_switch_not_understood",
        "limits_changed",
        "token_changed",
        "webhook_changed",
        "breaker_reset",
        "lock_cleared",
        "order_closed",
        "order_outcome_unknown",
        "open_orders_cancelled",
        "exit_requested",
        "exit_ended",
        "operator_command",
        "front_door_call_refused",
        "alert_acknowledged",
        "alert_path_probed",
        "venue_observed",
    ]
)
BATCH_MAX = 10


@dataclass(kw_only=True)
class Shard:
    """The records of one partition key on their way to one function."""

    records: list[dict[str, Any]] = field(default_factory=list)
    is_busy: bool = False
    attempts: int = 0


class Streams:
    """What the event sources do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read = {AUDIT_TABLE: 0, CONTROL_TABLE: 0}
        self._shards: dict[tuple[str, str], Shard] = {}

    def skip(self) -> None:
        """Forget what was written so far."""
        self._read = {table: len(self._world.tables.tables[table].records) for table in self._read}

    @property
    def is_idle(self) -> bool:
        """Tell whether everything was handled."""
        return not any(shard.records for shard in self._shards.values())

    def look(self) -> None:
        """Take up what was written since the last look."""
        for table, start in self._read.items():
            records = self._world.tables.tables[table].records
            if len(records) == start:
                continue
            self._read[table] = len(records)
            for record in records[start:]:
                for function in _readers(table, record):
                    self._append(function, record)

    def _append(self, function: str, record: dict[str, Any]) -> None:
        keys = record["dynamodb"]["Keys"]
        partition = keys["account_id"]["S"] if "account_id" in keys else keys["pk"]["S"]
        source = f"{function}/{'log' if 'account_id' in keys else 'flags'}"
        shard = self._shards.setdefault((source, partition), Shard())
        shard.records.append(record)
        self._schedule(function, shard)

    def _schedule(self, function: str, shard: Shard, delay: float = 0) -> None:
        late = self._world.chance.uniform(0.5, 8) if self._world.faults.happens("stream.late") else 0.1
        self._world.scheduler.call_after(delay + late, lambda: self._deliver(function, shard))

    def _deliver(self, function: str, shard: Shard) -> None:
        if shard.is_busy or not shard.records:
            return
        shard.is_busy = True
        batch = shard.records[: self._world.chance.randint(1, BATCH_MAX)]

        def ended(task: Task) -> None:
            shard.is_busy = False
            failed = task.crashed or task.error is not None
            if failed:
                shard.attempts += 1
                self._world.checks.note_failure(task)
            elif not self._world.faults.happens("stream.duplicate"):
                shard.attempts = 0
                del shard.records[: len(batch)]
            if shard.records:
                self._schedule(function, shard, min(60, 2**shard.attempts) if failed else 0)

        self._world.functions[function].invoke({"Records": list(batch)}, ended)


def _readers(table: str, record: dict[str, Any]) -> list[str]:
    """Return the functions that a record passes the filters of."""
    change = record["dynamodb"]
    if table == CONTROL_TABLE:
        return ["control"] if change["Keys"]["pk"]["S"] == "KILL_SWITCH" else []
    image = change.get("NewImage", {})
    has_notices = image.get("notices", {}).get("N", "0") != "0"
    event = image.get("event", {}).get("S", "")
    found = []
    if record["eventName"] == "INSERT" and (has_notices or event == "order_closed"):
        found.append("control")
    if has_notices or event in TOLD or record["eventName"] != "INSERT":
        found.append("fanout")
    return found


__all__ = ["SECOND", "Streams"]
