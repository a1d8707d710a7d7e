"""The account at two exchanges that `make up` offers: the deployed functions trade and read both, each in its protocol."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from infra.local.seed.tokens import TWO_EXCHANGES_ACCOUNT_ID as ACCOUNT
from infra.simulators.exchange.client import ControlClient

POLLS_MAX = 1_800
SPOT, SWAP = ("sim-spot", "BTC/USDT"), ("sim-bybit", "BTC/USDT:USDT")


@pytest.fixture
def admin(stack: dict[str, Any]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=60) as client:
        yield client


def wait_for[T](look: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Return what is looked at once it is as wanted."""
    found = look()
    for _ in range(POLLS_MAX):
        if is_there(found):
            return found
        time.sleep(0.1)
        found = look()
    raise AssertionError(f"still {found}")


def submit(admin: httpx.Client, market: tuple[str, str], side: str, price: Decimal) -> dict[str, Any]:
    """Send a small order at market and return it once it is filled."""
    name, stop = f"two-{secrets.token_hex(4)}", price * (Decimal("0.97") if side == "buy" else Decimal("1.03"))
    order = {
        "client_order_id": name,
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
    answer = wait_for(
        lambda: admin.post(f"/accounts/{ACCOUNT}/orders", json=order),
        lambda answer: answer.status_code == 201 or "QUOTE" not in answer.text,
    )
    assert answer.status_code == 201, answer.text
    return wait_for(
        lambda: dict(admin.get(f"/accounts/{ACCOUNT}/orders/{name}").json()), lambda found: found["status"] == "filled"
    )


def worth(books: dict[str, Any], price: Decimal) -> Decimal:
    """Return what an exchange's own books say that the account is worth."""
    prices = {"USDT": Decimal(1), "BTC": price}
    total = Decimal(0)
    total += sum(prices[a] * (Decimal(b["free"]) + Decimal(b["locked"])) for a, b in books["spot"].items())
    total += sum(Decimal(amount) for amount in books["swap"].values())
    return total + sum(Decimal(p["quantity"]) * price - Decimal(p["entry_cost"]) for p in books["positions"].values())


def test_account_at_two_exchanges_when_it_trades_at_both_then_its_book_is_theirs(
    stack: dict[str, Any], admin: httpx.Client
) -> None:
    exchanges = [ControlClient(stack["exchange_url"]), ControlClient(stack["bybit_url"])]
    price = Decimal(59000)
    try:
        for control in exchanges:
            control.post("price", symbol="BTCUSDT", price=str(price))
        assert submit(admin, SPOT, "buy", price)["filled_quantity"] == "0.01"
        assert submit(admin, SWAP, "sell", price)["filled_quantity"] == "0.01"

        books = [
            next(row for row in control.get("accounts") if row["account"] == ACCOUNT)  # type: ignore[attr-defined]
            for control in exchanges
        ]
        value = sum((worth(book, price) for book in books), Decimal(0))
        # The scheduled reading comes within a minute.
        found = wait_for(
            lambda: dict(admin.get(f"/accounts/{ACCOUNT}").json()),
            lambda found: abs(Decimal(found["equity"]) - value) < Decimal("0.01"),
        )
    finally:
        for control in exchanges:
            control.post("price", symbol="BTCUSDT", price=None)
    assert {row["symbol"]: row["quantity"] for row in found["positions"]} == {SPOT[1]: "0.00999", SWAP[1]: "-0.01"}
    assert [book["positions"] != {} for book in books] == [False, True]
