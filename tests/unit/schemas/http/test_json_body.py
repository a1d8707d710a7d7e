"""The body parser: what it reads exactly, and everything it refuses."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.errors import GatewayError, InvalidRequest, PayloadTooLarge, UnsupportedMediaType
from riskgate.schemas.decimals import parse_decimal
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES, DEPTH_MAX, parse_json

type Read = Callable[..., dict[str, Any]]


def nested(depth: int) -> str:
    """Return an object whose deepest value lies under `depth` objects and arrays."""
    return '{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


NO_OBJECT = [
    (None, "BODY_MISSING"),
    ("", "BODY_MISSING"),
    (b"", "BODY_MISSING"),
    ("   \n", "BODY_NOT_JSON"),
    ("null", "BODY_NOT_OBJECT"),
    ("[]", "BODY_NOT_OBJECT"),
    ("1", "BODY_NOT_OBJECT"),
    ('"text"', "BODY_NOT_OBJECT"),
    ("true", "BODY_NOT_OBJECT"),
    ("{}{}", "BODY_NOT_JSON"),
    ("{} []", "BODY_NOT_JSON"),
    ('{"a":1,}', "BODY_NOT_JSON"),
    ('{"a":1 /* one */}', "BODY_NOT_JSON"),
    ('// one\n{"a":1}', "BODY_NOT_JSON"),
    ("{'a':1}", "BODY_NOT_JSON"),
    ("{a:1}", "BODY_NOT_JSON"),
    ('{"a":1', "BODY_NOT_JSON"),
    ('{"a":"line\nbreak"}', "BODY_NOT_JSON"),
    ('{"a":"\\x41"}', "BODY_NOT_JSON"),
    ("\ufeff{}", "ENCODING_INVALID"),
    (b"\xef\xbb\xbf{}", "ENCODING_INVALID"),
    ('{"a":1}'.encode("utf-16"), "ENCODING_INVALID"),
    ('{"a":1}'.encode("utf-16-le"), "BODY_NOT_JSON"),
    ('{"a":1}'.encode("utf-32-le"), "BODY_NOT_JSON"),
    (b'{"a":"\xff"}', "ENCODING_INVALID"),
    (b'{"a":"\xc0\xaf"}', "ENCODING_INVALID"),
    (b'{"a":"\xed\xa0\x80"}', "ENCODING_INVALID"),
    ('{"a":"\ud800"}', "ENCODING_INVALID"),
    ('{"a":1,"a":2}', "DUPLICATE_KEY"),
    ('{"a":1,"\\u0061":2}', "DUPLICATE_KEY"),
    ('{"x":[{"a":1,"a":1}]}', "DUPLICATE_KEY"),
    (nested(DEPTH_MAX + 1), "BODY_TOO_DEEP"),
    ('{"a":"\\ud800"}', "STRING_INVALID"),
    ('{"a":"\\udc00\\ud800"}', "STRING_INVALID"),
    ('{"a":"\\u0000"}', "STRING_INVALID"),
    ('{"a":"\\n"}', "STRING_INVALID"),
    ('{"a":"\x7f"}', "STRING_INVALID"),
    ('{"a":"\x85"}', "STRING_INVALID"),
    ('{"\\u0001":1}', "STRING_INVALID"),
    ('{"x":[["\\u001b"]]}', "STRING_INVALID"),
]


@pytest.mark.parametrize(("body", "code"), NO_OBJECT, ids=lambda value: repr(value)[:40])
def test_body_when_not_one_clean_object_then_refused(read: Read, body: bytes | str | None, code: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(body)
    assert (caught.value.status, caught.value.code) == (400, code)


@pytest.mark.parametrize("open_bracket", ["[", '{"a":'])
def test_body_when_nested_100_000_deep_then_refused(read: Read, open_bracket: str) -> None:
    body = '{"a":' + open_bracket * 100_000
    with pytest.raises(InvalidRequest) as caught:
        read(body, max_bytes=len(body))
    assert caught.value.code == "BODY_TOO_DEEP"


def test_body_when_nested_to_the_limit_then_read(read: Read) -> None:
    assert "a" in read(nested(DEPTH_MAX))


BAD_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "1e15",
    "1e-13",
    "1.0000000000001e0",
    "-0e0",
    "-0.0e-5",
    "1e-400",
    "-0",
    "-0.0",
    "1234567890123456",
    "0.1234567890123",
    "9" * 39,
    "9" * 5000,
    "0." + "1" * 39,
    "-" + "9" * 16,
]


@pytest.mark.parametrize("number", BAD_NUMBERS, ids=lambda value: value[:20])
def test_number_when_not_in_the_notation_then_refused(read: Read, number: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(f'{{"a":[{number}]}}')
    assert caught.value.code == "NUMBER_INVALID"


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (json.dumps(0.00005), "0.00005"),
        ("5e-05", "0.00005"),
        ("1e5", "100000"),
        ("1E+2", "100"),
        ("1.5e-3", "0.0015"),
        ("-2.50e1", "-25"),
        ("9.99999999999999e14", "999999999999999"),
        ("1e-12", "0.000000000001"),
        ("0e5", "0"),
    ],
)
def test_number_when_a_program_writes_it_with_an_exponent_then_read_exactly(
    read: Read, number: str, value: str
) -> None:
    assert read(f'{{"a":{number}}}')["a"] == Decimal(value)


@pytest.mark.parametrize("number", ["+1", "01", ".5", "5.", "0x10", "1_000", "1,5", "--1", "- 1", "١", "１"])
def test_number_when_not_json_then_refused(read: Read, number: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(f'{{"a":{number}}}')
    assert caught.value.code == "BODY_NOT_JSON"


@pytest.mark.parametrize(
    "number", ["0", "1", "-1", "0.1", "1.10", "-0.000000000001", "999999999999999.999999999999", "100000000000000"]
)
def test_number_when_in_the_notation_then_exact(read: Read, number: str) -> None:
    value = read(f'{{"a":{number}}}')["a"]
    assert type(value) is Decimal
    assert str(value) == str(Decimal(number))


def test_number_0_1_when_read_then_is_not_its_float(read: Read) -> None:
    value = read('{"a":0.1}')["a"]
    assert value == Decimal("0.1")
    assert value != 0.1


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "application/json; profile=x",
        "multipart/form-data; boundary=x",
        "application/gzip",
        "application/json, text/plain",
    ],
)
def test_media_type_when_not_utf8_json_then_415(read: Read, content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        read("{}", content_type=content_type)
    assert caught.value.status == 415


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8";'],
)
def test_media_type_when_utf8_json_then_read(read: Read, content_type: str) -> None:
    assert read("{}", content_type=content_type) == {}


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
def test_content_encoding_when_compressed_then_415(read: Read, encoding: str) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        read("{}", content_encoding=encoding)
    assert caught.value.code == "CONTENT_ENCODING_UNSUPPORTED"


@pytest.mark.parametrize("encoding", [None, "", "identity", "Identity"])
def test_content_encoding_when_identity_then_read(read: Read, encoding: str | None) -> None:
    assert read("{}", content_encoding=encoding) == {}


@pytest.mark.parametrize("cap", [BODY_MAX_BYTES, BATCH_BODY_MAX_BYTES])
@pytest.mark.parametrize("is_base64", [False, True])
def test_size_when_at_the_cap_then_read_and_one_byte_more_413(read: Read, cap: int, is_base64: bool) -> None:
    def sent(size: int) -> str:
        body = '{"a":"' + "x" * (size - 8) + '"}'
        assert len(body) == size
        return b64encode(body.encode()).decode() if is_base64 else body

    assert len(read(sent(cap), is_base64=is_base64, max_bytes=cap)["a"]) == cap - 8
    with pytest.raises(PayloadTooLarge) as caught:
        read(sent(cap + 1), is_base64=is_base64, max_bytes=cap)
    assert (caught.value.status, caught.value.code) == (413, "BODY_TOO_LARGE")


def test_size_when_characters_fit_but_bytes_do_not_then_413(read: Read) -> None:
    with pytest.raises(PayloadTooLarge):
        read('{"a":"' + "é" * 60 + '"}', max_bytes=100)


def test_size_when_too_large_then_told_before_media_type_and_content(read: Read) -> None:
    with pytest.raises(PayloadTooLarge):
        read("x" * 1_000_000, content_type="text/plain")


@pytest.mark.parametrize("body", ["{}", "e30", "e30=\n", "e3 0=", "é30=", "e30=e30="])
def test_base64_when_malformed_then_refused(read: Read, body: str) -> None:
    with pytest.raises(InvalidRequest):
        read(body, is_base64=True)


def test_body_when_missing_and_optional_then_empty_object(read: Read) -> None:
    assert read(None, content_type=None, empty_allowed=True) == {}
    assert read("", content_type=None, empty_allowed=True) == {}


def test_error_when_body_is_hostile_then_echoes_no_more_than_64_characters(read: Read) -> None:
    marker = "Q" * 200
    for body in (f'{{"{marker}":1,"{marker}":2}}', f'{{"a":{marker}}}', f"{marker}", f'["{marker}"]'):
        with pytest.raises(InvalidRequest) as caught:
            read(body)
        assert "Q" * 65 not in caught.value.detail


clean_text = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.decimals(min_value=-(10**14), max_value=10**14, places=6).map(lambda value: value or Decimal(0))
    | clean_text,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(clean_text, children, max_size=4),
    max_leaves=20,
)


def to_json(value: Any) -> str:
    """Write a value as JSON, Decimals by their digits."""
    if isinstance(value, Decimal):
        return "0" if not value else f"{value:f}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@given(st.dictionaries(clean_text, json_values, max_size=5))
def test_body_when_any_clean_object_then_read_as_written(value: dict[str, Any]) -> None:
    body = to_json(value).encode()
    assert parse_json(body, is_base64=False, content_type="application/json", max_bytes=len(body)) == value


def outcome_of(body: bytes | str) -> object:
    """Return what a body is read as, or the error that refuses it."""
    try:
        return parse_json(body, is_base64=False, content_type="application/json", max_bytes=100)
    except GatewayError as error:
        return error


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_body_when_anything_then_an_object_or_a_gateway_error(body: bytes | str) -> None:
    outcome = outcome_of(body)
    assert isinstance(outcome, dict) or (isinstance(outcome, GatewayError) and outcome.status in {400, 413})


@given(st.text(alphabet="0123456789.-+eE_ ,xNaif１٣\n", max_size=20))
def test_decimal_when_any_text_then_exact_or_refused(text: str) -> None:
    value = parse_decimal(text)
    if value is not None:
        assert f"{value:f}" == text
        assert value.is_finite()


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**15 - 1, places=12))
def test_decimal_when_within_15_and_12_digits_then_exact(value: Decimal) -> None:
    assert parse_decimal(f"{value:f}") == value
