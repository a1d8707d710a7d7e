"""One account at a glance: the API, the phone, the command line and metrics show the same figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import REJECTED_ORDERS_MAX
from riskgate.core.orders.venue_side import add_fill
from tests.support.builders import build_working
from tests.support.gateway import BTC, ETH, Gateway
from tests.support.views import refuse

D = Decimal


@pytest.fixture
def traded(gateway: Gateway) -> Gateway:
    """Bought 0.1 at 50000, sold half of it at 51000, 3 of fees; the rest is worth 50000."""
    bought = gateway.approved(quantity="0.1")
    assert gateway.fill(bought, "0.1", fee="2", fee_currency="USDT").status == 201
    sold = gateway.approved(side="sell", quantity="0.05", price="51000", stop_loss_price=None)
    assert gateway.fill(sold, "0.05", price="51000", fee="1", fee_currency="USDT").status == 201
    return gateway


def period(body: Any, name: str) -> Any:
    return next(row for row in body["pnl"] if row["period"] == name)


def test_account_when_traded_then_tells_what_was_realised_paid_and_gained(traded: Gateway) -> None:
    body = traded.account()

    for name in ("day", "week", "month", "start"):
        row = period(body, name)
        assert row["realized"] == "50"
        assert row["fees"] == "3"
        assert D(row["total"]) == D(row["realized"]) - D(row["fees"]) + D(row["unrealized"]) + D(row["other"])
    assert D(period(body, "day")["total"]) == D(body["equity"]) - 100_000
    assert period(body, "day")["other"] == "0"
    position = body["positions"][0]
    assert D(position["unrealized_pnl"]) == (D(position["mark_price"]) - 50_000) * D("0.05")
    assert position["risk_to_stop"] == body["exposure"]["open_risk"]
    assert body["unrealized_pnl"] == position["unrealized_pnl"]


def test_account_when_the_day_turns_then_today_is_empty_and_the_rest_stays(traded: Gateway) -> None:
    traded.advance(days=1)

    body = traded.account()

    assert period(body, "day")["realized"] == "0"
    assert period(body, "week")["realized"] == period(body, "start")["realized"] == "50"


def test_order_when_it_rests_then_the_account_tells_its_price(gateway: Gateway) -> None:
    gateway.approved(price="49500")

    order = gateway.account()["open_orders"][0]

    assert order["price"] == "49500"
    assert order["stop_price"] is None
    assert order["symbol"] == BTC


def test_order_when_it_is_placed_and_fills_in_part_then_the_account_tells_id_average_and_fees(gateway: Gateway) -> None:
    name = gateway.approved(quantity="0.15")
    assert gateway.on_order("POST", name, "/placed", {"exchange_order_id": "venue-77"}).status == 200
    assert gateway.fill(name, "0.05", price="49990", fee="2.5", fee_currency="USDT").status == 201
    assert gateway.fill(name, "0.05", price="49991", fee="-0.5", fee_currency="USDT").status == 201

    [row] = gateway.account()["open_orders"]

    assert row["exchange_order_id"] == "venue-77"
    assert (row["filled_quantity"], row["average_fill_price"], row["fees"]) == ("0.1", "49990.5", {"USDT": "2"})
    own = gateway.on_order("GET", name).body
    for field in ("filled_quantity", "average_fill_price", "fees", "exchange_order_id"):
        assert row[field] == own[field], field


def test_order_when_its_terms_change_then_its_fills_and_its_id_stay(gateway: Gateway) -> None:
    name = gateway.approved(quantity="0.15")
    assert gateway.on_order("POST", name, "/placed", {"exchange_order_id": "venue-77"}).status == 200
    assert gateway.fill(name, "0.05", price="49990", fee="2.5", fee_currency="USDT").status == 201

    assert gateway.on_order("PATCH", name, "", {"price": "49900"}).status == 200

    [row] = gateway.account()["open_orders"]
    assert (row["price"], row["exchange_order_id"]) == ("49900", "venue-77")
    assert (row["average_fill_price"], row["fees"]) == ("49990", {"USDT": "2.5"})


def test_order_when_its_fills_were_booked_by_earlier_rules_then_their_average_is_unknown(gateway: Gateway) -> None:
    order = replace(build_working(1), filled_quantity=D(1))

    filled = add_fill(order, D("0.5"), D(100), {"USDT": D(1)}, 4)

    assert (filled.average_fill_price, filled.fees) == (None, {})
    assert add_fill(build_working(1), D("0.5"), D(100), {}, 3) == build_working(1)


def test_account_when_orders_were_refused_then_the_latest_are_told_with_their_reasons(gateway: Gateway) -> None:
    names = []
    for number in range(REJECTED_ORDERS_MAX + 2):
        names.append(gateway.approved(symbol=ETH, quantity="0.1", price=str(2900 + number), stop_loss_price="2800"))
        refuse(gateway, names[-1], f"no margin {number}")
        gateway.advance(seconds=60)
        gateway.refresh_quotes()
        gateway.snapshot("100000")

    shown = gateway.account()["rejected_orders"]

    assert [row["client_order_id"] for row in shown] == names[:1:-1]
    newest = shown[0]
    assert newest["reason"] == gateway.on_order("GET", names[-1]).body["reason"] == "no margin 11"
    assert (newest["symbol"], newest["side"], newest["quantity"], newest["price"]) == (ETH, "buy", "0.1", "2911")
