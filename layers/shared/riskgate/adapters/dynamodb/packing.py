"""Long texts of items, compressed: one write unit holds what took five.

A packed text is a zlib stream (RFC 1950) with a preset dictionary: what documents of the gateway have in common, in
``data/packing-1.txt``. Each stream names its dictionary by checksum, so that a later one may stand beside it; one that
was ever used is never edited. What hashes cover is always the text itself (ADR 0067).
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

from riskgate.core.errors import DocumentTooNew

#: Shorter texts are written as they are: they gain nothing, and can be read in a console.
PACK_ABOVE = 256
#: More than any text that fits an item of 400 KB: what unpacks to more was not packed here.
TEXT_BYTES_MAX = 16 * 1024 * 1024
#: How hard is searched for repetitions. In long texts, which are digits for the most part, the step from 5 to 6 takes
#: twice the time and saves one byte in seventy.
_LEVEL, _LEVEL_LONG, _LONG = 6, 5, 16 * 1024
#: In a stream's second byte, where it was packed with a dictionary; the dictionary's checksum follows.
_HAS_DICTIONARY, _CHECKSUM = 0x20, slice(2, 6)
#: A stream's first two bytes are a multiple of this (RFC 1950).
_HEADER_OF = 31

_PRESENT = (Path(__file__).parents[2] / "data" / "packing-1.txt").read_bytes()
_DICTIONARIES = {zlib.adler32(dictionary): dictionary for dictionary in (_PRESENT,)}


class UnknownDictionary(DocumentTooNew):
    """A text was packed with a dictionary that this version does not have: a newer one's."""


def pack(text: str | bytes) -> dict[str, Any]:
    """Return a text as an attribute's value, packed where it is long."""
    data = text.encode() if isinstance(text, str) else text
    if len(data) <= PACK_ABOVE:
        return {"S": data.decode()}
    packer = zlib.compressobj(_LEVEL if len(data) < _LONG else _LEVEL_LONG, zdict=_PRESENT)
    return {"B": packer.compress(data) + packer.flush()}


def unpack(value: dict[str, Any]) -> bytes:
    """Return the text of an attribute that `pack` or an earlier version wrote, as read from a table or a stream.

    Raises UnknownDictionary; ValueError: it was not packed here, or is cut short; KeyError: it is no text.
    """
    if "S" in value:
        return str(value["S"]).encode()
    # Lambda hands a stream's records over as JSON.
    data = base64.b64decode(value["B"], validate=True) if isinstance(value["B"], str) else bytes(value["B"])
    dictionary = b""
    if len(data) > 1 and data[1] & _HAS_DICTIONARY and int.from_bytes(data[:2]) % _HEADER_OF == 0:
        dictionary = _DICTIONARIES.get(int.from_bytes(data[_CHECKSUM]), b"")
        if not dictionary:
            raise UnknownDictionary("packed with an unknown dictionary")
    unpacker = zlib.decompressobj(zdict=dictionary)
    try:
        text = unpacker.decompress(data, TEXT_BYTES_MAX)
    except zlib.error as error:
        raise ValueError("not a packed text") from error
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("not a packed text as it was written")
    return text
