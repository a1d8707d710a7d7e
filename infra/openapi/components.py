"""JSON schemas of the types that handlers answer with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, UnsetType

from riskgate.core.limits import Limits
from riskgate.schemas.http.answers.base import Money

type Schema = dict[str, Any]

SCHEMAS = "#/components/schemas/"
_PLAIN: Mapping[object, Schema] = {
    Any: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    date: {"type": "string", "format": "date"},
    # Described where requests are: an instant, and limits, are answered as they are asked for.
    datetime: {"$ref": f"{SCHEMAS}Instant"},
    Limits: {"$ref": f"{SCHEMAS}LimitsRequest"},
}
_BOUNDS = {"pattern": "pattern", "ge": "minimum", "le": "maximum"}


@dataclass(frozen=True)
class Components:
    """Describe types; whatever has a name becomes a schema of its own, collected here."""

    schemas: dict[str, Schema] = field(default_factory=dict)

    def describe(self, hint: Any) -> Schema:
        """Return the schema of a type as it is annotated."""
        origin, arguments = get_origin(hint), get_args(hint)
        if hint is Decimal:
            return self.describe(Money)
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if isinstance(hint, TypeAliasType):
            return self._refer(hint.__name__, lambda: self.describe(hint.__value__))
        if origin is Annotated:
            schema = self.describe(arguments[0])
            for note in map(_read_note, arguments[1:]):
                schema = note if "$ref" in note else schema | note
            return schema
        if origin in {Union, UnionType}:
            kinds = [self.describe(one) for one in arguments if one is not UnsetType]
            return {"anyOf": kinds} if len(kinds) > 1 else kinds[0]
        if origin is Literal:
            values = {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
            return {**values, "type": "string"}
        if origin in {list, tuple}:
            return {"type": "array", "items": self.describe(arguments[0])}
        if origin in {dict, Mapping}:
            return {"type": "object", "additionalProperties": self.describe(arguments[1]) or True}
        if issubclass(hint, Enum):
            values = {"enum": [one.value for one in hint], "type": "string"}
            return self._refer(hint.__name__, lambda: {"description": _text_of(hint), **values})
        if issubclass(hint, Struct) or is_dataclass(hint):
            return self._refer(hint.__name__, lambda: self.describe_object(hint))
        raise TypeError(f"{hint} has no schema")

    def describe_object(self, kind: type) -> Schema:
        """Return the schema of a struct or dataclass itself; a field that may be unset is not required."""
        hints = get_type_hints(kind, include_extras=True)
        return {
            "type": "object",
            "description": _text_of(kind),
            "properties": {name: self.describe(hint) for name, hint in hints.items()},
            "required": [name for name, hint in hints.items() if UnsetType not in get_args(hint)],
            "additionalProperties": False,
        }

    def _refer(self, name: str, describe: Callable[[], Schema]) -> Schema:
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name] = describe()
        return {"$ref": f"{SCHEMAS}{name}"}


def _text_of(kind: type) -> str:
    """Return a docstring in the words of JSON."""
    return cleandoc(kind.__doc__ or "").replace("None", "null")


def _read_note(note: object) -> Schema:
    """Return what stands beside a type: its description, what bounds it, or a part of its schema."""
    if isinstance(note, tuple):
        return dict([note])
    if not isinstance(note, Meta):
        return {"description": note}
    bounds = {key: value for name, key in _BOUNDS.items() if (value := getattr(note, name)) is not None}
    return bounds | (note.extra_json_schema or {})
