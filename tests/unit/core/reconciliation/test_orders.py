"""What is said about one order that disagrees: on which sides of which bound, with what evidence, worth how much."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.breaks import BreakKind, Finding
from riskgate.core.account.document import OrderStatus
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.reconciliation.evidence import VenueSide
from riskgate.core.reconciliation.orders import match_orders
from riskgate.core.side import Side
from riskgate.core.venues.model import VenueOrder, VenueTrade
from tests.support.builders import HOUR, MINUTE, NOW, SECOND, SPOT, VENUE, build_order, dec
from tests.unit.core.reconciliation.two_books import TwoBooks

RESTING, PART_FILLED, CANCELLED = OrderStatus.SUBMITTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCELLED
UNKNOWN, FILLED, DENIED = OrderStatus.UNKNOWN, OrderStatus.FILLED, OrderStatus.DENIED
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP


def books_of(*, ours: dict[str, Any] | None = None, theirs: dict[str, Any] | None = None) -> TwoBooks:
    """Return books that agree on `order-0`, a resting buy of 2 at 100, but for what is given of each side."""
    books = TwoBooks(MarketType.SPOT, random.Random(1))  # noqa: S311
    add(books, ours=ours, theirs=theirs)
    return books


def add(books: TwoBooks, *, ours: dict[str, Any] | None = None, theirs: dict[str, Any] | None = None) -> str:
    name = books.add_order(filled_fraction=0)
    order = replace(build_order(2, 100, client_order_id=name, symbol=SPOT, side=Side.BUY), route=True)
    books.records[name] = replace(books.records[name], order=order, quantity=dec(2), **(ours or {}))
    [seen] = books.orders[name]
    books.orders[name] = [replace(seen, quantity=dec(2), side=Side.BUY, **(theirs or {}))]
    return name


def filled(quantity: str, price: str = "100") -> dict[str, Any]:
    """Return what our side says of an order that has filled."""
    return {"filled_quantity": dec(quantity), "filled_notional": dec(quantity) * dec(price), "status": PART_FILLED}


def seen(quantity: str, price: str = "100") -> dict[str, Any]:
    """Return what the venue says of an order that has filled."""
    return {"filled_quantity": dec(quantity), "average_price": dec(price), "status": PART_FILLED}


def find(books: TwoBooks) -> list[Finding]:
    return list(match_orders(books.venue_book(), books.own_book()).findings)


def trade(quantity: str, price: str, **changes: Any) -> VenueTrade:
    made = VenueTrade(
        trade_id=f"t{price}",
        exchange_order_id="77",
        client_order_id=None,
        symbol=SPOT,
        side=Side.BUY,
        quantity=dec(quantity),
        price=dec(price),
        fee=None,
        fee_currency=None,
        executed_at=NOW - HOUR,
    )
    return replace(made, **changes)


def stranger(kind: OrderType = LIMIT, status: OrderStatus = RESTING, **changes: Any) -> VenueOrder:
    order = VenueOrder(
        client_order_id="web",
        exchange_order_id="77",
        symbol=SPOT,
        side=Side.BUY,
        type=kind,
        status=status,
        quantity=dec(2),
    )
    return replace(order, **changes)


@pytest.mark.parametrize(
    ("theirs", "money"), [("100.009", None), ("99.991", None), ("100.01", "0.02"), ("101", "2"), ("99", "2")]
)
def test_average_price_when_a_tick_apart_then_worth_the_difference_on_all_that_filled(
    theirs: str, money: str | None
) -> None:
    found = find(books_of(ours=filled("2"), theirs=seen("2", theirs)))
    assert [(item.kind, item.money) for item in found] == ([(BreakKind.AVERAGE_PRICE, dec(money))] if money else [])


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "money"),
    [
        (filled("0.3"), seen("0.5"), BreakKind.FILLED_QUANTITY, "20"),
        (filled("0.5"), seen("0.3"), BreakKind.FILLED_QUANTITY, "20"),
        (filled("0.5"), seen("0.501"), BreakKind.FILLED_QUANTITY, "0.1"),
        (filled("0.5"), seen("0.5") | {"status": CANCELLED}, BreakKind.STATUS, "150"),
        (filled("0.5") | {"status": CANCELLED}, seen("0.5"), BreakKind.STATUS, "150"),
        ({"status": UNKNOWN, "updated_at": NOW - 3 * MINUTE}, {}, BreakKind.STALE_ORDER, "200"),
        ({"status": UNKNOWN, "updated_at": NOW - 3 * MINUTE + SECOND}, {}, None, "0"),
        ({"updated_at": NOW - MINUTE}, {"status": CANCELLED}, BreakKind.STATUS, "200"),
        ({"updated_at": NOW - MINUTE + SECOND}, {"status": CANCELLED}, None, "0"),
    ],
)
def test_order_when_the_sides_disagree_then_worth_what_they_disagree_about(
    ours: dict[str, Any], theirs: dict[str, Any], kind: BreakKind | None, money: str
) -> None:
    found = find(books_of(ours=ours, theirs=theirs))
    assert [(item.kind, item.money) for item in found] == ([(kind, dec(money))] if kind else [])


def test_status_when_it_disagrees_then_what_to_do_follows_from_who_has_it_open() -> None:
    [open_there] = find(books_of(ours={"status": CANCELLED}))
    [ended_there] = find(books_of(theirs={"status": CANCELLED}))
    assert open_there.action == "cancel the order at the venue"
    assert ended_there.action == "adopt the venue's status: riskctl recon run"


@pytest.mark.parametrize(
    ("ours", "money"),
    [
        (filled("0.5") | {"status": CANCELLED}, "50"),
        ({"status": CANCELLED}, None),
        (filled("0.5"), "200"),
        ({}, "200"),
        ({"updated_at": NOW - MINUTE}, "200"),
        ({"updated_at": NOW - MINUTE + SECOND}, None),
    ],
)
def test_order_when_the_venue_has_none_of_it_then_missing_if_it_rests_or_has_filled(
    ours: dict[str, Any], money: str | None
) -> None:
    books = books_of(ours=ours)
    books.orders.clear()
    books.absent = {"order-0"}
    found = [(item.kind, item.money) for item in find(books)]
    assert found == ([(BreakKind.MISSING_ORDER, dec(money))] if money else [])


@pytest.mark.parametrize(("seconds", "route", "is_stale"), [(180, True, True), (179, True, False), (180, False, False)])
def test_order_when_it_never_left_then_stale_after_three_minutes_if_the_gateway_sends_it(
    seconds: int, route: bool, is_stale: bool
) -> None:
    books = books_of(ours={"status": OrderStatus.APPROVED, "updated_at": NOW - seconds * SECOND})
    record = books.records["order-0"]
    books.records["order-0"] = replace(record, order=replace(record.order, route=route))
    books.orders.clear()
    books.absent = {"order-0"}
    assert [item.kind for item in find(books)] == [BreakKind.STALE_ORDER] * is_stale


@pytest.mark.parametrize(("filled_there", "money"), [("0", "200"), ("0.5", "100")])
def test_order_when_the_venue_has_it_twice_then_worth_what_filled_or_all_of_it(filled_there: str, money: str) -> None:
    books = books_of(theirs=seen(filled_there) if filled_there != "0" else {})
    [first] = books.orders["order-0"]
    books.orders["order-0"].append(replace(first, exchange_order_id="88"))
    [found] = find(books)
    assert (found.kind, found.money) == (BreakKind.DUPLICATE_ORDER, dec(money))


def test_orders_when_one_stands_in_a_row_nobody_can_read_then_the_others_are_still_compared() -> None:
    books = books_of(ours={"status": CANCELLED})
    add(books, ours={"status": CANCELLED})
    book = replace(books.venue_book(), unsure=frozenset({"order-0"}))
    match = match_orders(book, books.own_book())
    assert [item.subject for item in match.findings] == ["order order-1"]
    assert (match.compared, match.matched) == (1, 0)


@pytest.mark.parametrize(
    ("trigger", "placed", "named"),
    [
        ((STOP, RESTING), None, ["77"]),
        ((STOP, UNKNOWN), None, ["77"]),
        ((STOP, UNKNOWN), RESTING, ["88"]),
        ((STOP, RESTING), RESTING, ["77", "88"]),
        ((LIMIT, UNKNOWN), RESTING, ["77", "88"]),
    ],
)
def test_trigger_when_it_fired_then_left_out_beside_the_order_that_it_placed(
    trigger: tuple[OrderType, OrderStatus], placed: OrderStatus | None, named: list[str]
) -> None:
    books = books_of()
    books.orders["web"] = [stranger(*trigger)]
    if placed is not None:
        books.orders["web"].append(stranger(LIMIT, placed, exchange_order_id="88"))
    assert [item.theirs["exchange_order_id"] for item in find(books)] == named


@pytest.mark.parametrize(
    ("order", "trades", "money"),
    [
        ({"limit_price": dec(100)}, (), "200"),
        ({"trigger_price": dec(90)}, (), "180"),
        ({"limit_price": dec(100), "trigger_price": dec(90)}, (), "200"),
        ({"limit_price": dec(100), "filled_quantity": dec("0.5"), "average_price": dec(90)}, (), "45"),
        ({"status": FILLED, "filled_quantity": dec(2)}, (("2", "95"),), "190"),
        ({}, (), None),
        (None, (("1", "90"), ("1", "110")), "180"),
    ],
)
def test_stranger_when_seen_then_worth_what_it_traded_or_may_trade(
    order: dict[str, Any] | None, trades: tuple[tuple[str, str], ...], money: str | None
) -> None:
    books = books_of()
    books.orders["web"] = [] if order is None else [stranger(**order)]
    books.trades["web"] = [trade(*each) for each in trades]
    book = replace(books.venue_book(), trades=tuple(books.trades["web"]))
    [found] = match_orders(book, books.own_book()).findings
    assert (found.kind, found.money) == (BreakKind.ROGUE_ORDER, None if money is None else dec(money))
    assert found.ours == {"reason": "the gateway knows no such order"}
    assert (found.subject, found.market, found.client_order_id) == (f"order {SPOT} 77", f"{VENUE}:{SPOT}", "")


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ({"status": DENIED}, {}, "the gateway denied this order"),
        ({"attempts": 0}, {}, "the gateway never sent this order"),
        ({"attempts": 0, "permit": ""}, {}, "this order has no permit"),
        ({}, {"side": Side.SELL}, "a different market or side was approved"),
        ({}, {"quantity": dec("2.001")}, "a smaller quantity was approved"),
    ],
)
def test_order_when_it_was_never_permitted_then_rogue_and_said_why(
    ours: dict[str, Any], theirs: dict[str, Any], reason: str
) -> None:
    books = books_of(ours=ours)
    books.orders["order-0"] = [replace(order, **theirs) for order in books.orders["order-0"]]
    [found] = find(books)
    assert (found.kind, found.ours["reason"], found.client_order_id) == (BreakKind.ROGUE_ORDER, reason, "order-0")
    assert found.ours["status"] == books.records["order-0"].status.value


@pytest.mark.parametrize("more", ["0", "0.0009"])
def test_order_when_the_venue_has_less_than_a_step_more_of_it_then_as_approved(more: str) -> None:
    assert find(books_of() if more == "0" else with_more(more)) == []


def with_more(more: str) -> TwoBooks:
    books = books_of()
    books.orders["order-0"] = [replace(order, quantity=dec(2) + dec(more)) for order in books.orders["order-0"]]
    return books


@pytest.mark.parametrize(
    ("fees", "ours", "money"),
    [
        ({"USDT": "3"}, {}, "3"),
        ({"USDT": "3"}, {"USDT": "5"}, "2"),
        ({"BTC": "0.01"}, {}, "1"),
        ({"USDT": "3", "BTC": "0.01"}, {}, "4"),
        ({"BNB": "1"}, {}, None),
        ({"USDT": "3", "BNB": "1"}, {}, None),
    ],
)
def test_fees_when_they_differ_then_worth_the_gap_and_nothing_where_a_currency_has_no_rate(
    fees: dict[str, str], ours: dict[str, str], money: str | None
) -> None:
    """The base currency of the order's market is worth its decision price where no rate is known."""
    books = books_of(
        ours=filled("2") | {"filled_fees": {name: dec(value) for name, value in ours.items()}}, theirs=seen("2")
    )
    exchange_id = books.records["order-0"].exchange_order_id
    size = Decimal(2) / len(fees)
    books.trades["order-0"] = [
        trade(str(size), "100", exchange_order_id=exchange_id, fee=dec(value), fee_currency=name)
        for name, value in fees.items()
    ]
    [found] = find(books)
    assert (found.kind, found.money) == (BreakKind.FEE, None if money is None else dec(money))


