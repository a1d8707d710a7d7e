"""Funding payments as the venue lists them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.errors import Transient
from riskgate.core.side import Side
from tests.support.exchange_adapter import SPOT, SWAP, Desk, an_hour_ago, open_desk, unthrottled
from tests.support.venue import Simulator

INCOME_PATH = "/fapi/v1/income"


@pytest.fixture
def desk(simulator: Simulator) -> Iterator[Desk]:
    with unthrottled():
        built = open_desk(simulator, SWAP)
        yield built
        built.exchange.close()


def pay(desk: Desk, rate: str) -> None:
    desk.simulator.control.post("funding", symbol="BTCUSDT", rate=rate)


def wallet(desk: Desk) -> Decimal:
    (balance,) = [item for item in desk.exchange.list_balances() if item.asset == "USDT"]
    return balance.total


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_funding_when_paid_and_received_then_listed_as_the_wallet_moved(desk: Desk, side: Side) -> None:
    desk.exchange.create_order(desk.market_order(1, quantity=Decimal("0.2"), side=side))
    before = wallet(desk)
    pay(desk, "0.0001")
    pay(desk, "-0.00037")
    listed = desk.exchange.list_funding(an_hour_ago())
    assert [(item.symbol, item.asset) for item in listed] == [(desk.symbol, "USDT")] * 2
    assert [item.amount < 0 for item in listed] == ([True, False] if side is Side.BUY else [False, True])
    assert wallet(desk) - before == sum(item.amount for item in listed)


def test_funding_when_nothing_is_held_or_on_spot_then_none(desk: Desk, simulator: Simulator) -> None:
    pay(desk, "0.0001")
    assert desk.exchange.list_funding(an_hour_ago()) == ()
    spot: Any = open_desk(simulator, SPOT).exchange
    assert spot.list_funding(an_hour_ago()) == ()
    spot.close()
    assert len(desk.sent("GET", INCOME_PATH)) == 1


def test_funding_when_the_venue_does_not_answer_then_an_error_and_no_empty_list(desk: Desk) -> None:
    desk.fault("drop_before_accept", "GET", INCOME_PATH, count=None)
    with pytest.raises(Transient):
        desk.exchange.list_funding(an_hour_ago())
