"""Structs are encoded natively where that is canonical: always the bytes of RFC 8785, whatever their fields hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import msgspec
import pytest
import rfc8785
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.ledger.events import EVENT_TYPES
from riskgate.core.same import Same
from riskgate.schemas import codec
from riskgate.schemas.codec import decode, embed, encode, keep_encoded
from riskgate.schemas.http.answers.orders import BatchAnswer, Decision
from riskgate.schemas.shape.exact import holds_amounts, is_exact
from tests.support.hypothesis_profiles import examples


class Side(StrEnum):
    BUY = "buy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    amount: Decimal
    name: str = ""
    side: Side = Side.BUY


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    at: datetime
    leaf: Leaf
    day: date | None = None
    count: int = 0
    by_name: dict[str, Leaf] = field(default_factory=dict)
    amounts: tuple[Decimal | None, ...] = ()
    nested: dict[str, dict[str, Decimal]] = field(default_factory=dict)


class Row(msgspec.Struct, frozen=True):
    name: str
    value: Decimal | None


class Answer(msgspec.Struct, frozen=True):
    rows: list[Row]
    outcome: Literal["yes", "no"]
    at: datetime
    row: Row | msgspec.UnsetType = msgspec.UNSET


# Every form a Decimal comes in: exponents, trailing zeros, minus zero.
amounts = st.builds(
    lambda digits, exponent, sign: Decimal((sign, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 10**15),
    st.integers(-14, 4),
    st.integers(0, 1),
)
# Texts that look like what the encoder writes of something else, and letters that sort otherwise by UTF-16.
texts = st.text('aéE+-0.1NI"\\T:Z\ud7ff\ue000\U0001f600', max_size=8) | st.sampled_from(
    ["1.0", "1E+3", "-0", "NaN", "Infinity", "2026-01-01T00:00:00", "T00:00:00+01:00", "a,1.5]", ":1.5}", "e5,"]
)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
leaves = st.builds(Leaf, amount=amounts, name=texts)
trees = st.builds(
    Tree,
    at=instants,
    leaf=leaves,
    day=st.none() | st.dates(),
    count=st.integers(-(2**53) + 1, 2**53 - 1),
    by_name=st.dictionaries(texts, leaves, max_size=3),
    amounts=st.lists(st.none() | amounts, max_size=3).map(tuple),
    nested=st.dictionaries(texts, st.dictionaries(texts, amounts, max_size=2), max_size=2),
)
rows = st.builds(Row, name=texts, value=st.none() | amounts)
answers = st.builds(
    Answer, rows=st.lists(rows, max_size=3), outcome=st.just("yes"), at=instants, row=rows | st.just(msgspec.UNSET)
)


class PlainRow(msgspec.Struct, frozen=True):
    name: str
    value: str | None


class PlainAnswer(msgspec.Struct, frozen=True):
    rows: list[PlainRow]
    at: datetime


plain_answers = st.builds(
    PlainAnswer, rows=st.lists(st.builds(PlainRow, name=texts, value=st.none() | texts), max_size=3), at=instants
)


def as_json(value: Any) -> Any:
    """Write a value in JSON's own types by independent rules."""
    if is_dataclass(value):
        return {f.name: as_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, msgspec.Struct):
        found = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: as_json(item) for name, item in found.items() if item is not msgspec.UNSET}
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return str(int(value)) if value == int(value) else f"{value:f}".rstrip("0")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@given(trees | answers | plain_answers)
@examples(500)
def test_struct_when_encoded_then_equals_rfc8785_whatever_it_holds(value: Any) -> None:
    written = encode(value)
    assert written == rfc8785.dumps(as_json(value))
    assert decode(written, type(value)) == value
    assert encode({"a": [value], "b": embed(written)}) == rfc8785.dumps({"a": [as_json(value)], "b": as_json(value)})


@pytest.mark.parametrize("value", [1.5, 1e-05, 1e20, -2.5e-7], ids=repr)
@pytest.mark.parametrize("place", ["leaf", "amounts", "nested"])
def test_struct_when_it_holds_what_its_types_forbid_then_refused(value: Any, place: str) -> None:
    held: dict[str, Any] = {"leaf": Leaf(amount=value), "amounts": (value,), "nested": {"a": {"b": value}}}
    changes = {"leaf": Leaf(amount=Decimal(1))} | {place: held[place]}
    with pytest.raises(TypeError):
        encode(Tree(at=datetime(2026, 1, 1, tzinfo=UTC), **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"at": datetime(2026, 1, 1, 0, 0, 0, 5)},  # noqa: DTZ001
        {"at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
        {"at": datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=timezone(timedelta(hours=-1)))},
        {"amounts": (Decimal("NaN"),)},
        {"amounts": (Decimal("sNaN"),)},
        {"nested": {"a": {"b": Decimal("-Infinity")}}},
        {"leaf": Leaf(amount=Decimal(1), name="\ud800")},
    ],
    ids=repr,
)
def test_struct_when_a_value_is_ambiguous_then_refused(changes: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"at": datetime(2026, 1, 1, tzinfo=UTC), "leaf": Leaf(amount=Decimal(1))} | changes
    with pytest.raises(ValueError):  # noqa: PT011 the reason differs by value
        encode(Tree(**whole))


def test_struct_without_amounts_when_its_instant_is_not_utc_then_refused() -> None:
    for zone in (None, timezone(timedelta(hours=2))):
        with pytest.raises(ValueError, match="UTC"):
            encode(PlainAnswer(rows=[], at=datetime(2026, 1, 1, tzinfo=zone)))
    assert holds_amounts(Answer)
    assert not holds_amounts(PlainAnswer)
    assert not holds_amounts(Decision)


@dataclass(frozen=True, kw_only=True)
class WithFloats:
    value: dict[str, tuple[float, ...]]


class WithDataclass(msgspec.Struct):
    leaf: Leaf


def test_kinds_when_their_types_hold_amounts_and_names_alone_then_exact() -> None:
    assert all(is_exact(kind) for kind in (Tree, Answer, AccountState, Decision, BatchAnswer, *EVENT_TYPES.values()))
    assert not any(is_exact(kind) for kind in (WithFloats, WithDataclass))


@pytest.fixture
def kept() -> Iterator[None]:
    """Have leaves encoded once each."""
    keep_encoded(Leaf)
    yield
    codec._KEPT_KINDS.discard(Leaf)
    codec._holds_kept.cache_clear()


@pytest.mark.usefixtures("kept")
@given(trees)
@examples(200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_struct_when_parts_of_it_are_encoded_once_then_equals_rfc8785_all_the_same(value: Tree) -> None:
    expected = rfc8785.dumps(as_json(value))
    assert [encode(value), encode(value), encode(replace(value))] == [expected] * 3
    assert encode([value.leaf, value]) == rfc8785.dumps([as_json(value.leaf), as_json(value)])


@pytest.mark.usefixtures("kept")
def test_value_when_it_is_encoded_once_then_an_equal_one_of_another_form_is_none_of_it() -> None:
    for number in range(3 * codec.KEPT_MAX):
        assert encode(Leaf(amount=Decimal(number))) == f'{{"amount":"{number}","name":"","side":"buy"}}'.encode()
    one, other = Leaf(amount=Decimal(1), name="a"), Leaf(amount=Decimal(1), name="b")
    assert encode(one) != encode(other)
    assert Same(one) == Same(one) != Same(replace(one))
    assert hash(Same(one)) == hash(Same(one))
