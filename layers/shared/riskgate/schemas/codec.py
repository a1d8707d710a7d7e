"""Canonical JSON (RFC 8785) of documents, audit entries and messages, and the way back.

Amounts are written as plain decimal strings, so equal amounts always give equal bytes; floats are refused,
which spares RFC 8785's number formatting. Integers must stay within 2**53, as RFC 8785 asks.
"""

import re
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from hashlib import sha256
from types import NoneType
from typing import Any, get_args

import msgspec
from msgspec.structs import asdict, astuple

from riskgate.core.money import plain
from riskgate.core.same import Same
from riskgate.schemas.shape.exact import holds_amounts, is_exact
from riskgate.schemas.shape.shapes import KEPT, hints_of, leave_out_later, list_late_defaults

#: Raised by `decode`, a ValueError; named here so that callers need not import msgspec.
DecodeError = msgspec.DecodeError

#: What the encoder writes in its one canonical form already, enums as they are met; `Raw` is an earlier `encode`'s.
_LEAVES: set[type] = {str, int, bool, NoneType, msgspec.Raw}
_ENCODER = msgspec.json.Encoder(order="sorted")
_UNSORTED_ENCODER = msgspec.json.Encoder()
_UTC_OFFSET = timedelta(0)
#: What the encoder writes otherwise than here, or what is refused here: amounts with an exponent, instants that are not
#: UTC, floats, amounts with trailing zeros. Apart from each other, as each begins with what a search skips to.
_find_exponent = re.compile(rb"E[+-]\d").search
_find_other_zone = re.compile(rb"T\d\d:\d\d:\d\d(?:\.\d+)?[^Z.\d]").search
_find_float_with_exponent = re.compile(rb"e-?\d+[,}\]]").search
_find_trailing_zero_or_float = re.compile(rb"\.\d*(?:0\"|\d[,}\]e])").search
#: How many values stay encoded, and of which kinds.
KEPT_MAX = 64
_KEPT_KINDS: set[type] = set()
#: Building a decoder costs more than using it.
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}

#: Any value on its way to JSON: told apart by its type at run time.
type _Tree = Any
#: Makes what is encoded of a struct, or of a dataclass as dicts and lists.
type _Write = Callable[[_Tree], _Tree]


def encode(value: object) -> bytes:
    """Return the canonical JSON of a tree of dataclasses, structs, mappings and sequences.

    Its leaves are strings, integers, booleans, None, Decimals, UTC instants, dates and enums; an entry of a mapping
    and a field of a struct may also be what `embed` returns.

    Raises TypeError: a float, bytes or another type without an exact form; ValueError: a Decimal that is not finite,
    an instant that is not UTC, or a lone surrogate.
    """
    data = _ENCODER.encode(_lower(value, _write_natively))
    # RFC 8785 sorts by UTF-16 code units, msgspec by code points: they differ only beyond ASCII.
    return data if data.isascii() else _UNSORTED_ENCODER.encode(_sort_by_utf16(_lower(value, _lower_fully)))


def embed(canonical: bytes) -> msgspec.Raw:
    """Return the result of an earlier `encode` as a value that the next one writes as it is."""
    return msgspec.Raw(canonical)


def decode[T](data: bytes | str, kind: type[T]) -> T:
    """Return the JSON text as a value of `kind`, amounts as exact Decimals; DecodeError if it does not fit."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        prepare_decoders(kind)
        decoder = _DECODERS[kind]
    decoded: T = decoder.decode(data)
    return decoded


def prepare_decoders(*kinds: type) -> None:
    """Build the decoders of some kinds ahead of the first `decode`."""
    for kind in kinds:
        _DECODERS[kind] = msgspec.json.Decoder(kind)


def keep_encoded(*kinds: type) -> None:
    """Encode a value of these dataclasses once, while it is among the latest: for those that many documents hold."""
    _KEPT_KINDS.update(kinds)
    _holds_kept.cache_clear()


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 digest in lower-case hexadecimal."""
    return sha256(data).hexdigest()


