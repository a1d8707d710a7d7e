"""Bookings of venues' limits in the state table.

Items: ``pk=VENUE_BUDGET#<name>``, ``sk=BOOKING``, numbers ``until_us`` and ``not_before_us``. Each write is one
conditional update of one item, so no two processes ever get the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb.documents import reading
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.items import Item, key
from riskgate.core.errors import Transient
from riskgate.core.venues.budget import Booking

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: The line is empty or not: who guessed wrong is told and tries the other. More than that is a race lost again.
_ATTEMPTS_MAX = 6
#: Far fewer than a batch read takes beside an account.
_WATCHED_MAX = 8
_SORT_KEY = "BOOKING"


class DynamoVenueBudgets:
    """The bookings, and which of them each read of an account brings along."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._watched: dict[str, Callable[[Booking], None]] = {}

    def watch(self, name: str, see: Callable[[Booking], None]) -> None:
        """Let each read of an account bring this booking too, as long as it is among the last ones asked for."""
        self._watched.pop(name, None)
        self._watched[name] = see
        if len(self._watched) > _WATCHED_MAX:
            del self._watched[next(iter(self._watched))]

    def list_keys(self) -> Iterable[Item]:
        """Return the keys of what is watched."""
        return [_key(name) for name in self._watched]

    def take(self, rows: Mapping[tuple[str, str], Item]) -> None:
        """Tell of each booking that is watched what was read."""
        for name, see in self._watched.items():
            see(_parse(rows.get((_pk(name), _SORT_KEY))))

    @read_errors
    def look(self, name: str) -> Booking:
        """Return a booking (consistent)."""
        found = self._client.get_item(TableName=self._table_name, Key=_key(name), ConsistentRead=True)
        return _parse(found.get("Item"))

    @read_errors
    def book(self, name: str, span_us: int, *, now_us: int, latest_us: int) -> tuple[bool, Booking]:
        """Add a span to the end of the line, unless it would end too late or the venue wants nothing."""
        return self._add(name, span_us, now_us, latest_us)

    @read_errors
    def charge(self, name: str, span_us: int, *, now_us: int) -> Booking:
        """Add a span whatever comes of it."""
        return self._add(name, span_us, now_us, None)[1]

    @read_errors
    def correct(self, name: str, until_us: int) -> None:
        """Let the line end no earlier than that."""
        self._raise(name, "until_us", until_us)

    @read_errors
    def hold(self, name: str, not_before_us: int) -> None:
        """Let nobody ask before that."""
        self._raise(name, "not_before_us", not_before_us)

    def _add(self, name: str, span_us: int, now_us: int, latest_us: int | None) -> tuple[bool, Booking]:
        known = Booking()
        for _ in range(_ATTEMPTS_MAX):
            if latest_us is not None and _is_refused(known, span_us, now_us, latest_us):
                return False, known
            old, written = self._try_add(name, span_us, now_us, latest_us, is_idle=known.until_us <= now_us)
            if written:
                return True, old
            known = old
        raise Transient("too many processes book a venue's time at once", code="THROTTLED")

    def _try_add(
        self, name: str, span_us: int, now_us: int, latest_us: int | None, *, is_idle: bool
    ) -> tuple[Booking, bool]:
        """Add a span to a line that has ended, or to one that has not; return it as it is, and whether that was so."""
        values = {":now": now_us, ":span": span_us}
        if is_idle:
            change, conditions = "until_us = :end", ["(attribute_not_exists(until_us) OR until_us <= :now)"]
            values = {":now": now_us, ":end": now_us + span_us}
        else:
            change, conditions = "until_us = until_us + :span", ["until_us > :now"]
        if latest_us is not None:
            conditions.append("(attribute_not_exists(not_before_us) OR not_before_us <= :now)")
            if not is_idle:
                conditions.append("until_us <= :last")
                values[":last"] = latest_us - span_us
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=_key(name),
                UpdateExpression=f"SET {change}",
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeValues=_numbers(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            response: Any = error.response
            return _parse(response.get("Item")), False
        return _parse(answer["Attributes"]), True

    def _raise(self, name: str, field: str, least_us: int) -> None:
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_key(name),
                UpdateExpression=f"SET {field} = :least",
                ConditionExpression=f"attribute_not_exists({field}) OR {field} < :least",
                ExpressionAttributeValues=_numbers({":least": least_us}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            # Somebody else wrote as much.
            return


def _is_refused(known: Booking, span_us: int, now_us: int, latest_us: int) -> bool:
    return known.not_before_us > now_us or max(known.until_us, now_us) + span_us > latest_us


def _pk(name: str) -> str:
    return f"VENUE_BUDGET#{name}"


def _key(name: str) -> Item:
    return key(_pk(name), _SORT_KEY)


def _numbers(values: Mapping[str, int]) -> dict[str, Any]:
    return {name: {"N": str(value)} for name, value in values.items()}


def _parse(item: Item | None) -> Booking:
    if item is None:
        return Booking()
    with reading("a venue's budget"):
        return Booking(*(int(item[field]["N"]) if field in item else 0 for field in ("until_us", "not_before_us")))
