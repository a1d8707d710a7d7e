"""A faster moto: the same answers, without the work that DynamoDB's plain items do not need."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

import pytest
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize

#: As moto's own: measured to lie between 409 and 410 KB.
_ITEM_BYTES_MAX = 405_000


def hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what moto spends most of its time with, until the test ends."""
    monkeypatch.setattr("moto.dynamodb.models.copy", ShallowBackups())
    monkeypatch.setattr("moto.core.responses.XFormedAttributePicker", ExactPicker)
    monkeypatch.setattr(LimitedSizeDict, "__setitem__", _set_if_it_fits)


class ShallowBackups:
    """The module `copy` for moto, which copies whole tables for every action of a transaction.

    Of a table it copies what a write changes, its items' attributes.
    """

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


class ExactPicker(XFormedAttributePicker):
    """Looks a member of an answer up by its name; moto tries a dozen spellings of each, for objects of other services."""

    def __call__(self, context: AttributePickerContext) -> Any:
        """Return the member's value, or None."""
        model = context.service_model
        if type(context.obj) is dict and model is not None and model.service_name == "dynamodb":
            return context.obj.get(context.key)
        return super().__call__(context)


def _copy_item(item: Item) -> Item:
    clone = copy.copy(item)
    clone.attrs = LimitedSizeDict()
    dict.update(clone.attrs, item.attrs)
    return clone


def _set_if_it_fits(attributes: LimitedSizeDict, key: str, value: Any) -> None:
    """Set an attribute; small ones are not added up: no item of the tests has hundreds of them."""
    if _size(value) > _ITEM_BYTES_MAX // 100:
        others = sum(bytesize(name) + _size(entry) for name, entry in attributes.items() if name != key)
        if others + bytesize(key) + _size(value) > _ITEM_BYTES_MAX:
            raise ItemSizeTooLarge
    dict.__setitem__(attributes, key, value)


def _size(value: Any) -> int:
    return int(value.size()) if hasattr(value, "size") else bytesize(str(value))
