"""Funding payments as the venue lists them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.errors import Transient
from riskgate.core.side import Side
from tests.support.exchange_adapter import SPOT, SWAP, AdapterAtVenue, an_hour_ago, open_adapter, unthrottled
from tests.support.venue import Simulator

INCOME_PATH = "/fapi/v1/income"


@pytest.fixture
def adapter(simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        built = open_adapter(simulator, SWAP)
        yield built
        built.exchange.close()


def pay(adapter: AdapterAtVenue, rate: str) -> None:
    adapter.simulator.control.post("funding", symbol="BTCUSDT", rate=rate)


def wallet(adapter: AdapterAtVenue) -> Decimal:
    (balance,) = [item for item in adapter.exchange.list_balances() if item.asset == "USDT"]
    return balance.total


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_funding_when_paid_and_received_then_listed_as_the_wallet_moved(adapter: AdapterAtVenue, side: Side) -> None:
    adapter.exchange.create_order(adapter.market_order(1, quantity=Decimal("0.2"), side=side))
    before = wallet(adapter)
    pay(adapter, "0.0001")
    pay(adapter, "-0.00037")
    listed = adapter.exchange.list_funding(an_hour_ago())
    assert [(item.symbol, item.asset) for item in listed] == [(adapter.symbol, "USDT")] * 2
    assert [item.amount < 0 for item in listed] == ([True, False] if side is Side.BUY else [False, True])
    assert wallet(adapter) - before == sum(item.amount for item in listed)


def test_funding_when_nothing_is_held_or_on_spot_then_none(adapter: AdapterAtVenue, simulator: Simulator) -> None:
    pay(adapter, "0.0001")
    assert adapter.exchange.list_funding(an_hour_ago()) == ()
    spot: Any = open_adapter(simulator, SPOT).exchange
    assert spot.list_funding(an_hour_ago()) == ()
    spot.close()
    assert len(adapter.sent("GET", INCOME_PATH)) == 1


def test_funding_when_the_venue_does_not_answer_then_an_error_and_no_empty_list(adapter: AdapterAtVenue) -> None:
    adapter.fault("drop_before_accept", "GET", INCOME_PATH, count=None)
    with pytest.raises(Transient):
        adapter.exchange.list_funding(an_hour_ago())
