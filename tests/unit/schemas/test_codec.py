"""Canonical JSON: equal to RFC 8785, exact, and back again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.limits import Limits, StoplossGuard
from riskgate.core.money import plain
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from riskgate.schemas.codec import DecodeError, decode, encode, sha256_hex
from riskgate.schemas.shape.first_fields import FIRST_FIELDS

# Every code point but lone surrogates, which no UTF-8 holds.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# Around the point where UTF-16 order and code point order differ.
astral = st.text("aé\ud7ff\ue000\uffff\U00010000\U0001f600", max_size=4)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=12)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
leaves = st.none() | st.booleans() | integers | text | decimals | instants | st.dates()
trees = st.recursive(
    leaves,
    lambda children: (
        st.lists(children, max_size=4)
        | st.lists(children, max_size=3).map(tuple)
        | st.dictionaries(text | astral, children, max_size=5)
    ),
    max_leaves=25,
)


def as_json(value: Any) -> Any:
    """Write a value in JSON's own types by independent rules."""
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        whole = f"{value:f}"
        return str(int(value)) if value == int(value) else whole.rstrip("0")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@given(trees)
def test_encoding_when_any_float_free_tree_then_equals_rfc8785(tree: Any) -> None:
    assert encode(tree) == rfc8785.dumps(as_json(tree))


@given(st.dictionaries(astral, integers, max_size=8))
def test_encoding_when_names_are_beyond_the_basic_plane_then_sorted_by_utf16(tree: dict[str, int]) -> None:
    assert encode(tree) == rfc8785.dumps(tree)


@given(trees)
def test_encoding_when_decoded_and_encoded_again_then_the_same_bytes(tree: Any) -> None:
    once = encode(tree)
    assert encode(decode(once, object)) == once


@given(decimals)
def test_amount_when_encoded_then_plain_and_read_back_equal(amount: Decimal) -> None:
    data = encode(amount)
    assert data == f'"{plain(amount)}"'.encode()
    assert decode(data, Decimal) == amount


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1.10", "1.1"),
        ("1E+3", "1000"),
        ("1E-12", "0.000000000001"),
        ("0E-12", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("100", "100"),
        ("-5.50", "-5.5"),
    ],
)
def test_amount_when_equal_then_equal_bytes(amount: str, written: str) -> None:
    assert encode({"a": Decimal(amount)}) == f'{{"a":"{written}"}}'.encode()


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True, slots=True)
class Inner:
    b: Decimal
    a: Colour = Colour.RED


@dataclass(frozen=True, kw_only=True, slots=True)
class Outer:
    z: Inner
    at: datetime
    day: date
    by_name: dict[str, Inner] = field(default_factory=dict)
    rows: tuple[Inner, ...] = ()
    nothing: Inner | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    second: msgspec.Raw
    first: Decimal


OUTER = Outer(
    z=Inner(b=Decimal("2.50")),
    at=datetime(2026, 3, 2, 14, 5, tzinfo=UTC),
    day=date(2026, 3, 2),
    by_name={"y": Inner(b=Decimal(1)), "x": Inner(b=Decimal("1E-7"))},
    rows=(Inner(b=Decimal(0)),),
)


def test_dataclass_when_encoded_then_sorted_and_decoded_equal() -> None:
    data = encode(OUTER)
    assert data == (
        b'{"at":"2026-03-02T14:05:00Z","by_name":{"x":{"a":"red","b":"0.0000001"},"y":{"a":"red","b":"1"}},'
        b'"day":"2026-03-02","nothing":null,"rows":[{"a":"red","b":"0"}],"z":{"a":"red","b":"2.5"}}'
    )
    assert decode(data, Outer) == OUTER


def test_struct_when_it_embeds_canonical_json_then_kept_as_it_is() -> None:
    envelope = Envelope(second=msgspec.Raw(encode({"b": "é", "a": Decimal("1.0")})), first=Decimal("2.0"))
    assert encode(envelope) == '{"first":"2","second":{"a":"1","b":"é"}}'.encode()
    assert encode({"rows": [{"x": msgspec.Raw(b"1")}]}) == b'{"rows":[{"x":1}]}'


