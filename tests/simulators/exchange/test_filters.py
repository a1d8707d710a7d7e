"""Filters of both markets, at, below and beyond each bound."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.instruments import default_instruments
from infra.simulators.exchange.money import decimals_of
from infra.simulators.exchange.venue import Venue
from tests.support.venue import fund, order_of, place


@pytest.mark.parametrize(
    ("quantity", "price", "failure"),
    [
        ("0.001", "40000", None),
        ("0.001", "40000.001", "PRICE_FILTER"),
        ("0.001", "1000000.01", "PRICE_FILTER"),
        ("0.001", "10000", None),
        ("0.001", "9999.99", "PERCENT_PRICE_BY_SIDE"),
        ("0.001", "250000.01", "PERCENT_PRICE_BY_SIDE"),
        ("0.000001", "40000", "LOT_SIZE"),
        ("0.00101", "40000", None),
        ("0.001015", "40000", "LOT_SIZE"),
        ("90000001", "40000", "LOT_SIZE"),
        ("0.00012", "40000", "NOTIONAL"),
        ("0.0005", "10000", None),
        ("0.00049", "10000", "NOTIONAL"),
    ],
)
def test_spot_limit_when_against_filters_then_named_failure(
    venue: Venue, quantity: str, price: str, failure: str | None
) -> None:
    fund(venue, "a", {"USDT": "1000000"})
    order = order_of(venue, "a", "BUY", quantity, price)
    if failure is None:
        assert place(venue, order).is_open
        return
    with pytest.raises(VenueError) as caught:
        place(venue, order)
    assert (caught.value.code, caught.value.msg) == (-1013, f"Filter failure: {failure}")
    assert venue.state.orders == {}


def test_spot_when_more_than_eight_decimals_then_precision_error(venue: Venue) -> None:
    fund(venue, "a", {"USDT": "1000000"})
    with pytest.raises(VenueError) as caught:
        place(venue, order_of(venue, "a", "BUY", "0.123456789", "40000"))
    assert caught.value.code == -1111


@pytest.mark.parametrize(
    ("quantity", "budget", "failure"),
    [("0.00009", None, "NOTIONAL"), ("0.0001", None, None), ("0", "4.99", "NOTIONAL"), ("0", "5.5", None)],
)
def test_spot_market_when_small_then_valued_at_last_price(
    venue: Venue, quantity: str, budget: str | None, failure: str | None
) -> None:
    fund(venue, "a", {"USDT": "1000000"})
    order = order_of(venue, "a", "BUY", quantity, quote_budget=None if budget is None else Decimal(budget))
    if failure is None:
        assert place(venue, order).executed > 0
    else:
        with pytest.raises(VenueError, match=failure):
            place(venue, order)


@pytest.mark.parametrize(
    ("side", "quantity", "price", "code"),
    [
        ("BUY", "0.003", "40000", None),
        ("BUY", "0.002", "40000", -4164),
        ("BUY", "0.0031", "40000", -1111),
        ("BUY", "0", "40000", -4003),
        ("BUY", "90000001", "40000", -4005),
        ("BUY", "0.003", "40000.05", -4014),
        ("BUY", "0.003", "40000.005", -1111),
        ("BUY", "0.003", "52500", None),
        ("BUY", "0.003", "52500.1", -4016),
        ("SELL", "0.003", "47500", None),
        ("SELL", "0.003", "47499.9", -4024),
        ("BUY", "0.003", "1000000.1", -4002),
    ],
)
def test_swap_limit_when_against_filters_then_code(
    venue: Venue, side: str, quantity: str, price: str, code: int | None
) -> None:
    fund(venue, "a", swap="1000000")
    order = order_of(venue, "a", side, quantity, price, market="swap")
    if code is None:
        place(venue, order)
        assert order.order_id in venue.state.orders
        return
    with pytest.raises(VenueError) as caught:
        place(venue, order)
    assert caught.value.code == code
    assert venue.state.orders == {}


def test_swap_when_reduce_only_then_no_minimum_notional(venue: Venue) -> None:
    fund(venue, "a", swap="1000000")
    place(venue, order_of(venue, "a", "BUY", "0.003", market="swap"))
    assert place(venue, order_of(venue, "a", "SELL", "0.001", market="swap", reduce_only=True)).status == "FILLED"


def test_catalogue_when_any_fill_then_quote_amount_fits_the_wire() -> None:
    for instrument in default_instruments().values():
        assert decimals_of(instrument.tick) + decimals_of(instrument.step) <= instrument.quote_places
        assert decimals_of(instrument.tick) <= instrument.price_places
        tiers = instrument.tiers
        for lower, upper in pairwise(tiers):
            border = upper.notional_floor
            assert lower.notional_cap == border
            below = border * lower.maintenance_fraction - lower.maintenance_amount
            assert below == border * upper.maintenance_fraction - upper.maintenance_amount
