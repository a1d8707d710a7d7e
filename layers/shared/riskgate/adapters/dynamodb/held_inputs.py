"""The attribute of an account's item that says what entries of its chain hold for later ones (ADR 0080).

It is bound to the head that it was written with. A build that does not know it leaves it out, and so does a repair:
what is not there is written whole again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from riskgate.adapters.dynamodb.packing import pack, unpack
from riskgate.core.account.stored import HeldInput
from riskgate.core.errors import StateCorrupt
from riskgate.schemas.codec import decode, encode, sha256_hex

HELD = "held_inputs"


class _Held(msgspec.Struct, frozen=True):
    #: Hash, sequence, and seconds since 1970 of each.
    inputs: list[tuple[str, int, int]]
    hash: str


def write_held(held: tuple[HeldInput, ...], head: str) -> dict[str, Any]:
    """Return the attribute."""
    rows = [(one.hash, one.sequence, int(one.at.timestamp())) for one in held]
    return {HELD: pack(encode(_Held(inputs=rows, hash=_hash(rows, head))))}


def parse_held(item: dict[str, Any], head: str) -> tuple[HeldInput, ...]:
    """Return what an item says is held; nothing where it says nothing.

    Raises StateCorrupt: it is not what was written with this head; ValueError: it cannot be read.
    """
    if HELD not in item:
        return ()
    found = decode(unpack(item[HELD]), _Held)
    if _hash(found.inputs, head) != found.hash:
        raise StateCorrupt("what the entries hold does not match its hash")
    return tuple(
        HeldInput(hash=digest, sequence=sequence, at=datetime.fromtimestamp(at, UTC))
        for digest, sequence, at in found.inputs
    )


def _hash(rows: list[tuple[str, int, int]], head: str) -> str:
    return sha256_hex(head.encode() + encode(rows))
