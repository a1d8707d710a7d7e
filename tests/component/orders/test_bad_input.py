"""Bad input through the handlers: refused with its code, never a 5xx, never echoed at length."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES
from riskgate.schemas.http.routes import ROUTES
from riskgate.schemas.http.routes.route import Route
from tests.support.every_route import body_of
from tests.support.gateway import Answer, Gateway, path_of
from tests.support.hypothesis_profiles import rotate
from tests.support.phone import WEBHOOK_SECRET
from tests.support.refusals import ECHO_MAX, ORDERS, assert_refused, post
from tests.support.wire import Wire

#: The webhook reads its secret from where a bot is set up.
pytestmark = pytest.mark.usefixtures("phone")

WITH_BODY = [route for route in ROUTES if route.body_max_bytes]


def send(gateway: Gateway, route: Route, body: Any = None) -> Answer:
    """Send a body to a route, with the secret where the route demands one."""
    headers = {route.secret_header: WEBHOOK_SECRET} if route.secret_header else {}
    return gateway.call(route.method, path_of(route), body, headers=headers)


NO_OBJECT: dict[str, str | bytes] = {
    "null": "null",
    "list": "[]",
    "number": "1",
    "string": '"order"',
    "true": "true",
    "white-space": "  \n",
    "open": "{",
    "not-json": "client_order_id=1",
    "two-documents": '{"a": 1} {"b": 2}',
    "trailing-comma": '{"a": 1,}',
    "comment": '{"a": 1 /* one */}',
    "single-quotes": "{'a': 1}",
    "bom": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "utf-32": '{"a": 1}'.encode("utf-32"),
    "invalid-utf-8": b'{"a": "\xff\xfe"}',
    "overlong-utf-8": b'{"a": "\xc0\xaf"}',
    "surrogate": '{"a": "\\ud800"}',
    "nul": '{"a": "\\u0000"}',
    "control": '{"a": "\\u001b[2J"}',
    "raw-newline": '{"a": "\n"}',
    "deep-list": '{"a":' + "[" * 5_000 + "]" * 5_000 + "}",
    "deep-object": '{"a":' * 2_000 + "1" + "}" * 2_000,
    "deeper-than-memory": "[" * 16_000,
    "duplicate": '{"side": "buy", "side": "sell"}',
    "duplicate-escaped": '{"side": "buy", "\\u0073ide": "sell"}',
    "duplicate-nested": '{"a": {"b": 1, "b": 2}}',
    "nan": '{"quantity": NaN}',
    "infinity": '{"quantity": -Infinity}',
}


def test_body_when_it_is_not_one_clear_object_then_400_on_every_route(
    gateway: Gateway, wire: Wire, subtests: pytest.Subtests
) -> None:
    for turn, (name, body) in enumerate(NO_OBJECT.items()):
        for route in rotate(WITH_BODY, turn):
            with subtests.test(body=name, route=route.operation_id):
                assert_refused(send(gateway, route, body), body)
    assert wire.sent == []


def test_body_when_missing_then_400_except_where_it_may_be_left_out(gateway: Gateway) -> None:
    for route in WITH_BODY:
        answer = send(gateway, route)
        if route.operation_id in {"cancelOrder", "confirmOrder", "acknowledgeAlert"}:
            assert answer.code in {"ORDER_NOT_FOUND", "ALERT_NOT_FOUND"}
        else:
            assert_refused(answer, "")
            assert answer.code == "BODY_MISSING"


def test_body_when_none_is_taken_then_400(gateway: Gateway) -> None:
    for route in ROUTES:
        if not route.body_max_bytes:
            answer = send(gateway, route, {"a": 1})
            assert_refused(answer, "", 400)
            assert answer.code == "BODY_UNEXPECTED"


def test_body_when_over_the_cap_then_413_and_nothing_is_parsed(gateway: Gateway, wire: Wire) -> None:
    for route in WITH_BODY:
        cap = route.body_max_bytes
        assert cap in {BODY_MAX_BYTES, BATCH_BODY_MAX_BYTES}
        for body in ("[" * (cap + 1), b"\xff" * (cap + 1), "é" * (cap // 2 + 1), "{}" + " " * 1_000_000):
            answer = send(gateway, route, body)
            assert_refused(answer, "", 413)
            assert answer.code == "BODY_TOO_LARGE"
    assert wire.sent == []


def test_body_when_just_below_the_cap_then_read(gateway: Gateway) -> None:
    text = json.dumps(gateway.order())
    assert post(gateway, text + " " * (BODY_MAX_BYTES - len(text))).status == 201


def test_body_when_it_has_a_thousand_fields_or_huge_strings_then_400(gateway: Gateway) -> None:
    many = gateway.order() | {f"f{n}": n for n in range(1_000)}
    answer = post(gateway, many)
    assert_refused(answer, many)
    assert len(answer.body["errors"]) <= 20
    for field in gateway.order():
        body = gateway.order() | {field: "x" * 10_000}
        assert_refused(post(gateway, body), body)
    body = gateway.order() | {"x" * 10_000: 1}
    assert_refused(post(gateway, body), body)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/problem+json",
        "application/jsonp",
        "*/*",
    ],
)
def test_body_when_it_is_declared_as_something_else_then_415(gateway: Gateway, content_type: str | None) -> None:
    answer = post(gateway, gateway.order(), Content_Type=content_type)
    assert_refused(answer, "", 415)


def test_body_when_compressed_then_415(gateway: Gateway) -> None:
    packed = gzip.compress(json.dumps(gateway.order()).encode())
    assert_refused(post(gateway, packed, Content_Encoding="gzip"), "", 415)
    assert_refused(post(gateway, packed), "", 400)


def test_header_when_repeated_then_400(gateway: Gateway) -> None:
    from tests.support.callers import build_event  # noqa: PLC0415 only here the event is bent

    event = build_event("POST", ORDERS, gateway.order())
    event["multiValueHeaders"]["content-type"] = ["text/plain"]
    answer = gateway.send(event)
    assert_refused(answer, "", 400)
    assert answer.code == "HEADER_REPEATED"


WRONG: dict[str, list[Any]] = {
    "symbol": [
        "", "btc/usdt", "BTC/USDT ", " BTC/USDT", "BTCUSDT", "BTC-USDT", "ВТС/USDT", "BTC/USDT\u200b", "\u200fBTC/USDT",
        "BTC/💰", "A" * 300, "../../etc/passwd", "BTC/USDT#", "BTC/USDT:", "BTC/USDT\n", "BTC//USDT", 1, None, [], {},
    ],
    "client_order_id": ["", "x" * 65, "a b", "a/b", "é", "a\u200b", "a#b", "a\n", 1, None, True, ["a"], {"a": 1}],
    "venue": ["", "Binance", "bin ance", "b" * 33, "../x", "bіnance", 1, None],
    "strategy": ["", " ", "-x", "a" * 65, "a#b", "a\tb", None, 7],
    "side": ["", "BUY", "long", "Buy", 1, None, True, ["buy"]],
    "type": ["", "LIMIT", "iceberg", 0, None],
    "time_in_force": ["", "gtc", "DAY", None, 1],
    "expires_at": [
        "", "tomorrow", "2026-03-05", "2026-03-05T12:00:00", "2026-03-05T12:00:00+02:00", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-03-05T25:00:00Z", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1772712000, None,
    ],
    "reduce_only": ["true", 1, 0, None, "no"],
    "post_only": ["false", 1, None],
    "route": ["true", 1, None],
    "tags": ["x", [1], [None], ["x" * 65], ["a b"], ["t"] * 11, {"a": 1}, None],
}  # fmt: skip


@pytest.mark.parametrize("field", WRONG)
def test_field_when_it_is_not_of_its_kind_then_400_that_names_it(
    gateway: Gateway, field: str, subtests: pytest.Subtests
) -> None:
    for value in WRONG[field]:
        with subtests.test(value=str(value)[:30]):
            body = gateway.order() | {field: value}
            answer = post(gateway, body)
            assert_refused(answer, body)
            if answer.code == "VALIDATION_FAILED":
                assert answer.body["errors"][0]["field"].startswith(field)


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "market-with-price": {"type": "market"},
    "limit-without-price": {"price": None},
    "stop-without-trigger": {"type": "stop", "price": None},
    "stop-limit-without-price": {"type": "stop_limit", "price": None, "trigger_price": "51000"},
    "limit-with-trigger": {"trigger_price": "51000"},
    "post-only-ioc": {"post_only": True, "time_in_force": "IOC"},
    "post-only-market": {"post_only": True, "type": "market", "price": None},
    "gtd-without-end": {"time_in_force": "GTD"},
    "gtc-with-end": {"expires_at": "2026-03-05T12:00:00Z"},
    "no-quantity": {"quantity": None},
    "both-quantities": {"quote_quantity": "100"},
    "unknown-field": {"leverage": "3"},
    "unknown-side": {"side": "short"},
}


def test_order_when_it_contradicts_itself_then_400(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for name, changes in CONTRADICTIONS.items():
        with subtests.test(name):
            body = gateway.order(**changes)
            assert_refused(post(gateway, body), body)


def test_order_when_a_field_is_missing_then_400_that_names_it(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for missing in ("client_order_id", "symbol", "venue", "strategy", "side", "type"):
        with subtests.test(missing):
            answer = gateway.submit(**{missing: None})
            assert_refused(answer, "")
            assert [error["field"] for error in answer.body["errors"]] == [missing]


def test_gtd_when_in_the_past_then_422(gateway: Gateway) -> None:
    answer = gateway.submit(time_in_force="GTD", expires_at="2026-03-04T12:00:00Z")
    assert (answer.status, answer.code) == (422, "TIME_IN_FORCE_INVALID")


NO_ROUTES = [
    ("GET", "/"),
    ("DELETE", "/accounts/demo"),
    ("POST", "/accounts/demo"),
    ("PUT", "/accounts/demo/orders"),
    ("GET", "/accounts/demo/orders/"),
    ("GET", "/accounts/demo//orders"),
    ("GET", "//accounts/demo"),
    ("GET", "/accounts/../demo"),
    ("GET", "/accounts/%2e%2e"),
    ("GET", "/accounts/%2e%2e/orders"),
    ("GET", "/accounts/demo/orders/%2e%2e%2fx"),
    ("GET", "/accounts/demo/orders/a%00b"),
    ("GET", "/accounts/demo%0a"),
    ("GET", "/accounts/" + "a" * 65),
    ("GET", "/accounts/demo/orders/" + "x" * 65),
    ("GET", "/accounts/dëmo"),
    ("GET", "/accounts/demo/orders/a b"),
    ("POST", "/accounts/demo/breakers/daily_loss/reset"),
    ("POST", "/accounts/demo/exits/e"),
    ("DELETE", "/accounts/demo/locks"),
    ("DELETE", "/accounts/demo/locks/%2e%2e"),
    ("DELETE", "/accounts/demo/locks/" + "A" * 16),
    ("DELETE", "/accounts/demo/locks/" + "a" * 65),
    ("PUT", "/accounts/demo/heartbeats"),
    ("PUT", "/accounts/demo/heartbeats/-x"),
    ("PUT", "/accounts/demo/heartbeats/a%23b"),
    ("DELETE", "/accounts/demo/heartbeats/" + "x" * 65),
    ("POST", "/accounts/demo/reconciliation/resolve"),
    ("POST", "/accounts/demo/reconciliation/%2e%2e/resolve"),
    ("POST", "/accounts/demo/reconciliation/" + "g" * 16 + "/resolve"),
    ("GET", "/accounts/demo/stress"),
    ("DELETE", "/accounts/demo/scenarios"),
    ("GET", "/accounts/demo/hedges/h"),
    ("GET", "/telegram"),
    ("PATCH", "/kill-switch"),
    ("GET", "/openapi.json/"),
    ("OPTIONS", "/accounts/demo/orders"),
    ("TRACE", "/health"),
]


def test_route_when_there_is_no_such_then_404_or_405(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for method, path in NO_ROUTES:
        with subtests.test(f"{method} {path[:65]}"):
            answer = gateway.call(method, path)
            assert answer.status in {404, 405}, answer.text
            assert ("Allow" in answer.headers) == (answer.status == 405)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert path[:65] not in answer.text or len(path) <= ECHO_MAX


def test_path_when_its_method_is_not_declared_then_405_names_those_that_are(gateway: Gateway) -> None:
    for route in ROUTES:
        declared = {other.method for other in ROUTES if other.path == route.path}
        for method in {"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"} - declared:
            if method in {"GET", "PATCH"} and route.operation_id in {"checkOrder", "postBatch"}:
                continue  # the last segment is an order's id, where API Gateway does not tell them apart before
            answer = gateway.call(method, path_of(route), caller=None)
            assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED"), (method, route.path)
            assert answer.headers["Allow"] == ", ".join(sorted(declared))


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "", "none", "\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_one_time_code_when_it_is_none_then_400_also_where_none_is_needed(gateway: Gateway, code: str) -> None:
    for route in ROUTES:
        body = body_of(gateway, route.operation_id) if route.body_max_bytes else None
        query = {"reason": "drill"} if route.operation_id == "deleteLock" else None
        answer = gateway.call(route.method, path_of(route), body, headers={"X-TOTP": code}, query=query)
        assert (answer.status, answer.code) == (400, "TOTP_MALFORMED"), route.operation_id
