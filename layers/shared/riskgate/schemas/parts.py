"""Documents part by part: what did not change from one version to the next is neither decoded nor encoded again.

An account with hundreds of orders changes in a few of them. All values are immutable. Parts are known again by all of
their bytes when they are read, and by being the very object that was read when they are written.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any, cast, get_args, get_origin

import msgspec

from riskgate.schemas.codec import decode, encode
from riskgate.schemas.shape.shapes import has_default, hints_of, list_late_defaults

#: Entries of tables that are kept decoded: those of some accounts with as many as an account may have.
KNOWN_MAX = 4096


def decode_in_parts[T](text: bytes, kind: type[T]) -> T:
    """Return what `decode` does; an entry of a table whose bytes were decoded before is the same object again."""
    struct, tables = _typed_parts_of(cast("Any", kind))
    found = decode(text, struct)
    values = {}
    for name in struct.__struct_fields__:
        value = getattr(found, name)
        if value is not msgspec.UNSET:
            entry = tables.get(name)
            values[name] = value if entry is None else {key: _known(bytes(raw), entry) for key, raw in value.items()}
    return kind(**values)


def encode_successor[T](new: T, old: T, text: bytes) -> bytes:
    """Return the canonical JSON of a document, given the one that it follows from with its own canonical JSON.

    The result is that of `encode`. A part counts as unchanged only where it is the very object that was read.
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


#: Returns an entry of a table, decoded once for the same bytes.
_known = lru_cache(maxsize=KNOWN_MAX)(decode)


@cache
def _parts_of(kind: type) -> type[Any]:
    """Return a struct of a document's fields as their bytes; of tables of structs, of the bytes of each."""
    parts = [
        (name, (msgspec.Raw if _entry_of(hint) is None else dict[str, msgspec.Raw]) | msgspec.UnsetType, msgspec.UNSET)
        for name, hint in hints_of(kind).items()
    ]
    return msgspec.defstruct(kind.__name__, parts)


@cache
def _typed_parts_of(kind: type) -> tuple[type[Any], dict[str, type]]:
    """Return a struct of a document's fields, entries of tables of structs as their bytes, and the entries' types."""
    hints = hints_of(kind)
    tables = {name: entry for name, hint in hints.items() if (entry := _entry_of(hint)) is not None}
    parts: list[Any] = []
    for field in fields(kind):
        name, hint = field.name, dict[str, msgspec.Raw] if field.name in tables else hints[field.name]
        parts.append((name, hint | msgspec.UnsetType, msgspec.UNSET) if has_default(field) else (name, hint))
    return msgspec.defstruct(kind.__name__, parts, kw_only=True), tables


def _entry_of(hint: Any) -> type | None:
    """Return the struct that a table by name holds, None of another type."""
    if get_origin(hint) is not dict:
        return None
    name, entry = get_args(hint)
    return entry if name is str and isinstance(entry, type) and is_dataclass(entry) else None
