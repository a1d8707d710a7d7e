"""What the market offers: the bounds of orders at market, and what a quote says where a side is missing."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.instrument import MarketType, QuantityUnit, unit_of, unit_of_symbol
from riskgate.core.side import Side
from tests.support.builders import BUY, SELL, SPOT, SWAP, build_instrument, build_quote, dec


def test_quantity_when_of_a_swap_then_contracts_and_of_spot_base_units() -> None:
    assert [unit_of(kind) for kind in (MarketType.SPOT, MarketType.SWAP)] == [QuantityUnit.BASE, QuantityUnit.CONTRACTS]
    assert [unit_of_symbol(symbol) for symbol in (SPOT, SWAP)] == [QuantityUnit.BASE, QuantityUnit.CONTRACTS]


@pytest.mark.parametrize(
    ("rules", "least", "most", "step"),
    [
        ({}, None, None, "0.001"),
        ({"quantity_min": dec(1), "quantity_max": dec(9)}, "1", "9", "0.001"),
        ({"market_quantity_min": dec(2), "market_quantity_max": dec(8)}, "2", "8", "0.001"),
        (
            {
                "quantity_min": dec(1),
                "market_quantity_min": dec(2),
                "quantity_max": dec(9),
                "market_quantity_max": dec(8),
                "market_step_size": dec("0.1"),
            },
            "2",
            "8",
            "0.1",
        ),
        ({"market_step_size": dec("0.0001")}, None, None, "0.001"),
    ],
)
def test_order_at_market_when_both_kinds_of_bounds_are_known_then_the_tighter(
    rules: dict[str, Any], least: str | None, most: str | None, step: str
) -> None:
    instrument = build_instrument(**rules)
    assert instrument.market_order_min == (None if least is None else dec(least))
    assert instrument.market_order_max == (None if most is None else dec(most))
    assert instrument.market_order_step == dec(step)


@pytest.mark.parametrize(
    ("bid", "ask", "last", "reference"),
    [("99", "102", "90", "100.5"), (None, "102", "90", "90"), ("99", None, "90", "90"), ("99", None, None, None)],
)
def test_quote_when_a_side_is_missing_then_the_last_trade_tells(
    bid: str | None, ask: str | None, last: str | None, reference: str | None
) -> None:
    prices = [None if price is None else dec(price) for price in (bid, ask, last)]
    quote = build_quote(bid=prices[0], ask=prices[1], last=prices[2])
    assert quote.reference == (None if reference is None else dec(reference))


@pytest.mark.parametrize(("side", "price", "quantity"), [(BUY, 101, 3), (SELL, 99, 2)])
def test_taker_when_buying_then_meets_the_ask_and_when_selling_the_bid(side: Side, price: int, quantity: int) -> None:
    quote = build_quote(bid=dec(99), ask=dec(101), bid_quantity=dec(2), ask_quantity=dec(3))
    assert (quote.touch(side), quote.touch_quantity(side)) == (price, quantity)
