"""Texts of items, packed and read back."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.adapters.dynamodb import packing
from riskgate.adapters.dynamodb.packing import PACK_ABOVE, UnknownDictionary, pack, unpack

CORPUS = Path(__file__).parents[3] / "corpus" / "0.1.0" / "items.ndjson.gz"
#: What was packed with a dictionary is unreadable without it.
DICTIONARIES = {"packing-1.txt": "e86045a990bd2cb5b3056ba42e3e92dda6949be6e2f04b6afb3603fdc4b5032b"}
#: An entry as the first version that packed wrote it.
PACKED = "eLvj89oJwzGFDZ/gxl6BDcR8NllzLybEtUVNgLVILT2rrNpaAMsMe+4="
LONG = "a decision and its answer " * 20


@pytest.mark.parametrize("name", DICTIONARIES)
def test_dictionary_then_it_is_the_one_that_items_were_packed_with(name: str) -> None:
    text = files("riskgate").joinpath("data", name).read_bytes()
    assert sha256(text).hexdigest() == DICTIONARIES[name], "a used dictionary is never edited: add another"


def test_text_when_packed_by_the_first_version_then_read() -> None:
    assert json.loads(unpack({"B": base64.b64decode(PACKED)}))["event"] == "order_decided"


@given(st.text(max_size=4 * PACK_ABOVE))
def test_text_when_packed_then_it_comes_back_byte_for_byte(text: str) -> None:
    value = pack(text)
    assert unpack(value) == text.encode()
    assert ("S" in value) == (len(text.encode()) <= PACK_ABOVE)


def test_text_when_it_comes_through_a_stream_then_its_bytes_are_base64() -> None:
    value = {"B": base64.b64encode(pack(LONG)["B"]).decode()}
    assert unpack(value) == LONG.encode()


def test_text_when_an_earlier_version_wrote_it_then_read() -> None:
    assert unpack({"S": LONG}) == unpack({"B": zlib.compress(LONG.encode(), 1)}) == LONG.encode()


def test_text_when_packed_with_an_unknown_dictionary_then_refused() -> None:
    packer = zlib.compressobj(zdict=b"another one")
    with pytest.raises(UnknownDictionary, match="unknown dictionary"):
        unpack({"B": packer.compress(LONG.encode()) + packer.flush()})


@pytest.mark.parametrize(
    "edit", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b[:20] + b"\0\0\0" + b[23:], lambda _: b""]
)
def test_text_when_its_bytes_were_edited_then_refused(edit: object) -> None:
    with pytest.raises(ValueError, match="not a packed text"):
        unpack({"B": edit(pack(LONG)["B"])})  # type: ignore[operator]


def test_text_when_it_unpacks_to_more_than_an_item_ever_held_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "TEXT_BYTES_MAX", 1_000)
    assert unpack(pack("x" * 1_000)) == b"x" * 1_000
    with pytest.raises(ValueError, match="not a packed text"):
        unpack(pack("x" * 1_001))


def test_entries_of_decisions_when_packed_then_a_tenth_is_left() -> None:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line)["item"] for line in lines]
    texts = [row["entry"]["S"] for row in rows if row.get("event", {}).get("S") == "order_decided"]
    packed = sum(len(pack(text)["B"]) for text in texts)
    assert packed * 10 < sum(map(len, texts))


@pytest.mark.parametrize(("size", "level"), [(16 * 1024 - 1, 6), (16 * 1024, 5)])
def test_text_when_long_then_less_is_searched_for_repetitions(size: int, level: int) -> None:
    text = bytes(ord("a") + number * number % 23 for number in range(size))
    packer = zlib.compressobj(level, zdict=files("riskgate").joinpath("data", "packing-1.txt").read_bytes())
    assert pack(text) == {"B": packer.compress(text) + packer.flush()}


def test_text_when_cut_short_or_no_stream_then_refused() -> None:
    with pytest.raises(ValueError, match="^not a packed text$"):
        unpack({"B": b"x" * 40})
    with pytest.raises(UnknownDictionary):
        unpack({"B": bytes.fromhex("78bb")})
