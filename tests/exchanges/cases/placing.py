"""Orders: placed, amended, cancelled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import (
    GatewayError,
    NotFound,
)
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from tests.exchanges.cases.registry import call
from tests.exchanges.desk import NOW, Desk
from tests.exchanges.wire import SWAP

D = Decimal


def _placed(desk: Desk, **terms: object) -> None:
    """Require one order at the venue with these terms, by one request that changes anything."""
    (order,) = desk.venue.book.orders
    assert {name: getattr(order, name) for name in terms} == terms
    assert order.client_id == desk.client_id(0)
    assert len(desk.venue.writes()) == 1
    assert desk.venue.list_marks() == set()


@call("limit order that rests", "trade")
def place_limit(desk: Desk) -> None:
    seen = desk.exchange.create_order(desk.order())
    _placed(desk, side="buy", type="limit", quantity=desk.lots(3), price=D(40_000), trigger=None, tif="GTC",
            reduce_only=False, post_only=False)  # fmt: skip
    assert (seen.client_order_id, seen.status, seen.quantity) == (
        desk.client_id(0),
        OrderStatus.SUBMITTED,
        desk.lots(3),
    )
    assert seen.exchange_order_id == desk.venue.id_of(desk.venue.book.orders[0])


@call("buy at market", "trade", deniable=True)
def place_market_buy(desk: Desk) -> None:
    desk.exchange.create_order(desk.market_order())
    _placed(desk, side="buy", type="market", quantity=desk.lots(3))
    desk.agree(desk.exchange.get_order(desk.ref()), desk.venue.book.orders[0])


@call("sell at market", "trade")
def place_market_sell(desk: Desk) -> None:
    desk.exchange.create_order(desk.market_order(side=Side.SELL))
    _placed(desk, side="sell", type="market", quantity=desk.lots(3))
    desk.agree(desk.exchange.get_order(desk.ref()), desk.venue.book.orders[0])


@call("stop order: waits, found, cancelled", "stops")
def place_stop(desk: Desk) -> None:
    reduce = desk.kind.market_type is SWAP
    desk.exchange.create_order(desk.stop(reduce_only=reduce))
    _placed(desk, side="sell", type="market", quantity=desk.lots(3), trigger=D(45_000), reduce_only=reduce)
    ref = desk.ref(has_trigger=True)
    seen = desk.exchange.get_order(ref)
    desk.agree(seen, desk.venue.book.orders[0])
    assert seen is not None
    assert (seen.type, seen.trigger_price) == (OrderType.STOP, D(45_000))
    (listed,) = desk.exchange.list_open_orders()
    assert (listed.type, listed.trigger_price) == (OrderType.STOP, D(45_000))
    assert desk.exchange.cancel_order(ref).status is OrderStatus.CANCELLED
    assert not desk.venue.book.orders[0].rests


@call("a stop that has fired is followed to what it placed", "stops")
def stop_fired(desk: Desk) -> None:
    desk.exchange.create_order(desk.stop(reduce_only=desk.kind.market_type is SWAP))
    (stop,) = desk.venue.book.orders
    desk.venue.fire(stop)
    seen = desk.exchange.get_order(desk.ref(has_trigger=True, exchange_order_id=desk.venue.id_of(stop)))
    assert seen is not None
    assert (seen.status, seen.filled_quantity, seen.type) == (OrderStatus.FILLED, desk.lots(3), OrderType.STOP)


@call("stop that places a limit", "stops")
def place_stop_limit(desk: Desk) -> None:
    desk.exchange.create_order(desk.stop(type=OrderType.STOP_LIMIT, limit_price=D(44_000)))
    _placed(desk, side="sell", type="limit", price=D(44_000), trigger=D(45_000))
    seen = desk.exchange.get_order(desk.ref(has_trigger=True))
    assert seen is not None
    assert (seen.type, seen.trigger_price, seen.limit_price) == (OrderType.STOP_LIMIT, D(45_000), D(44_000))


@call("post-only")
def flag_post_only(desk: Desk) -> None:
    desk.exchange.create_order(desk.order(post_only=True))
    _placed(desk, post_only=True, price=D(40_000))


@call("reduce-only", "trade", spot=False)
def flag_reduce_only(desk: Desk) -> None:
    desk.exchange.create_order(desk.market_order(side=Side.SELL, reduce_only=True))
    _placed(desk, reduce_only=True, side="sell")


def _at_once(desk: Desk, tif: TimeInForce) -> None:
    desk.exchange.create_order(desk.order(time_in_force=tif))
    _placed(desk, tif=tif.value, status="cancelled")
    seen = desk.exchange.get_order(desk.ref())
    assert seen is not None
    assert (seen.status, seen.filled_quantity) == (OrderStatus.CANCELLED, 0)


@call("immediate or cancel")
def flag_ioc(desk: Desk) -> None:
    _at_once(desk, TimeInForce.IOC)


@call("fill or kill")
def flag_fok(desk: Desk) -> None:
    _at_once(desk, TimeInForce.FOK)


@call("good till a date")
def flag_gtd(desk: Desk) -> None:
    ends = NOW + timedelta(hours=1)
    desk.exchange.create_order(desk.order(time_in_force=TimeInForce.GTD, expires_at=ends))
    _placed(desk, tif="GTD", expires_ms=int(ends.timestamp()) * 1000)


@call("amend: the replacement has an id of its own, both are found", "trade")
def amend(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.exchange.cancel_order(desk.ref())
    revised = desk.exchange.client_order_id(f"{1:032x}", 1)
    desk.exchange.create_order(desk.order(client_order_id=revised, limit_price=D(41_000)))
    first, second = desk.venue.book.orders
    desk.agree(desk.exchange.get_order(desk.ref()), first)
    desk.agree(desk.exchange.get_order(desk.ref(client_order_id=revised)), second)
    assert (first.status, second.status) == ("cancelled", "open")


@call("cancel: resting, again, filled before, not there", "trade")
def cancel(desk: Desk) -> None:
    book = desk.venue.book
    placed = desk.exchange.create_order(desk.order(0))
    assert desk.exchange.cancel_order(desk.ref(0)).status is OrderStatus.CANCELLED
    again = desk.exchange.cancel_order(desk.ref(0, exchange_order_id=placed.exchange_order_id))
    assert (again.status, book.orders[0].status) == (OrderStatus.CANCELLED, "cancelled")
    placed = desk.exchange.create_order(desk.order(1))
    book.fill(book.orders[1], desk.lots(1))
    half = desk.exchange.cancel_order(desk.ref(1, exchange_order_id=placed.exchange_order_id))
    assert (half.status, half.filled_quantity) == (OrderStatus.CANCELLED, desk.lots(1))
    placed = desk.exchange.create_order(desk.order(2))
    book.fill(book.orders[2], desk.lots(3))
    assert (
        desk.exchange.cancel_order(desk.ref(2, exchange_order_id=placed.exchange_order_id)).status is OrderStatus.FILLED
    )
    with pytest.raises((NotFound, GatewayError)):
        desk.exchange.cancel_order(desk.ref(9))


@call("cancel all: what rests is listed, each is cancelled", "trade")
def cancel_all(desk: Desk) -> None:
    for number in range(3):
        desk.exchange.create_order(desk.order(number))
    for seen in desk.exchange.list_open_orders():
        ref = desk.ref(client_order_id=seen.client_order_id, exchange_order_id=seen.exchange_order_id)
        desk.exchange.cancel_order(ref)
    assert [order.status for order in desk.venue.book.orders] == ["cancelled"] * 3
