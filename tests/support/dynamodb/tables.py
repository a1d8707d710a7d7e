"""One table: its items by key, and its stream.

Items are never changed in place, a write puts another one there: a copy of the table is a copy of its dictionaries.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.dynamodb.errors import InvalidUpdate, invalid, invalid_values
from tests.support.dynamodb.values import Item, is_same_item, item_size, normalise

#: What a sort key is found by; of a table without sort keys, all have the same.
type SortKey = str | Decimal | bytes
type ItemKey = tuple[SortKey, SortKey]

NO_SORT_KEY = ""
PARTITION_BYTES_MAX, SORT_BYTES_MAX = 2048, 1024
ARN = "arn:aws:dynamodb:{region}:123456789012:table/{name}"


@dataclass
class Partition:
    """The items of one partition key, and their sort keys in order."""

    items: dict[SortKey, Item] = field(default_factory=dict)
    _order: list[Any] | None = None

    @property
    def order(self) -> list[Any]:
        """Return all sort keys, the smallest first."""
        if self._order is None:
            self._order = sorted(self.items)  # type: ignore[type-var]
        return self._order

    def put(self, key: SortKey, item: Item) -> None:
        """Put an item there."""
        if key not in self.items:
            self._order = None
        self.items[key] = item

    def pop(self, key: SortKey) -> None:
        """Take an item away."""
        del self.items[key]
        self._order = None

    def between(self, low: SortKey | None, high: SortKey | None, *, open_low: bool, open_high: bool) -> list[Any]:
        """Return the sort keys of a range, in order; None for a side without a bound."""
        order = self.order
        start = 0 if low is None else (bisect_right if open_low else bisect_left)(order, low)
        stop = len(order) if high is None else (bisect_left if open_high else bisect_right)(order, high)
        return order[start:stop]


@dataclass
class Table:
    """A table as it was made, and what it holds."""

    name: str
    #: Names of partition and sort key (or of the first alone), each with its type.
    keys: dict[str, str]
    description: dict[str, Any]
    view: str | None = None
    partitions: dict[SortKey, Partition] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    time_to_live: dict[str, Any] = field(default_factory=lambda: {"TimeToLiveStatus": "DISABLED"})

    def copy(self) -> Table:
        """Return a table that holds the same and changes by itself."""
        return Table(
            self.name,
            self.keys,
            dict(self.description),
            self.view,
            {key: Partition(dict(held.items), held._order) for key, held in self.partitions.items()},
            list(self.records),
            dict(self.time_to_live),
        )

    def key_of(self, item: Item) -> ItemKey:
        """Return the key of an item that is to be stored.

        Raises
        ------
        InvalidUpdate : it is none of this table's keys.
        """
        for name, kind in self.keys.items():
            if name not in item:
                raise InvalidUpdate(f"One or more parameter values were invalid: Missing the key {name} in the item")
            if kind not in item[name]:
                [actual] = item[name]
                raise InvalidUpdate(
                    "One or more parameter values were invalid: "
                    f"Type mismatch for key {name} expected: {kind} actual: {actual}"
                )
        return self._checked(item)

    def parse_key(self, key: Any) -> tuple[ItemKey, Item]:
        """Return what an item is found by, and the key's attributes."""
        if not isinstance(key, Mapping) or key.keys() != self.keys.keys():
            raise invalid("The provided key element does not match the schema")
        attributes = {name: normalise(key[name]) for name in self.keys}
        if any(kind not in attributes[name] for name, kind in self.keys.items()):
            raise invalid("The provided key element does not match the schema")
        return self._checked(attributes), attributes

    def find_key(self, key: Any) -> ItemKey:
        """Return what an item is found by, as `parse_key` does."""
        if type(key) is not dict or key.keys() != self.keys.keys():
            return self.parse_key(key)[0]
        found: list[str] = []
        for name, kind in self.keys.items():
            value = key[name]
            content = value.get("S") if type(value) is dict and len(value) == 1 else None
            # A character is four bytes at most.
            if kind != "S" or type(content) is not str or not 0 < len(content) <= SORT_BYTES_MAX // 4:
                return self.parse_key(key)[0]
            found.append(content)
        return found[0], found[1] if len(found) > 1 else NO_SORT_KEY

    def _checked(self, item: Item) -> ItemKey:
        found: list[SortKey] = []
        for (name, kind), most in zip(self.keys.items(), (PARTITION_BYTES_MAX, SORT_BYTES_MAX), strict=False):
            content = item[name][kind]
            if kind == "N":
                found.append(Decimal(content))
                continue
            if not content:
                raise invalid(
                    "One or more parameter values are not valid. "
                    f"The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
                )
            if (len(content) if isinstance(content, bytes) else len(content.encode())) > most:
                raise invalid_values(f"Size of key {name} has exceeded the maximum size limit of {most} bytes")
            found.append(content)
        return found[0], found[1] if len(found) > 1 else NO_SORT_KEY

    def get(self, key: ItemKey) -> Item | None:
        """Return an item; it is not to be changed."""
        partition = self.partitions.get(key[0])
        return partition.items.get(key[1]) if partition is not None else None

    def put(self, key: ItemKey, item: Item) -> None:
        """Put an item there, whatever stood there."""
        before = self.get(key)
        self.partitions.setdefault(key[0], Partition()).put(key[1], item)
        if before is None or not is_same_item(before, item):
            self._note("INSERT" if before is None else "MODIFY", before, item)

    def delete(self, key: ItemKey) -> None:
        """Take an item away, if there is one."""
        before = self.get(key)
        if before is None:
            return
        partition = self.partitions[key[0]]
        partition.pop(key[1])
        if not partition.items:
            del self.partitions[key[0]]
        self._note("REMOVE", before, None)

    def walk(self) -> Iterator[tuple[ItemKey, Item]]:
        """Yield every item with its key."""
        for partition_key, partition in self.partitions.items():
            for sort_key in partition.order:
                yield (partition_key, sort_key), partition.items[sort_key]

    def key_attributes(self, item: Item) -> Item:
        """Return the key of an item as attributes."""
        return {name: dict(item[name]) for name in self.keys}

    def _note(self, event: str, before: Item | None, after: Item | None) -> None:
        """Write a change to the stream, if the table has one."""
        if self.view is None:
            return
        number = len(self.records) + 1
        item = after if after is not None else before
        assert item is not None
        images = {"OldImage": before, "NewImage": after}
        wanted = {"NEW_IMAGE": {"NewImage"}, "OLD_IMAGE": {"OldImage"}, "NEW_AND_OLD_IMAGES": {*images}}
        shown = {name: image for name, image in images.items() if image and name in wanted.get(self.view, ())}
        self.records.append(
            {
                "eventID": f"{number:032x}",
                "eventName": event,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": time.time(),
                    "Keys": self.key_attributes(item),
                    **shown,
                    "SequenceNumber": f"{number:021d}",
                    "SizeBytes": sum(item_size(image) for image in shown.values()),
                    "StreamViewType": self.view,
                },
            }
        )
