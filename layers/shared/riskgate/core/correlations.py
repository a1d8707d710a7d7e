"""Correlations between many assets in little room: what decisions read, and what the log keeps of them."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

#: A stored correlation of 1: steps of 1/32,000 fit sixteen bits.
CORRELATION_ONE = 32_000
#: Stored for a pair that has too few days in common, or does not move.
UNDEFINED = -32_768
#: A stored volatility of 1: steps of a billionth fit thirty-two bits up to a daily 429 %.
VOLATILITY_ONE = 10**9
VOLATILITY_MAX = 2**32 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedCorrelations:
    """Correlations of daily log returns as they are stored.

    `volatilities` is base64 of one unsigned 32-bit number per asset: the standard deviation of a daily log return, in
    `VOLATILITY_ONE`th parts. `pairs` is base64 of one signed 16-bit number per pair: the correlation of asset i with
    asset j, j < i, row by row, in `CORRELATION_ONE`th parts, or `UNDEFINED`. Both are little-endian.
    """

    as_of: datetime
    assets: tuple[str, ...]
    volatilities: str
    pairs: str

    def unpack(self) -> Correlations:
        """Return the numbers. Raises ValueError: they do not fit the assets."""
        return Correlations(
            as_of=self.as_of,
            assets=self.assets,
            volatilities=_unpack("I", self.volatilities),
            pairs=_unpack("h", self.pairs),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Correlations:
    """Correlations between assets, in the whole numbers of `PackedCorrelations`."""

    as_of: datetime
    assets: tuple[str, ...]
    volatilities: array[int]
    pairs: array[int]
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

    def cut(self, assets: Iterable[str], candidate: str) -> PackedCorrelations:
        """Return what a decision about one asset needs: those assets that are known, and the candidate's row last.

        Without the candidate there is nothing to say.
        """
        known = sorted(name for name in {*assets} - {candidate} if name in self.index)
        names = (*known, candidate) if candidate in self.index else ()
        numbers = [self.index[name] for name in names]
        pair = self.pair
        pairs = [pair(one, other) for place, one in enumerate(numbers) for other in numbers[:place]]
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


def _pack(kind: str, numbers: Iterable[int]) -> str:
    return b64encode(_little(array(kind, numbers)).tobytes()).decode()


def _unpack(kind: str, text: str) -> array[int]:
    numbers: array[int] = array(kind)
    numbers.frombytes(b64decode(text, validate=True))
    return _little(numbers)


def _little(numbers: array[int]) -> array[int]:
    """Return the numbers in little-endian order, or back from it."""
    if sys.byteorder == "little":
        return numbers
    swapped = numbers[:]
    swapped.byteswap()
    return swapped