def test_mapping_when_its_names_are_enums_then_their_values() -> None:
    assert encode({Colour.RED: 1, "a": 2}) == b'{"a":2,"red":1}'


def test_order_and_limits_when_round_tripped_then_equal() -> None:
    order = Order(
        account_id="demo",
        client_order_id="1",
        symbol="BTC/USDT",
        venue="binance",
        strategy="s",
        side=Side.SELL,
        type=OrderType.LIMIT,
        quantity=Decimal("0.10"),
        price=Decimal("1E+2"),
    )
    assert decode(encode(order), Order) == order
    limits = Limits(stoploss_guard=StoplossGuard(), symbols_allowed=("BTC/USDT",))
    assert decode(encode(limits), Limits) == limits


@pytest.mark.parametrize(
    "value",
    [1.5, {"a": [0.0]}, float("nan"), b"x", {"a": b"x"}, object(), {1: 2}, complex(1, 1)],
    ids=lambda value: "object" if type(value) is object else repr(value),
)
def test_encoding_when_a_value_has_no_exact_form_then_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


@dataclass(frozen=True)
class Loose:
    value: Any


@pytest.mark.parametrize("value", [1.5, b"x", {"deep": [1.5]}], ids=repr)
def test_encoding_when_a_dataclass_hides_it_then_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(Loose(value))


@pytest.mark.parametrize(
    "value",
    [
        Decimal("NaN"),
        Decimal("Infinity"),
        datetime(2026, 1, 1),  # noqa: DTZ001
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        "\ud800",
        {"\udfff": 1},
    ],
    ids=repr,
)
def test_encoding_when_a_value_is_ambiguous_then_value_error(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 the reason differs by value
        encode({"a": Loose(value)} if isinstance(value, Decimal) else [value])


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"b":"x"}', b'{"b":1.5}trailing', b'{"a":"blue","b":"1"}', b'"\xff"']
)
def test_decoding_when_text_does_not_fit_then_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(data, Inner)
    assert issubclass(DecodeError, ValueError)


@given(st.binary(max_size=64))
def test_digest_when_taken_then_sha256_in_hex(data: bytes) -> None:
    assert sha256_hex(data) == sha256(data).hexdigest()


@dataclass(frozen=True, kw_only=True)
class GrownRow:
    """A row that got a field after it had been stored."""

    name: str
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Grown:
    """A document that got fields after it had been stored."""

    first: str
    always: str = ""
    later: dict[str, str] = field(default_factory=dict)
    amount: Decimal | None = None
    on: bool = True
    rows: dict[str, tuple[GrownRow, ...]] = field(default_factory=dict)
    row: GrownRow | None = None


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the two structs have been stored before they grew."""
    for name, first in {"Grown": {"always", "rows"}, "GrownRow": set()}.items():
        monkeypatch.setitem(FIRST_FIELDS, name, frozenset(first))


@pytest.mark.usefixtures("grown")
def test_field_that_came_later_when_at_its_default_then_leaves_no_trace() -> None:
    assert encode(Grown(first="a")) == b'{"always":"","first":"a","rows":{}}'
    row = GrownRow(name="x")
    filled = Grown(first="a", later={"b": "c"}, amount=Decimal(0), on=False, rows={"r": (row, row)}, row=row)
    written = encode(filled)
    assert written == (
        b'{"always":"","amount":"0","first":"a","later":{"b":"c"},"on":false,'
        b'"row":{"name":"x"},"rows":{"r":[{"name":"x"},{"name":"x"}]}}'
    )
    assert decode(written, Grown) == filled
    heavy = Grown(first="a", rows={"r": (GrownRow(name="x", weight=Decimal(2)),)})
    assert encode(heavy) == b'{"always":"","first":"a","rows":{"r":[{"name":"x","weight":"2"}]}}'
    assert decode(b'{"first":"a"}', Grown) == Grown(first="a")


def test_struct_that_is_not_stored_when_at_its_defaults_then_written_whole() -> None:
    assert encode(Loose("x")) == b'{"value":"x"}'
    assert b'"on":true' in encode(Unstored())


@dataclass(frozen=True, kw_only=True)
class Unstored:
    on: bool = True
