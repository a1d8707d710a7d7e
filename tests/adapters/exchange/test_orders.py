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
from tests.support.exchange_adapter import BOTH, SPOT, SWAP, Desk, open_desk, unthrottled
from tests.support.venue import Simulator


@pytest.fixture(params=BOTH)
def desk(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Desk]:
    with unthrottled():
        built = open_desk(simulator, request.param)
        yield built
        built.exchange.close()


@pytest.fixture
def swap_desk(simulator: Simulator) -> Iterator[Desk]:
    with unthrottled():
        built = open_desk(simulator, SWAP)
        yield built
        built.exchange.close()


def test_limit_order_when_it_rests_then_submitted_and_found_by_client_id(desk: Desk) -> None:
    placed = desk.exchange.create_order(desk.order())
    assert (placed.status, placed.type, placed.side) == (OrderStatus.SUBMITTED, OrderType.LIMIT, Side.BUY)
    assert (placed.quantity, placed.limit_price, placed.filled_quantity) == (Decimal("0.1"), 40000, 0)
    assert placed.client_order_id == desk.order().client_order_id
    assert desk.exchange.get_order(desk.ref()) == placed
    assert desk.exchange.list_open_orders(desk.symbol) == (placed,)
    assert desk.exchange.list_open_orders() == (placed,)
    assert placed.created_at is not None
    assert abs(datetime.now(UTC) - placed.created_at) < timedelta(minutes=1)


def test_market_order_when_it_fills_then_filled_with_average(desk: Desk) -> None:
    placed = desk.exchange.create_order(desk.market_order(quantity=Decimal("0.6")))
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
    desk: Desk, tif: TimeInForce, quantity: str, status: OrderStatus, filled: bool
) -> None:
    order = desk.order(quantity=Decimal(quantity), limit_price=Decimal(50005), time_in_force=tif)
    placed = desk.exchange.create_order(order)
    assert (placed.status, placed.filled_quantity > 0, placed.time_in_force) == (status, filled, tif)
    assert desk.exchange.get_order(desk.ref()) == placed


def test_fill_or_kill_when_book_holds_less_then_nothing_is_filled(desk: Desk) -> None:
    order = desk.order(quantity=Decimal(5), limit_price=Decimal(50005), time_in_force=TimeInForce.FOK)
    if desk.market_type is SPOT:
        assert desk.exchange.create_order(order).status is OrderStatus.CANCELLED
    else:
        with pytest.raises(Rejected) as caught:
            desk.exchange.create_order(order)
        assert caught.value.venue_code == "-5021"
    assert desk.simulator.trades() == []


def test_post_only_when_it_would_take_then_rejected_and_when_passive_then_rests(desk: Desk) -> None:
    with pytest.raises(Rejected) as caught:
        desk.exchange.create_order(desk.order(limit_price=Decimal(50005), post_only=True))
    assert caught.value.venue_code == ("-2010" if desk.market_type is SPOT else "-5022")
    assert desk.simulator.trades() == []
    assert desk.exchange.create_order(desk.order(1, post_only=True)).status is OrderStatus.SUBMITTED


def test_stop_order_when_triggered_then_found_as_the_order_it_placed(desk: Desk) -> None:
    desk.exchange.create_order(desk.market_order(0, quantity=Decimal("0.2")))
    stop = desk.order(
        1, side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(45000), reduce_only=True
    )
    placed = desk.exchange.create_order(stop)
    ref = desk.ref(1, has_trigger=True)
    assert (placed.status, placed.type, placed.trigger_price) == (OrderStatus.SUBMITTED, OrderType.STOP, 45000)
    assert [order.type for order in desk.exchange.list_open_orders(desk.symbol)] == [OrderType.STOP]
    desk.price("44000")
    found = desk.exchange.get_order(ref)
    assert found is not None
    assert (found.status, found.filled_quantity, found.type) == (OrderStatus.FILLED, Decimal("0.1"), OrderType.STOP)
    assert (found.trigger_price, found.client_order_id) == (45000, stop.client_order_id)
    assert desk.exchange.list_open_orders() == ()


def test_stop_limit_when_triggered_then_its_limit_rests_and_is_cancelled_by_the_same_reference(desk: Desk) -> None:
    order = desk.order(type=OrderType.STOP_LIMIT, limit_price=Decimal(50500), trigger_price=Decimal(51000))
    desk.exchange.create_order(order)
    desk.price("52000")
    ref = desk.ref(has_trigger=True)
    resting = desk.exchange.get_order(ref)
    assert resting is not None
    assert (resting.status, resting.type, resting.limit_price) == (OrderStatus.SUBMITTED, OrderType.STOP_LIMIT, 50500)
    assert desk.exchange.cancel_order(ref).status is OrderStatus.CANCELLED
    assert desk.simulator.orders(open=True) == []


def test_stop_order_when_cancelled_before_it_fires_then_cancelled(desk: Desk) -> None:
    desk.exchange.create_order(
        desk.order(side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(45000))
    )
    ref = desk.ref(has_trigger=True)
    assert desk.exchange.cancel_order(ref).status is OrderStatus.CANCELLED
    again = desk.exchange.cancel_order(ref)
    assert (again.status, again.type) == (OrderStatus.CANCELLED, OrderType.STOP)


