"""Reading many items: queries and scans, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.support.dynamodb.conditions import check_condition, holds
from tests.support.dynamodb.errors import invalid
from tests.support.dynamodb.scope import Scope, project
from tests.support.dynamodb.tables import Partition, SortKey, Table
from tests.support.dynamodb.trees import Between, Call, Compare, Condition, Junction, Operand, Path, Placeholder
from tests.support.dynamodb.values import Item, Value, copy_item, item_size

type Request = dict[str, Any]
type Answer = dict[str, Any]

#: With the item that goes beyond so many bytes a page ends, before its filter.
PAGE_BYTES_MAX = 1024 * 1024
_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass
class Range:
    """What a key condition asks for."""

    partition: SortKey | None = None
    low: SortKey | None = None
    high: SortKey | None = None
    open_low: bool = False
    open_high: bool = False
    prefix: Any = None

    def holds(self, key: Any) -> bool:
        """Tell whether a sort key lies in it."""
        return bool(self.keys(Partition({key: {}})))

    def keys(self, partition: Partition) -> list[Any]:
        """Return the sort keys that lie in it, in order."""
        if self.prefix is None:
            return partition.between(self.low, self.high, open_low=self.open_low, open_high=self.open_high)
        following = partition.between(self.prefix, None, open_low=False, open_high=False)
        found = []
        for key in following:
            if not key.startswith(self.prefix):
                break
            found.append(key)
        return found


def query(table: Table, request: Request) -> Answer:
    """Read a partition, or a range of it, in the order of its sort keys."""
    scope = Scope(request)
    parsed = scope.condition(request["KeyConditionExpression"], "KeyConditionExpression")
    check_condition(parsed, scope)
    wanted = _read_condition(table, parsed.tree, scope)
    page = _Page(table, request, scope)
    if key := page.filtered & table.keys.keys():
        raise invalid(
            f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {min(key)}"
        )
    assert wanted.partition is not None
    partition = table.partitions.get(wanted.partition, Partition())
    keys = wanted.keys(partition)
    forward = request.get("ScanIndexForward", True)
    if not forward:
        keys = keys[::-1]
    if page.start is not None:
        if page.start[0] != wanted.partition:
            raise invalid("The provided starting key is outside query boundaries based on provided conditions")
        last: Any = page.start[1]
        if not wanted.holds(last):
            raise invalid("The provided starting key does not match the range key predicate")
        keys = [key for key in keys if (key > last if forward else key < last)]
    return page.read(partition.items[key] for key in keys)


def scan(table: Table, request: Request) -> Answer:
    """Read a whole table, in no order that means anything."""
    page = _Page(table, request, Scope(request))
    items = table.walk()
    if page.start is not None:
        keys = [key for key, _ in items]
        if page.start not in keys:
            raise NotImplementedError("a scan that goes on after an item that is gone")
        place = keys.index(page.start) + 1
        items = iter(list(table.walk())[place:])
    return page.read(item for _, item in items)


class _Page:
    """One page: how far it reads, and what it shows of what it read."""

    def __init__(self, table: Table, request: Request, scope: Scope) -> None:
        self.table, self.request, self.scope = table, request, scope
        self.limit = request.get("Limit")
        if self.limit is not None and self.limit < 1:
            raise invalid("1 validation error detected: Value at 'limit' failed to satisfy constraint: at least 1")
        self.places = scope.projection(request.get("ProjectionExpression"))
        self.filter = None
        self.filtered: set[str | int] = set()
        if (text := request.get("FilterExpression")) is not None:
            parsed = scope.condition(text, "FilterExpression")
            check_condition(parsed, scope)
            self.filter = parsed.tree
            self.filtered = {scope.place(path)[0] for path in parsed.paths}
        scope.check_all_used()
        self.counts_only = _select(request, self.places)
        key = request.get("ExclusiveStartKey")
        self.start = table.parse_key(key)[0] if key is not None else None

    def read(self, items: Iterable[Item]) -> Answer:
        """Read items up to the limit, or until the page is full."""
        found: list[Item] = []
        read = size = 0
        last: Item | None = None
        more = False
        for item in items:
            size += item_size(item)
            read, last = read + 1, item
            if self.filter is None or holds(self.filter, item, self.scope):
                found.append(item)
            if read == self.limit or size > PAGE_BYTES_MAX:
                more = True
                break
        answer: Answer = {"Count": len(found), "ScannedCount": read}
        if not self.counts_only:
            answer["Items"] = [copy_item(project(item, self.places)) for item in found]
        if more and last is not None:
            answer["LastEvaluatedKey"] = self.table.key_attributes(last)
        return answer


def _select(request: Request, places: object) -> bool:
    """Return whether only a number is wanted."""
    select = request.get("Select")
    if select not in {None, "ALL_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"}:
        raise NotImplementedError(f"Select {select}")
    if places is not None and select in {"ALL_ATTRIBUTES", "COUNT"}:
        raise invalid(f"Cannot specify the ProjectionExpression when choosing to get {select}")
    return bool(select == "COUNT")


def _read_condition(table: Table, condition: Condition, scope: Scope) -> Range:
    """Return what a key condition asks for; it names the partition key, and at most once the sort key."""
    parts: tuple[Condition, ...] = (condition,)
    if isinstance(condition, Junction) and condition.operator == "AND":
        parts = condition.conditions
    names = list(table.keys)
    wanted, seen = Range(), set[str]()
    for part in parts:
        name, operator, values = _read_part(part, scope)
        if name not in names:
            raise invalid(f"Query condition missed key schema element: {names[0]}")
        if name in seen:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        seen.add(name)
        contents = [_content(table, name, value) for value in values]
        if name == names[0]:
            if operator != "=":
                raise invalid("Query key condition not supported")
            wanted.partition = contents[0]
        else:
            _narrow(wanted, operator, contents)
    if names[0] not in seen:
        raise invalid(f"Query condition missed key schema element: {names[0]}")
    return wanted


def _narrow(wanted: Range, operator: str, contents: list[SortKey]) -> None:
    if operator == "begins_with":
        if isinstance(contents[0], Decimal):
            raise invalid("Incorrect operand type for operator or function; begins_with, N")
        wanted.prefix = contents[0]
    elif operator == "BETWEEN":
        wanted.low, wanted.high = contents
    elif operator == "=":
        wanted.low = wanted.high = contents[0]
    elif operator in {"<", "<="}:
        wanted.high, wanted.open_high = contents[0], operator == "<"
    else:
        wanted.low, wanted.open_low = contents[0], operator == ">"


def _read_part(part: Condition, scope: Scope) -> tuple[str, str, list[Value]]:
    """Return the attribute, the operator and the values of one key's condition."""
    operands: tuple[Operand, ...]
    if isinstance(part, Compare) and part.operator in _FLIPPED:
        operator, operands = part.operator, (part.left, part.right)
        if isinstance(part.left, Placeholder):
            operator, operands = _FLIPPED[part.operator], (part.right, part.left)
    elif isinstance(part, Between):
        operator, operands = "BETWEEN", (part.operand, part.low, part.high)
    elif isinstance(part, Call) and part.function == "begins_with":
        operator, operands = part.function, part.arguments
    else:
        raise invalid("Invalid operator used in KeyConditionExpression")
    path, *placeholders = operands
    if not isinstance(path, Path) or not all(isinstance(one, Placeholder) for one in placeholders):
        raise invalid("Invalid condition in KeyConditionExpression")
    place = scope.place(path)
    if len(place) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    return str(place[0]), operator, [scope.value(one) for one in placeholders if isinstance(one, Placeholder)]


def _content(table: Table, name: str, value: Value) -> SortKey:
    kind = table.keys[name]
    if kind not in value:
        raise invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    content = value[kind]
    if not content:
        raise invalid(
            "One or more parameter values are not valid. "
            f"The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
        )
    return Decimal(content) if kind == "N" else content
