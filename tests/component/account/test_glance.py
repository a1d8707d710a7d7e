"""One account at a glance: the API, the phone, the command line and metrics show the same figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.gateway import BTC, Gateway

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
