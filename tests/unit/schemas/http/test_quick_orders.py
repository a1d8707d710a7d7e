"""New orders are read without their model: whatever comes, what is taken is what the model takes, and refused alike."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.errors import InvalidRequest
from riskgate.core.order import OrderType, StopKeeper, TimeInForce
from riskgate.core.side import Side
from riskgate.schemas.http.bodies import Body
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, parse_json
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.orders import BatchRequest, OrderRequest
from riskgate.schemas.http.requests.quick_orders import BatchBody, OrderBody, read_batch, read_order
from tests.support.hypothesis_profiles import examples

ORDER: Body[OrderBody] = Body("orders.OrderRequest", read_order)
BATCH: Body[BatchBody] = Body("orders.BatchRequest", read_batch)
VALID = {
    "client_order_id": "trend-1",
    "symbol": "BTC/USDT",
    "venue": "binance",
    "strategy": "Trend",
    "side": "buy",
    "type": "limit",
    "quantity": "0.1",
    "price": 61000,
}

_names = st.sampled_from(
    [
        "a",
        "A.b_c:d-e",
        "a" * 64,
        "a" * 65,
        "",
        " a",
        "a\n",
        "ä",
        "-",
        "binance",
        "Binance",
        "BTC/USDT:USDT",
        "btc/usdt",
        "BTC/USDT:",
    ]
)
_amounts = st.one_of(
    st.sampled_from(
        [
            "0",
            "-0",
            "0.0",
            "1",
            "+1",
            " 1",
            "1 ",
            "1e5",
            "1_000",
            "١",
            "NaN",
            "Infinity",
            "01",
            ".5",
            "5.",
            "0.5",
            "0.51",
            "-1",
        ]
    ),
    st.sampled_from([0, 1, -1, 0.1, 1e-7, 5e-13, 0.5, 0.51, 10**15, 10**14, True]),
    st.decimals(allow_nan=False, allow_infinity=False, places=13, min_value=-1, max_value=1).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-10, max_value=10**16).map(str),
)
_instants = st.sampled_from(
    [
        "2026-03-02T00:00:00Z",
        "2026-03-02T00:00:00.123456789+00:00",
        "2026-02-30T00:00:00Z",
        "2026-03-02T00:00:00+01:00",
        "1999-03-02T00:00:00Z",
        "2026-03-02",
        "2026-03-02T23:59:60Z",
        "2026-03-02T00:00:00Z\n",
        1772409600,
    ]
)
_choices = st.sampled_from([*Side, *OrderType, *TimeInForce, *StopKeeper]).map(lambda one: one.value)
_anything = st.one_of(
    st.none(),
    st.booleans(),
    _names,
    _amounts,
    _instants,
    _choices,
    _choices.map(str.swapcase),
    st.lists(_names, max_size=12),
    st.dictionaries(_names, _names, max_size=2),
)
#: What a field may be, so that it often fits.
_FITTING: dict[str, st.SearchStrategy[Any]] = {
    "side": st.sampled_from(list(Side)),
    "type": st.sampled_from(list(OrderType)),
    "time_in_force": st.sampled_from(list(TimeInForce)),
    "stop_kept_by": st.sampled_from(list(StopKeeper)),
    "expires_at": _instants,
    "tags": st.lists(_names, max_size=11),
    "reduce_only": st.booleans(),
    "post_only": st.booleans(),
    "route": st.booleans(),
    "client_order_id": _names,
    "symbol": _names,
    "venue": _names,
    "strategy": _names,
}
_FIELDS = [*OrderRequest.model_fields]


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """Return an order of which some fields are others, left out, or unknown."""
    body: dict[str, Any] = dict(VALID)
    for name in draw(st.lists(st.sampled_from(_FIELDS), max_size=5, unique=True)):
        body[name] = draw(_FITTING.get(name, _amounts))
    for name in draw(st.lists(st.sampled_from(_FIELDS), max_size=2)):
        body.pop(name, None)
    if draw(st.integers(0, 3)) == 0:
        body[draw(st.sampled_from([*_FIELDS, "unknown", "account_id", "operator_exit"]))] = draw(_anything)
    return body


def as_sent(body: Any) -> dict[str, Any] | None:
    """Return a body as a route reads its JSON, None where it is refused before its fields are looked at."""
    text = json.dumps(body)
    try:
        return parse_json(text, is_base64=False, content_type="application/json", max_bytes=BATCH_BODY_MAX_BYTES)
    except InvalidRequest:
        return None


def outcome(parse: Any) -> tuple[Any, Any]:
    """Return a body's orders, or what is wrong with it."""
    try:
        body = parse()
    except ValidationFailed as failure:
        return None, failure.errors
    return [order.to_order("demo") for order in getattr(body, "orders", (body,))], None


