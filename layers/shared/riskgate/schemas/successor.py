"""Canonical JSON of a document that follows from a stored one: what did not change keeps its bytes.

An account with hundreds of orders changes in a few of them. A part counts as unchanged only where it is the very object
that was read: values are immutable, and one that was made anew is encoded anew.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from riskgate.schemas.codec import decode, encode
from riskgate.schemas.shape.shapes import hints_of, list_late_defaults


def encode_successor[T](new: T, old: T, text: bytes) -> bytes:
    """Return the canonical JSON of a document, given the one that it follows from with its own canonical JSON.

    The result is that of `encode`.
    """
    kind: type = type(new)
    parts = decode(text, _parts_of(kind))
    late = list_late_defaults(kind)
    tree: dict[str, Any] = {}
    for name in hints_of(kind):
        value, before, known = getattr(new, name), getattr(old, name), getattr(parts, name)
        if value is before:
            # What was left out then is left out now.
            if known is not msgspec.UNSET:
                tree[name] = known
        elif name not in late or value != late[name]:
            tree[name] = _keep_unchanged(value, before, known) if type(known) is dict else value
    return encode(tree)


def _keep_unchanged(new: dict[str, Any], old: dict[str, Any], parts: dict[str, msgspec.Raw]) -> dict[str, Any]:
    known = {id(old[name]): part for name, part in parts.items()}
    return {name: known.get(id(entry), entry) for name, entry in new.items()}


@cache
def _parts_of(kind: type) -> type[Any]:
    """Return a struct of a document's fields as their bytes; of tables of structs, of the bytes of each."""
    parts = [(name, _part_of(hint) | msgspec.UnsetType, msgspec.UNSET) for name, hint in hints_of(kind).items()]
    return msgspec.defstruct(kind.__name__, parts)


def _part_of(hint: Any) -> Any:
    if get_origin(hint) is dict and is_dataclass(get_args(hint)[1]):
        return dict[str, msgspec.Raw]
    return msgspec.Raw
