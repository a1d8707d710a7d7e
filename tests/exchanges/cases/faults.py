"""What goes wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import (
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from tests.exchanges.cases.registry import HOUR_AGO, call
from tests.exchanges.desk import Desk
from tests.exchanges.wire import Fault

D = Decimal


@call("an answer to an order is lost: it is in doubt, then found, and there once", "trade")
def lost_answer(desk: Desk) -> None:
    desk.venue.faults = [Fault(kind="place", how="lost")]
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    (order,) = desk.venue.book.orders
    desk.agree(desk.exchange.get_order(desk.ref()), order)
    desk.venue.faults = [Fault(kind="cancel", how="lost")]
    ended = desk.exchange.cancel_order(desk.ref(exchange_order_id=desk.venue.id_of(order)))
    assert (ended.status, order.status) == (OrderStatus.CANCELLED, "cancelled")


@call("a refused order is a no; one that the venue has already is found", "trade")
def refusals(desk: Desk) -> None:
    desk.venue.book.funds = False
    with pytest.raises(Rejected):
        desk.exchange.create_order(desk.order())
    assert desk.venue.book.orders == []
    desk.venue.book.funds = True
    first = desk.exchange.create_order(desk.order())
    if desk.venue.book.ids_reusable:
        return
    try:
        again = desk.exchange.create_order(desk.order())
    except OutcomeUnknown:
        # A refusal in words that ccxt does not know: in doubt, and looked up like any other.
        found = desk.exchange.get_order(desk.ref())
        assert found is not None
        again = found
    assert again.exchange_order_id == first.exchange_order_id
    assert len(desk.venue.book.orders) == 1


@call("too many requests: told so, and nothing is placed", "trade")
def rate_limits(desk: Desk) -> None:
    desk.venue.faults = [Fault(kind="any", how="rate_limit", count=50)]
    with pytest.raises(RateLimited):
        desk.exchange.list_balances()
    with pytest.raises(RateLimited):
        desk.exchange.create_order(desk.order())
    assert desk.venue.book.orders == []


@call("maintenance: no answer is taken for one", "trade")
def maintenance(desk: Desk) -> None:
    desk.venue.faults = [Fault(kind="any", how="maintenance", count=50)]
    for read in (
        desk.exchange.list_balances,
        lambda: desk.exchange.list_open_orders(desk.symbol),
        lambda: desk.exchange.get_order(desk.ref()),
    ):
        with pytest.raises(Transient):
            read()  # type: ignore[operator]
    with pytest.raises((OutcomeUnknown, Transient)):
        desk.exchange.create_order(desk.order())


@call("a row that nobody can read hides no other row of its list, and is told", "trade")
def odd_rows(desk: Desk) -> None:
    book = desk.venue.book
    resting = book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    done = book.add_finished(desk.symbol, 1, book.now_ms - 60_000)
    desk.venue.odd = {"open_orders", "orders", "trades"}
    desk.agree_all(desk.exchange.list_open_orders(desk.symbol), [resting])
    seen = [
        item
        for item in desk.exchange.list_orders(desk.symbol, HOUR_AGO)
        if item.exchange_order_id == desk.venue.id_of(done)
    ]
    desk.agree_all(seen, [done])
    assert [item.quantity for item in desk.exchange.list_trades(desk.symbol, HOUR_AGO)] == [done.filled]
    kinds = {row.kind for row in desk.exchange.take_unreadable()}
    assert kinds == {"order", "trade"}


@call("an order that cannot be written is a no before any request leaves", "trade")
def never_sent(desk: Desk) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def fail(*_arguments: object) -> None:
            raise TypeError("no such order")

        # What fails while ccxt writes the request, whatever it is, has placed nothing.
        patch.setattr(desk.exchange._client._link.current(), "sign", fail)
        with pytest.raises(InvalidRequest):
            desk.exchange.create_order(desk.order())
    assert desk.venue.book.orders == []
    assert desk.venue.writes() == []
