"""The names and values that come with a request's expressions, and where they lead in an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.dynamodb.errors import invalid
from tests.support.dynamodb.syntax import parse_condition, parse_projection, parse_update
from tests.support.dynamodb.trees import Parsed, Path, Placeholder
from tests.support.dynamodb.values import Item, Value, normalise

type Place = tuple[str | int, ...]

_EXPRESSIONS = (
    "ConditionExpression",
    "UpdateExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)


class Scope:
    """What the placeholders of a request stand for; every one of them must be used."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        names, values = request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues")
        has_expression = any(name in request for name in _EXPRESSIONS)
        for kind, given in (("Names", names), ("Values", values)):
            if given is not None and not has_expression:
                raise invalid(f"ExpressionAttribute{kind} can only be specified when using expressions")
            if given is not None and not given:
                raise invalid(f"ExpressionAttribute{kind} must not be empty")
        self.names: Mapping[str, str] = names or {}
        self.values: dict[str, Value] = {}
        for name, value in (values or {}).items():
            if not name.startswith(":") or len(name) < 2:
                raise invalid(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{name}"')
            self.values[name] = normalise(value)
        for name in self.names:
            if not name.startswith("#") or len(name) < 2:
                raise invalid(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{name}"')
        self._unused = {*self.names, *self.values}

    def condition(self, text: str, kind: str = "ConditionExpression") -> Parsed[Any]:
        """Parse a condition and note what it uses."""
        return self._use(parse_condition(text, kind))

    def update(self, text: str) -> Parsed[Any]:
        """Parse an update and note what it uses."""
        return self._use(parse_update(text))

    def projection(self, text: str | None) -> list[Place] | None:
        """Return the places a projection names, None for everything."""
        if text is None:
            return None
        places = [self.place(path) for path in self._use(parse_projection(text)).tree]
        check_overlaps("ProjectionExpression", places)
        return places

    def _use[T](self, parsed: Parsed[T]) -> Parsed[T]:
        for name in parsed.names - self.names.keys():
            raise invalid(
                f"Invalid {parsed.kind}: An expression attribute name used in the document path is not defined; "
                f"attribute name: {name}"
            )
        for name in parsed.values - self.values.keys():
            raise invalid(
                f"Invalid {parsed.kind}: An expression attribute value used in expression is not defined; "
                f"attribute value: {name}"
            )
        self._unused -= parsed.names | parsed.values
        return parsed

    def check_all_used(self) -> None:
        """Refuse names and values that no expression uses."""
        for kind, sign in (("Values", ":"), ("Names", "#")):
            if unused := sorted(name for name in self._unused if name.startswith(sign)):
                raise invalid(
                    f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{', '.join(unused)}}}"
                )

    def place(self, path: Path) -> Place:
        """Return a path by its attributes' own names."""
        return tuple(self.names.get(part, part) if isinstance(part, str) else part for part in path.parts)

    def value(self, placeholder: Placeholder) -> Value:
        """Return what a placeholder stands for."""
        return self.values[placeholder.name]


def look_up(item: Item, place: Place) -> Value | None:
    """Return what stands at a place, None where nothing does."""
    value = item.get(place[0])  # type: ignore[arg-type]
    for part in place[1:]:
        if value is None:
            return None
        if isinstance(part, int):
            elements = value.get("L", ())
            value = elements[part] if part < len(elements) else None
        else:
            value = value.get("M", {}).get(part)
    return value


def check_overlaps(kind: str, places: list[Place]) -> None:
    """Refuse places of which one is another, or lies within it."""
    for number, place in enumerate(places):
        for other in places[number + 1 :]:
            shared = min(len(place), len(other))
            if place[:shared] == other[:shared]:
                raise invalid(
                    f"Invalid {kind}: Two document paths overlap with each other; must remove or rewrite one of these "
                    f"paths; path one: {_write(place)}, path two: {_write(other)}"
                )
            for depth in range(shared):
                if place[:depth] == other[:depth] and type(place[depth]) is not type(other[depth]):
                    raise invalid(
                        f"Invalid {kind}: Two document paths conflict with each other; must remove or rewrite one of "
                        f"these paths; path one: {_write(place)}, path two: {_write(other)}"
                    )


def project(item: Item, places: list[Place] | None) -> Item:
    """Return an item's parts at these places; the item itself for None."""
    if places is None:
        return item
    # Elements of a list close up: each is first kept under its position.
    found: dict[Any, Any] = {}
    for place in sorted(places, key=str):
        value = look_up(item, place)
        if value is None:
            continue
        inner = found
        for part in place[:-1]:
            inner = inner.setdefault(part, {})
        inner[place[-1]] = _Leaf(value)
    return {name: _build(part) for name, part in found.items()}


class _Leaf:
    def __init__(self, value: Value) -> None:
        self.value = value


def _build(part: Any) -> Value:
    if isinstance(part, _Leaf):
        return part.value
    if all(isinstance(key, int) for key in part):
        return {"L": [_build(part[position]) for position in sorted(part)]}
    return {"M": {name: _build(inner) for name, inner in part.items()}}


def _write(place: Place) -> str:
    return f"[{', '.join(str(part) for part in place)}]"
