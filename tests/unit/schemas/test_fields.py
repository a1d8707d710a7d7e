"""Single fields: amounts, counts, names, instants."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from riskgate.schemas import fields
from riskgate.schemas.fields import DecimalRange, IntRange, Omittable
from tests.support.hypothesis_profiles import sampled

NO_AMOUNTS: list[Any] = [
    "",
    " ",
    "1_000",
    " 1 ",
    "1 ",
    "1\n",
    "+1",
    "01",
    ".5",
    "5.",
    "1e5",
    "1E5",
    "1e400",
    "-0",
    "-0.0",
    "--1",
    "1,5",
    "0x10",
    "NaN",
    "nan",
    "sNaN",
    "Infinity",
    "-inf",
    "١٢",
    "１",
    "1\u00a0",
    "1\u200b",
    "²",
    "9" * 16,
    "9" * 39,
    "9" * 5000,
    "0." + "1" * 13,
    "true",
    "null",
    True,
    False,
    None,
    1,
    0.5,
    float("nan"),
    float("inf"),
    [],
    ["1"],
    {},
    b"1",
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("1E+20"),
    Decimal("1E-13"),
    Decimal("-0"),
]
AMOUNTS = [fields.Amount, fields.NonNegativeAmount, fields.PositiveAmount, fields.SignedQuantity, fields.Fraction]


#: Making one takes longer than all its answers.
adapter_of = cache(TypeAdapter)


def accepts(kind: Any, value: Any) -> bool:
    """Tell whether a field of this type takes the value."""
    try:
        adapter_of(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", AMOUNTS, ids=str)
@pytest.mark.parametrize("value", NO_AMOUNTS, ids=lambda value: repr(value)[:24])
def test_amount_when_not_in_the_notation_then_refused(kind: Any, value: Any) -> None:
    assert not accepts(kind, value)


@pytest.mark.parametrize(
    ("value", "taken_by"),
    [
        ("0", {"Amount", "NonNegativeAmount"}),
        ("0.0", {"Amount", "NonNegativeAmount"}),
        ("-1", {"Amount", "SignedQuantity"}),
        ("0.5", {"Amount", "NonNegativeAmount", "PositiveAmount", "SignedQuantity", "Fraction"}),
        ("1", {"Amount", "NonNegativeAmount", "PositiveAmount", "SignedQuantity", "Fraction"}),
        ("1.000000000001", {"Amount", "NonNegativeAmount", "PositiveAmount", "SignedQuantity"}),
        ("999999999999999.999999999999", {"Amount", "NonNegativeAmount", "PositiveAmount", "SignedQuantity"}),
        ("-0.000000000001", {"Amount", "SignedQuantity"}),
    ],
)
def test_amount_when_in_the_notation_then_taken_by_its_range(value: str, taken_by: set[str]) -> None:
    for sent in (value, Decimal(value)):
        assert {kind.__name__ for kind in AMOUNTS if accepts(kind, sent)} == taken_by
    assert TypeAdapter(fields.Amount).validate_python(value) == Decimal(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15) + 1, max_value=10**15 - 1, places=12))
def test_amount_when_exact_then_string_and_number_mean_the_same(value: Decimal) -> None:
    value = value + 0 if value else Decimal(0)
    adapter = TypeAdapter[Decimal](fields.Amount)
    assert adapter.validate_python(f"{value:f}") == adapter.validate_python(value) == value


@given(st.text(alphabet="0123456789.-+eE_ ١１\n", max_size=18) | st.text(max_size=18))
def test_amount_when_any_text_then_schema_and_validator_agree(text: str) -> None:
    for kind in AMOUNTS:
        [pattern] = [form for form in TypeAdapter(kind).json_schema()["anyOf"] if form["type"] == "string"]
        # Python's "$" also matches before a final newline; JSON Schema's does not.
        fits = jsonschema.Draft202012Validator(pattern).is_valid(text) and not text.endswith("\n")
        assert accepts(kind, text) == fits, (kind, text)


BOUNDS = [None, *map(Decimal, ("-1", "-0.25", "0", "0.05", "0.5", "1", "9", "10.75", "100", "4000", "8760.909"))]
RANGES = [
    DecimalRange(low=low, high=high, zero_allowed=zero)
    for low in BOUNDS
    for high in BOUNDS
    for zero in (True, False)
    if high is None or (high > 0 and (low is None or low < high))
]


@pytest.mark.parametrize(
    "limits", sampled(RANGES), ids=lambda limits: f"{limits.low}-{limits.high}-{limits.zero_allowed}"
)
def test_range_when_a_number_is_near_its_bounds_then_schema_and_validator_agree(limits: DecimalRange) -> None:
    kind = Annotated[Decimal, limits]
    schema = jsonschema.Draft202012Validator(TypeAdapter(kind).json_schema())
    steps = ("0", "0.000000000001", "0.01", "0.1", "1", "9", "90", "1000", "100000")
    near = {bound + sign * Decimal(step) for bound in BOUNDS if bound is not None for step in steps for sign in (1, -1)}
    texts = {f"{value:f}" for value in near} | {f"{value:.4f}" for value in near}
    for text in sorted(texts):
        fits = text.lstrip("-").strip("0.") != "" or not text.startswith("-")
        assert accepts(kind, text) == schema.is_valid(text), text
        # A float tells fifteen digits apart.
        if fits and len(Decimal(text).as_tuple().digits) <= 15:
            assert accepts(kind, Decimal(text)) == schema.is_valid(float(text)), text


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (DecimalRange(), ""),
        (DecimalRange(zero_allowed=False), "other than 0"),
        (DecimalRange(low=Decimal(0)), "at least 0"),
        (DecimalRange(low=Decimal(0), zero_allowed=False), "greater than 0"),
        (DecimalRange(low=Decimal("0.5"), high=Decimal(1)), "at least 0.5 and at most 1"),
        (DecimalRange(high=Decimal(3)), "at most 3"),
    ],
)
def test_range_when_described_then_says_its_bounds(limits: DecimalRange, words: str) -> None:
    assert limits.describe() == words


@pytest.mark.parametrize("value", [1, 10, Decimal(7)])
def test_count_when_whole_then_int(value: Any) -> None:
    taken = IntRange(1, 10).validate(value)
    assert type(taken) is int
    assert taken == value


@pytest.mark.parametrize(
    "value", [0, 11, -1, Decimal("1.0"), Decimal("1.5"), Decimal(11), Decimal("NaN"), "1", True, 1.0, None, [1]]
)
def test_count_when_not_whole_or_outside_then_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="whole number from 1 to 10"):
        IntRange(1, 10).validate(value)


SYMBOLS = [
    "BTC/USDT",
    "BTC/USDT:USDT",
    "1000SHIB/USDT",
    "A/B",
    "BTC/USD:BTC",
    "币安人生/USDT:USDT",
    "BRK.B/USD",
    "USDT-ERC20/USDC",
    "$MICHI/USDT",
    "한국/KRW",
]
NO_SYMBOLS = [
    "",
    "BTC",
    "BTCUSDT",
    "btc/usdt",
    "BTC/usdt",
    "BTC/USDT ",
    " BTC/USDT",
    "BTC /USDT",
    "BTC/USDT\n",
    "ВТС/USDT",
    "BTC/USDT\u200b",
    "\u202eBTC/USDT",
    "₿/USDT",
    "🚀/USDT",
    "A" * 300,
    "A" * 150 + "/" + "B" * 149,
    "../BTC",
    "BTC/..",
    "BTC/USDT#1",
    "BTC#/USDT",
    "BTC/USDT/EUR",
    "BTC/USDT:",
    "BTC/USDT:USDT:USDT",
    "BTC/USDT:USDT-260626",
    "/USDT",
    "BTC/",
    "BTC-USDT",
    "１BTC/USDT",
]


@pytest.mark.parametrize("value", SYMBOLS)
def test_symbol_when_unified_then_taken(value: str) -> None:
    assert accepts(fields.Symbol, value)


@pytest.mark.parametrize("value", [*NO_SYMBOLS, None, 1, Decimal(1), True, ["BTC/USDT"]], ids=lambda v: repr(v)[:24])
def test_symbol_when_not_unified_then_refused(value: Any) -> None:
    assert not accepts(fields.Symbol, value)


@pytest.mark.parametrize("value", ["a", "A-1.b_c:d", "0" * 64])
def test_identifier_when_well_formed_then_taken(value: str) -> None:
    assert accepts(fields.Identifier, value)


NO_IDENTIFIERS = ["", "0" * 65, "a b", "a/b", "a#b", "a\n", "a\x00", "é", "a\u200b", "a%20", None, Decimal(1), True]


@pytest.mark.parametrize("value", NO_IDENTIFIERS)
def test_identifier_when_malformed_then_refused(value: Any) -> None:
    assert not accepts(fields.Identifier, value)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (fields.AccountId, ["demo", "A1", "desk.eu-1_a"], ["", ".", "..", ".a", "-a", "a/b", "a#b", "a:b", "a" * 65]),
        (fields.VenueName, ["binance", "coinbase-1", "a_b"], ["", "Binance", "bin:ance", "a" * 33, "bin ance"]),
        (fields.StrategyName, ["trend", "Mean-Rev.2"], ["", "\u0430lpha", "a b", "a#b", "a:b", ".x", "a" * 65]),
        (fields.SectorName, ["layer-1", "DeFi"], ["", "layer 1", "a" * 65]),
        (
            fields.AssetCode,
            ["BTC", "1INCH", "币安人生", "ETH2.S"],
            ["", ".BTC", "-BTC", "btc", "BTC ", "A" * 21, "B/C"],
        ),
        (fields.SecretName, ["riskgate/demo/binance"], ["", "a b", "a" * 513, "a#b"]),
        (fields.ClockTime, ["00:00", "23:59", "06:30"], ["55:102", "24:00", "6:30", "06:60", "06:30:00", ""]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_name_when_checked_then_only_its_form_passes(kind: Any, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not accepts(kind, value)] == []
    assert [value for value in [*bad, *(f"{value}\n" for value in good)] if accepts(kind, value)] == []


@pytest.mark.parametrize("value", ["loss reviewed", "x", "ünïcode 漢字 🚀", "a" * 500])
def test_reason_when_readable_then_taken(value: str) -> None:
    assert accepts(fields.Reason, value)


@given(st.text(max_size=8) | st.text(alphabet=" a\u200b\u00ad\U000e0041\U000110bd\U0001f680\ufdd0", max_size=4))
def test_reason_when_any_text_then_schema_and_validator_agree(text: str) -> None:
    schema = jsonschema.Draft202012Validator(TypeAdapter(fields.Reason).json_schema())
    # What later editions of Unicode may assign is taken; nothing that does not show is.
    assert accepts(fields.Reason, text) == schema.is_valid(text) or text.endswith("\n")
    if accepts(fields.Reason, text):
        assert all(character.isprintable() or unicodedata.category(character) == "Cn" for character in text)


@pytest.mark.parametrize("value", ["", "   ", "a" * 501, "a\nb", "a\u200bb", "a\u202eb", "a\x00b", None, Decimal(1)])
def test_reason_when_unreadable_then_refused(value: Any) -> None:
    assert not accepts(fields.Reason, value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31T23:59:59Z", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-31T23:59:59+00:00", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-31T23:59:59.5Z", datetime(2026, 1, 31, 23, 59, 59, 500_000, tzinfo=UTC)),
        ("2026-01-31T23:59:59.123456789Z", datetime(2026, 1, 31, 23, 59, 59, 123_456, tzinfo=UTC)),
    ],
)
def test_instant_when_rfc3339_utc_then_aware(text: str, instant: datetime) -> None:
    taken = TypeAdapter[datetime](fields.Instant).validate_python(text)
    assert taken == instant
    assert taken.tzinfo is UTC


NO_INSTANTS: list[Any] = [
    "",
    "now",
    "2026-01-31",
    "2026-01-31T23:59:59",
    "2026-01-31T23:59:59+02:00",
    "2026-01-31T23:59:59-00:00",
    "2026-01-31T23:59Z",
    "2026-01-31 23:59:59Z",
    "2026-01-31t23:59:59z",
    "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T23:59:60Z",
    "2026-01-31T23:59:59.Z",
    "2026-01-31T23:59:59Z\n",
    "0001-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "9999-12-31T23:59:59Z",
    "20260131T235959Z",
    "２０26-01-31T23:59:59Z",
    Decimal(1767225600),
    None,
    True,
    datetime(2026, 1, 1),  # noqa: DTZ001
]


@pytest.mark.parametrize("value", NO_INSTANTS, ids=repr)
def test_instant_when_not_rfc3339_utc_then_refused(value: Any) -> None:
    assert not accepts(fields.Instant, value)


class Left(BaseModel):
    amount: Omittable[fields.PositiveAmount] = None


def test_omittable_when_left_out_then_none_and_null_refused() -> None:
    assert Left.model_validate({}).amount is None
    with pytest.raises(ValidationError):
        Left.model_validate({"amount": None})


def test_omittable_when_not_optional_then_the_declaration_fails() -> None:
    with pytest.raises(TypeError, match="omittable"):
        TypeAdapter(Annotated[int, fields._NotNull()])
