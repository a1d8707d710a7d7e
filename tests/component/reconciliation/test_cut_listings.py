"""Lists that the venue cuts off are read whole: nothing seems missing, and nothing hides behind the cut."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.support.reconciled_account import Books

CUT = 2


@pytest.fixture
def cut(books: Books) -> Books:
    """Let the venue answer every list with its first rows only, without a word."""
    books.routed.fault("cut_listing", method="GET", path="*", count=None, rows=CUT)
    return books


def settle(books: Books, orders: list[dict[str, Any]]) -> list[str]:
    """Bring orders to the venue, one a second."""
    names = []
    for order in orders:
        books.routed.gateway.advance(seconds=1)
        books.routed.gateway.refresh_quotes()
        names.append(books.settled(**order))
    return names


def test_books_when_the_venue_cuts_its_lists_then_no_order_of_ours_seems_missing(cut: Books) -> None:
    resting = settle(cut, [{"price": str(48_000 + number)} for number in range(5)])
    bought = settle(cut, [{"type": "market", "price": None, "quantity": "0.002"}] * 4)
    cut.pass_grace()
    report = cut.reconcile()
    assert (report["complete"], report["found"], report["open"], report["repairs"]) == (True, 0, 0, [])
    assert report["venues"][0]["orders"] == len(resting) + len(bought)
    assert report["venues"][0]["trades"] == len(bought)


def test_fills_when_the_venue_cuts_its_lists_then_every_missed_one_is_recorded_once(cut: Books) -> None:
    names = settle(cut, [{"price": str(48_000 + 200 * number)} for number in range(5)])
    cut.pass_grace()
    for name in reversed(names):
        cut.routed.gateway.advance(seconds=1)
        cut.fill_at_venue(name)
    report = cut.reconcile()
    assert Counter(repair["client_order_id"] for repair in report["repairs"]) == Counter(names)
    assert (report["found"], report["open"]) == (0, 0)
    assert {cut.routed.status(name) for name in names} == {"filled"}
    for name in names:
        cut.routed.assert_agrees(name)
    assert cut.reconcile()["repairs"] == []


def test_strangers_when_the_venue_cuts_its_lists_then_each_is_found(cut: Books) -> None:
    cut.rest()
    placed = []
    for number in range(7):
        cut.routed.gateway.advance(seconds=1)
        order = {"type": "LIMIT", "price": str(40_000 + number), "quantity": "0.001", "timeInForce": "GTC"}
        placed.append(cut.place_around(**order))
    report = cut.reconcile()
    assert report["open_by_kind"] == {"rogue_order": len(placed)}
    seen = {item["theirs"]["exchange_order_id"] for item in cut.view()["open"]}
    assert seen == {str(order["order_id"]) for order in placed}
    again = cut.reconcile()
    assert (again["found"], again["open"]) == (len(placed), len(placed))
