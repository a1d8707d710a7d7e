"""Entries of the log as they are read: one whose text nobody can read keeps its place, for who verifies."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from riskgate.adapters.dynamodb.packing import pack
from riskgate.adapters.dynamodb.store import _decode_cursor, _encode_cursor, _parse_audit
from riskgate.core.errors import InvalidRequest
from tests.support.builders import NOW

LONG = '{"event": "' + "x" * 5_000 + '"}'


def item(**changes: Any) -> dict[str, Any]:
    texts = {
        "account_id": "demo", "hash": "h5", "event": "order_decided", "at": NOW.isoformat(), "actor": "token:1",
        "decision": "approved", "code": "X",
    }  # fmt: skip
    row = {name: {"S": text} for name, text in texts.items()} | {"sequence": {"N": "5"}, "entry": pack(LONG)}
    return {name: value for name, value in (row | changes).items() if value is not None}


def test_entry_when_read_then_as_it_was_written() -> None:
    row = _parse_audit(item())
    assert (row.account_id, row.sequence, row.hash, row.entry) == ("demo", 5, "h5", LONG)
    assert (row.event, row.at, row.actor) == ("order_decided", NOW, "token:1")
    assert (row.decision, row.code) == ("approved", "X")


def _packed_otherwise() -> dict[str, Any]:
    packer = zlib.compressobj(zdict=b"another one")
    return {"B": packer.compress(LONG.encode()) + packer.flush()}


@pytest.mark.parametrize(
    "entry",
    [None, {"N": "1"}, {"B": b"no stream"}, {"B": zlib.compress(b"\xff")}, _packed_otherwise()],
    ids=["missing", "no text", "no stream", "no letters", "another dictionary"],
)
def test_entry_when_its_text_cannot_be_read_then_empty_and_all_else_is_there(entry: dict[str, Any] | None) -> None:
    row = _parse_audit(item(entry=entry))
    assert (row.entry, row.hash, row.sequence) == ("", "h5", 5)


@pytest.mark.parametrize("name", ["o1", "a" * 64])
def test_cursor_when_given_back_then_the_name(name: str) -> None:
    assert _decode_cursor(_encode_cursor(name)) == name


@pytest.mark.parametrize(
    "cursor", ["", "!", "bzE", "ü", _encode_cursor(""), _encode_cursor("a b"), _encode_cursor("ü")]
)
def test_cursor_when_it_is_none_of_ours_then_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        _decode_cursor(cursor)
    assert caught.value.code == "CURSOR_INVALID"
