"""The account at two exchanges that `make up` offers: the deployed functions trade and read both, each in its protocol."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from infra.local.seed.tokens import TWO_EXCHANGES_ACCOUNT_ID as ACCOUNT
from infra.simulators.exchange.client import ControlClient
from tests.support.waiting import wait_for

SPOT, SWAP = ("sim-spot", "BTC/USDT"), ("sim-bybit", "BTC/USDT:USDT")


@pytest.fixture
def admin(stack: dict[str, Any]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=60) as client:
        yield client


def place(admin: httpx.Client, market: tuple[str, str], side: str, price: Decimal) -> str | None:
    """Send a small order at market and return its id; None while the market has no fresh quote."""
    stop = price * (Decimal("0.97") if side == "buy" else Decimal("1.03"))
    order = {
        "client_order_id": f"two-{secrets.token_hex(4)}",
        "venue": market[0],
        "symbol": market[1],
        "strategy": "e2e",
        "side": side,
        "type": "market",
        "quantity": "0.01",
        "stop_loss_price": str(stop.quantize(Decimal(1))),
        "stop_kept_by": "strategy",
        "route": True,
    }
    answer = admin.post(f"/accounts/{ACCOUNT}/orders", json=order)
    if answer.status_code == HTTPStatus.CREATED:
        return order["client_order_id"]
    assert "quote" in answer.text, answer.text
    return None


def filled(admin: httpx.Client, order: str) -> str:
    """Return the quantity of an order once it is filled, else nothing."""
    found = admin.get(f"/accounts/{ACCOUNT}/orders/{order}").json()
    return str(found["filled_quantity"]) if found["status"] == "filled" else ""


def trade(admin: httpx.Client, market: tuple[str, str], side: str, price: Decimal) -> str:
    """Trade a little and return how much was filled."""
    order = wait_for(lambda: place(admin, market, side, price), every=1)
    return wait_for(lambda: filled(admin, order))


def worth(books: dict[str, Any], price: Decimal) -> Decimal:
    """Return what an exchange's own books say that the account is worth."""
    prices = {"USDT": Decimal(1), "BTC": price}
    total = Decimal(0)
    total += sum(prices[a] * (Decimal(b["free"]) + Decimal(b["locked"])) for a, b in books["spot"].items())
    total += sum(Decimal(amount) for amount in books["swap"].values())
    return total + sum(Decimal(p["quantity"]) * price - Decimal(p["entry_cost"]) for p in books["positions"].values())


def read(admin: httpx.Client, value: Decimal) -> dict[str, Any] | None:
    """Return the account once its equity is what it is worth."""
    found = dict(admin.get(f"/accounts/{ACCOUNT}").json())
    return found if abs(Decimal(found["equity"]) - value) < Decimal("0.01") else None


def test_account_at_two_exchanges_when_it_trades_at_both_then_its_book_is_theirs(
    stack: dict[str, Any], admin: httpx.Client
) -> None:
    exchanges = [ControlClient(stack["exchange_url"]), ControlClient(stack["bybit_url"])]
    price = Decimal(59000)
    try:
        for control in exchanges:
            control.post("price", symbol="BTCUSDT", price=str(price))
        assert trade(admin, SPOT, "buy", price) == trade(admin, SWAP, "sell", price) == "0.01"

        books = [
            next(row for row in control.get("accounts") if row["account"] == ACCOUNT)  # type: ignore[attr-defined]
            for control in exchanges
        ]
        value = sum((worth(book, price) for book in books), Decimal(0))
        # The scheduled reading comes within a minute.
        found = wait_for(lambda: read(admin, value))
    finally:
        for control in exchanges:
            control.post("price", symbol="BTCUSDT", price=None)
    assert {row["symbol"]: row["quantity"] for row in found["positions"]} == {SPOT[1]: "0.00999", SWAP[1]: "-0.01"}
    assert [book["positions"] != {} for book in books] == [False, True]