@pytest.mark.parametrize(
    ("revisions", "average"),
    [
        ([("1", "100"), ("3", "104")], "103"),
        ([("1", "100"), ("0", None)], "100"),
        ([("1", "100"), ("3", None)], None),
        ([("0", None)], None),
    ],
)
def test_venue_side_when_it_has_several_revisions_then_one_average_over_all_that_filled(
    revisions: list[tuple[str, str | None]], average: str | None
) -> None:
    orders = [
        stranger(filled_quantity=dec(quantity), average_price=None if price is None else dec(price))
        for quantity, price in revisions
    ]
    side = VenueSide(orders=tuple(orders), trades=())
    assert side.average_price == (None if average is None else dec(average))
    assert side.filled == sum(dec(quantity) for quantity, _ in revisions)


@pytest.mark.parametrize(
    ("revisions", "last"),
    [
        ([(1, CANCELLED), (2, RESTING)], 1),
        ([(2, CANCELLED), (1, RESTING)], 0),
        ([(None, RESTING), (1, CANCELLED)], 1),
        ([(1, CANCELLED), (1, RESTING)], 1),
        ([(1, RESTING), (1, CANCELLED)], 0),
    ],
)
def test_venue_side_when_it_has_several_revisions_then_the_last_is_the_youngest_and_of_one_age_the_open_one(
    revisions: list[tuple[int | None, OrderStatus]], last: int
) -> None:
    orders = [
        stranger(status=status, created_at=None if minute is None else NOW + minute * MINUTE)
        for minute, status in revisions
    ]
    assert VenueSide(orders=tuple(orders), trades=()).last is orders[last]


