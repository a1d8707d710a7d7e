"""The tables' streams as Lambda brings them to their functions."""

from __future__ import annotations

from typing import Any

from functions.control_stream.app import lambda_handler as control_handler
from tests.support import databases
from tests.support.aws import LambdaContext


def read_stream(table: str, start: int = 0) -> list[dict[str, Any]]:
    """Return a table's records from a position on."""
    return databases.current().records(table, start)


def is_kill_switch(record: dict[str, Any]) -> bool:
    """Tell what the event source's filter passes on."""
    return bool(record["dynamodb"]["Keys"]["pk"]["S"] == "KILL_SWITCH")


class ControlStream:
    """The control table's stream from now on, and the function behind it."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.position = len(read_stream(table))

    def pump(self) -> list[dict[str, Any]]:
        """Hand the function what was written since the last call; what it fails on comes again with the next."""
        found = read_stream(self.table, self.position)
        records = [record for record in found if is_kill_switch(record)]
        if records:
            control_handler({"Records": records}, LambdaContext())  # type: ignore[arg-type]
        self.position += len(found)
        return records


class LogStream:
    """The audit log's stream from now on, and the function that stops and follows up by it."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.position = len(read_stream(table))

    def pump(self) -> None:
        """Hand the function what was written since the last call and passes its event source's filter."""
        found = read_stream(self.table, self.position)
        self.position += len(found)
        images = [(record, record["dynamodb"]["NewImage"]) for record in found]
        records = [r for r, new in images if new["notices"]["N"] != "0" or new["event"]["S"] == "order_closed"]
        if records:
            control_handler({"Records": records}, LambdaContext())  # type: ignore[arg-type]
