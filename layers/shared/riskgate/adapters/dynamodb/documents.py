"""Documents in items: canonical JSON as `document`, packed where it is long, beside the marks of who wrote it.

``schema`` N is the version of its kind, ``oldest_reader`` N the oldest version that reads it, ``shape`` S tells which
fields its writer knew. Items without them were written by the first version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, cast

from riskgate.adapters.dynamodb.packing import UnknownDictionary, pack, unpack
from riskgate.core.errors import DocumentTooNew, StateCorrupt
from riskgate.schemas.codec import DecodeError, decode, encode, prepare_decoders, sha256_hex
from riskgate.schemas.versions import FIRST, Marks, marks_of, read_document

#: Attributes of an item.
type Attributes = dict[str, Any]

#: How many documents are kept decoded: quotes and instruments, of this many characters at most; and reports, rows of
#: correlations and limits, some 100 KB each.
SHORT, SHORT_MAX, LONG_MAX = 1024, 2048, 64
SCHEMA, OLDEST_READER, SHAPE = "schema", "oldest_reader", "shape"
#: What every item may have beside what its kind says.
_COMMON = frozenset({"pk", "sk", "ttl", SCHEMA, OLDEST_READER, SHAPE})


@contextmanager
def reading(what: str, code: str | None = None) -> Iterator[None]:
    """Turn whatever goes wrong while a stored item is read into StateCorrupt: somebody else wrote it.

    Raises DocumentTooNew: a newer version packed it, with a dictionary that this one does not have.
    """
    try:
        yield
    except UnknownDictionary as error:
        raise DocumentTooNew(f"{what} was packed by a newer version") from error
    except (KeyError, TypeError, ValueError, DecodeError) as error:
        raise StateCorrupt(f"{what} cannot be read", code=code) from error


def _make_mark(kind: type) -> Attributes:
    version, oldest, shape = marks_of(kind)
    return {SCHEMA: {"N": str(version)}, OLDEST_READER: {"N": str(oldest)}, SHAPE: {"S": shape}}


#: Returns the attributes that say who wrote a document of a kind; shared, so not to be changed.
mark: Callable[[type], Attributes] = cache(_make_mark)


def _mark_of(document: object) -> Attributes:
    kind: type[Any] = type(document)
    return mark(kind)


def prepare_documents(*kinds: type) -> None:
    """Work out ahead of the first document how these kinds are read and what is written beside them."""
    prepare_decoders(*kinds)
    for kind in kinds:
        mark(kind)


def write_document(document: object) -> Attributes:
    """Return a document with its marks, as text."""
    return {"document": {"S": encode(document).decode()}, **_mark_of(document)}


def pack_document(document: object) -> Attributes:
    """Return a document with its marks, packed where it is long."""
    return {"document": pack(encode(document)), **_mark_of(document)}


def unpack_document[T](item: Attributes, kind: type[T]) -> T:
    """Return what `write_document` or `pack_document` was given.

    Raises DocumentTooNew: a newer build wrote it; KeyError, ValueError: it cannot be read, see `reading`.
    """
    return read_text_of(item, kind, text_of(item))


def text_of(item: Attributes) -> bytes:
    """Return the JSON of an item's document."""
    return unpack(item["document"])


def read_text_of[T](item: Attributes, kind: type[T], text: bytes) -> T:
    """Return the document of an item whose text is at hand; errors as in `unpack_document`."""
    return read_document(text, kind, _marks_of(item, kind))


def unpack_once[T](item: Attributes, kind: type[T]) -> tuple[T, str]:
    """Return a document as `unpack_document` does, and its text's SHA-256 in hex.

    What the same bytes were decoded to before is not decoded again: for what many decisions read and few jobs write.
    It is looked up by the whole of what was read now, so that it is never older than that.
    """
    if is_current(item, kind):
        stored, seldom = item["document"], cast("Any", kind)
        value = stored["S"] if "S" in stored else bytes(stored["B"])
        known = _read_short if len(value) < SHORT else _read_long
        found: tuple[T, str] = known(value, seldom)
        return found
    text = text_of(item)
    return read_text_of(item, kind, text), sha256_hex(text)


def _read(value: str | bytes, kind: type) -> tuple[Any, str]:
    text = unpack({"S": value} if isinstance(value, str) else {"B": value})
    return decode(text, kind), sha256_hex(text)


_read_short, _read_long = lru_cache(maxsize=SHORT_MAX)(_read), lru_cache(maxsize=LONG_MAX)(_read)


def _marks_of(item: Attributes, kind: type) -> Marks:
    ours = mark(kind)
    if item.get(SHAPE) == ours[SHAPE] and item.get(SCHEMA) == ours[SCHEMA]:
        return marks_of(kind)
    if SCHEMA not in item:
        return FIRST
    version: str = item[SCHEMA]["N"]
    oldest = item.get(OLDEST_READER, {"N": version})["N"]
    return Marks(int(version), int(oldest), item.get(SHAPE, {"S": ""})["S"])


def is_current(item: Attributes, kind: type) -> bool:
    """Tell whether an item's document is written as this build writes one of its kind."""
    return _marks_of(item, kind) == marks_of(kind)


def mark_attributes(version: int = 1, oldest_reader: int = 1) -> Attributes:
    """Return the marks of an item without a document, whose attributes are all that it says."""
    return {SCHEMA: {"N": str(version)}, OLDEST_READER: {"N": str(oldest_reader)}}


def require_known(item: Mapping[str, Any], known: frozenset[str], what: str, *, version: int = 1) -> None:
    """Refuse an item with other attributes than these: one that restricts what it grants must not be overlooked.

    `version` is the one of its kind that is read here. Raises DocumentTooNew; KeyError, ValueError: its marks cannot be
    read.
    """
    other = item.keys() - known - _COMMON
    if other:
        raise DocumentTooNew(f"{what} has what this version does not know: {', '.join(sorted(other))}")
    oldest = int(item[OLDEST_READER]["N"]) if OLDEST_READER in item else 1
    if oldest > version:
        raise DocumentTooNew(
            f"{what} is for readers of version {oldest} or later, and this one reads version {version}"
        )