@pytest.mark.parametrize("name", ["0" * 32, "f" * 32])
@pytest.mark.parametrize(
    ("revision", "status", "is_named", "permitted"),
    [
        (1, CANCELLED, True, True),
        (1, RESTING, True, False),
        (0, CANCELLED, True, False),
        (1, CANCELLED, False, False),
    ],
)
def test_larger_order_when_it_was_on_earlier_terms_and_ended_then_permitted_and_else_rogue(
    name: str, revision: int, status: OrderStatus, is_named: bool, permitted: bool
) -> None:
    """Three were approved first, and two by the terms of today."""
    books = books_of(ours={"revision": revision})
    [today] = books.orders["order-0"]
    earlier = replace(today, quantity=dec(3), status=status, created_at=NOW - HOUR)
    earlier = replace(earlier, client_order_id=name if is_named else None, exchange_order_id="66")
    books.orders["order-0"].append(earlier)
    ids = {f"exchange {SPOT} 66": "order-0"}
    own = books.own_book()
    own = replace(own, ids={**own.ids, **ids})
    reasons = [found.ours.get("reason") for found in match_orders(books.venue_book(), own).findings]
    assert reasons == ([] if permitted else ["a smaller quantity was approved"])


@pytest.mark.parametrize(
    ("late", "reason"), [(-30, None), (0, None), (1, "its approval had expired before it was placed")]
)
def test_order_when_its_bot_placed_it_before_its_approval_had_ended_then_permitted(
    late: int, reason: str | None
) -> None:
    books = books_of(ours={"status": OrderStatus.EXPIRED, "updated_at": NOW - 10 * MINUTE})
    record = books.records["order-0"]
    books.records["order-0"] = replace(record, order=replace(record.order, route=False))
    made = NOW - 9 * MINUTE + late * SECOND
    books.orders["order-0"] = [replace(order, created_at=made) for order in books.orders["order-0"]]
    assert [found.ours.get("reason") for found in find(books) if found.kind is BreakKind.ROGUE_ORDER] == (
        [] if reason is None else [reason]
    )


@pytest.mark.parametrize(
    ("booked", "agrees"), [("0.5", True), ("-0.5", True), ("0", True), ("0.6", False), ("-0.6", False)]
)
def test_fees_when_an_earlier_version_booked_them_without_the_rebate_then_anything_in_between_agrees(
    booked: str, agrees: bool
) -> None:
    """The venue took half a unit for one fill and gave one back for the other."""
    books = books_of(ours=filled("2") | {"filled_fees": {"USDT": dec(booked)}}, theirs=seen("2"))
    exchange_id = books.records["order-0"].exchange_order_id
    books.trades["order-0"] = [
        trade("1", "100", exchange_order_id=exchange_id, fee=dec(fee), fee_currency="USDT") for fee in ("0.5", "-1")
    ]
    assert [found.kind for found in find(books)] == ([] if agrees else [BreakKind.FEE])
