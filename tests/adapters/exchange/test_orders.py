"""Orders through the adapter: sent, found again, cancelled; spot and swap alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, NotFound, Rejected
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from tests.support.exchange_adapter import BOTH, SPOT, SWAP, AdapterAtVenue, open_adapter, unthrottled
from tests.support.venue import Simulator


@pytest.fixture(params=BOTH)
def adapter(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        built = open_adapter(simulator, request.param)
        yield built
        built.exchange.close()


@pytest.fixture
def swap_desk(simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        built = open_adapter(simulator, SWAP)
        yield built
        built.exchange.close()


def test_limit_order_when_it_rests_then_submitted_and_found_by_client_id(adapter: AdapterAtVenue) -> None:
    placed = adapter.exchange.create_order(adapter.order())
    assert (placed.status, placed.type, placed.side) == (OrderStatus.SUBMITTED, OrderType.LIMIT, Side.BUY)
    assert (placed.quantity, placed.limit_price, placed.filled_quantity) == (Decimal("0.1"), 40000, 0)
    assert placed.client_order_id == adapter.order().client_order_id
    assert adapter.exchange.get_order(adapter.ref()) == placed
    assert adapter.exchange.list_open_orders(adapter.symbol) == (placed,)
    assert adapter.exchange.list_open_orders() == (placed,)
    assert placed.created_at is not None
    assert abs(datetime.now(UTC) - placed.created_at) < timedelta(minutes=1)


def test_market_order_when_it_fills_then_filled_with_average(adapter: AdapterAtVenue) -> None:
    placed = adapter.exchange.create_order(adapter.market_order(quantity=Decimal("0.6")))
    assert (placed.status, placed.filled_quantity, placed.limit_price) == (OrderStatus.FILLED, Decimal("0.6"), None)
    assert placed.average_price is not None
    assert 50005 < placed.average_price < 50010


@pytest.mark.parametrize(
    ("tif", "quantity", "status", "filled"),
    [
        (TimeInForce.IOC, "5", OrderStatus.CANCELLED, True),
        (TimeInForce.FOK, "0.4", OrderStatus.FILLED, True),
        (TimeInForce.GTC, "5", OrderStatus.PARTIALLY_FILLED, True),
    ],
)
def test_time_in_force_when_book_holds_less_then_rest_ends_as_named(
    adapter: AdapterAtVenue, tif: TimeInForce, quantity: str, status: OrderStatus, filled: bool
) -> None:
    order = adapter.order(quantity=Decimal(quantity), limit_price=Decimal(50005), time_in_force=tif)
    placed = adapter.exchange.create_order(order)
    assert (placed.status, placed.filled_quantity > 0, placed.time_in_force) == (status, filled, tif)
    assert adapter.exchange.get_order(adapter.ref()) == placed


def test_fill_or_kill_when_book_holds_less_then_nothing_is_filled(adapter: AdapterAtVenue) -> None:
    order = adapter.order(quantity=Decimal(5), limit_price=Decimal(50005), time_in_force=TimeInForce.FOK)
    if adapter.market_type is SPOT:
        assert adapter.exchange.create_order(order).status is OrderStatus.CANCELLED
    else:
        with pytest.raises(Rejected) as caught:
            adapter.exchange.create_order(order)
        assert caught.value.venue_code == "-5021"
    assert adapter.simulator.trades() == []


def test_post_only_when_it_would_take_then_rejected_and_when_passive_then_rests(adapter: AdapterAtVenue) -> None:
    with pytest.raises(Rejected) as caught:
        adapter.exchange.create_order(adapter.order(limit_price=Decimal(50005), post_only=True))
    assert caught.value.venue_code == ("-2010" if adapter.market_type is SPOT else "-5022")
    assert adapter.simulator.trades() == []
    assert adapter.exchange.create_order(adapter.order(1, post_only=True)).status is OrderStatus.SUBMITTED


def test_stop_order_when_triggered_then_found_as_the_order_it_placed(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.market_order(0, quantity=Decimal("0.2")))
    stop = adapter.order(
        1, side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(45000), reduce_only=True
    )
    placed = adapter.exchange.create_order(stop)
    ref = adapter.ref(1, has_trigger=True)
    assert (placed.status, placed.type, placed.trigger_price) == (OrderStatus.SUBMITTED, OrderType.STOP, 45000)
    assert [order.type for order in adapter.exchange.list_open_orders(adapter.symbol)] == [OrderType.STOP]
    adapter.price("44000")
    found = adapter.exchange.get_order(ref)
    assert found is not None
    assert (found.status, found.filled_quantity, found.type) == (OrderStatus.FILLED, Decimal("0.1"), OrderType.STOP)
    assert (found.trigger_price, found.client_order_id) == (45000, stop.client_order_id)
    assert adapter.exchange.list_open_orders() == ()


def test_stop_limit_when_triggered_then_its_limit_rests_and_is_cancelled_by_the_same_reference(
    adapter: AdapterAtVenue,
) -> None:
    order = adapter.order(type=OrderType.STOP_LIMIT, limit_price=Decimal(50500), trigger_price=Decimal(51000))
    adapter.exchange.create_order(order)
    adapter.price("52000")
    ref = adapter.ref(has_trigger=True)
    resting = adapter.exchange.get_order(ref)
    assert resting is not None
    assert (resting.status, resting.type, resting.limit_price) == (OrderStatus.SUBMITTED, OrderType.STOP_LIMIT, 50500)
    assert adapter.exchange.cancel_order(ref).status is OrderStatus.CANCELLED
    assert adapter.simulator.orders(open=True) == []


def test_stop_order_when_cancelled_before_it_fires_then_cancelled(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(
        adapter.order(side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(45000))
    )
    ref = adapter.ref(has_trigger=True)
    assert adapter.exchange.cancel_order(ref).status is OrderStatus.CANCELLED
    again = adapter.exchange.cancel_order(ref)
    assert (again.status, again.type) == (OrderStatus.CANCELLED, OrderType.STOP)


def test_cancel_when_resting_then_cancelled_and_again_the_same(adapter: AdapterAtVenue) -> None:
    placed = adapter.exchange.create_order(adapter.order())
    cancelled = adapter.exchange.cancel_order(adapter.ref())
    assert (cancelled.status, cancelled.exchange_order_id) == (OrderStatus.CANCELLED, placed.exchange_order_id)
    assert adapter.exchange.cancel_order(adapter.ref()) == cancelled
    assert adapter.exchange.cancel_order(adapter.ref(exchange_order_id=placed.exchange_order_id)) == cancelled


def test_cancel_when_it_filled_before_then_filled(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.market_order())
    assert adapter.exchange.cancel_order(adapter.ref()).status is OrderStatus.FILLED


def test_cancel_when_partly_filled_then_cancelled_with_what_was_filled(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order(quantity=Decimal(1), limit_price=Decimal(50005)))
    cancelled = adapter.exchange.cancel_order(adapter.ref())
    assert (cancelled.status, 0 < cancelled.filled_quantity < 1) == (OrderStatus.CANCELLED, True)


def test_cancel_when_never_sent_then_not_found(adapter: AdapterAtVenue) -> None:
    with pytest.raises(NotFound):
        adapter.exchange.cancel_order(adapter.ref())
    assert adapter.exchange.get_order(adapter.ref()) is None
    assert adapter.exchange.get_order(adapter.ref(has_trigger=True)) is None


def test_duplicate_client_id_when_sent_twice_then_the_original_and_one_order(adapter: AdapterAtVenue) -> None:
    first = adapter.exchange.create_order(adapter.order())
    assert adapter.exchange.create_order(adapter.order(quantity=Decimal("0.2"))) == first
    assert len(adapter.simulator.orders()) == 1


def test_duplicate_trigger_when_sent_twice_then_the_original_and_one_order(adapter: AdapterAtVenue) -> None:
    stop = adapter.order(side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(45000))
    first = adapter.exchange.create_order(stop)
    again = adapter.exchange.create_order(stop)
    assert (again.exchange_order_id, again.status) == (first.exchange_order_id, OrderStatus.SUBMITTED)
    assert len(adapter.exchange.list_open_orders()) == 1


def test_replaced_order_when_sent_under_its_revision_then_both_are_told_apart(adapter: AdapterAtVenue) -> None:
    order_id = "0" * 31 + "1"
    revised = adapter.exchange.client_order_id(order_id, 1)
    adapter.exchange.create_order(adapter.order())
    adapter.exchange.create_order(adapter.order(client_order_id=revised, limit_price=Decimal(41000)))
    assert {order.client_order_id for order in adapter.exchange.list_open_orders()} == {
        revised,
        adapter.exchange.client_order_id(order_id),
    }


@pytest.mark.parametrize("quantity", ["900", "30"])
def test_order_when_unaffordable_then_rejected_with_the_venues_code(adapter: AdapterAtVenue, quantity: str) -> None:
    adapter.simulator.control.post(
        "accounts", account="alice", balances={"spot": {"USDT": "10"}, "swap": {"USDT": "10"}}
    )
    with pytest.raises(Rejected) as caught:
        adapter.exchange.create_order(adapter.order(quantity=Decimal(quantity)))
    assert caught.value.venue_code == ("-2010" if adapter.market_type is SPOT else "-2019")
    assert adapter.simulator.orders() == []


def test_order_when_too_small_then_rejected(adapter: AdapterAtVenue) -> None:
    with pytest.raises(Rejected) as caught:
        adapter.exchange.create_order(adapter.order(quantity=Decimal("0.001"), limit_price=Decimal(1000)))
    assert caught.value.venue_code in {"-1013", "-4164"}


def test_stop_order_when_it_would_fire_at_once_then_rejected(adapter: AdapterAtVenue) -> None:
    with pytest.raises(Rejected):
        adapter.exchange.create_order(
            adapter.order(side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(51000))
        )


def test_reduce_only_when_nothing_is_held_then_rejected_and_when_held_then_reduces(swap_desk: AdapterAtVenue) -> None:
    with pytest.raises(Rejected) as caught:
        swap_desk.exchange.create_order(swap_desk.market_order(0, Side.SELL, reduce_only=True))
    assert caught.value.venue_code == "-2022"
    swap_desk.exchange.create_order(swap_desk.market_order(1))
    closed = swap_desk.exchange.create_order(swap_desk.market_order(2, Side.SELL, reduce_only=True))
    assert (closed.status, closed.reduce_only) == (OrderStatus.FILLED, True)
    assert swap_desk.exchange.list_positions() == ()


def test_good_till_date_when_the_venue_offers_it_then_sent_with_its_end(swap_desk: AdapterAtVenue) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    order = swap_desk.order(time_in_force=TimeInForce.GTD, expires_at=expires_at)
    assert swap_desk.exchange.create_order(order).time_in_force is TimeInForce.GTD
    (request,) = swap_desk.sent("POST")
    assert int(request["params"]["goodTillDate"]) == int(expires_at.timestamp()) * 1000


def test_good_till_date_when_the_venue_lacks_it_then_never_sent(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, SPOT)
        with pytest.raises(InvalidRequest) as caught:
            adapter.exchange.create_order(adapter.order(time_in_force=TimeInForce.GTD, expires_at=datetime.now(UTC)))
    assert caught.value.code == "TIME_IN_FORCE_INVALID"
    assert adapter.sent("POST") == []


def test_market_when_closed_then_rejected(adapter: AdapterAtVenue) -> None:
    adapter.exchange.list_instruments()
    adapter.simulator.control.post("trading", symbol="BTCUSDT", trading=False)
    with pytest.raises(Rejected):
        adapter.exchange.create_order(adapter.order())
