"""What a venue answers to an order: contradictions are found, what is merely left out is none."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.order import OrderType
from riskgate.core.routing.answers import find_contradiction, find_mismatch
from riskgate.core.venues.model import NewVenueOrder, VenueOrder, VenueOrderRef
from tests.support.builders import BUY, SELL, SPOT, dec

SENT = NewVenueOrder(client_order_id="c1", symbol=SPOT, side=BUY, type=OrderType.LIMIT, quantity=dec(2))


def seen(**changes: Any) -> VenueOrder:
    answered: dict[str, Any] = {
        "client_order_id": "c1",
        "exchange_order_id": "7",
        "symbol": SPOT,
        "side": BUY,
        "type": OrderType.LIMIT,
        "status": OrderStatus.SUBMITTED,
        "quantity": dec(2),
    }
    return VenueOrder(**(answered | changes))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"client_order_id": None}, ""),
        ({"client_order_id": ""}, "client order id  instead of c1"),
        ({"client_order_id": "c2"}, "client order id c2 instead of c1"),
        ({"symbol": "ETH/USDT"}, f"symbol ETH/USDT instead of {SPOT}"),
        ({"side": SELL}, "side sell instead of buy"),
        ({"filled_quantity": dec(2)}, ""),
        ({"filled_quantity": dec("2.001")}, "2.001 filled of 2"),
        ({"filled_quantity": dec("-0.001")}, "-0.001 filled of 2"),
    ],
)
def test_answer_when_it_contradicts_the_order_then_why(changes: dict[str, Any], why: str) -> None:
    ref = VenueOrderRef(client_order_id="c1", symbol=SPOT)
    assert find_mismatch(ref, BUY, seen(**changes)) == why
    assert find_contradiction(SENT, seen(**changes)) == why


@pytest.mark.parametrize("quantity", ["1.999", "2.001"])
def test_answer_when_of_another_quantity_then_a_contradiction_and_no_mismatch(quantity: str) -> None:
    answer = seen(quantity=dec(quantity))
    assert find_contradiction(SENT, answer) == f"quantity {quantity} instead of 2"
    assert find_mismatch(VenueOrderRef(client_order_id="c1", symbol=SPOT), BUY, answer) == ""
