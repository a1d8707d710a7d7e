"""Bad input, row by row of the reliability page, on the body of an order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.errors import GatewayError, PayloadTooLarge
from riskgate.core.order import Order
from riskgate.schemas.http.json_body import BODY_MAX_BYTES, parse_json
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.orders import OrderRequest

type Body = dict[str, Any]

ORDER: Body = {
    "client_order_id": "trend-1",
    "symbol": "BTC/USDT",
    "venue": "binance",
    "strategy": "trend",
    "side": "buy",
    "type": "limit",
    "quantity": "0.1",
    "price": "61000",
}


def take(text: str | bytes) -> Order:
    """Take an order as the route does."""
    body = parse_json(text, is_base64=False, content_type="application/json", max_bytes=BODY_MAX_BYTES)
    return parse_request(OrderRequest, body).to_order("demo")


def refusal_of(text: str | bytes) -> GatewayError | None:
    """Return the error a body is refused with before anything is decided."""
    try:
        take(text)
    except GatewayError as error:
        return error
    return None


def status_of(text: str | bytes) -> int:
    """Return the status a body is refused with, 0 for an order."""
    refusal = refusal_of(text)
    return refusal.status if refusal is not None else 0


def with_raw(field: str, raw: str) -> str:
    """Return the order as JSON with one value as raw text."""
    marker = "0123456789-marker"
    return json.dumps(ORDER | {field: marker}).replace(f'"{marker}"', raw)


NO_NUMBERS = [
    "NaN",
    '"NaN"',
    "Infinity",
    "-Infinity",
    '"-inf"',
    '"sNaN"',
    "1e400",
    '"1e400"',
    '"1e15"',
    "1e15",
    "0",
    '"0"',
    '"0.0"',
    "-1",
    '"-1"',
    "-0",
    '"-0"',
    '"+1"',
    "+1",
    '".5"',
    ".5",
    '"5."',
    "5.",
    '"01"',
    "01",
    '"1_000"',
    "1_000",
    '"1,5"',
    '"0x10"',
    "0x10",
    '" 1 "',
    '"1\\n"',
    '"\u0661\u0662"',
    '"\uff11"',
    "9" * 39,
    '"' + "9" * 39 + '"',
    "9" * 5000,
    '"' + "9" * 5000 + '"',
    '"0.1234567890123"',
    '""',
    "true",
    "null",
    "[]",
    "[1]",
    "{}",
    '{"$numberDecimal":"1"}',
]


def test_order_when_well_formed_then_taken() -> None:
    assert status_of(json.dumps(ORDER)) == 0


@pytest.mark.parametrize("raw", NO_NUMBERS, ids=lambda raw: raw[:24])
@pytest.mark.parametrize("field", ["quantity", "price", "stop_loss_price"])
def test_numbers_when_malformed_then_400(field: str, raw: str) -> None:
    assert status_of(with_raw(field, raw)) == 400


@pytest.mark.parametrize("raw", ['"999999999999999.999999999999"', "999999999999999"])
def test_numbers_when_their_product_overflows_then_left_to_the_engine(raw: str) -> None:
    assert status_of(with_raw("quantity", raw).replace('"61000"', raw)) == 0


@pytest.mark.parametrize(
    "raw",
    [
        '""',
        '"btc/usdt"',
        '"BTC/USDT "',
        '"\u0412\u0422\u0421/USDT"',
        '"BTC\u200b/USDT"',
        '"\u200fBTC/USDT"',
        '"\U0001f680/USDT"',
        '"' + "A" * 300 + '"',
        '"../../etc"',
        '"BTC/USDT#STATE"',
        '"BTC/USDT\\u0000"',
        "null",
        "1",
        '["BTC/USDT"]',
        '{"base":"BTC"}',
    ],
    ids=lambda raw: raw[:24],
)
@pytest.mark.parametrize("field", ["symbol", "venue", "strategy"])
def test_names_when_malformed_then_400(field: str, raw: str) -> None:
    if field == "strategy" and raw == '"' + "A" * 300 + '"':
        raw = raw.replace("A", "a")
    assert status_of(with_raw(field, raw)) == 400


def test_symbol_when_well_formed_but_unknown_then_left_to_the_engine() -> None:
    assert status_of(with_raw("symbol", '"NOSUCH/COIN"')) == 0


@pytest.mark.parametrize(
    "raw", ['""', '"' + "a" * 65 + '"', '"a\\u0007"', '"a b"', '"a/b"', '"é"', "null", "7", "true", "[]"]
)
def test_ids_when_malformed_then_400(raw: str) -> None:
    assert status_of(with_raw("client_order_id", raw)) == 400


@pytest.mark.parametrize("missing", ["client_order_id", "symbol", "venue", "strategy", "side", "type", "quantity"])
def test_fields_when_missing_then_400_names_the_field(missing: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        take(json.dumps({name: value for name, value in ORDER.items() if name != missing}))
    assert [error["field"] for error in caught.value.errors] == [missing]


LOGIC: list[tuple[Body, str]] = [
    ({"type": "market"}, "price"),
    ({"type": "stop", "trigger_price": "60000"}, "price"),
    ({"price": ...}, "price"),
    ({"type": "stop_limit", "price": ..., "trigger_price": "60000"}, "price"),
    ({"type": "stop", "price": ...}, "trigger_price"),
    ({"type": "stop_limit"}, "trigger_price"),
    ({"trigger_price": "60000"}, "trigger_price"),
    ({"type": "market", "price": ..., "trigger_price": "60000"}, "trigger_price"),
    ({"quote_quantity": "100"}, "quantity"),
    ({"quantity": ...}, "quantity"),
    ({"time_in_force": "GTD"}, "expires_at"),
    ({"expires_at": "2026-01-01T00:00:00Z"}, "expires_at"),
    ({"time_in_force": "IOC", "expires_at": "2026-01-01T00:00:00Z"}, "expires_at"),
    ({"post_only": True, "time_in_force": "IOC"}, "post_only"),
    ({"post_only": True, "time_in_force": "FOK"}, "post_only"),
    ({"post_only": True, "type": "market", "price": ...}, "post_only"),
    ({"post_only": True, "type": "stop", "price": ..., "trigger_price": "60000"}, "post_only"),
    ({"side": "long"}, "side"),
    ({"side": "BUY"}, "side"),
    ({"side": "buy "}, "side"),
    ({"side": None}, "side"),
    ({"type": "iceberg"}, "type"),
    ({"type": "LIMIT"}, "type"),
    ({"time_in_force": "DAY"}, "time_in_force"),
    ({"time_in_force": None}, "time_in_force"),
    ({"reduce_only": "true"}, "reduce_only"),
    ({"reduce_only": 1}, "reduce_only"),
    ({"route": None}, "route"),
    ({"post_only": "yes"}, "post_only"),
    ({"tags": "a"}, "tags"),
    ({"tags": ["a"] * 11}, "tags"),
    ({"tags": {"a": 1}}, "tags"),
    ({"tags": ["a b"]}, "tags.0"),
    ({"account_id": "other"}, "account_id"),
    ({"leverage": 10}, "leverage"),
]


@pytest.mark.parametrize(("change", "field"), LOGIC, ids=lambda value: str(value)[:60])
def test_order_logic_when_contradictory_then_400_names_the_field(change: Body, field: str) -> None:
    body = {name: value for name, value in (ORDER | change).items() if value is not ...}
    with pytest.raises(ValidationFailed) as caught:
        take(json.dumps(body))
    assert caught.value.status == 400
    assert [error["field"] for error in caught.value.errors] == [field]


def test_order_when_gtd_in_the_past_then_left_to_the_engine() -> None:
    body = ORDER | {"time_in_force": "GTD", "expires_at": "2001-01-01T00:00:00Z"}
    assert take(json.dumps(body)).expires_at is not None


def test_size_when_over_the_cap_then_413() -> None:
    with pytest.raises(PayloadTooLarge):
        take(json.dumps(ORDER | {"tags": ["x" * 64] * 300}))
    assert status_of("x" * 1_000_000) == 413


def test_size_when_1_000_unknown_fields_then_400_of_bounded_length() -> None:
    with pytest.raises(ValidationFailed) as caught:
        take(json.dumps(ORDER | {f"f{n}": n for n in range(1_000)}))
    assert len(caught.value.errors) == 20
    assert len(json.dumps(caught.value.errors)) < 2_000


@pytest.mark.parametrize("field", ["client_order_id", "symbol", "venue", "strategy", "side", "quantity"])
def test_size_when_10_kb_strings_then_400_without_echo(field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        take(json.dumps(ORDER | {field: "q" * 10_000}))
    assert "qqqq" not in json.dumps(caught.value.errors) + caught.value.detail


def test_ids_when_same_body_in_another_key_order_and_spacing_then_same_order() -> None:
    shuffled = {name: ORDER[name] for name in reversed(ORDER)}
    assert take(json.dumps(ORDER)) == take(json.dumps(shuffled, indent=3))


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*OrderRequest.model_fields, "x" * 70, "account_id"]), hostile, max_size=6))
def test_order_when_fields_are_anything_then_a_4xx_without_long_echo(changes: Body) -> None:
    unknown = "Z" * 100
    refusal = refusal_of(json.dumps(ORDER | changes | {unknown: unknown}))
    assert refusal is not None
    assert refusal.status in {400, 413}
    assert unknown[:65] not in refusal.detail + json.dumps(getattr(refusal, "errors", []))


@given(hostile)
def test_order_when_one_value_is_anything_then_taken_or_refused_without_another_error(value: Any) -> None:
    for field in OrderRequest.model_fields:
        assert status_of(json.dumps(ORDER | {field: value})) in {0, 400, 413}
