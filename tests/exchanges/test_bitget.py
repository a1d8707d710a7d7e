"""What only Bitget does: lists of what people placed by hand, answers without an id, accounts whose money is counted otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import OutcomeUnknown, VenueAccessDenied, VenueAnswerInvalid
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.exchanges.book import Position, Wallet
from tests.exchanges.cases.registry import HOUR_AGO
from tests.exchanges.desk import Desk, venue_time
from tests.exchanges.server import VenueServer
from tests.exchanges.venues.bitget import BitgetSpot
from tests.exchanges.venues.bitget_futures import BitgetLinear
from tests.exchanges.wire import Reply

D = Decimal


@pytest.fixture
def server() -> Iterator[VenueServer]:
    started = VenueServer()
    with venue_time():
        yield started
    started.close()


@pytest.fixture
def futures(server: VenueServer) -> Iterator[tuple[Desk, BitgetLinear]]:
    desk = Desk(server, BitgetLinear)
    venue = desk.venue
    assert isinstance(venue, BitgetLinear)
    yield desk, venue
    desk.exchange.close()


def test_open_orders_when_people_placed_a_stop_loss_then_it_is_listed(futures: tuple[Desk, BitgetLinear]) -> None:
    desk, venue = futures
    order = venue.book.place("", desk.symbol, "sell", desk.lots(3), type="market", trigger=D(45_000), reduce_only=True)
    venue.book.orders.clear()
    # A stop of the whole position has no quantity.
    venue.by_hand["profit_loss"] = [venue.plan_row(order) | {"planType": "pos_loss", "size": ""}]
    (seen,) = desk.exchange.list_open_orders()
    assert (seen.exchange_order_id, seen.type, seen.trigger_price) == (venue.id_of(order), OrderType.STOP, D(45_000))


def test_cancel_when_a_stop_has_fired_then_what_it_placed_is_cancelled(futures: tuple[Desk, BitgetLinear]) -> None:
    desk, venue = futures
    placed = desk.exchange.create_order(desk.stop(type=OrderType.STOP_LIMIT, limit_price=D(60_000)))
    (stop,) = venue.book.orders
    child = venue.book.place("auto", desk.symbol, "sell", desk.lots(3), type="limit", price=D(60_000))
    stop.status, venue.placed_by[venue.id_of(stop)] = "fired", venue.id_of(child)
    # Bitget answers such a cancel with success, and names the failure inside.
    ended = desk.exchange.cancel_order(desk.ref(has_trigger=True, exchange_order_id=placed.exchange_order_id))
    assert (ended.status, child.status) == (OrderStatus.CANCELLED, "cancelled")


def test_order_when_the_answer_has_no_id_then_in_doubt_and_found(futures: tuple[Desk, BitgetLinear]) -> None:
    desk, venue = futures
    venue.unnamed = True
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order(side=Side.SELL, limit_price=D(60_000), reduce_only=True))
    desk.agree(desk.exchange.get_order(desk.ref()), venue.book.orders[0])


def test_balances_when_in_multi_assets_mode_then_not_believed(futures: tuple[Desk, BitgetLinear]) -> None:
    desk, venue = futures
    venue.book.wallets["USDT"] = Wallet(total=D(1500))
    assert desk.exchange.list_balances()
    venue.asset_mode = "union"
    with pytest.raises(VenueAnswerInvalid, match="multi-assets"):
        desk.exchange.list_balances()


def test_account_when_unified_then_refused_with_the_venues_words(
    futures: tuple[Desk, BitgetLinear], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, venue = futures
    text = "You are in Unified Account mode, and the Classic Account API is not supported at this time"
    monkeypatch.setattr(venue, "answer", lambda _ask: Reply({"code": "40085", "msg": text, "data": None}, 400))
    with pytest.raises(VenueAccessDenied, match="Unified Account mode"):
        desk.exchange.list_balances()


def test_stop_when_it_fires_on_spot_then_followed_by_the_list_of_what_it_placed(server: VenueServer) -> None:
    desk = Desk(server, BitgetSpot)
    venue = desk.venue
    desk.exchange.create_order(desk.stop(type=OrderType.STOP_LIMIT, limit_price=D(60_000)))
    (stop,) = venue.book.orders
    child = venue.book.place("auto", desk.symbol, "sell", desk.lots(3), type="limit", price=D(60_000))
    stop.status = "fired"
    assert isinstance(venue, BitgetSpot)
    venue.placed_by[venue.id_of(stop)] = venue.id_of(child)
    seen = desk.exchange.get_order(desk.ref(has_trigger=True))
    assert seen is not None
    assert (seen.exchange_order_id, seen.status) == (venue.id_of(child), OrderStatus.SUBMITTED)
    assert (seen.type, seen.trigger_price) == (OrderType.STOP_LIMIT, D(45_000))
    desk.exchange.close()


def test_orders_when_a_stop_has_fired_then_its_own_row_counts_nothing_as_filled(server: VenueServer) -> None:
    desk = Desk(server, BitgetSpot)
    desk.exchange.create_order(desk.stop())
    (stop,) = desk.venue.book.orders
    desk.venue.fire(stop)
    found = desk.exchange.list_orders(desk.symbol, HOUR_AGO)
    filled = {item.exchange_order_id: item.filled_quantity for item in found}
    assert filled == {desk.venue.id_of(stop): 0, desk.venue.id_of(desk.venue.book.orders[1]): desk.lots(3)}
    desk.exchange.close()


def test_reduce_only_orders_when_a_new_one_is_too_much_with_them_then_the_oldest_are_seen_as_cancelled(
    futures: tuple[Desk, BitgetLinear],
) -> None:
    desk, venue = futures
    venue.book.positions = [Position(symbol=desk.symbol, quantity=desk.lots(6))]
    exits = [desk.order(n, side=Side.SELL, limit_price=D(60_000 + n), reduce_only=True) for n in range(3)]
    for order in exits:
        # The new one's answer names no order where others went for it.
        venue.unnamed = order is exits[2]
        try:
            desk.exchange.create_order(order)
        except OutcomeUnknown:
            assert order is exits[2]
    seen = [desk.exchange.get_order(desk.ref(n)) for n in range(3)]
    assert [item.status for item in seen if item is not None] == [
        OrderStatus.CANCELLED,
        OrderStatus.SUBMITTED,
        OrderStatus.SUBMITTED,
    ]
    desk.agree_all(desk.exchange.list_open_orders(), venue.book.orders[1:])
