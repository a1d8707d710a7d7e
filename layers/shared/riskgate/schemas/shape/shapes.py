"""The shape of stored structs: their fields at any depth, which are left out, and whether a text has others.

A field that came after its struct was first stored is left out while it holds its default. So what was written before
keeps its bytes and older logs replay, and an older reader reads what does not use the field.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from riskgate.schemas.shape.first_fields import FIRST_FIELDS

#: Any value on its way to JSON, and any type of a field.
type _Tree = Any
type _Hint = Any

#: Left as they are where a struct becomes dicts and lists; bytes are refused later.
KEPT = (Decimal, datetime, bytes)
#: Enough to tell two shapes of one struct apart.
_DIGEST_LENGTH = 8


@dataclass(frozen=True, slots=True)
class _Each:
    """What is left out in each entry of a table."""

    inner: _Later | _Each


@dataclass(frozen=True, slots=True)
class _Later:
    """What is left out of a struct: fields that hold these defaults, and what is left out of the structs in it."""

    defaults: tuple[tuple[str, _Tree], ...]
    within: tuple[tuple[str, _Later | _Each], ...]


def leave_out_later(kind: type, tree: dict[str, _Tree]) -> None:
    """Leave later fields that hold their defaults out of a struct of `kind`, given as dicts and lists."""
    plan = plan_of(kind)
    if plan is not None:
        _leave_out(plan, tree)


def _leave_out(plan: _Later, tree: dict[str, _Tree]) -> None:
    for name, default in plan.defaults:
        if tree[name] == default:
            del tree[name]
    for name, inner in plan.within:
        value = tree.get(name)
        if value:
            _visit(inner, value)


def _visit(plan: _Later | _Each, value: _Tree) -> None:
    if isinstance(plan, _Later):
        _leave_out(plan, value)
        return
    for entry in value.values() if isinstance(value, dict) else value:
        if entry:
            _visit(plan.inner, entry)


@cache
def plan_of(kind: type) -> _Later | None:
    """Return what is left out of values of a type; None where nothing ever is."""
    if not is_dataclass(kind):
        return None
    late = list_late_defaults(kind)
    defaults = tuple((name, msgspec.to_builtins(value, builtin_types=KEPT)) for name, value in late.items())
    found = ((name, _plan_within(hint)) for name, hint in hints_of(kind).items())
    within = tuple((name, plan) for name, plan in found if plan is not None)
    return _Later(defaults, within) if defaults or within else None


def _plan_within(hint: _Hint) -> _Later | _Each | None:
    if is_dataclass(hint):
        return plan_of(hint)  # type: ignore[arg-type]
    plans = [plan for plan in map(_plan_within, get_args(hint)) if plan is not None]
    if not plans:
        return None
    return plans[0] if _is_union(hint) else _Each(plans[0])


def _is_union(hint: _Hint) -> bool:
    kind: Any = get_origin(hint)
    return kind is Union or kind is UnionType


@cache
def list_late_defaults(kind: type) -> dict[str, Any]:
    """Return by name what the fields of a struct default to that are left out while they hold it."""
    first = FIRST_FIELDS.get(kind.__name__)
    late = [] if first is None else [f for f in fields(kind) if has_default(f) and f.name not in first]
    return {f.name: _default_of(f) for f in late}


def has_default(field: Field[Any]) -> bool:
    """Tell whether a field may be missing."""
    return field.default is not MISSING or field.default_factory is not MISSING


def _default_of(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


@cache
def hints_of(kind: type) -> dict[str, _Hint]:
    """Return the types of a struct's fields by name."""
    found = {f.name: f.type for f in fields(kind)}
    if any(isinstance(hint, str) for hint in found.values()):
        resolved = get_type_hints(kind)
        return {name: resolved[name] for name in found}
    return found


@cache
def list_structs(kind: type) -> tuple[type, ...]:
    """Return a struct and all in it, each once, in the order in which fields name them."""
    found: dict[type, None] = {}
    _collect(kind, found)
    return tuple(found)


def _collect(hint: _Hint, found: dict[type, None]) -> None:
    if not is_dataclass(hint):
        for part in get_args(hint):
            _collect(part, found)
    elif hint not in found:
        found[hint] = None  # type: ignore[index]
        for inner in hints_of(hint).values():  # type: ignore[arg-type]
            _collect(inner, found)


@cache
def digest_of(kind: type) -> str:
    """Return what tells whether two builds know the same fields of a struct, at any depth."""
    lines = (f"{struct.__name__} {','.join(hints_of(struct))}" for struct in list_structs(kind))
    return sha256("\n".join(lines).encode()).hexdigest()[:_DIGEST_LENGTH]


def require_known(text: str | bytes, kind: type) -> None:
    """Raise DecodeError for a field, at any depth, that structs of this kind do not have; amounts are not looked at."""
    _strict_decoder(kind).decode(text)


@cache
def _strict_decoder(kind: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_strict(kind))


@cache
def _strict(hint: _Hint) -> _Hint:
    """Return a type that takes the fields of a type's structs alone, and of everything else anything."""
    if is_dataclass(hint):
        # A default makes a field one that may be missing: decoding into the struct itself says whether it may.
        listed = [(name, _strict(inner), None) for name, inner in hints_of(hint).items()]  # type: ignore[arg-type]
        return msgspec.defstruct(hint.__name__, listed, forbid_unknown_fields=True)  # type: ignore[union-attr]
    parts = [part if part is ... else _strict(part) for part in get_args(hint)]
    known = [part for part in parts if part not in {Any, ...}]
    if not known:
        return Any
    kind: Any = get_origin(hint)
    return known[0] | None if _is_union(hint) else kind[tuple(parts)]
