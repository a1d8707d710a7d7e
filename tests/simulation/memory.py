"""What is read many times over is read once: eight processes and the checks read the same bytes of the same items.

Only what cannot be changed is shared: `riskgate` itself keeps values of these kinds decoded. Histories are the same as
without it, and nothing is kept from one to the next: none reads what another wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any

import msgspec

from riskgate.adapters.dynamodb import packing
from riskgate.schemas import parts

#: How many texts of one kind stay read.
KEPT_MAX = 1024


#: Forget what was read.
_forgetting: list[Callable[[], None]] = [parts._known.cache_clear]


def forget() -> None:
    """Know nothing of what was read so far: what is kept makes each search for garbage take longer."""
    for one in _forgetting:
        one()


class _Decoder:
    """A decoder that knows what it decoded lately."""

    def __init__(self, decoder: msgspec.json.Decoder[Any]) -> None:
        self.decode = lru_cache(maxsize=KEPT_MAX)(decoder.decode)
        _forgetting.append(self.decode.cache_clear)


class Decoders(dict[type, Any]):
    """The codec's decoders; those of immutable kinds keep what they read."""

    def __setitem__(self, kind: type, decoder: msgspec.json.Decoder[Any]) -> None:
        super().__setitem__(kind, _Decoder(decoder) if is_immutable(kind) else decoder)


def is_immutable(kind: Any) -> bool:
    """Tell whether a value of a kind can not be written to."""
    if not isinstance(kind, type):
        return False
    if is_dataclass(kind):
        return bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]
    return issubclass(kind, msgspec.Struct) and kind.__struct_config__.frozen


def remember_unpacked(unpack: Callable[[dict[str, Any]], bytes]) -> Callable[[dict[str, Any]], bytes]:
    """Return `unpack` of packed texts, each of them unpacked once."""
    unpack_once = lru_cache(maxsize=4 * KEPT_MAX)(lambda data: unpack({"B": data}))
    _forgetting.append(unpack_once.cache_clear)

    def remembering(value: dict[str, Any]) -> bytes:
        data = value.get("B")
        return unpack_once(data) if type(data) is bytes else unpack(value)

    return remembering


unpack = remember_unpacked(packing.unpack)
decode_in_parts = lru_cache(maxsize=KEPT_MAX)(parts.decode_in_parts)
_forgetting.append(decode_in_parts.cache_clear)
