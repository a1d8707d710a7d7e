"""Which types may be handed to the JSON encoder as they are: by their fields' types nothing in them is inexact."""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin, get_type_hints

import msgspec

from riskgate.schemas.shape.shapes import hints_of

_LEAVES = frozenset({str, int, bool, NoneType, Decimal, datetime, date, msgspec.UnsetType})
_CONTAINERS = frozenset({tuple, list, dict, Union, UnionType})


def is_exact(kind: type) -> bool:
    """Tell whether a struct holds amounts, instants, names and structs of its own sort alone, at any depth.

    Dataclasses in structs count as inexact: the encoder would write their later fields.
    """
    return _is_exact_kind(kind)


def holds_amounts(kind: type) -> bool:
    """Tell whether a struct that is exact holds amounts at any depth."""
    return _holds_amounts_kind(kind)


@cache
def _holds_amounts_kind(kind: type) -> bool:
    return _holds_amounts(kind, ())


def _holds_amounts(hint: Any, within: tuple[Any, ...]) -> bool:
    if isinstance(hint, TypeAliasType):
        return _holds_amounts(hint.__value__, within)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        inner = () if hint in within else get_type_hints(hint).values()
        return any(_holds_amounts(part, (*within, hint)) for part in inner)
    parts = () if get_origin(hint) is Literal else get_args(hint)
    return hint is Decimal or any(_holds_amounts(part, within) for part in parts)


@cache
def _is_exact_kind(kind: type) -> bool:
    return (is_dataclass(kind) or issubclass(kind, msgspec.Struct)) and _is_exact_struct(kind, ())


def _is_exact_struct(kind: type, within: tuple[type, ...]) -> bool:
    if kind in within:
        return True
    hints = hints_of(kind) if is_dataclass(kind) else get_type_hints(kind)
    return all(_is_exact(hint, (*within, kind)) for hint in hints.values())


def _is_exact(hint: Any, within: tuple[type, ...]) -> bool:
    if isinstance(hint, TypeAliasType):
        return _is_exact(hint.__value__, within)
    if isinstance(hint, type) and not get_args(hint):
        if is_dataclass(hint) or issubclass(hint, msgspec.Struct):
            return is_dataclass(hint) == is_dataclass(within[-1]) and _is_exact_struct(hint, within)
        return hint in _LEAVES or issubclass(hint, StrEnum)
    origin, parts = get_origin(hint), [part for part in get_args(hint) if part is not ...]
    if origin is Literal:
        return all(isinstance(part, str) for part in parts)
    if origin is Annotated:
        return _is_exact(parts[0], within)
    return origin in _CONTAINERS and all(_is_exact(part, within) for part in parts)
