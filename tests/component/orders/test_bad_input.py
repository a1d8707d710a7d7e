"""What refusals of bad input say, and where input is just good enough; the kinds themselves stand in tests/support/bad_input."""

from __future__ import annotations

import json
from typing import Any

import pytest

from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES
from riskgate.schemas.http.routes import ROUTES
from riskgate.schemas.http.routes.route import Route
from tests.support.gateway import Answer, Gateway, path_of
from tests.support.phone import WEBHOOK_SECRET
from tests.support.refusals import assert_refused, post
from tests.support.wire import Wire

#: The webhook reads its secret from where a bot is set up.
pytestmark = pytest.mark.usefixtures("phone")

WITH_BODY = [route for route in ROUTES if route.body_max_bytes]


def send(gateway: Gateway, route: Route, body: Any = None) -> Answer:
    """Send a body to a route, with the secret where the route demands one."""
    headers = {route.secret_header: WEBHOOK_SECRET} if route.secret_header else {}
    return gateway.call(route.method, path_of(route), body, headers=headers)


def test_body_when_missing_then_400_except_where_it_may_be_left_out(gateway: Gateway) -> None:
    for route in WITH_BODY:
        answer = send(gateway, route)
        if route.operation_id in {"cancelOrder", "confirmOrder", "acknowledgeAlert"}:
            assert answer.code in {"ORDER_NOT_FOUND", "ALERT_NOT_FOUND"}
        else:
            assert_refused(answer, "")
            assert answer.code == "BODY_MISSING"


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


def test_body_when_it_has_a_thousand_fields_then_20_are_named(gateway: Gateway) -> None:
    many = gateway.order() | {f"f{n}": n for n in range(1_000)}
    answer = post(gateway, many)
    assert_refused(answer, many)
    assert len(answer.body["errors"]) <= 20


def test_order_when_a_field_is_missing_then_400_that_names_it(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for missing in ("client_order_id", "symbol", "venue", "strategy", "side", "type"):
        with subtests.test(missing):
            answer = gateway.submit(**{missing: None})
            assert_refused(answer, "")
            assert [error["field"] for error in answer.body["errors"]] == [missing]


def test_path_when_its_method_is_not_declared_then_405_names_those_that_are(gateway: Gateway) -> None:
    for route in ROUTES:
        declared = {other.method for other in ROUTES if other.path == route.path}
        for method in {"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"} - declared:
            if method in {"GET", "PATCH"} and route.operation_id in {"checkOrder", "postBatch"}:
                continue  # the last segment is an order's id, where API Gateway does not tell them apart before
            answer = gateway.call(method, path_of(route), caller=None)
            assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED"), (method, route.path)
            assert answer.headers["Allow"] == ", ".join(sorted(declared))


def test_amount_when_at_the_bounds_then_decided(gateway: Gateway) -> None:
    largest, smallest = "999999999999999.999999999999", "0.000000000001"
    for quantity in (largest, smallest):
        for price in (largest, smallest):
            answer = gateway.submit(quantity=quantity, price=price, stop_loss_price=None)
            assert answer.status == 422
            assert gateway.check(quantity=quantity, price=price, stop_loss_price=largest).status == 200
