"""Requests that the OpenAPI document allows: bodies it has as examples, with some values drawn anew from its schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import jsonschema
from hypothesis import strategies as st
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

#: Most fields of an object that are changed, and most entries of a list or a mapping that is drawn.
CHANGES_MAX = 3
ENTRIES_MAX = 3

#: A range of other alphabets' letters: Hypothesis lists them one by one, so the first and the last stand for them all.
_WIDE = re.compile(r"(\\u[0-9a-f]{4})-(\\u[0-9a-f]{4})")

type Schema = Mapping[str, Any]


class Documented:
    """The document as a source of requests."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        # References of a schema are looked up in the whole document.
        resource = Resource.from_contents(dict(document), default_specification=DRAFT202012)
        resolver = Registry().with_resource("", resource).resolver()
        self._validator = jsonschema.Draft202012Validator({}, _resolver=resolver)  # type: ignore[call-arg]

    def is_valid(self, schema: Schema, value: Any) -> bool:
        """Tell whether a value is what a schema of the document allows."""
        return self._validator.evolve(schema={**schema}).is_valid(value)

    def follow(self, schema: Schema) -> Schema:
        """Return the schema that a reference leads to."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def bodies(self, schema: Schema, example: Any) -> st.SearchStrategy[Any]:
        """Return bodies of a schema that differ from an example in some places."""
        return self._change(schema, example).filter(lambda body: self.is_valid(schema, body))

    def values(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Return values of a schema."""
        return self._draw(self.follow(schema))

    def _change(self, schema: Schema, value: Any) -> st.SearchStrategy[Any]:
        schema = self.follow(schema)
        if isinstance(value, dict) and schema.get("properties"):
            return self._change_object(schema, value)
        if isinstance(value, list) and value:
            changed = self._change(schema["items"], value[0])
            return changed.map(lambda first: [first, *value[1:]]) | self.values(schema)
        return self.values(schema)

    def _change_object(self, schema: Schema, value: dict[str, Any]) -> st.SearchStrategy[Any]:
        properties, required = schema["properties"], set(schema.get("required", ()))

        def replace(names: list[str]) -> st.SearchStrategy[Any]:
            drawn = {
                name: self._change(properties[name], value[name]) if name in value else self.values(properties[name])
                for name in names
            }
            dropped = (
                st.sets(st.sampled_from(sorted(set(names) - required))) if set(names) - required else st.just(set())
            )
            return st.tuples(st.fixed_dictionaries(drawn), dropped).map(
                lambda found: {name: item for name, item in {**value, **found[0]}.items() if name not in found[1]}
            )

        chosen = st.lists(st.sampled_from(sorted(properties)), min_size=1, max_size=CHANGES_MAX, unique=True)
        return chosen.flatmap(replace)

    def _draw(self, schema: Schema) -> st.SearchStrategy[Any]:
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return st.one_of([self.values(one) for one in schema[several]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        kind = str(schema.get("type"))
        if kind == "array":
            return st.lists(self.values(schema["items"]), min_size=schema.get("minItems", 0), max_size=ENTRIES_MAX)
        if kind == "object":
            return self._draw_object(schema)
        drawn: st.SearchStrategy[Any] = {
            "string": _draw_text,
            "integer": _draw_integer,
            "number": _draw_number,
            "boolean": lambda _: st.booleans(),
            "null": lambda _: st.none(),
        }[kind](schema)
        return drawn

    def _draw_object(self, schema: Schema) -> st.SearchStrategy[Any]:
        properties = schema.get("properties")
        if not properties and schema.get("additionalProperties") is False:
            return st.just({})
        if properties is None:
            keys = self.values(schema.get("propertyNames", {"type": "string"}))
            return st.dictionaries(keys, self.values(schema["additionalProperties"]), max_size=ENTRIES_MAX)
        required = {name: self.values(properties[name]) for name in schema.get("required", ())}
        optional = {name: self.values(item) for name, item in properties.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional).filter(lambda found: self.is_valid(schema, found))


def _draw_text(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date":
        return st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(date.isoformat)
    if schema.get("format") == "date-time":
        seconds = st.integers(946_684_800, 4_102_444_799)
        return seconds.map(lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}")
    pattern = schema.get("pattern")
    if pattern is None:
        return st.text(st.characters(exclude_categories=["C"]), max_size=64).filter(lambda text: _fits(schema, text))
    amount = st.decimals(-(10**15) + 1, 10**15 - 1, places=12) | st.decimals(-2, 2, places=3)
    texts = [amount.map(lambda number: f"{number:f}"), st.integers(-2, 200).map(str), st.text(min_size=1, max_size=64)]
    if "(?" not in pattern:
        texts = [st.from_regex(_WIDE.sub(r"\1\2", str(pattern)), fullmatch=True)]
    return st.one_of(texts).filter(lambda text: _fits(schema, text))


def _fits(schema: Schema, text: str) -> bool:
    # Python's "$" also matches before a final newline, and "\\d" is no part of what is drawn.
    if text.endswith("\n") or not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return False
    return re.search(schema.get("pattern", ""), text) is not None


def _draw_integer(schema: Schema) -> st.SearchStrategy[int]:
    return st.integers(schema.get("minimum", -(2**53)), schema.get("maximum", 2**53))


def _draw_number(schema: Schema) -> st.SearchStrategy[float | int]:
    # As a program writes it: a float of few digits. That 12 decimals are the most is said in words alone.
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    exact = st.decimals(Decimal(str(low)), Decimal(str(high)), places=2).map(float) | st.integers(
        int(low), int(high)
    ).filter(lambda number: number in range(-(10**15) + 1, 10**15))
    return exact.filter(lambda number: jsonschema.Draft202012Validator(dict(schema)).is_valid(number))
