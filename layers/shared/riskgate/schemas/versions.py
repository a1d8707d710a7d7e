"""Versions of what is stored and sent: who wrote it, who may read it, and how an older one becomes today's.

Old and new builds of the gateway read each other's documents while a deployment rolls out or is rolled back. A build
refuses what it would lose something of; see ADR 0066 and "Change a stored document" in developing.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from riskgate import ENGINE_VERSION
from riskgate.core.errors import DocumentTooNew
from riskgate.schemas.codec import DecodeError, decode, encode
from riskgate.schemas.shape.shapes import digest_of, require_known

#: Takes a document as plain JSON values, as one version has it, and returns it as the next or the one before has it.
type Step = Callable[[dict[str, Any]], dict[str, Any]]

#: What a text of JSON names its marks.
_VERSION, _OLDEST = "schema_version", "oldest_reader"


class Marks(NamedTuple):
    """What stands beside a document: its version, the oldest one whose readers may read it, and its writer's fields."""

    version: int = 1
    oldest_reader: int = 1
    shape: str = ""


#: Of documents that say nothing of themselves.
FIRST = Marks()


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """The versions of one kind of document.

    `oldest_reader` is the oldest version whose readers understand a document that uses no field they do not know.
    `upcasters` lead from a version to the next one, `downcasters` from one to the version before: where a version has
    none, all that changed is fields that are left out while they hold their defaults.
    """

    version: int = 1
    oldest_reader: int = 1
    upcasters: Mapping[int, Step] = field(default_factory=dict)
    downcasters: Mapping[int, Step] = field(default_factory=dict)


def _without(gone: str) -> Step:
    """Return the step up over a field that 0.1.0 wrote and nothing needs any more."""
    return lambda tree: {name: value for name, value in tree.items() if name != gone}


#: The kinds that have had more than their first version, by the name of their struct.
SCHEMAS: Mapping[str, Schema] = {
    # 0.1.0 drops the fields that came after it, without a word: it must not read what this one writes.
    "AccountState": Schema(version=2, oldest_reader=2),
    "OrderRecord": Schema(version=2, upcasters={1: _without("batch_answer")}),
    "OrderMessage": Schema(version=2, upcasters={1: _without("correlation_id")}),
    "MarketMessage": Schema(version=2, upcasters={1: _without("secret_names")}),
    # A step takes the whole entry, its event as `inputs`. Entries of the first version name their engine alone.
    # From the third on one may name what earlier ones hold; only such a one needs a reader of the third.
    "AuditEntry": Schema(version=3),
}
_ONLY_FIRST = Schema()
#: Working a kind's fields out costs more than a decision.
_MARKS: dict[type, Marks] = {}


def schema_of(kind: type) -> Schema:
    """Return the versions of a kind of document."""
    return SCHEMAS.get(kind.__name__, _ONLY_FIRST)


def marks_of(kind: type) -> Marks:
    """Return what this build writes beside a document."""
    marks = _MARKS.get(kind)
    if marks is None:
        schema = schema_of(kind)
        marks = _MARKS[kind] = Marks(schema.version, schema.oldest_reader, digest_of(kind))
    return marks


def read_document[T](text: str | bytes, kind: type[T], written: Marks = FIRST) -> T:
    """Return a stored document, read as its marks say; without any it is the first version's.

    Raises DocumentTooNew: a newer build wrote it, and this one would lose something of it; DecodeError: it is none of
    its kind, or has a field that no version of this build knows.
    """
    if written == marks_of(kind):
        return decode(text, kind)
    return _read_of_others(text, kind, written)


def _read_of_others[T](text: str | bytes, kind: type[T], written: Marks) -> T:
    ours = marks_of(kind)
    if written.oldest_reader > ours.version:
        raise DocumentTooNew(_describe(kind, written))
    try:
        current = upcast(text, kind, written.version)
        require_known(current, kind)
        return decode(current, kind)
    except DecodeError as error:
        # Where no other build says that it wrote this, the document was edited.
        other_build = written.version == ours.version and written.shape not in {"", ours.shape}
        if written.version > ours.version or other_build:
            raise DocumentTooNew(f"{_describe(kind, written)}: {error}") from error
        raise


def upcast(text: str | bytes, kind: type, version: int) -> str | bytes:
    """Return the JSON of a document of some version as today's version has it; as it is where nothing differs."""
    schema = schema_of(kind)
    return _walk(text, [schema.upcasters[s] for s in range(version, schema.version) if s in schema.upcasters])


def as_of(text: bytes, kind: type, version: int) -> bytes:
    """Return a document's JSON of today as an earlier version wrote it: what a hash of then is compared with."""
    schema = schema_of(kind)
    down = [schema.downcasters[s] for s in range(schema.version, version, -1) if s in schema.downcasters]
    return _walk(text, down)


def _walk[T: str | bytes](text: T, steps: Sequence[Step]) -> T | bytes:
    """Return a document's JSON after steps from version to version; without any, as it is."""
    if not steps:
        return text
    tree = decode(text, dict[str, Any])
    for step in steps:
        tree = step(tree)
    return encode(tree)


def _describe(kind: type, written: Marks) -> str:
    return (
        f"{kind.__name__} was written as version {written.version} for readers of {written.oldest_reader} or later; "
        f"engine {ENGINE_VERSION} reads version {schema_of(kind).version}"
    )


def write_text(document: object) -> str:
    """Return a document as canonical JSON that names its own version: for queues, functions and files."""
    kind: type[Any] = type(document)
    marks = marks_of(kind)
    tree = decode(encode(document), dict[str, msgspec.Raw])
    return encode(tree | {_VERSION: marks.version, _OLDEST: marks.oldest_reader}).decode()


def read_text[T](text: str | bytes, kind: type[T]) -> T:
    """Read back what `write_text` wrote, see `read_document`; without a version it is the first one's."""
    tree = decode(text, dict[str, msgspec.Raw])
    version, oldest = (decode(bytes(tree.pop(name, b"1")), int) for name in (_VERSION, _OLDEST))
    return read_document(encode(tree), kind, Marks(version, oldest))
