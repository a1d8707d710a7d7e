"""The matcher: every kind of disagreement is found, classified and counted; agreement raises nothing."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.app.audit.archive_orders import tombstone_of
from riskgate.core.account.breaks import BreakKind
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.instrument import MarketType
from riskgate.core.money import plain
from riskgate.core.reconciliation.holdings import match_holdings
from riskgate.core.reconciliation.match import GRACE_SECONDS, keep_confirmed
from riskgate.core.reconciliation.orders import match_orders
from riskgate.core.venues.model import VenuePosition
from tests.support.builders import MINUTE, NOW, SECOND, SWAP
from tests.unit.core.reconciliation.two_books import DISAGREEMENTS, ONCE, TwoBooks, build_books, shade

SEEDS = range(200)


def mix(seed: int) -> TwoBooks:
    """Return books with a random mixture of disagreements and of differences that do not count."""
    books, draw = build_books(seed), random.Random(-seed - 1)  # noqa: S311
    for name, disagree in DISAGREEMENTS.items():
        for _ in range(draw.randint(0, 1 if name in ONCE else 2)):
            disagree(books)
    for _ in range(draw.randint(0, 4)):
        shade(books)
    return books


@pytest.mark.parametrize("seed", SEEDS)
def test_disagreements_when_mixed_at_random_then_each_is_found_classified_and_counted(seed: int) -> None:
    books = mix(seed)
    found = Counter((finding.kind, finding.subject) for finding in books.match())
    assert found == books.expected


def test_disagreements_when_mixed_at_random_then_every_kind_occurs_many_times() -> None:
    counts: Counter[BreakKind] = Counter()
    for seed in SEEDS:
        counts.update(kind for kind, _ in mix(seed).expected.elements())
    # A row that nobody can read is no disagreement of two books: see test_unreadable_rows.
    assert set(counts) == set(BreakKind) - {BreakKind.UNREADABLE_ROW}
    assert min(counts.values()) >= 50


@pytest.mark.parametrize("seed", range(100))
def test_books_when_they_agree_then_nothing_is_found(seed: int) -> None:
    books = build_books(seed)
    for _ in range(5):
        shade(books)
    match = match_orders(books.venue_book(), books.own_book()) + match_holdings(books.venue_book(), books.own_book())
    assert match.findings == ()
    assert match.matched == match.compared >= 10


@given(st.integers(0, 10**9))
def test_match_when_run_again_then_the_same_breaks_with_the_same_ids(seed: int) -> None:
    books = mix(seed)
    first, second = books.match(), books.match()
    assert {f.break_id: f.mark for f in first} == {f.break_id: f.mark for f in second}
    assert len({f.break_id for f in first}) == len(first)


@given(st.integers(0, 10**9))
def test_repairs_when_found_then_only_for_orders_the_gateway_sent_and_only_as_the_venue_says(seed: int) -> None:
    books = mix(seed)
    match = match_orders(books.venue_book(), books.own_book())
    rogue_or_twice = {f.client_order_id for f in match.findings if f.kind is BreakKind.DUPLICATE_ORDER}
    for repair in match.repairs:
        record, orders = books.records[repair.client_order_id], books.orders[repair.client_order_id]
        assert record.order.route
        assert record.attempts
        assert repair.client_order_id not in rogue_or_twice
        if repair.trades:
            assert sum(order.filled_quantity for order in orders) > record.filled_quantity
        if repair.closed_as is not None:
            assert not record.status.is_final
            assert repair.closed_as is orders[-1].status


@pytest.mark.parametrize("seed", range(40))
def test_confirmation_when_a_difference_moves_between_two_looks_then_it_is_dropped(seed: int) -> None:
    books = build_books(seed)
    books.theirs["BTC"] += 1
    first = books.match()
    assert [f.kind for f in first] == [BreakKind.POSITION]
    books.theirs["BTC"] += 1
    assert keep_confirmed(first, books.match()) == ()
    books.ours["BTC"] += 1
    again = keep_confirmed(first, books.match())
    assert [f.theirs["difference"] for f in again] == ["1"]


def rebated(*, has_rebates: bool) -> TwoBooks:
    """Return books whose venue paid rebates on an order of which ours has none."""
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=2)
    books.trades[name] = [replace(trade, fee=Decimal(-1)) for trade in books.trades[name]]
    books.records[name] = replace(books.records[name], filled_fees={}, has_rebates=has_rebates)
    return books


def test_fees_when_a_rebate_was_booked_as_none_by_an_earlier_version_then_no_break() -> None:
    books = rebated(has_rebates=False)
    assert match_orders(books.venue_book(), books.own_book()).findings == ()


def test_fees_when_a_rebate_is_missing_then_a_break_over_what_it_is_worth() -> None:
    books = rebated(has_rebates=True)
    (finding,) = match_orders(books.venue_book(), books.own_book()).findings
    assert (finding.kind, finding.ours["fees"]) == (BreakKind.FEE, "")
    assert finding.theirs["fees"] == f"-{len(next(iter(books.trades.values())))} USDT"


def leave_tombstone(books: TwoBooks, name: str) -> OrderRecord:
    """Leave of an order that ended what the archive's job leaves of it."""
    record = replace(books.records[name], answer='{"checks":[],"violations":[]}')
    books.records[name] = tombstone_of(record, "orders/main/1", NOW)
    return books.records[name]


