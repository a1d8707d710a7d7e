"""Packed closes: eight bytes each, exactly what was given."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.adapters.dynamodb.closes import pack, unpack

closes = st.lists(st.none() | st.floats(min_value=0, exclude_min=True, allow_infinity=False)).map(tuple)


@given(closes)
def test_closes_when_packed_then_unpacked_to_the_last_bit(given_closes: tuple[float | None, ...]) -> None:
    packed = pack(given_closes)
    assert len(packed) == 8 * len(given_closes)
    assert unpack(packed) == given_closes


def test_closes_when_packed_then_little_endian_with_not_a_number_for_gaps() -> None:
    first, gap = struct.unpack("<2d", pack([1.5, None]))
    assert first == 1.5
    assert math.isnan(gap)


def test_closes_when_cut_short_then_refused() -> None:
    with pytest.raises(ValueError, match="in the middle of a number"):
        unpack(pack([1.0])[:-1])
