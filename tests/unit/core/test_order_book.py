"""What it costs to take from a book, and how a book is kept small."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.money import with_risk_context
from riskgate.core.order_book import BookLevel, OrderBook, compute_impact
from tests.support.builders import BUY, SELL, build_book, dec

BOOK = build_book((100, 1), (101, 2), (103, 4))


@pytest.mark.parametrize(
    ("quantity", "impact"),
    [
        ("0.5", "0"),
        ("1", "0"),
        ("2", "0.005"),  # (100 + 101) / 2
        ("4", "0.0125"),  # (100 + 2 * 101 + 103) / 4
        ("7", "0.02"),  # everything: (100 + 202 + 412) / 7 is 102
        ("7.001", None),
    ],
)
def test_impact_when_the_book_is_walked_then_the_average_price_against_the_best(
    quantity: str, impact: str | None
) -> None:
    expected = None if impact is None else Decimal(impact)

    assert with_risk_context(compute_impact)(BOOK.asks, dec(quantity)) == expected
    assert with_risk_context(compute_impact)(BOOK.bids, dec(quantity)) == expected


def test_impact_when_nothing_rests_then_unknown() -> None:
    assert compute_impact((), Decimal(1)) is None


def test_book_when_cut_then_only_the_side_that_a_taker_meets() -> None:
    assert BOOK.met_by(BUY) == BOOK.cut(BUY).asks == BOOK.asks
    assert BOOK.met_by(SELL) == BOOK.cut(SELL).bids == BOOK.bids
    assert (BOOK.cut(BUY).bids, BOOK.cut(SELL).asks) == ((), ())
    assert build_book((100, 3), contract_size=Decimal(10)).depth_met_by(BUY) == 30


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 6, 100])
def test_book_when_merged_then_no_better_and_no_deeper_than_it_is(count: int) -> None:
    asks = tuple(BookLevel(price=Decimal(100 + n), quantity=Decimal(n + 1)) for n in range(count))
    book = OrderBook(symbol="X", bids=(), asks=asks)
    merged = book.merged(5)

    assert len(merged.asks) <= 5
    assert merged.asks[:1] == asks[:1]
    assert merged.depth_met_by(BUY) == book.depth_met_by(BUY)
    for quantity in range(1, 20):
        whole, kept = (compute_impact(levels, Decimal(quantity)) for levels in (asks, merged.asks))
        assert (whole is None) is (kept is None)
        assert whole is None or kept is None or kept >= whole


@pytest.mark.parametrize(("band", "bids", "asks"), [("0", 1, 1), ("0.01", 3, 3), ("0.0199", 3, 3), ("0.02", 7, 7)])
def test_depth_when_within_a_band_then_what_rests_up_to_its_ends(band: str, bids: int, asks: int) -> None:
    book = OrderBook(
        symbol="X",
        bids=tuple(BookLevel(price=Decimal(p), quantity=Decimal(q)) for p, q in ((100, 1), (99, 2), (98, 4))),
        asks=tuple(BookLevel(price=Decimal(p), quantity=Decimal(q)) for p, q in ((100, 1), (101, 2), (102, 4))),
    )
    assert book.depth(Decimal(band)) == (bids, asks)
    assert replace(book, contract_size=Decimal(10)).depth(Decimal(band)) == (10 * bids, 10 * asks)