def _lower(value: _Tree, write: _Write) -> _Tree:
    """Return the value as what the encoder writes canonically; `write` does so with whole structs."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is Decimal:
        return _write_amount(value)
    if kind is dict:
        return {name: item if type(item) in _LEAVES else _lower(item, write) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _LEAVES else _lower(item, write) for item in value]
    if kind is datetime:
        if value.utcoffset() != _UTC_OFFSET:
            raise ValueError(f"{value} is not in UTC")
        return value
    if issubclass(kind, msgspec.Struct):
        return write(value) if write is _write_natively and is_exact(kind) else _lower_struct(value, write)
    if issubclass(kind, Enum):
        _LEAVES.add(kind)
        return value
    if kind in _KEPT_KINDS and write is _write_natively:
        return _encode_once(Same(value))
    if _KEPT_KINDS and is_dataclass(kind) and _holds_kept(kind):
        late = list_late_defaults(kind)
        items = ((name, getattr(value, name)) for name in hints_of(kind))
        return {name: _lower(item, write) for name, item in items if name not in late or item != late[name]}
    builtins = msgspec.to_builtins(value, builtin_types=KEPT, order="deterministic")
    if type(builtins) is kind:
        raise TypeError(f"{kind.__name__} has no canonical form")
    leave_out_later(kind, builtins)
    return write(builtins) if is_exact(kind) else _lower_fully(builtins)


@lru_cache(maxsize=KEPT_MAX)
def _encode_once(kept: Same[Any]) -> msgspec.Raw:
    builtins = msgspec.to_builtins(kept.value, builtin_types=KEPT, order="deterministic")
    leave_out_later(type(kept.value), builtins)
    return msgspec.Raw(encode(builtins))


@cache
def _holds_kept(hint: Any) -> bool:
    """Tell whether a type has a field, at any depth, whose values are encoded once."""
    inner = hints_of(hint).values() if is_dataclass(hint) else get_args(hint)  # type: ignore[arg-type]
    return any(part in _KEPT_KINDS or (part is not ... and _holds_kept(part)) for part in inner)


def _lower_struct(value: msgspec.Struct, write: _Write) -> _Tree:
    # msgspec itself would refuse a struct's `Raw` here, although its encoder writes it.
    items = astuple(value)
    if _LEAVES.issuperset(map(type, items)):
        return value
    fields = zip(value.__struct_fields__, items, strict=True)
    return {name: _lower(item, write) for name, item in fields if item is not msgspec.UNSET}


def _lower_fully(value: _Tree) -> _Tree:
    return _lower(value, _lower_fully)


def _write_natively(value: _Tree) -> _Tree:
    """Return the JSON of a struct, or of dicts and lists, as the encoder writes it; what may differ, part by part."""
    data = _ENCODER.encode(value)
    is_struct = isinstance(value, msgspec.Struct)
    # Answers are texts already, and long: nothing but an instant may differ in them.
    may_differ = _may_differ if not is_struct or holds_amounts(type(value)) else _find_other_zone
    if data.isascii() and not may_differ(data):
        return msgspec.Raw(data)
    if is_struct:
        return _lower_struct(value, _write_natively)
    if type(value) is dict:
        return {name: _write_part(item) for name, item in value.items()}
    return [_write_part(item) for item in value]


def _write_part(value: _Tree) -> _Tree:
    return _write_natively(value) if type(value) is dict or type(value) is list else _lower_fully(value)


def _may_differ(data: bytes) -> bool:
    """Tell whether JSON may hold what is not canonical; a text that only looks like it counts, too."""
    # One letter is looked for far faster than a word.
    return bool(
        (b"." in data and _find_trailing_zero_or_float(data))
        or (b"E" in data and _find_exponent(data))
        or (b"T" in data and _find_other_zone(data))
        or _find_float_with_exponent(data)
        or b'"-0"' in data
        or (b"N" in data and b"NaN" in data)
        or (b"I" in data and b"Infinity" in data)
    )


def _write_amount(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{value} has no canonical form")
    text = str(value)
    # Half the time of `plain`, for the amounts that are plain already.
    return plain(value) if text[-1] == "0" or "E" in text else text


def _sort_by_utf16(value: _Tree) -> _Tree:
    if isinstance(value, msgspec.Struct):
        value = asdict(value)
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _sort_by_utf16(value[name]) for name in names}
    return [_sort_by_utf16(item) for item in value] if isinstance(value, list) else value