def test_order_when_a_tombstone_is_left_of_it_then_the_venue_has_it_by_right() -> None:
    """A fill that is told late brings an order back that ended long ago: no kill switch is to be engaged for it."""
    books = build_books(1, orders=0)
    assert not leave_tombstone(books, books.add_order(filled_fraction=2)).permit
    assert books.match() == ()


def test_order_when_a_tombstone_is_left_of_it_then_what_the_venue_filled_of_it_is_recorded() -> None:
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=2)
    record, trades = books.records[name], books.trades[name]
    books.records[name] = replace(record, status=OrderStatus.CANCELLED, filled_quantity=Decimal(0))
    leave_tombstone(books, name)
    (repair,) = match_orders(books.venue_book(), books.own_book()).repairs
    assert (repair.client_order_id, repair.trades) == (name, tuple(trades))


def test_order_when_its_item_was_made_again_from_the_log_then_the_venue_has_it_by_right() -> None:
    books = build_books(1, orders=0)
    books.add_order(filled_fraction=0, permit="")
    assert books.match() == ()


@pytest.mark.parametrize("changes", [{"attempts": 0}, {"status": OrderStatus.DENIED}])
def test_order_when_it_was_never_sent_then_a_tombstone_of_it_permits_nothing(changes: dict[str, Any]) -> None:
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=0, **{"status": OrderStatus.CANCELLED} | changes)
    leave_tombstone(books, name)
    assert [finding.kind for finding in books.match()] == [BreakKind.ROGUE_ORDER]


def resting(books: TwoBooks) -> str:
    return books.add_order(filled_fraction=0)


def test_repair_when_the_venue_cancelled_a_resting_order_then_closed_after_the_grace() -> None:
    books = build_books(1, orders=0)
    name = resting(books)
    books.orders[name] = [replace(books.orders[name][0], status=OrderStatus.CANCELLED)]
    (repair,) = match_orders(books.venue_book(), books.own_book()).repairs
    assert (repair.client_order_id, repair.closed_as) == (name, OrderStatus.CANCELLED)
    books.records[name] = replace(books.records[name], updated_at=NOW - 59 * SECOND)
    assert match_orders(books.venue_book(), books.own_book()).repairs == ()


def test_repair_when_the_venue_lists_fewer_fills_than_it_counts_then_not_closed() -> None:
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=1)
    trades = books.trades[name]
    books.records[name] = replace(
        books.records[name],
        status=OrderStatus.SUBMITTED,
        filled_quantity=Decimal(0),
        filled_notional=Decimal(0),
        filled_fees={},
    )
    books.orders[name] = [replace(books.orders[name][0], status=OrderStatus.CANCELLED)]
    books.trades[name] = []
    (repair,) = match_orders(books.venue_book(), books.own_book()).repairs
    assert (repair.trades, repair.closed_as) == ((), None)
    books.trades[name] = trades
    (repair,) = match_orders(books.venue_book(), books.own_book()).repairs
    assert (repair.trades, repair.closed_as) == (tuple(trades), OrderStatus.CANCELLED)


def test_repair_when_an_order_in_doubt_is_at_the_venue_then_taken_over() -> None:
    books = build_books(1, orders=0)
    name = resting(books)
    books.records[name] = replace(books.records[name], status=OrderStatus.UNKNOWN, updated_at=NOW - 2 * MINUTE)
    match = match_orders(books.venue_book(), books.own_book())
    assert match.findings == ()
    assert [r.accepted_as for r in match.repairs] == [books.orders[name][0].exchange_order_id]


