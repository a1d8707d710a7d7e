"""A faster moto: it copies whole tables, deeply, for every action of a transaction."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table


class ShallowBackups:
    """The module `copy` for moto: of a table it copies what a write changes, its items' attributes."""

    def __getattr__(self, name: str) -> Any:
        """Return what the module has."""
        return getattr(copy, name)

    def deepcopy(self, value: Any) -> Any:
        """Copy a value; of a table, down to the attributes."""
        if not isinstance(value, Table):
            return copy.deepcopy(value)
        backup = copy.copy(value)
        backup.items = defaultdict(
            dict, {key: {sort: _copy_item(item) for sort, item in items.items()} for key, items in value.items.items()}
        )
        return backup


def _copy_item(item: Item) -> Item:
    clone = copy.copy(item)
    clone.attrs = copy.copy(item.attrs)
    return clone
