"""What a fill closed: of whom, how much, and whether its stop was hit."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.order import OrderType
from riskgate.core.orders.closed_trades import closed_trade
from riskgate.core.side import Side
from tests.support.builders import BUY, NOW, SELL, SWAP, build_fill, build_order, build_position, dec


def closes(held: str, side: Side, price: str = "100", **changes: Any) -> Any:
    kind = changes.pop("type", OrderType.LIMIT)
    realized = changes.pop("realized", "5")
    position = build_position(held, SWAP, **changes)
    fill = build_fill(build_order(3, symbol=SWAP, side=side, type=kind), 3, price)
    return closed_trade(position, fill, dec(realized), dec("0.5"))


@pytest.mark.parametrize(("held", "side"), [("10", BUY), ("-10", SELL)])
def test_fill_when_it_adds_then_nothing_closed(held: str, side: Side) -> None:
    assert closes(held, side) is None
    assert closed_trade(None, build_fill(build_order(), 1), dec(0), dec(1)) is None


@pytest.mark.parametrize(("held", "side", "was"), [("10", SELL, BUY), ("-10", BUY, SELL)])
def test_fill_when_it_closes_then_what_and_how_much(held: str, side: Side, was: Side) -> None:
    trade = closes(held, side, strategy="grid", average_price=dec(80))
    assert (trade.side, trade.strategy, trade.realized_pnl, trade.key) == (was, "grid", 5, build_position(1, SWAP).key)
    assert (trade.client_order_id, trade.at) == ("o1", NOW)
    assert trade.notional == 80 * 3 * dec("0.5")
    assert closes("2" if was is BUY else "-2", side, average_price=dec(80)).notional == 80 * 2 * dec("0.5")


@pytest.mark.parametrize(
    ("held", "side", "price", "stopped"),
    [
        ("10", SELL, "89.99", True),
        ("10", SELL, "90", True),
        ("10", SELL, "90.01", False),
        ("-10", BUY, "90.01", True),
        ("-10", BUY, "90", True),
        ("-10", BUY, "89.99", False),
    ],
)
def test_fill_when_at_the_stop_or_beyond_then_stopped(held: str, side: Side, price: str, stopped: bool) -> None:
    assert closes(held, side, price, stop_loss_price=dec(90)).stopped is stopped
    assert closes(held, side, price).stopped is False


@pytest.mark.parametrize("kind", [OrderType.STOP, OrderType.STOP_LIMIT])
@pytest.mark.parametrize(("realized", "stopped"), [("-0.01", True), ("0", False), ("1", False)])
def test_fill_when_of_a_stop_order_then_stopped_where_it_lost(kind: OrderType, realized: str, stopped: bool) -> None:
    assert closes("10", SELL, type=kind, realized=realized).stopped is stopped
    assert closes("10", SELL, realized=realized).stopped is False
