"""Attribute values as DynamoDB keeps them: checked, numbers normalised, and never shared with a caller."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from tests.support.dynamodb.errors import Refused, invalid, invalid_values

type Value = dict[str, Any]
type Item = dict[str, Value]

#: Bytes of the largest item: names and values.
ITEM_BYTES_MAX = 400 * 1024
DIGITS_MAX = 38
EXPONENT_MAX, EXPONENT_MIN = 125, -130
#: Levels of lists and maps within each other.
DEPTH_MAX = 32
SETS = {"SS": "S", "NS": "N", "BS": "B"}
#: Types whose content is one immutable value.
_SHALLOW = frozenset({"S", "N", "B", "BOOL", "NULL"})
_SET_NAMES = {"SS": "string set ", "NS": "number set ", "BS": "binary set "}
#: Exact: what does not fit is refused before.
_EXACT = Context(prec=400, Emax=999_999, Emin=-999_999)


@lru_cache(maxsize=65_536)
def normalise_number(text: str) -> str:
    """Return a number as DynamoDB gives it back: plain digits, no zeros that say nothing."""
    if not isinstance(text, str) or not text.isascii() or text != text.strip() or "_" in text:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}") from None
    if not number.is_finite():
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    return write_number(number)


def write_number(number: Decimal) -> str:
    """Return a number's text.

    Raises
    ------
    Refused : it has more digits than DynamoDB keeps, or is too large or too near zero.
    """
    if not number:
        return "0"
    number = number.normalize(_EXACT)
    if len(number.as_tuple().digits) > DIGITS_MAX:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    if number.adjusted() > EXPONENT_MAX:
        raise invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if number.adjusted() < EXPONENT_MIN:
        raise invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    return f"{number:f}"


def normalise(value: Any, depth: int = 1) -> Value:
    """Return a checked copy of an attribute value."""
    # Almost all are dicts: asking for the abstract type alone takes longer than the rest.
    if type(value) is not dict and not isinstance(value, Mapping):
        raise Refused("SerializationException", "Unexpected value type in payload")
    if len(value) != 1:
        problem = "is empty" if not value else "has more than one datatypes set"
        raise invalid(f"Supplied AttributeValue {problem}, must contain exactly one of the supported datatypes")
    [(kind, content)] = value.items()
    if kind == "S" and isinstance(content, str):
        # A member of an enumeration goes over the wire as the text it is.
        return {"S": content if type(content) is str else str.__str__(content)}
    if kind == "N":
        return {"N": normalise_number(content)}
    if kind == "BOOL" and type(content) is bool:
        return {"BOOL": content}
    if kind == "B" and isinstance(content, bytes | bytearray):
        return {"B": bytes(content)}
    return _normalise_other(kind, content, depth)


def _normalise_other(kind: str, content: Any, depth: int) -> Value:
    if kind == "NULL" and type(content) is bool:
        if not content:
            raise invalid_values("Null attribute value types must have the value of true")
        return {"NULL": True}
    if depth > DEPTH_MAX:
        raise invalid("Nesting Levels have exceeded supported limits")
    if kind == "L" and isinstance(content, list | tuple):
        return {"L": [normalise(element, depth + 1) for element in content]}
    if kind == "M" and isinstance(content, Mapping):
        return {"M": {_name(name): normalise(element, depth + 1) for name, element in content.items()}}
    if kind in SETS and isinstance(content, list | tuple | set | frozenset):
        return {kind: _normalise_set(kind, list(content))}
    raise Refused("SerializationException", f"{type(content).__name__} can not be converted to {kind}")


def _normalise_set(kind: str, content: list[Any]) -> list[Any]:
    if not content:
        raise invalid_values(f"An {_SET_NAMES[kind]} may not be empty")
    elements = [normalise({SETS[kind]: element})[SETS[kind]] for element in content]
    if len(set(elements)) != len(elements):
        raise invalid_values(f"Input collection {content} contains duplicates.")
    return elements


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise Refused("SerializationException", "an attribute's name is a string")
    return name


def normalise_item(item: Any) -> Item:
    """Return a checked copy of an item (its attributes' values)."""
    if not isinstance(item, Mapping):
        raise Refused("SerializationException", "Unexpected value type in payload")
    if not all(item):
        raise invalid("An AttributeValue's name may not be empty")
    checked = {}
    for name, value in item.items():
        # Most are texts: told here, they need no call.
        text = value.get("S") if type(value) is dict and len(value) == 1 else None
        checked[_name(name)] = {"S": text} if type(text) is str else normalise(value)
    return checked


def copy_value(value: Value) -> Value:
    """Return a value that shares nothing a caller could change."""
    [(kind, content)] = value.items()
    if type(content) is list:
        return {kind: [copy_value(element) for element in content] if kind == "L" else content.copy()}
    if type(content) is dict:
        return {kind: {name: copy_value(element) for name, element in content.items()}}
    return {kind: content}


def copy_item(item: Item) -> Item:
    """Return an item that shares nothing a caller could change."""
    if type(item) is Stored and item.is_shallow:
        return {name: value.copy() for name, value in item.items()}
    return {name: value.copy() if _SHALLOW.issuperset(value) else copy_value(value) for name, value in item.items()}


def size_of(value: Value) -> int:
    """Return a value's bytes as they count for an item's size."""
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content) if content.isascii() else len(content.encode())
    if kind == "B":
        return len(content)
    if kind == "N":
        return _number_size(content)
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "L":
        return 3 + sum(1 + size_of(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + size_of(element) for name, element in content.items())
    return sum(size_of({SETS[kind]: element}) for element in content)


@lru_cache(maxsize=65_536)
def _number_size(text: str) -> int:
    digits = Decimal(text).normalize(_EXACT).as_tuple().digits
    return 1 if text == "0" else (len(digits) + 1) // 2 + 1 + text.startswith("-")


class Stored(dict[str, Value]):
    """An item that is stored: it is never changed again, so its size is worked out once."""

    __slots__ = ("is_shallow", "size")

    def __init__(self, item: Item) -> None:
        super().__init__(item)
        size, is_shallow = 0, True
        for name, value in item.items():
            size += len(name) if name.isascii() else len(name.encode())
            text = value.get("S")
            if text is not None and text.isascii():
                size += len(text)
                continue
            size += size_of(value)
            is_shallow = is_shallow and _SHALLOW.issuperset(value)
        #: Bytes.
        self.size = size
        #: Whether no value is a list, a map or a set.
        self.is_shallow = is_shallow


def item_size(item: Item) -> int:
    """Return an item's bytes: names and values."""
    return item.size if type(item) is Stored else Stored(item).size


def ordered(value: Value) -> str | Decimal | bytes | None:
    """Return what a value is compared by, None where its type has no order."""
    [(kind, content)] = value.items()
    if kind == "N":
        return Decimal(content)
    return content if kind in {"S", "B"} else None


def is_equal(left: Value, right: Value) -> bool:
    """Tell whether two values are the same; sets have no order."""
    [(kind, content)] = left.items()
    if kind not in right:
        return False
    other = right[kind]
    if kind in SETS:
        return set(content) == set(other)
    if kind == "L":
        return len(content) == len(other) and all(map(is_equal, content, other))
    if kind == "M":
        return content.keys() == other.keys() and all(is_equal(content[name], other[name]) for name in content)
    return bool(content == other)


def is_same_item(left: Item, right: Item) -> bool:
    """Tell whether two items hold the same."""
    if type(left) is Stored and type(right) is Stored and left.is_shallow and right.is_shallow:
        return left == right
    return is_equal({"M": left}, {"M": right})
