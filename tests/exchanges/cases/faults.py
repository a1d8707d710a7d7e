"""What goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import (
    GatewayError,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RowsUnreadable,
    Transient,
    VenueAnswerInvalid,
)
from riskgate.core.order import OrderType
from riskgate.core.venues.model import VenueOrderRef
from tests.exchanges.book import Movement, Position, Wallet
from tests.exchanges.cases.registry import HOUR_AGO, TWO_HOURS_AGO, call
from tests.exchanges.desk import HOUR_MS, Desk
from tests.exchanges.wire import SWAP, Ask, Fault

D = Decimal
#: Fields of requests that differ whenever the same is asked.
_NEW_EACH_TIME = frozenset({"timestamp", "signature", "nonce"})


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


@call("an order that comes later than it may is refused: none arrives that was said to be absent", "trade")
def late_order(desk: Desk) -> None:
    for order in (desk.order(), desk.stop(reduce_only=desk.kind.market_type is SWAP)):
        desk.venue.delay_ms = 0
        try:
            desk.exchange.create_order(order)
        except InvalidRequest:
            # No stop is sent there.
            assert order.type is OrderType.STOP
            continue
        desk.venue.book.orders.clear()
        has_trigger = order.type.has_trigger_price
        taken_ms = round(desk.exchange.arrival_seconds_max(has_trigger=has_trigger) * 1000)
        desk.venue.delay_ms = taken_ms + 1000
        with pytest.raises(GatewayError):
            desk.exchange.create_order(order)
        assert desk.venue.book.orders == [], "it came late"
        # No less than that either: what is sooner may still come.
        desk.venue.delay_ms = taken_ms - 1000
        desk.exchange.create_order(order)
        assert len(desk.venue.book.orders) == 1
        desk.venue.book.orders.clear()


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


@call("orders are not taken and reads are: in doubt or not sent, never believed, and what rests is read", "trade")
def orders_dead(desk: Desk) -> None:
    resting = desk.venue.book.place(desk.client_id(7), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    desk.venue.faults = [Fault(kind=kind, how="maintenance", count=50) for kind in ("place", "cancel")]
    with pytest.raises((OutcomeUnknown, Transient)):
        desk.exchange.create_order(desk.order())
    assert desk.exchange.get_order(desk.ref()) is None
    with pytest.raises((OutcomeUnknown, Transient)):
        desk.exchange.cancel_order(desk.ref(7, exchange_order_id=desk.venue.id_of(resting)))
    desk.agree_all(desk.exchange.list_open_orders(), [resting])


@call("one request of a reading fails, whichever it is: no part is taken for the whole", "trade")
def partial_reads(desk: Desk) -> None:
    book, count = desk.venue.book, min(desk.venue.page, 100) + 5
    for number in range(count):
        market = desk.venue.markets[number % len(desk.venue.markets)]
        book.place(desk.client_id(number), market.symbol, "buy", market.step * 3, type="limit", price=D(40_000))
        book.add_finished(desk.symbol, number + 5000, book.now_ms - HOUR_MS + number * 1000, filled=number % 3 != 0)
    book.wallets |= {market.settle or market.quote: Wallet(total=D(1000)) for market in desk.venue.markets}
    readings: dict[str, Callable[[], Collection[Any]]] = {
        "open orders": desk.exchange.list_open_orders,
        "orders": lambda: desk.exchange.list_orders(desk.symbol, HOUR_AGO),
        "trades": lambda: desk.exchange.list_trades(desk.symbol, HOUR_AGO),
        "balances": desk.exchange.list_balances,
    }
    if desk.kind.market_type is SWAP:
        book.positions = [Position(symbol=market.symbol, quantity=market.step * 2) for market in desk.venue.markets]
        readings["positions"] = desk.exchange.list_positions
    for name, read in readings.items():
        _break_each(desk, name, read)


@call("one request of a look-up fails, whichever it is: the order is never said to be absent", "trade")
def partial_lookup(desk: Desk) -> None:
    book = desk.venue.book
    resting = book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    ended = book.place(desk.client_id(1), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    book.fill(ended, desk.lots(1), D(40_000))
    book.end(ended)
    for number, order in enumerate((resting, ended)):
        for their_id in (None, desk.venue.id_of(order)):
            ref = desk.ref(number, exchange_order_id=their_id)
            _break_each(desk, f"order {number}", partial(_as_list, desk, ref))


def _as_list(desk: Desk, ref: VenueOrderRef) -> list[Any]:
    seen = desk.exchange.get_order(ref)
    return [] if seen is None else [seen]


def _break_each(desk: Desk, name: str, read: Callable[[], Collection[Any]]) -> None:
    """Require of a reading that it is whole or an error, whichever of its requests goes unanswered."""
    # What is asked once and kept is known by then.
    read()
    start = len(desk.venue.seen)
    whole = read()
    assert whole, name
    for asked in {_what(ask): None for _, ask in desk.venue.seen[start:]}:
        hits = []

        def is_it(ask: Ask, asked: object = asked, hits: list[Ask] = hits) -> bool:
            if _what(ask) == asked:
                hits.append(ask)
                return True
            return False

        desk.venue.broken = is_it
        try:
            assert read() == whole, (name, asked)
        except Transient:
            pass
        finally:
            desk.venue.broken = lambda _ask: False
        assert hits, (name, asked)


def _what(ask: Ask) -> object:
    """Return what a request asks, without what is new in each."""
    fields = {name: value for name, value in ask.fields.items() if name not in _NEW_EACH_TIME}
    return ask.method, ask.path, json.dumps(fields, sort_keys=True, default=str)


@call("a market that nobody can read hides no other", "data")
def odd_market(desk: Desk) -> None:
    odd, *others = desk.venue.markets
    assert others
    desk.venue.garbled = odd.native
    try:
        listed = {item.symbol for item in desk.exchange.list_instruments()}
    finally:
        desk.venue.garbled = ""
        desk.exchange.list_instruments()
    assert listed == {market.symbol for market in others}


@call("a balance, position or transfer that nobody can read is told, and hides no other", "trade")
def odd_holdings(desk: Desk) -> None:
    venue, coins = desk.venue, dict.fromkeys(market.settle or market.quote for market in desk.venue.markets)
    odd, *others = coins
    venue.book.wallets |= {odd: Wallet(total=D("1539.77"))} | {coin: Wallet(total=D(1000)) for coin in others}
    venue.spoiled = {D("1539.77")}
    with pytest.raises(VenueAnswerInvalid) as caught:
        desk.exchange.list_balances()
    assert isinstance(caught.value, RowsUnreadable), caught.value
    assert [row.asset for row in caught.value.readable if row.total] == others
    if desk.kind.market_type is SWAP and len(venue.markets) > 1:
        first, second = venue.markets[:2]
        venue.book.positions = [
            Position(symbol=first.symbol, quantity=first.step * 77),
            Position(symbol=second.symbol, quantity=second.step * 3),
        ]
        venue.spoiled = {first.step * 77}
        with pytest.raises(RowsUnreadable) as positions:
            desk.exchange.list_positions()
        assert [row.symbol for row in positions.value.readable] == [second.symbol]
    kinds = ("in", "in") if desk.kind.market_type is SWAP else ("deposit", "deposit")
    venue.book.movements = [
        Movement(number=501, kind=kinds[0], asset="USDT", amount=D("901.77"), at_ms=venue.book.now_ms - HOUR_MS),
        Movement(number=502, kind=kinds[1], asset="USDT", amount=D(200), at_ms=venue.book.now_ms - 60_000),
    ]
    # Or what the wallet held after it, where that is what is told.
    venue.spoiled = {D("901.77"), D("5901.77")}
    assert [item.amount for item in desk.exchange.list_transfers(TWO_HOURS_AGO)] == [D(200)]
    assert {row.kind for row in desk.exchange.take_unreadable()} >= {"balance", "transfer"}


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
