"""Copies of structs: those of `dataclasses.replace`."""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from riskgate.core.replacing import replace
from tests.support.builders import build_account, build_matrix, build_order, build_position, build_row, build_working

STRUCTS = [build_account(), build_working(), build_position(), build_order(), build_row("BTC", {"ETH": "0.1"})]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: type(struct).__name__)
def test_struct_when_any_field_is_replaced_then_the_copy_is_that_of_the_standard_library(struct: Any) -> None:
    before = dataclasses.asdict(struct)
    for field in dataclasses.fields(struct):
        copy = replace(struct, **{field.name: "changed"})

        assert type(copy) is type(struct)
        assert copy == dataclasses.replace(struct, **{field.name: "changed"})
    assert dataclasses.asdict(struct) == before
    assert replace(struct) == struct


def test_copy_when_written_to_then_it_is_frozen() -> None:
    copy = replace(build_position(), strategy="carry")

    with pytest.raises(FrozenInstanceError):
        copy.strategy = "trend"  # type: ignore[misc]


def test_field_when_there_is_none_of_that_name_then_a_type_error() -> None:
    with pytest.raises(TypeError, match="AccountState has no field mark_price"):
        replace(build_account(), mark_price=1)  # type: ignore[call-arg]


def test_struct_when_it_is_checked_as_it_is_made_then_its_copy_is_checked_too() -> None:
    matrix = build_matrix(build_row("BTC", {"ETH": "0.1"}))

    assert replace(matrix, volatilities=[1, 2]).index == matrix.index
    with pytest.raises(ValueError, match="do not fit"):
        replace(matrix, volatilities=[1])
