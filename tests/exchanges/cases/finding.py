"""Orders and fills found again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from riskgate.core.side import Side
from tests.exchanges.cases.registry import HOUR_AGO, call
from tests.exchanges.desk import HOUR_MS, NOW, Desk

D = Decimal


@call("order by our id: resting, in part, filled, cancelled", "trade")
def order_by_our_id(desk: Desk) -> None:
    _look_up(desk, with_their_id=False)


@call("order by their id: resting, in part, filled, cancelled", "trade")
def order_by_their_id(desk: Desk) -> None:
    _look_up(desk, with_their_id=True)


def _look_up(desk: Desk, *, with_their_id: bool) -> None:
    book = desk.venue.book
    for number in range(4):
        desk.exchange.create_order(desk.order(number))
    resting, part, filled, cancelled = book.orders
    book.fill(part, desk.lots(1), D(40_000))
    book.fill(filled, desk.lots(3), D(40_000))
    book.end(cancelled)
    for number, order in enumerate((resting, part, filled, cancelled)):
        their_id = desk.venue.id_of(order) if with_their_id else None
        desk.agree(desk.exchange.get_order(desk.ref(number, exchange_order_id=their_id)), order)


@call("an order of hours ago that ended without a fill, at once or later, by our id and by theirs", "trade")
def order_of_hours_ago(desk: Desk) -> None:
    sent_at = NOW - timedelta(hours=3)
    for number, rested_ms in enumerate((0, 2 * HOUR_MS)):
        order = desk.venue.book.add_finished(desk.symbol, number, desk.venue.book.now_ms - 3 * HOUR_MS, filled=False)
        order.client_id, order.updated_ms = desk.client_id(number), order.updated_ms + rested_ms
        for their_id in (None, desk.venue.id_of(order)):
            desk.agree(desk.exchange.get_order(desk.ref(number, exchange_order_id=their_id, sent_at=sent_at)), order)


@call("a resting order beyond the first page of its list, by our id", "trade")
def order_beyond_a_page(desk: Desk) -> None:
    for number in range(desk.venue.page + 5):
        desk.venue.book.place(desk.client_id(number), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    for number in (0, desk.venue.page + 2):
        desk.agree(desk.exchange.get_order(desk.ref(number)), desk.venue.book.orders[number])


@call("an order that is not there is told to be absent after every list was read", "trade")
def order_absent(desk: Desk) -> None:
    at = desk.venue.book.now_ms - 60_000
    for number in range(desk.venue.page + 5):
        desk.venue.book.place(desk.client_id(number), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
        desk.venue.book.add_finished(desk.symbol, number + 5000, at + number)
    missing = desk.venue.page * 3
    assert desk.exchange.get_order(desk.ref(missing)) is None
    assert desk.exchange.get_order(desk.ref(missing, has_trigger=True)) is None


@call("all resting orders, over more than a page and every settle coin", "trade")
def open_orders(desk: Desk) -> None:
    for number in range(desk.venue.page + 5):
        market = desk.venue.markets[number % len(desk.venue.markets)]
        desk.venue.book.place(
            desk.client_id(number), market.symbol, "buy", market.step * 3, type="limit", price=D(40_000)
        )
    desk.agree_all(desk.exchange.list_open_orders(), desk.venue.book.orders)
    own = [order for order in desk.venue.book.orders if order.symbol == desk.symbol]
    desk.agree_all(desk.exchange.list_open_orders(desk.symbol), own)


@call("finished orders of a period, over more than a page", "trade")
def finished_orders(desk: Desk) -> None:
    book, count = desk.venue.book, desk.venue.page + 5
    step = max(1, HOUR_MS // (count + 1) - 1)
    for number in range(count):
        book.add_finished(desk.symbol, number, book.now_ms - HOUR_MS + number * step, filled=number % 3 != 0)
    seen = desk.exchange.list_orders(desk.symbol, HOUR_AGO)
    desk.agree_all(seen, book.orders)


@call("fills of a period, over more than a page", "trade")
def trades(desk: Desk) -> None:
    book, count = desk.venue.book, desk.venue.fills_page + 5
    order = book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(3) * count, type="limit", price=D(40_000))
    step = max(1, HOUR_MS // (count + 1) - 1)
    for number in range(count):
        book.fill(order, desk.lots(1), D(40_000), at_ms=book.now_ms - HOUR_MS + 1000 + number * step, is_maker=True)
    seen = desk.exchange.list_trades(desk.symbol, HOUR_AGO)
    assert len({item.trade_id for item in seen}) == len(seen) == count
    assert sum(item.quantity for item in seen) == order.filled
    assert {item.price for item in seen} == {D(40_000)}
    assert {item.exchange_order_id for item in seen} == {desk.venue.id_of(order)}
    assert {(item.side, item.symbol) for item in seen} == {(Side.BUY, desk.symbol)}


@call("fees of fills, rebates too", "trade")
def fees(desk: Desk) -> None:
    book = desk.venue.book
    paid = (D("0.4"), desk.venue.fee_currencies[0]), (D("-0.1"), desk.venue.fee_currencies[1])
    order = book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    for fee in paid:
        book.fill(order, desk.lots(1), D(40_000), (fee,), at_ms=book.now_ms - 60_000)
    seen = desk.exchange.list_trades(desk.symbol, HOUR_AGO)
    assert {(item.fee, item.fee_currency) for item in seen} == set(paid)
