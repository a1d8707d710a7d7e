"""The orders of a period, finished ones too, against the simulator's own books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, Transient
from riskgate.core.instrument import MarketType
from tests.support.exchange_adapter import BOTH, SPOT, SWAP, AdapterAtVenue, an_hour_ago, open_adapter, unthrottled
from tests.support.venue import ACCOUNT, Simulator, order_of, place

HISTORY_PATH = {SPOT: "/api/v3/allOrders", SWAP: "/fapi/v1/allOrders"}


@pytest.fixture(params=BOTH)
def adapter(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        built = open_adapter(simulator, request.param)
        yield built
        built.exchange.close()


def test_orders_when_listed_then_resting_filled_and_cancelled_ones_as_they_are(adapter: AdapterAtVenue) -> None:
    resting = adapter.exchange.create_order(adapter.order(0))
    filled = adapter.exchange.create_order(adapter.market_order(1, quantity=Decimal("0.2")))
    cancelled = adapter.exchange.create_order(adapter.order(2))
    adapter.exchange.cancel_order(adapter.ref(2))
    found = {order.exchange_order_id: order for order in adapter.exchange.list_orders(adapter.symbol, an_hour_ago())}
    assert {key: order.status for key, order in found.items()} == {
        resting.exchange_order_id: OrderStatus.SUBMITTED,
        filled.exchange_order_id: OrderStatus.FILLED,
        cancelled.exchange_order_id: OrderStatus.CANCELLED,
    }
    assert found[filled.exchange_order_id].filled_quantity == Decimal("0.2")
    assert found[filled.exchange_order_id].client_order_id == adapter.ref(1).client_order_id


def test_orders_when_there_are_more_than_a_page_then_all_of_them(adapter: AdapterAtVenue) -> None:
    venue = adapter.simulator.gateway.venue
    market = "spot" if adapter.market_type is MarketType.SPOT else "swap"
    for _ in range(1_050):
        place(venue, order_of(venue, ACCOUNT, "BUY", "0.004", "30000", market=market))
    found = adapter.exchange.list_orders(adapter.symbol, an_hour_ago())
    assert {order.exchange_order_id for order in found} == {str(o["order_id"]) for o in adapter.simulator.orders()}
    assert len(found) == 1_050


def test_lists_when_the_venue_cuts_them_shorter_than_it_says_then_complete_all_the_same(
    adapter: AdapterAtVenue,
) -> None:
    for number in range(12):
        adapter.exchange.create_order(adapter.market_order(number, quantity=Decimal("0.01")))
    adapter.fault("cut_listing", "GET", "*", count=None, rows=3)
    orders = adapter.exchange.list_orders(adapter.symbol, an_hour_ago())
    trades = adapter.exchange.list_trades(adapter.symbol, an_hour_ago(), thorough=True)
    assert {order.exchange_order_id for order in orders} == {str(o["order_id"]) for o in adapter.simulator.orders()}
    assert len(orders) == 12
    assert {trade.exchange_order_id for trade in trades} == {order.exchange_order_id for order in orders}


def test_orders_when_days_are_asked_for_then_read_in_periods_the_venue_allows(adapter: AdapterAtVenue) -> None:
    placed = adapter.exchange.create_order(adapter.order(0))
    found = adapter.exchange.list_orders(adapter.symbol, datetime.now(UTC) - timedelta(days=9))
    assert [order.exchange_order_id for order in found] == [placed.exchange_order_id]
    assert len(adapter.sent("GET", HISTORY_PATH[adapter.market_type])) >= 2


def test_orders_when_no_market_is_named_then_of_all_markets_or_refused(adapter: AdapterAtVenue) -> None:
    placed = adapter.exchange.create_order(adapter.order(0))
    if adapter.market_type is SPOT:
        with pytest.raises(InvalidRequest) as refusal:
            adapter.exchange.list_orders(None, an_hour_ago())
        assert refusal.value.code == "SYMBOL_REQUIRED"
    else:
        found = adapter.exchange.list_orders(None, an_hour_ago())
        assert [order.exchange_order_id for order in found] == [placed.exchange_order_id]


def test_orders_when_the_venue_does_not_answer_then_an_error_and_no_empty_list(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order(0))
    adapter.fault("drop_before_accept", "GET", HISTORY_PATH[adapter.market_type], count=None)
    with pytest.raises(Transient):
        adapter.exchange.list_orders(adapter.symbol, an_hour_ago())
