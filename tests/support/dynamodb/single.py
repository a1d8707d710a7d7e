"""Reading and writing one item: what each request does, alone or as an action of a transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.dynamodb.conditions import check_condition, holds
from tests.support.dynamodb.errors import ConditionFailed, InvalidUpdate
from tests.support.dynamodb.scope import Place, Scope, look_up
from tests.support.dynamodb.tables import ItemKey, Table
from tests.support.dynamodb.updates import Update
from tests.support.dynamodb.values import ITEM_BYTES_MAX, Item, Stored, copy_item, normalise_item

type Request = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Write:
    """One checked write: which item, under what condition, and what becomes of it (None: it goes)."""

    table: Table
    key: ItemKey
    condition: Callable[[Item], bool]
    change: Callable[[Item | None], Item | None] | None
    #: What an update touches.
    places: list[Place] | None = None

    def check(self) -> Item | None:
        """Return what stands there.

        Raises
        ------
        ConditionFailed : it is not as the condition wants it.
        """
        before = self.table.get(self.key)
        if not self.condition(before or {}):
            raise ConditionFailed(before)
        return before

    def result(self, before: Item | None) -> Item | None:
        """Return what will stand there.

        Raises
        ------
        InvalidUpdate : the update does not fit the item, or makes it too large.
        """
        return before if self.change is None else self.change(before)

    def store(self, after: Item | None) -> None:
        """Let it stand there."""
        if self.change is None:
            return
        if after is None:
            self.table.delete(self.key)
        else:
            self.table.put(self.key, after)


def parse_put(table: Table, request: Request) -> Write:
    """Check a PutItem or a Put."""
    scope = Scope(request)
    condition = _condition(request, scope)
    scope.check_all_used()
    item = Stored(normalise_item(request["Item"]))
    key = table.key_of(item)
    if item.size > ITEM_BYTES_MAX:
        raise InvalidUpdate("Item size has exceeded the maximum allowed size")
    return Write(table=table, key=key, condition=condition, change=lambda _: item)


def parse_delete(table: Table, request: Request) -> Write:
    """Check a DeleteItem or a Delete."""
    scope = Scope(request)
    condition = _condition(request, scope)
    scope.check_all_used()
    return Write(table=table, key=table.find_key(request["Key"]), condition=condition, change=lambda _: None)


def parse_check(table: Table, request: Request) -> Write:
    """Check a ConditionCheck."""
    scope = Scope(request)
    condition = _condition(request, scope)
    scope.check_all_used()
    return Write(table=table, key=table.find_key(request["Key"]), condition=condition, change=None)


def parse_update_item(table: Table, request: Request) -> Write:
    """Check an UpdateItem or an Update."""
    scope = Scope(request)
    text = request.get("UpdateExpression")
    parsed = scope.update(text) if text is not None else None
    condition = _condition(request, scope)
    scope.check_all_used()
    key, attributes = table.parse_key(request["Key"])
    update = Update(parsed, scope, tuple(table.keys)) if parsed is not None else None

    def change(before: Item | None) -> Item:
        base = before if before is not None else attributes
        after = Stored(update.apply(base) if update is not None else copy_item(base))
        if after.size > ITEM_BYTES_MAX:
            raise InvalidUpdate("Item size to update has exceeded the maximum allowed size")
        return after

    return Write(
        table=table, key=key, condition=condition, change=change, places=update.places if update is not None else []
    )


def _condition(request: Request, scope: Scope) -> Callable[[Item], bool]:
    text = request.get("ConditionExpression")
    if text is None:
        return _always
    parsed = scope.condition(text)
    check_condition(parsed, scope)
    return lambda item: holds(parsed.tree, item, scope)


def _always(_item: Item) -> bool:
    return True


def returned(wanted: str, write: Write, before: Item | None, after: Item | None) -> Item | None:
    """Return what an answer shows of a write (ReturnValues)."""
    if wanted == "ALL_OLD":
        return copy_item(before) if before is not None else None
    if wanted == "ALL_NEW":
        return copy_item(after) if after is not None else None
    if wanted in {"UPDATED_OLD", "UPDATED_NEW"}:
        image = (before if wanted == "UPDATED_OLD" else after) or {}
        # Whole attributes, of a place within one too.
        shown = {str(place[0]) for place in write.places or () if look_up(image, place) is not None}
        return copy_item({name: image[name] for name in image if name in shown}) or None
    return None
