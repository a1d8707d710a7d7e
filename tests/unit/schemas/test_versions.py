"""Documents of other versions: what is read, what is brought up to date, and what is refused before it loses anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.errors import DocumentTooNew, InvalidRequest, Transient
from riskgate.schemas import versions
from riskgate.schemas.codec import DecodeError, decode, encode
from riskgate.schemas.messages.text import read_message, write_message
from riskgate.schemas.shape.first_fields import FIRST_FIELDS
from riskgate.schemas.versions import FIRST, Marks, Schema, marks_of, read_document


@dataclass(frozen=True, kw_only=True)
class Part:
    weight: Decimal


@dataclass(frozen=True, kw_only=True)
class Stored:
    """As the third version of a document has it."""

    name: str
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    note: str = ""


def to_second(tree: dict[str, Any]) -> dict[str, Any]:
    """Take the amount out of the text it stood in."""
    return tree | {"parts": {"a": [{"weight": tree.pop("size").removesuffix(" kg")}]}}


def to_third(tree: dict[str, Any]) -> dict[str, Any]:
    """Name the document otherwise."""
    return tree | {"name": tree.pop("title")}


@pytest.fixture(autouse=True)
def third(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this build write the third version, which readers of the second understand."""
    schema = Schema(version=3, oldest_reader=2, upcasters={1: to_second, 2: to_third})
    monkeypatch.setattr(versions, "SCHEMAS", {"Stored": schema})
    monkeypatch.setattr(versions, "_MARKS", {})
    monkeypatch.setitem(FIRST_FIELDS, "Stored", frozenset({"parts"}))


TODAY = Stored(name="x", parts={"a": (Part(weight=Decimal("1.5")),)})


def test_document_when_older_then_each_step_up_runs_once() -> None:
    assert read_document('{"title":"x","size":"1.5 kg"}', Stored, FIRST) == TODAY
    second = '{"title":"x","parts":{"a":[{"weight":"1.5"}]}}'
    assert read_document(second, Stored, Marks(2, 1, "")) == TODAY
    assert read_document(encode(TODAY), Stored, marks_of(Stored)) == TODAY


def test_document_when_newer_and_nothing_new_is_used_then_read() -> None:
    assert read_document(encode(TODAY), Stored, Marks(4, 2, "0badf00d")) == TODAY


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"x","colour":"red"}',
        '{"name":"x","parts":{"a":[{"weight":"1","colour":"red"}]}}',
        '{"name":"x","parts":{"a":[{"weight":{"kg":"1"}}]}}',
        '{"title":"x"}',
    ],
)
def test_document_when_newer_and_something_of_it_would_be_lost_then_too_new(text: str) -> None:
    with pytest.raises(DocumentTooNew, match="Stored was written as version 4 for readers of 3"):
        read_document(text, Stored, Marks(4, 3, "0badf00d"))


def test_document_when_for_later_readers_then_not_even_looked_at() -> None:
    with pytest.raises(DocumentTooNew, match="for readers of 4 or later; engine [0-9.]+ reads version 3"):
        read_document(encode(TODAY), Stored, Marks(4, 4, "0badf00d"))


def test_field_when_another_build_of_the_same_version_added_it_then_too_new() -> None:
    """Somebody forgot the step: still nothing is dropped."""
    with pytest.raises(DocumentTooNew, match="unknown field `colour`"):
        read_document('{"name":"x","colour":"red"}', Stored, Marks(3, 2, "0badf00d"))


@pytest.mark.parametrize("written", [FIRST, Marks(2, 2, ""), Marks(3, 2, "")])
def test_field_when_no_version_had_it_then_no_document(written: Marks) -> None:
    tree = {"name": "x", "title": "x", "size": "1 kg", "colour": "red"}
    with pytest.raises(DecodeError):
        read_document(encode(tree), Stored, written)


def test_refusal_when_raised_then_surely_nothing_happened() -> None:
    assert issubclass(DocumentTooNew, Transient)
    assert (DocumentTooNew.status, DocumentTooNew.code) == (503, "DOCUMENT_TOO_NEW")


def test_message_when_written_then_it_names_its_version_and_is_read_back() -> None:
    text = write_message(TODAY)
    assert decode(text, dict[str, Any]) | {"parts": None} == {
        "name": "x",
        "parts": None,
        "schema_version": 3,
        "oldest_reader": 2,
    }
    assert read_message(text, Stored) == TODAY


def test_message_when_of_before_versions_then_read_as_the_first() -> None:
    assert read_message('{"title":"x","size":"1.5 kg"}', Stored) == TODAY


def test_message_when_newer_then_it_is_to_come_again_and_a_broken_one_is_invalid() -> None:
    newer = '{"name":"x","colour":"red","schema_version":4,"oldest_reader":2}'
    with pytest.raises(DocumentTooNew):
        read_message(newer, Stored)
    for text in ("{", "[]", '{"name":"x","schema_version":"4"}', '{"name":"x","colour":"red","schema_version":3}'):
        with pytest.raises(InvalidRequest):
            read_message(text, Stored)
