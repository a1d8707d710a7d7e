"""Rows that a batch read finds, in memory: what the order path reads without a database."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import Any


class Recorded:
    """Items by key. Of several with the same key each read finds the next."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._rows: dict[str, dict[tuple[str, str], Any]] = {}
        for table, rows in responses.items():
            found: dict[tuple[str, str], list[Any]] = {}
            for row in rows:
                found.setdefault((row["pk"]["S"], row["sk"]["S"]), []).append(row)
            self._rows[table] = {key: cycle(several) for key, several in found.items()}

    def select(self, asked: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return those that are asked for, by table: the value of `RequestItems` in, that of `Responses` out."""
        return {table: self._find(self._rows[table], named["Keys"]) for table, named in asked.items()}

    @staticmethod
    def _find(rows: dict[tuple[str, str], Any], keys: list[Any]) -> list[Any]:
        named = ((key["pk"]["S"], key["sk"]["S"]) for key in keys)
        return [next(rows[key]) for key in named if key in rows]


class RecordedTables:
    """Stands where the DynamoDB client would: answers with recorded items, keeps what was asked last."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._rows = Recorded(responses)
        self.read: dict[str, Any] = {}
        self.written: dict[str, Any] = {}
        self.requests = 0

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Answer with those recorded items that are asked for."""
        self.read = request
        self.requests += 1
        return {"Responses": self._rows.select(request["RequestItems"])}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Accept everything."""
        self.written = request
        self.requests += 1
        return {}