def test_replaced_order_when_its_revisions_add_up_then_it_agrees() -> None:
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=1)
    (first,) = books.orders[name]
    record = books.records[name]
    cancelled = replace(first, status=OrderStatus.CANCELLED)
    second = replace(
        first,
        client_order_id="e" * 32,
        exchange_order_id="77",
        status=OrderStatus.SUBMITTED,
        quantity=record.quantity - record.filled_quantity,
        filled_quantity=Decimal(0),
        average_price=None,
        created_at=NOW,
    )
    books.records[name] = replace(record, revision=1, exchange_order_id="77", status=OrderStatus.PARTIALLY_FILLED)
    books.orders[name] = [cancelled, second]
    own = books.own_book()
    book = books.venue_book()
    assert match_orders(book, own).findings == ()


@pytest.mark.parametrize(("total", "count"), [("1049", 0), ("951", 0), ("1051", 1), ("949", 1)])
def test_swap_wallet_when_it_moved_then_only_more_than_the_unrealized_profit_counts(total: str, count: int) -> None:
    books = TwoBooks(MarketType.SWAP, random.Random(1))  # noqa: S311
    books.ours = {"USDT": Decimal(1000)}
    books.theirs = {"USDT": Decimal(total)}
    position = VenuePosition(
        symbol=SWAP, quantity=Decimal(1), entry_price=Decimal(100), mark_price=Decimal(150), unrealized_pnl=Decimal(50)
    )
    books.ours["BTC"] = books.theirs["BTC"] = Decimal(1)
    book = replace(books.venue_book(), positions=(position,))
    assert [f.kind for f in match_holdings(book, books.own_book()).findings] == [BreakKind.BALANCE] * count


@pytest.mark.parametrize(
    ("route", "status", "late", "rogue"),
    [
        (False, OrderStatus.EXPIRED, 1, True),
        (False, OrderStatus.EXPIRED, 0, False),
        (False, OrderStatus.CANCELLED, 1, True),
        (False, OrderStatus.APPROVED, 1, False),
        (True, OrderStatus.CANCELLED, 1, False),
        (True, OrderStatus.SUBMITTED, 1, False),
    ],
)
def test_order_when_its_bot_placed_it_after_its_approval_ended_then_rogue(
    route: bool, status: OrderStatus, late: int, rogue: bool
) -> None:
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=0)
    record = books.records[name]
    books.records[name] = replace(record, status=status, order=replace(record.order, route=route))
    ended = record.updated_at + GRACE_SECONDS * SECOND
    books.orders[name] = [replace(books.orders[name][0], created_at=ended + late * SECOND)]
    found = [f for f in books.match() if f.kind is BreakKind.ROGUE_ORDER]
    assert bool(found) == rogue


@pytest.mark.parametrize(
    ("late", "changes", "rogue"),
    [
        (1, {}, True),
        (0, {}, False),
        (1, {"is_kept": False}, False),
        (1, {"expires_at": None}, False),
        (1, {"filled_quantity": Decimal("0.001")}, False),
    ],
)
def test_order_when_its_bot_placed_it_later_than_a_kept_approval_allows_then_rogue(
    late: int, changes: dict[str, Any], rogue: bool
) -> None:
    books = build_books(1, orders=0)
    name = books.add_order(filled_fraction=0)
    record, until = books.records[name], NOW - 20 * MINUTE
    kept = replace(record, order=replace(record.order, route=False), expires_at=until, is_kept=True)
    books.records[name] = replace(kept, **changes)
    placed = until + (GRACE_SECONDS + late) * SECOND
    books.orders[name] = [replace(books.orders[name][0], created_at=placed)]
    assert any(f.kind is BreakKind.ROGUE_ORDER for f in books.match()) == rogue
    books.orders[name] = [replace(books.orders[name][0], created_at=None)]
    assert not any(f.kind is BreakKind.ROGUE_ORDER for f in books.match())


@pytest.mark.parametrize(("ours", "theirs", "difference"), [("2", "1.5", "-0.5"), ("1.50", "2", "0.5")])
def test_holding_when_it_differs_then_both_sides_and_the_difference_are_named(
    ours: str, theirs: str, difference: str
) -> None:
    books = build_books(1, orders=0)
    while books.market_type is not MarketType.SPOT:
        books = build_books(books.draw.randint(2, 10_000), orders=0)
    books.ours["BTC"], books.theirs["BTC"] = Decimal(ours), Decimal(theirs)
    [finding] = match_holdings(books.venue_book(), books.own_book()).findings
    assert finding.ours == {"quantity": plain(Decimal(ours))}
    assert finding.theirs == {"quantity": plain(Decimal(theirs)), "difference": difference}
    assert finding.mark == difference
