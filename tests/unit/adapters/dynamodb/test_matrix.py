"""When the correlations between all assets are asked for again, and when what is remembered decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.documents import write_document
from riskgate.adapters.dynamodb.matrix import RememberedMatrix
from riskgate.core.account.document import Exposure
from riskgate.core.account.stored import Snapshot, StoredAccount
from riskgate.core.errors import StateCorrupt
from tests.support.builders import HOUR, NOW, build_account, build_matrix, build_row, dec

TINY = timedelta(microseconds=1)
KEY = items.correlations_key()
PLACE = KEY["pk"]["S"], KEY["sk"]["S"]
MATRIX = build_matrix(build_row("BTC", {"ETH": "0.8"}))
ROW = {PLACE: KEY | write_document(MATRIX.pack())}


def snapshot(*rows: str, at: datetime = NOW, held: tuple[str, ...] = ()) -> Snapshot:
    state = replace(build_account(), exposure=Exposure(net_by_asset=dict.fromkeys(held, dec(1))))
    account = StoredAccount(state=state, version=1, audit_sequence=1, audit_head="h")
    found = {name: build_row(name, {}, as_of=at) for name in rows}
    return Snapshot(account=account, limits=None, correlations=found)


def remembered() -> RememberedMatrix:
    matrix = RememberedMatrix()
    matrix.take(ROW)
    return matrix


def test_matrix_when_read_then_remembered_and_not_asked_for() -> None:
    matrix = RememberedMatrix()
    assert (matrix.value, matrix.is_wanted) == (None, True)
    matrix.take({})
    assert (matrix.value, matrix.is_wanted) == (None, True)
    matrix.take(ROW)
    assert (matrix.value, matrix.is_wanted) == (MATRIX, False)
    matrix.take({})
    assert (matrix.value, matrix.is_wanted) == (MATRIX, False)


def test_matrix_when_it_cannot_be_read_then_corrupt() -> None:
    with pytest.raises(StateCorrupt):
        RememberedMatrix().take({PLACE: KEY | {"document": {"B": b"x"}}})


@pytest.mark.parametrize(
    ("late", "is_wanted", "must"),
    [
        (-HOUR, False, False),
        (timedelta(), False, False),
        (TINY, True, False),
        (12 * HOUR, True, False),
        (12 * HOUR + TINY, True, True),
    ],
)
def test_matrix_when_there_is_a_newer_one_then_asked_for_next_and_at_once_where_it_is_old(
    late: timedelta, is_wanted: bool, must: bool
) -> None:
    matrix = remembered()
    assert matrix.must_be_read(snapshot("BTC", at=NOW + late)) is must
    assert matrix.is_wanted is is_wanted


@pytest.mark.parametrize(
    ("rows", "held", "must"),
    [
        (("BTC",), ("ETH",), False),
        (("BTC",), ("SOL",), True),
        (("BTC", "SOL"), (), True),
        (("BTC", "ETH"), ("BTC", "ETH"), False),
    ],
)
def test_matrix_when_it_lacks_an_asset_and_there_is_a_newer_one_then_read_at_once(
    rows: tuple[str, ...], held: tuple[str, ...], must: bool
) -> None:
    assert remembered().must_be_read(snapshot(*rows, at=NOW + TINY, held=held)) is must
    assert not remembered().must_be_read(snapshot(*rows, held=held)), "there is no newer one"


def test_matrix_when_nothing_is_remembered_or_told_then_not_a_second_time() -> None:
    assert not RememberedMatrix().must_be_read(snapshot("BTC", at=NOW + 24 * HOUR))
    assert not remembered().must_be_read(snapshot(held=("SOL",)))
    without = replace(snapshot("BTC", at=NOW + TINY), account=None)
    assert not remembered().must_be_read(without)
