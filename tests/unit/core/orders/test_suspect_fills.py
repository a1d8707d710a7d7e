"""An execution far from every price that is known counts at the worse of its price and our own, and is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskgate.core.levels.notices import NoticeKind
from riskgate.core.market.quote_faults import AGE_MAX
from riskgate.core.orders.events import RULES, FillRecorded
from riskgate.core.orders.suspect_fills import SUSPECT_SINCE, doubt_price
from riskgate.core.severity import Severity
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    NOW,
    SECOND,
    SELL,
    SPOT,
    VENUE,
    apply,
    build_account,
    build_fill,
    build_market,
    build_order,
    build_position,
    build_quote,
    dec,
)

KEY = f"{VENUE}:{SPOT}"


def execution(price: str, *, side: Side = BUY, known: int = 100, quote: int | None = 100, age: int = 0) -> FillRecorded:
    """Return an execution of an order at 100 that was decided at `known`, beside a quote of some seconds ago."""
    order = build_order(2, 100, side=side)
    told = build_quote(price=quote, at=NOW - age * SECOND) if quote is not None else None
    market = replace(build_market(order), quote=told)
    return build_fill(order, 2, price, decision_price=dec(known), market=market, rules=RULES)


@pytest.mark.parametrize(
    ("side", "price", "booked"),
    [(BUY, "120.01", "120.01"), (BUY, "79.99", "100"), (SELL, "120.01", "100"), (SELL, "79.99", "79.99")],
)
def test_price_when_far_from_all_that_is_known_then_the_worse_one_counts(side: Side, price: str, booked: str) -> None:
    found = doubt_price(execution(price, side=side), NOW)

    assert found is not None
    assert (found.reported, found.own, found.booked) == (dec(price), 100, dec(booked))


@pytest.mark.parametrize("price", ["120", "80", "100"])
def test_price_when_no_further_than_a_fifth_then_believed(price: str) -> None:
    assert doubt_price(execution(price), NOW) is None


def test_price_when_one_of_what_is_known_is_near_then_believed() -> None:
    assert doubt_price(execution("150", quote=140), NOW) is None
    assert doubt_price(execution("150", known=140), NOW) is None
    assert doubt_price(replace(execution("150"), order=build_order(2, 140)), NOW) is None


def test_price_when_the_quote_is_old_then_it_is_not_asked() -> None:
    oldest = int(AGE_MAX.total_seconds())
    assert doubt_price(execution("150", quote=140, age=oldest), NOW) is None
    found = doubt_price(execution("150", quote=140, known=101, age=oldest + 1), NOW)
    assert found is not None
    assert found.own == 101


def test_price_when_nothing_is_known_or_by_the_first_rules_then_believed() -> None:
    unknown = replace(execution("1000", known=0, quote=None), order=build_order(2, None))
    assert doubt_price(unknown, NOW) is None
    assert doubt_price(replace(execution("1000"), rules=SUSPECT_SINCE - 1), NOW) is None
    assert doubt_price(replace(execution("1000"), rules=SUSPECT_SINCE), NOW) is not None


def test_fill_when_its_price_is_suspect_then_booked_at_the_worse_marked_at_our_own_and_told() -> None:
    result = apply(build_account(), execution("300"))

    position = result.state.positions[KEY]
    assert (position.average_price, position.mark_price, result.state.equity) == (300, 100, 9_600)
    [told] = [notice for notice in result.notices if notice.kind is NoticeKind.FILL_SUSPECT]
    assert (told.severity, told.observed, told.limit, told.unit, told.subject) == (
        Severity.ORANGE,
        300,
        100,
        "price",
        KEY,
    )
    assert told.detail == "fill f1 of o1 counts at 300"


def test_fill_when_its_price_is_near_then_nothing_is_told() -> None:
    result = apply(build_account(positions=[build_position(1)]), execution("119"))

    assert result.state.positions[KEY].average_price == (100 + 2 * dec(119)) / 3
    assert not [notice for notice in result.notices if notice.kind is NoticeKind.FILL_SUSPECT]
