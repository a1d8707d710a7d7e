"""Bodies of the order routes become what the engine takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from riskgate.core.order import Fee, Order, OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.orders import BatchRequest, CancelRequest, FillRequest, OrderPatch, OrderRequest

type Body = dict[str, Any]
type AsSent = Callable[[Body], Body]


def refused(model: Any, body: Body) -> list[str]:
    """Return the fields a body is refused for."""
    with pytest.raises(ValidationFailed) as caught:
        parse_request(model, body)
    return [error["field"] for error in caught.value.errors]


def test_order_when_every_field_is_given_then_the_engine_gets_every_field(limit_order: Body, as_sent: AsSent) -> None:
    body = limit_order | {
        "type": "stop_limit",
        "quantity": 0.1,
        "trigger_price": 60500,
        "stop_loss_price": "59000.5",
        "reduce_only": True,
        "time_in_force": "GTD",
        "expires_at": "2026-03-02T00:00:00Z",
        "route": True,
        "tags": ["a", "b"],
    }
    assert parse_request(OrderRequest, as_sent(body)).to_order("demo") == Order(
        account_id="demo",
        client_order_id="trend-1",
        symbol="BTC/USDT",
        venue="binance",
        strategy="trend",
        side=Side.BUY,
        type=OrderType.STOP_LIMIT,
        quantity=Decimal("0.1"),
        price=Decimal(61000),
        trigger_price=Decimal(60500),
        stop_loss_price=Decimal("59000.5"),
        reduce_only=True,
        time_in_force=TimeInForce.GTD,
        expires_at=datetime(2026, 3, 2, tzinfo=UTC),
        route=True,
        tags=("a", "b"),
    )


def test_order_when_its_fields_are_compared_then_they_are_the_engines() -> None:
    # No bot can ask for an operator's exit.
    of_the_gateway = {"account_id", "operator_exit"}
    assert {*of_the_gateway, *OrderRequest.model_fields} == {item.name for item in fields(Order)}


def test_order_when_optional_fields_are_left_out_then_defaults_are_the_engines(limit_order: Body) -> None:
    order = parse_request(OrderRequest, limit_order).to_order("demo")
    assert order == Order(
        account_id="demo",
        client_order_id="trend-1",
        symbol="BTC/USDT",
        venue="binance",
        strategy="trend",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.1"),
        price=Decimal(61000),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"type": "market", "price": ...},
        {"type": "market", "price": ..., "quantity": ..., "quote_quantity": "500"},
        {"type": "stop", "price": ..., "trigger_price": "60000"},
        {"type": "stop_limit", "trigger_price": "60000"},
        {"post_only": True},
        {"post_only": True, "time_in_force": "GTD", "expires_at": "2026-03-02T00:00:00Z"},
        {"time_in_force": "IOC"},
        {"time_in_force": "FOK"},
        {"side": "sell", "reduce_only": True},
    ],
    ids=str,
)
def test_order_when_consistent_then_taken(limit_order: Body, change: Body) -> None:
    body = {name: value for name, value in (limit_order | change).items() if value is not ...}
    assert parse_request(OrderRequest, body).client_order_id == "trend-1"


def test_request_when_changed_then_refuses(limit_order: Body) -> None:
    order = parse_request(OrderRequest, limit_order)
    with pytest.raises(ValidationError, match="frozen"):
        order.quantity = Decimal(2)  # type: ignore[misc]


@pytest.mark.parametrize("field", ["quantity", "price", "trigger_price", "stop_loss_price"])
def test_patch_when_one_field_is_given_then_others_are_none(field: str) -> None:
    patch = parse_request(OrderPatch, {field: "2.5"})
    assert {name: value for name, value in patch if value is not None} == {field: Decimal("2.5")}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"stop_loss_price": None}, "stop_loss_price"),
        ({"quantity": "0"}, "quantity"),
        ({"side": "sell"}, "side"),
        ({"quote_quantity": "5"}, "quote_quantity"),
    ],
)
def test_patch_when_it_changes_nothing_or_too_much_then_refused(body: Body, field: str) -> None:
    assert refused(OrderPatch, body) == [field]


def test_batch_when_ten_distinct_legs_then_taken_and_eleven_refused(limit_order: Body) -> None:
    legs = [limit_order | {"client_order_id": f"leg-{n}"} for n in range(11)]
    assert len(parse_request(BatchRequest, {"orders": legs[:10]}).orders) == 10
    assert refused(BatchRequest, {"orders": legs}) == ["orders"]
    assert refused(BatchRequest, {"orders": []}) == ["orders"]
    assert refused(BatchRequest, {"orders": legs[0]}) == ["orders"]
    assert refused(BatchRequest, {}) == ["orders"]


def test_batch_when_two_legs_share_an_id_then_refused(limit_order: Body) -> None:
    assert refused(BatchRequest, {"orders": [limit_order, limit_order | {"quantity": "2"}]}) == ["orders"]


def test_batch_when_a_leg_is_invalid_then_names_the_leg(limit_order: Body) -> None:
    assert refused(BatchRequest, {"orders": [limit_order, limit_order | {"side": "up"}]}) == ["orders.1.side"]


FILL: Body = {"fill_id": "f-1", "quantity": "0.1", "price": "61000", "executed_at": "2026-03-02T00:00:00Z"}


def test_fill_when_fee_is_left_out_then_zero_in_no_currency(as_sent: AsSent) -> None:
    fill = parse_request(FillRequest, as_sent(FILL))
    assert fill.list_fees() == (Fee(amount=Decimal(0)),)
    paid = parse_request(FillRequest, as_sent(FILL | {"fee": 0.25, "fee_currency": "BNB"}))
    assert (paid.fee, paid.fee_currency) == (Decimal("0.25"), "BNB")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fill_id": ""}, "fill_id"),
        ({"quantity": "-1"}, "quantity"),
        ({"price": "0"}, "price"),
        ({"fee": None}, "fee"),
        ({"fee_currency": "usdt"}, "fee_currency"),
        ({"executed_at": "yesterday"}, "executed_at"),
        ({"executed_at": None}, "executed_at"),
        ({"order_id": "x"}, "order_id"),
    ],
)
def test_fill_when_a_field_is_invalid_then_refused(change: Body, field: str) -> None:
    assert refused(FillRequest, FILL | change) == [field]


def test_cancel_when_empty_then_taken() -> None:
    assert parse_request(CancelRequest, {}).reason is None
    assert parse_request(CancelRequest, {"reason": "signal reversed"}).reason == "signal reversed"
    assert refused(CancelRequest, {"reason": ""}) == ["reason"]
    assert refused(CancelRequest, {"force": True}) == ["force"]
