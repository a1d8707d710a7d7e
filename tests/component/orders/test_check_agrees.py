"""`orders/check` never says otherwise than `orders`: the same order, asked for both ways at the same instant."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, ETH, SOL, Gateway

STEPS = 40
PRICES = {BTC: 50000, ETH: 3000, SOL: 100, BTC_SWAP: 50000}
#: What a decision has and a look at it has not: its place in the log, and what it makes.
OWN = ("audit_sequence", "state_version", "order_id", "permit", "reservation_expires_at")
LIMITS: tuple[dict[str, Any], ...] = (
    {"correlation_max": None},
    {"order_notional_fraction_max": "0.3", "correlation_max": None, "stop_loss_required": True},
    {"daily_trades_max": 5, "open_positions_max": 2},
    {
        "position_size_fraction_max": "0.5",
        "asset_fraction_max": "0.5",
        "correlation_max": None,
        "open_risk_fraction_max": None,
    },
)


def draw(dice: random.Random, gateway: Gateway) -> dict[str, Any]:
    """Draw an order of any kind, possible or not."""
    symbol = dice.choice([BTC, BTC, ETH, SOL, BTC_SWAP])
    price = (Decimal(PRICES[symbol]) * Decimal(dice.choice(["1", "1", "1", "0.99", "1.01", "0.9", "1.2"]))).quantize(
        Decimal("0.1")
    )
    size = Decimal(dice.choice([1, 10, 100, 100, 1000, 1000, 4000, 9000, 30000, 900000])) / PRICES[symbol]
    kind = dice.choice(["limit", "limit", "limit", "market", "market", "stop", "stop_limit"])
    side = dice.choice(["buy", "buy", "sell"])
    order: dict[str, Any] = gateway.order(
        symbol=symbol,
        side=side,
        type=kind,
        quantity=str(size.quantize(Decimal(dice.choice(["0.00001", "0.0001", "0.0001", "0.01"])))),
        price=str(price) if kind in {"limit", "stop_limit"} else None,
        trigger_price=str(price) if kind.startswith("stop") else None,
        stop_loss_price=str(price * Decimal("0.97" if side == "buy" else "1.03")) if dice.random() < 0.7 else None,
        strategy=dice.choice(["trend", "swing", "nobody"]),
        reduce_only=True if dice.random() < 0.15 else None,
        time_in_force=dice.choice([None, None, "GTC", "IOC"]),
    )
    if kind == "market" and dice.random() < 0.4:
        order["quote_quantity"] = str(Decimal(order.pop("quantity")) * PRICES[symbol])
    return order


def shared(body: dict[str, Any]) -> dict[str, Any]:
    """Return what check and decision have in common."""
    left_out = {*OWN, "max_quantity", "quantity_unit", "binding_check", "type", "title", "status", "detail", "instance"}
    return {name: value for name, value in body.items() if name not in left_out}


@pytest.mark.parametrize("seed", range(4))
def test_check_when_the_order_is_sent_at_the_same_instant_then_the_same_decision(gateway: Gateway, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 a drawn history is no secret
    # Nobody reads this account anew, and the clock goes on.
    assert gateway.limits(**LIMITS[seed], state_max_age_seconds=86400).status == 200
    said: dict[str, int] = {}
    for _ in range(STEPS):
        gateway.advance(seconds=dice.choice([1, 3, 20, 70]))
        if dice.random() < 0.9:
            gateway.refresh_quotes()
        order = draw(dice, gateway)
        checked = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/check", order)
        sent = gateway.submit(order)
        if checked.status == 400:
            assert (sent.status, sent.code) == (400, checked.code)
            continue
        assert checked.status == 200, checked.text
        assert sent.status in {201, 422}, sent.text
        assert shared(sent.body) == shared(checked.body)
        said[sent.body["decision"]] = said.get(sent.body["decision"], 0) + 1
        if sent.status == 201 and dice.random() < 0.6:
            quantity = sent.body.get("quantity") or order.get("quantity")
            gateway.fill(order["client_order_id"], str(quantity), str(PRICES[order["symbol"]]))
    assert min(said.get("approved", 0), said.get("denied", 0)) > 1, said


@pytest.mark.parametrize("seed", range(3))
def test_check_when_it_names_the_largest_quantity_then_that_passes_and_a_step_more_does_not(
    gateway: Gateway, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    assert gateway.limits(**LIMITS[seed]).status == 200
    tried = 0
    for symbol, step in ((BTC, "0.00001"), (ETH, "0.0001"), (SOL, "0.01"), (BTC, "0.00001")):
        gateway.advance(seconds=61)
        gateway.refresh_quotes()
        price = str(PRICES[symbol])
        terms = {"symbol": symbol, "price": price, "stop_loss_price": str(Decimal(price) * Decimal("0.97"))}
        checked = gateway.check(**terms, quantity=step)
        largest = Decimal(checked.body["max_quantity"])
        if not largest:
            continue
        tried += 1
        more = gateway.check(**terms, quantity=str(largest + Decimal(step)))
        assert more.body["decision"] == "denied"
        assert checked.body["binding_check"] in {row["code"] for row in more.body["violations"]}
        assert gateway.submit(**terms, quantity=str(largest)).status == 201
        dice.random()
    assert tried
