"""Rules about several fields of a body: each written once, refuses a body and is stated in the OpenAPI document."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

#: A JSON schema.
type Schema = dict[str, Any]

#: A field's value, of whatever type it is.
type _Value = Any


@dataclass(frozen=True, slots=True)
class Where:
    """What is said of one field: whether it is so of a value, and of a field left out, and the schema of its value.

    `schema` of None is for a field that is left out, or null.
    """

    name: str
    holds: Callable[[_Value], bool]
    schema: Schema | None

    def describe(self, default: _Value) -> Schema:
        """Return the JSON schema of a body of which it is so; `default` is what stands for the field left out."""
        if self.schema is None:
            return {"not": given(self.name).describe(None)}
        stated: Schema = {"properties": {self.name: self.schema}}
        return stated if self.holds(default) else {**stated, "required": [self.name]}


def given(name: str) -> Where:
    """Say that a field is there, and not null."""
    return Where(name, lambda value: value is not None, {"not": {"type": "null"}})


def absent(name: str) -> Where:
    """Say that a field is left out, or null."""
    return Where(name, lambda value: value is None, None)


def among(name: str, *values: _Value) -> Where:
    """Say that a field has one of some values: enums or booleans."""
    written = [value.value if isinstance(value, Enum) else value for value in values]
    return Where(name, lambda value: value in values, {"enum": written})


def like(name: str, pattern: str) -> Where:
    """Say that a text is there and fits a pattern."""
    compiled = _compile(pattern)
    return Where(name, lambda value: value is not None and bool(compiled.search(value)), {"pattern": pattern})


def unlike(name: str, pattern: str) -> Where:
    """Say that a text is there and does not fit a pattern."""
    compiled = _compile(pattern)
    schema = {"not": {"pattern": pattern}}
    return Where(name, lambda value: value is not None and not compiled.search(value), schema)


def _compile(pattern: str) -> re.Pattern[str]:
    # Python's "$" would let a final newline pass, which JSON Schema's does not.
    return re.compile(f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern)


def filled(name: str) -> Where:
    """Say that an object has an entry."""
    return Where(name, bool, {"minProperties": 1})


def not_single(name: str) -> Where:
    """Say that a list has no entry, or several."""
    schema = {"not": {"minItems": 1, "maxItems": 1}}
    return Where(name, lambda value: len(value) != 1, schema)


@dataclass(frozen=True, slots=True)
class Rule:
    """A body is refused where all of `where` is so: `name` is the field that the refusal names."""

    name: str
    message: str
    where: tuple[Where, ...]

    def breaks(self, body: object) -> bool:
        """Tell whether a body breaks the rule."""
        return all(item.holds(getattr(body, item.name)) for item in self.where)

    def describe(self, defaults: Mapping[str, _Value]) -> Schema:
        """Return the JSON schema of the bodies that keep the rule."""
        stated = [item.describe(defaults.get(item.name)) for item in self.where]
        return {"description": f"`{self.name}` {self.message}", "not": {"allOf": stated}}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A rule that JSON Schema has no words for: it compares values, and is stated in the description."""

    name: str
    message: str
    breaks: Callable[[Any], bool] = field(compare=False)

    def describe(self) -> str:
        """Return the rule in words."""
        return f"`{self.name}` {self.message}"