@examples(1500)
@given(body=orders())
def test_order_when_of_any_shape_then_taken_and_refused_as_its_model_does(body: dict[str, Any]) -> None:
    document = as_sent(body)
    if document is None:
        return
    taken, wrong = outcome(lambda: parse_request(OrderRequest, document))
    quick = read_order(document)

    assert (quick is None) is (taken is None)
    assert quick is None or [quick.to_order("demo")] == taken
    assert outcome(lambda: ORDER.parse(document)) == (taken, wrong)


#: Each is tried as each field: what one of them takes, most others do not.
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 0.1, 0.5, 0.51, 10**15, 10**14, 1e-7, 5e-13, {}, {"a": "b"}),
    *("", "0", "1", "-1", "+1", " 1", "1e5", "1_000", "0.5", "0.51", "NaN", "a", "A", "a" * 64, "a" * 65, "ä", "a/b"),
    *("binance", "Binance", "BTC/USDT", "BTC/USDT:USDT", "btc/usdt", "2026-03-02T00:00:00Z", "2026-02-30T00:00:00Z"),
    *("true", "1.0", "2026-03-02T00:00:00+01:00"),
    *([], ["a"], ["a"] * 10, ["a"] * 11, ["a", 1], ["a", None], [" "], "ab", [["a"]]),
    *(one.value for kind in (Side, OrderType, TimeInForce, StopKeeper) for one in kind),
    *("Buy", "LIMIT", "gtc"),
]


@pytest.mark.parametrize("name", [*_FIELDS, "unknown"])
def test_field_when_of_any_value_or_left_out_then_taken_and_refused_as_its_model_does(name: str) -> None:
    rest = {key: value for key, value in VALID.items() if key != name}
    taken_of = []
    for body in [rest, *(rest | {name: value} for value in VALUES)]:
        document = as_sent(body)
        if document is None:
            continue
        taken, wrong = outcome(partial(parse_request, OrderRequest, document))
        quick = read_order(document)
        assert ([quick.to_order("demo")] if quick is not None else None) == taken, body
        assert outcome(partial(ORDER.parse, document)) == (taken, wrong)
        taken_of.append(taken is not None)
    assert not all(taken_of)


@pytest.mark.parametrize("orders", [[], {}, None, "a", [VALID, VALID], [VALID] * 11, [VALID, 1], [VALID, None], [[]]])
def test_batch_when_its_list_is_none_then_refused_as_its_model_does(orders: Any) -> None:
    document = as_sent({"orders": orders})
    assert document is not None
    assert read_batch(document) is None
    assert outcome(partial(BATCH.parse, document)) == outcome(partial(parse_request, BatchRequest, document))


@examples(300)
@given(
    body=st.fixed_dictionaries({"orders": st.one_of(st.lists(orders(), max_size=11), _anything)}), more=st.booleans()
)
def test_batch_when_of_any_shape_then_taken_and_refused_as_its_model_does(body: dict[str, Any], more: bool) -> None:
    document = as_sent(body | ({"more": 1} if more else {}))
    if document is None:
        return
    taken, wrong = outcome(lambda: parse_request(BatchRequest, document))
    quick = read_batch(document)

    assert (quick is None) is (taken is None)
    assert outcome(lambda: BATCH.parse(document)) == (taken, wrong)


@pytest.mark.parametrize("legs", [1, 2, 10])
def test_batch_when_its_orders_differ_then_all_are_read(legs: int) -> None:
    document = as_sent({"orders": [VALID | {"client_order_id": f"leg-{number}"} for number in range(legs)]})
    assert document is not None
    read = read_batch(document)
    assert read is not None
    taken, _ = outcome(lambda: parse_request(BatchRequest, document))
    assert [order.to_order("demo") for order in read.orders] == taken


def test_order_when_its_fields_are_compared_then_they_and_their_defaults_are_the_models() -> None:
    quick = OrderBody(client_order_id="a", symbol="b", venue="c", strategy="d", side=Side.BUY, type=OrderType.LIMIT)
    fields = OrderRequest.model_fields
    assert list(OrderBody.__struct_fields__) == list(fields)
    assert {name for name, field in fields.items() if field.is_required()} == {
        "client_order_id", "symbol", "venue", "strategy", "side", "type",
    }  # fmt: skip
    assert all(getattr(quick, name) == field.default for name, field in fields.items() if not field.is_required())
    assert list(BatchBody.__struct_fields__) == list(BatchRequest.model_fields)
