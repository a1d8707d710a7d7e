"""Read JSON into frozen dataclasses: exact, by the types they declare. What is missing is refused."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from riskgate_client.errors import Unreadable

T = TypeVar("T")


def parse_object(text: str) -> dict[str, Any]:
    """Return a JSON object, its numbers as Decimal or int. Raises Unreadable."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("the answer is not a JSON object")
    return value


def read(kind: type[T], value: object) -> T:
    """Return a JSON value as a type: a dataclass, Decimal, datetime, tuple, Mapping, a plain type or one or None.

    Fields that a dataclass does not declare are left out: a newer gateway says more. Raises Unreadable.
    """
    return cast("T", _read(kind, value, kind.__name__))


def _read(kind: Any, value: object, place: str) -> Any:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return None if value is None else _read(next(k for k in get_args(kind) if k is not type(None)), value, place)
    if kind is Decimal:
        return _amount(value, place)
    if kind is datetime:
        return _instant(value, place)
    if origin is tuple:
        items = _expect(list, value, place)
        return tuple(_read(get_args(kind)[0], item, place) for item in items)
    if origin is Mapping:
        found = _expect(dict, value, place)
        return {str(name): _read(get_args(kind)[1], item, f"{place}.{name}") for name, item in found.items()}
    if kind in {str, bool, int}:
        return _expect(kind, value, place)
    if kind is Any:
        return value
    return _record(kind, value, place)


@cache
def _fields_of(kind: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(kind)
    return tuple(
        (field.name, hints[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(kind)
    )


def _record(kind: type[Any], value: object, place: str) -> Any:
    found = _expect(dict, value, place)
    given: dict[str, Any] = {}
    for name, hint, is_required in _fields_of(kind):  # type: ignore[arg-type] # a class can be hashed
        if name == "raw":
            given[name] = types.MappingProxyType(found)
        elif name in found:
            given[name] = _read(hint, found[name], f"{place}.{name}")
        elif is_required:
            raise Unreadable(f"the answer has no {place}.{name}")
    return kind(**given)


def _expect(kind: type[T], value: object, place: str) -> T:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unreadable(f"{place} is not of type {kind.__name__}")
    return value


def _amount(value: object, place: str) -> Decimal:
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite():
            return amount
    raise Unreadable(f"{place} is no amount")


def _instant(value: object, place: str) -> datetime:
    text = _expect(str, value, place)
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    if dot:
        # Python 3.10 reads three or six digits of a second.
        digits, sign, zone = tail.partition("+")
        head = f"{head}.{digits[:6]:0<6}{sign}{zone}"
    try:
        instant = datetime.fromisoformat(head)
    except ValueError as error:
        raise Unreadable(f"{place} is no instant") from error
    if instant.tzinfo is None:
        raise Unreadable(f"{place} has no time zone")
    return instant.astimezone(timezone.utc)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
