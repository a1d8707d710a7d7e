"""Correlations between many assets in little room: what decisions read, and what the log keeps of them."""

from __future__ import annotations

import struct
from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sumprod

#: A stored correlation of 1: steps of 1/32,000 fit sixteen bits.
CORRELATION_ONE = 32_000
#: Stored for a pair that has too few days in common, or does not move.
UNDEFINED = -32_768
#: Volatilities, pairs, and whether all pairs are defined.
type _Numbers = tuple[tuple[int, ...], tuple[int, ...], bool]
_UNDEFINED_BYTES = struct.pack("<h", UNDEFINED)
#: A stored volatility of 1: steps of a billionth fit thirty-two bits up to a daily 429 %.
VOLATILITY_ONE = 10**9
VOLATILITY_MAX = 2**32 - 1


class _Derived:
    """Room for what is derived from packed correlations: no field, so that it is neither stored nor compared."""

    __slots__ = ("_numbers", "_variance")


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedCorrelations(_Derived):
    """Correlations of daily log returns as they are stored.

    `volatilities` is base64 of one unsigned 32-bit number per asset: the standard deviation of a daily log return, in
    `VOLATILITY_ONE`th parts. `pairs` is base64 of one signed 16-bit number per pair: the correlation of asset i with
    asset j, j < i, row by row, in `CORRELATION_ONE`th parts, or `UNDEFINED`. Both are little-endian.
    """

    as_of: datetime
    assets: tuple[str, ...]
    volatilities: str
    pairs: str

    def read(self) -> _Numbers:
        """Return volatilities, pairs, and whether all pairs are defined: unpacked once.

        Raises ValueError: they do not fit the assets.
        """
        known: tuple[tuple[object, ...], _Numbers] | None = getattr(self, "_numbers", None)
        source = self.assets, self.volatilities, self.pairs
        if known is None or any(one is not other for one, other in zip(known[0], source, strict=True)):
            known = source, self._read()
            object.__setattr__(self, "_numbers", known)
        return known[1]

    def compute_variance(self, weights: list[int]) -> int:
        """Return the variance of a book of all assets but the last, by whole weights, in `CORRELATION_ONE`th parts.

        The weights of the same book are added up once.
        """
        _, pairs, _ = self.read()
        known: tuple[object, list[int], int] | None = getattr(self, "_variance", None)
        if known is not None and known[0] is pairs and known[1] == weights:
            return known[2]
        rows = [sumprod(weights[:row], pairs[start_of(row) : start_of(row + 1)]) for row in range(len(weights))]
        variance = int(CORRELATION_ONE * sumprod(weights, weights) + 2 * sumprod(weights, rows))
        object.__setattr__(self, "_variance", (pairs, weights, variance))
        return variance

    def _read(self) -> _Numbers:
        count = len(self.assets)
        pairs, text = _unpack("h", self.pairs, start_of(count))
        # Most have no gap: their bytes are looked through faster than their numbers.
        is_complete = _UNDEFINED_BYTES not in text or UNDEFINED not in pairs
        return _unpack("I", self.volatilities, count)[0], pairs, is_complete

    def unpack(self) -> Correlations:
        """Return the numbers by asset. Raises ValueError: they do not fit the assets."""
        volatilities, pairs, _ = self.read()
        return Correlations(
            as_of=self.as_of, assets=self.assets, volatilities=array("I", volatilities), pairs=array("h", pairs)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Correlations:
    """Correlations between assets, in the whole numbers of `PackedCorrelations`."""

    as_of: datetime
    assets: tuple[str, ...]
    volatilities: Sequence[int]
    pairs: Sequence[int]
    index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse numbers that do not fit the assets."""
        count = len(self.assets)
        if len(self.volatilities) != count or len(self.pairs) != start_of(count):
            raise ValueError("the correlations do not fit their assets")
        object.__setattr__(self, "index", {asset: number for number, asset in enumerate(self.assets)})

    def pair(self, one: int, other: int) -> int:
        """Return the correlation of two different assets by their numbers."""
        return self.pairs[start_of(one) + other] if one > other else self.pairs[start_of(other) + one]

    def _pairs_of(self, one: int, others: list[int]) -> list[int]:
        """Return the correlations of an asset with others, by their numbers."""
        pairs, start = self.pairs, start_of(one)
        if not others or max(others) < one:
            return [pairs[start + other] for other in others]
        return [self.pair(one, other) for other in others]

    def cut(self, assets: Iterable[str], candidate: str) -> PackedCorrelations:
        """Return what a decision about one asset needs: those assets that are known, and the candidate's row last.

        Without the candidate there is nothing to say.
        """
        known = sorted(name for name in {*assets} - {candidate} if name in self.index)
        names = (*known, candidate) if candidate in self.index else ()
        numbers = [self.index[name] for name in names]
        pairs = [pair for place, one in enumerate(numbers) for pair in self._pairs_of(one, numbers[:place])]
        return PackedCorrelations(
            as_of=self.as_of,
            assets=names,
            volatilities=_pack("I", [self.volatilities[number] for number in numbers]),
            pairs=_pack("h", pairs),
        )

    def pack(self) -> PackedCorrelations:
        """Return all of it as it is stored."""
        return PackedCorrelations(
            as_of=self.as_of,
            assets=self.assets,
            volatilities=_pack("I", self.volatilities),
            pairs=_pack("h", self.pairs),
        )


def start_of(row: int) -> int:
    """Return where a row of pairs begins: row i has i of them."""
    return row * (row - 1) // 2


def _pack(kind: str, numbers: Collection[int]) -> str:
    return b2a_base64(struct.pack(f"<{len(numbers)}{kind}", *numbers), newline=False).decode()


def _unpack(kind: str, text: str, count: int) -> tuple[tuple[int, ...], bytes]:
    try:
        raw = a2b_base64(text, strict_mode=True)
        return struct.unpack(f"<{count}{kind}", raw), raw
    except struct.error as error:
        raise ValueError("the correlations do not fit their assets") from error