def test_cancel_when_resting_then_cancelled_and_again_the_same(desk: Desk) -> None:
    placed = desk.exchange.create_order(desk.order())
    cancelled = desk.exchange.cancel_order(desk.ref())
    assert (cancelled.status, cancelled.exchange_order_id) == (OrderStatus.CANCELLED, placed.exchange_order_id)
    assert desk.exchange.cancel_order(desk.ref()) == cancelled
    assert desk.exchange.cancel_order(desk.ref(exchange_order_id=placed.exchange_order_id)) == cancelled


def test_cancel_when_it_filled_before_then_filled(desk: Desk) -> None:
    desk.exchange.create_order(desk.market_order())
    assert desk.exchange.cancel_order(desk.ref()).status is OrderStatus.FILLED


def test_cancel_when_partly_filled_then_cancelled_with_what_was_filled(desk: Desk) -> None:
    desk.exchange.create_order(desk.order(quantity=Decimal(1), limit_price=Decimal(50005)))
    cancelled = desk.exchange.cancel_order(desk.ref())
    assert (cancelled.status, 0 < cancelled.filled_quantity < 1) == (OrderStatus.CANCELLED, True)


def test_cancel_when_never_sent_then_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.exchange.cancel_order(desk.ref())
    assert desk.exchange.get_order(desk.ref()) is None
    assert desk.exchange.get_order(desk.ref(has_trigger=True)) is None


def test_duplicate_client_id_when_sent_twice_then_the_original_and_one_order(desk: Desk) -> None:
    first = desk.exchange.create_order(desk.order())
    assert desk.exchange.create_order(desk.order(quantity=Decimal("0.2"))) == first
    assert len(desk.simulator.orders()) == 1


def test_duplicate_trigger_when_sent_twice_then_the_original_and_one_order(desk: Desk) -> None:
    stop = desk.order(side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(45000))
    first = desk.exchange.create_order(stop)
    again = desk.exchange.create_order(stop)
    assert (again.exchange_order_id, again.status) == (first.exchange_order_id, OrderStatus.SUBMITTED)
    assert len(desk.exchange.list_open_orders()) == 1


def test_replaced_order_when_sent_under_its_revision_then_both_are_told_apart(desk: Desk) -> None:
    order_id = "0" * 31 + "1"
    revised = desk.exchange.client_order_id(order_id, 1)
    desk.exchange.create_order(desk.order())
    desk.exchange.create_order(desk.order(client_order_id=revised, limit_price=Decimal(41000)))
    assert {order.client_order_id for order in desk.exchange.list_open_orders()} == {
        revised,
        desk.exchange.client_order_id(order_id),
    }


@pytest.mark.parametrize("quantity", ["900", "30"])
def test_order_when_unaffordable_then_rejected_with_the_venues_code(desk: Desk, quantity: str) -> None:
    desk.simulator.control.post("accounts", account="alice", balances={"spot": {"USDT": "10"}, "swap": {"USDT": "10"}})
    with pytest.raises(Rejected) as caught:
        desk.exchange.create_order(desk.order(quantity=Decimal(quantity)))
    assert caught.value.venue_code == ("-2010" if desk.market_type is SPOT else "-2019")
    assert desk.simulator.orders() == []


def test_order_when_too_small_then_rejected(desk: Desk) -> None:
    with pytest.raises(Rejected) as caught:
        desk.exchange.create_order(desk.order(quantity=Decimal("0.001"), limit_price=Decimal(1000)))
    assert caught.value.venue_code in {"-1013", "-4164"}


def test_stop_order_when_it_would_fire_at_once_then_rejected(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.exchange.create_order(
            desk.order(side=Side.SELL, type=OrderType.STOP, limit_price=None, trigger_price=Decimal(51000))
        )


def test_reduce_only_when_nothing_is_held_then_rejected_and_when_held_then_reduces(swap_desk: Desk) -> None:
    with pytest.raises(Rejected) as caught:
        swap_desk.exchange.create_order(swap_desk.market_order(0, Side.SELL, reduce_only=True))
    assert caught.value.venue_code == "-2022"
    swap_desk.exchange.create_order(swap_desk.market_order(1))
    closed = swap_desk.exchange.create_order(swap_desk.market_order(2, Side.SELL, reduce_only=True))
    assert (closed.status, closed.reduce_only) == (OrderStatus.FILLED, True)
    assert swap_desk.exchange.list_positions() == ()


def test_good_till_date_when_the_venue_offers_it_then_sent_with_its_end(swap_desk: Desk) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    order = swap_desk.order(time_in_force=TimeInForce.GTD, expires_at=expires_at)
    assert swap_desk.exchange.create_order(order).time_in_force is TimeInForce.GTD
    (request,) = swap_desk.sent("POST")
    assert int(request["params"]["goodTillDate"]) == int(expires_at.timestamp()) * 1000


def test_good_till_date_when_the_venue_lacks_it_then_never_sent(simulator: Simulator) -> None:
    with unthrottled():
        desk = open_desk(simulator, SPOT)
        with pytest.raises(InvalidRequest) as caught:
            desk.exchange.create_order(desk.order(time_in_force=TimeInForce.GTD, expires_at=datetime.now(UTC)))
    assert caught.value.code == "TIME_IN_FORCE_INVALID"
    assert desk.sent("POST") == []


def test_market_when_closed_then_rejected(desk: Desk) -> None:
    desk.exchange.list_instruments()
    desk.simulator.control.post("trading", symbol="BTCUSDT", trading=False)
    with pytest.raises(Rejected):
        desk.exchange.create_order(desk.order())
