"""The adapter when the venue fails: never two orders, never a guess about one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from riskgate.adapters.exchange.build import CallPolicy
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import OutcomeUnknown, RateLimited, Rejected, Transient
from tests.support.exchange_adapter import BOTH, Desk, open_desk, unthrottled
from tests.support.venue import Simulator


@pytest.fixture(params=BOTH)
def desk(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Desk]:
    with unthrottled():
        built = open_desk(simulator, request.param)
        yield built
        built.exchange.close()


def test_create_when_dropped_before_acceptance_then_unknown_and_surely_not_there(desk: Desk) -> None:
    desk.fault("drop_before_accept", "POST")
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    assert desk.exchange.get_order(desk.ref()) is None
    assert desk.exchange.create_order(desk.order()).status is OrderStatus.SUBMITTED
    assert len(desk.simulator.orders()) == 1


def test_create_when_dropped_after_acceptance_then_unknown_and_found_by_client_id(desk: Desk) -> None:
    desk.fault("drop_after_accept", "POST")
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    assert len(desk.sent("POST")) == 1
    found = desk.exchange.get_order(desk.ref())
    assert found is not None
    assert found.status is OrderStatus.SUBMITTED
    assert len(desk.simulator.orders()) == 1


def test_create_when_answer_is_lost_and_order_filled_then_found_filled(desk: Desk) -> None:
    desk.fault("drop_after_accept", "POST")
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.market_order())
    found = desk.exchange.get_order(desk.ref())
    assert found is not None
    assert (found.status, found.filled_quantity) == (OrderStatus.FILLED, Decimal("0.1"))


@pytest.mark.parametrize(("status", "code"), [(503, -1001), (500, -1000), (503, -1007), (502, -1006), (504, -1007)])
@pytest.mark.parametrize(("kind", "orders"), [("error_before_accept", 0), ("error_after_accept", 1)])
def test_create_when_server_fails_then_unknown_and_lookup_tells(
    desk: Desk, status: int, code: int, kind: str, orders: int
) -> None:
    desk.fault(kind, "POST", status=status, code=code)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    assert (desk.exchange.get_order(desk.ref()) is not None) == (orders == 1)
    assert len(desk.simulator.orders()) == orders


def test_create_when_gateway_answers_in_html_then_unknown(desk: Desk) -> None:
    desk.fault("error_after_accept", "POST", status=502, raw_body="<html>Bad Gateway</html>")
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    assert len(desk.simulator.orders()) == 1


@pytest.mark.parametrize("status", [429, 418])
def test_create_when_rate_limited_then_nothing_happened_and_when_to_come_back(desk: Desk, status: int) -> None:
    desk.fault("rate_limit", "POST", status=status, retry_after=7)
    with pytest.raises(RateLimited) as caught:
        desk.exchange.create_order(desk.order())
    assert caught.value.retry_after_seconds == 7
    assert desk.simulator.orders() == []


def test_create_when_venue_is_slow_then_given_up_in_time_and_unknown(simulator: Simulator) -> None:
    with unthrottled():
        desk = open_desk(simulator, BOTH[0], policy=CallPolicy(read_seconds=0.3))
        desk.exchange.list_instruments()
        desk.fault("delay", "POST", seconds=3, when="after_accept")
        with pytest.raises(OutcomeUnknown):
            desk.exchange.create_order(desk.order())
        found = desk.exchange.get_order(desk.ref())
    assert found is not None
    assert len(simulator.orders()) == 1


def test_lookup_when_venue_hiccups_then_tried_again_and_found(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault("drop_before_accept", "GET", count=1)
    desk.fault("error_before_accept", "GET", count=1, skip=1)
    assert desk.exchange.get_order(desk.ref()) is not None
    assert desk.slept == [0.25, 0.5]


def test_lookup_when_venue_stays_away_then_transient_and_never_none(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault("drop_before_accept", "GET", count=None)
    with pytest.raises(Transient):
        desk.exchange.get_order(desk.ref())
    assert len(desk.sent("GET")) == 3


def test_refusal_when_the_lookup_after_it_fails_then_unknown(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault("drop_before_accept", "GET", count=None)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    desk.simulator.control.delete("faults")
    assert len(desk.simulator.orders()) == 1


@pytest.mark.parametrize(
    "kind", ["drop_before_accept", "drop_after_accept", "error_before_accept", "error_after_accept"]
)
def test_cancel_when_it_fails_once_then_cancelled_all_the_same(desk: Desk, kind: str) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault(kind, "DELETE")
    assert desk.exchange.cancel_order(desk.ref()).status is OrderStatus.CANCELLED
    assert desk.simulator.orders(open=True) == []


def test_cancel_when_venue_takes_none_then_unknown_and_it_still_rests(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault("drop_before_accept", "DELETE", count=None)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.cancel_order(desk.ref())
    assert len(desk.sent("DELETE")) == 3
    assert len(desk.simulator.orders(open=True)) == 1


def test_cancel_when_venue_shows_nothing_then_unknown(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault("drop_after_accept", "DELETE", count=None)
    desk.fault("drop_before_accept", "GET", count=None)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.cancel_order(desk.ref())


def test_cancel_when_rate_limited_then_transient(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    desk.fault("rate_limit", "DELETE", retry_after=3)
    with pytest.raises(RateLimited):
        desk.exchange.cancel_order(desk.ref())
    assert len(desk.simulator.orders(open=True)) == 1


def test_stale_prices_when_in_force_then_quote_bears_their_old_time(desk: Desk) -> None:
    desk.exchange.list_instruments()
    desk.fault("stale_prices", "*", "*", count=None, age_seconds=600)
    (quote,) = desk.exchange.list_quotes([desk.symbol])
    clock = desk.exchange.get_clock()
    assert (clock.server_at - quote.at).total_seconds() > 590


def test_clock_when_the_venues_is_off_then_skew_is_told_and_reads_still_work(desk: Desk) -> None:
    desk.exchange.list_instruments()
    desk.simulator.control.post("clock", advance_seconds=120)
    clock = desk.exchange.get_clock()
    assert 115 < clock.skew_seconds < 125
    assert desk.exchange.list_balances() != ()


def test_create_when_the_venues_clock_is_off_then_never_sent_twice(desk: Desk) -> None:
    desk.exchange.list_instruments()
    desk.simulator.control.post("clock", advance_seconds=120)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    assert desk.exchange.get_order(desk.ref()) is None
    assert desk.exchange.create_order(desk.order()).status is OrderStatus.SUBMITTED


def test_instruments_when_venue_is_away_then_transient_and_nothing_is_sent(simulator: Simulator) -> None:
    with unthrottled():
        desk = open_desk(simulator, BOTH[0])
        desk.fault("error_before_accept", "GET", "/api/v3/exchangeInfo", count=None)
        with pytest.raises(Transient):
            desk.exchange.create_order(desk.order())
    assert desk.sent("POST") == []


def test_order_when_price_is_beyond_the_venues_band_then_rejected_not_unknown(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.exchange.create_order(desk.order(limit_price=Decimal(900000)))
    assert desk.simulator.orders() == []
