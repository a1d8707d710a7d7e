"""The adapter when the venue fails: never two orders, never a guess about one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from riskgate.adapters.exchange.build import CallPolicy
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import OutcomeUnknown, RateLimited, Rejected, Transient
from tests.support.exchange_adapter import BOTH, AdapterAtVenue, open_adapter, unthrottled
from tests.support.venue import Simulator


@pytest.fixture(params=BOTH)
def adapter(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        built = open_adapter(simulator, request.param)
        yield built
        built.exchange.close()


def test_create_when_dropped_before_acceptance_then_unknown_and_surely_not_there(adapter: AdapterAtVenue) -> None:
    adapter.fault("drop_before_accept", "POST")
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.order())
    assert adapter.exchange.get_order(adapter.ref()) is None
    assert adapter.exchange.create_order(adapter.order()).status is OrderStatus.SUBMITTED
    assert len(adapter.simulator.orders()) == 1


def test_create_when_dropped_after_acceptance_then_unknown_and_found_by_client_id(adapter: AdapterAtVenue) -> None:
    adapter.fault("drop_after_accept", "POST")
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.order())
    assert len(adapter.sent("POST")) == 1
    found = adapter.exchange.get_order(adapter.ref())
    assert found is not None
    assert found.status is OrderStatus.SUBMITTED
    assert len(adapter.simulator.orders()) == 1


def test_create_when_answer_is_lost_and_order_filled_then_found_filled(adapter: AdapterAtVenue) -> None:
    adapter.fault("drop_after_accept", "POST")
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.market_order())
    found = adapter.exchange.get_order(adapter.ref())
    assert found is not None
    assert (found.status, found.filled_quantity) == (OrderStatus.FILLED, Decimal("0.1"))


@pytest.mark.parametrize(("status", "code"), [(503, -1001), (500, -1000), (503, -1007), (502, -1006), (504, -1007)])
@pytest.mark.parametrize(("kind", "orders"), [("error_before_accept", 0), ("error_after_accept", 1)])
def test_create_when_server_fails_then_unknown_and_lookup_tells(
    adapter: AdapterAtVenue, status: int, code: int, kind: str, orders: int
) -> None:
    adapter.fault(kind, "POST", status=status, code=code)
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.order())
    assert (adapter.exchange.get_order(adapter.ref()) is not None) == (orders == 1)
    assert len(adapter.simulator.orders()) == orders


def test_create_when_gateway_answers_in_html_then_unknown(adapter: AdapterAtVenue) -> None:
    adapter.fault("error_after_accept", "POST", status=502, raw_body="<html>Bad Gateway</html>")
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.order())
    assert len(adapter.simulator.orders()) == 1


@pytest.mark.parametrize("status", [429, 418])
def test_create_when_rate_limited_then_nothing_happened_and_when_to_come_back(
    adapter: AdapterAtVenue, status: int
) -> None:
    adapter.fault("rate_limit", "POST", status=status, retry_after=7)
    with pytest.raises(RateLimited) as caught:
        adapter.exchange.create_order(adapter.order())
    assert caught.value.retry_after_seconds == 7
    assert adapter.simulator.orders() == []


def test_create_when_venue_is_slow_then_given_up_in_time_and_unknown(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, BOTH[0], policy=CallPolicy(read_seconds=0.3))
        adapter.exchange.list_instruments()
        adapter.fault("delay", "POST", seconds=3, when="after_accept")
        with pytest.raises(OutcomeUnknown):
            adapter.exchange.create_order(adapter.order())
        found = adapter.exchange.get_order(adapter.ref())
    assert found is not None
    assert len(simulator.orders()) == 1


def test_lookup_when_venue_hiccups_then_tried_again_and_found(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault("drop_before_accept", "GET", count=1)
    adapter.fault("error_before_accept", "GET", count=1, skip=1)
    assert adapter.exchange.get_order(adapter.ref()) is not None
    assert adapter.slept == [0.25, 0.5]


def test_lookup_when_venue_stays_away_then_transient_and_never_none(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault("drop_before_accept", "GET", count=None)
    with pytest.raises(Transient):
        adapter.exchange.get_order(adapter.ref())
    assert len(adapter.sent("GET")) == 3


def test_refusal_when_the_lookup_after_it_fails_then_unknown(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault("drop_before_accept", "GET", count=None)
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.order())
    adapter.simulator.control.delete("faults")
    assert len(adapter.simulator.orders()) == 1


@pytest.mark.parametrize(
    "kind", ["drop_before_accept", "drop_after_accept", "error_before_accept", "error_after_accept"]
)
def test_cancel_when_it_fails_once_then_cancelled_all_the_same(adapter: AdapterAtVenue, kind: str) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault(kind, "DELETE")
    assert adapter.exchange.cancel_order(adapter.ref()).status is OrderStatus.CANCELLED
    assert adapter.simulator.orders(open=True) == []


def test_cancel_when_venue_takes_none_then_unknown_and_it_still_rests(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault("drop_before_accept", "DELETE", count=None)
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.cancel_order(adapter.ref())
    assert len(adapter.sent("DELETE")) == 3
    assert len(adapter.simulator.orders(open=True)) == 1


def test_cancel_when_venue_shows_nothing_then_unknown(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault("drop_after_accept", "DELETE", count=None)
    adapter.fault("drop_before_accept", "GET", count=None)
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.cancel_order(adapter.ref())


def test_cancel_when_rate_limited_then_transient(adapter: AdapterAtVenue) -> None:
    adapter.exchange.create_order(adapter.order())
    adapter.fault("rate_limit", "DELETE", retry_after=3)
    with pytest.raises(RateLimited):
        adapter.exchange.cancel_order(adapter.ref())
    assert len(adapter.simulator.orders(open=True)) == 1


def test_stale_prices_when_in_force_then_quote_bears_their_old_time(adapter: AdapterAtVenue) -> None:
    adapter.exchange.list_instruments()
    adapter.fault("stale_prices", "*", "*", count=None, age_seconds=600)
    (quote,) = adapter.exchange.list_quotes([adapter.symbol])
    clock = adapter.exchange.get_clock()
    assert (clock.server_at - quote.at).total_seconds() > 590


def test_clock_when_the_venues_is_off_then_skew_is_told_and_reads_still_work(adapter: AdapterAtVenue) -> None:
    adapter.exchange.list_instruments()
    adapter.simulator.control.post("clock", advance_seconds=120)
    clock = adapter.exchange.get_clock()
    assert 115 < clock.skew_seconds < 125
    assert adapter.exchange.list_balances() != ()


def test_create_when_the_venues_clock_is_off_then_never_sent_twice(adapter: AdapterAtVenue) -> None:
    adapter.exchange.list_instruments()
    adapter.simulator.control.post("clock", advance_seconds=120)
    with pytest.raises(OutcomeUnknown):
        adapter.exchange.create_order(adapter.order())
    assert adapter.exchange.get_order(adapter.ref()) is None
    assert adapter.exchange.create_order(adapter.order()).status is OrderStatus.SUBMITTED


def test_instruments_when_venue_is_away_then_transient_and_nothing_is_sent(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, BOTH[0])
        adapter.fault("error_before_accept", "GET", "/api/v3/exchangeInfo", count=None)
        with pytest.raises(Transient):
            adapter.exchange.create_order(adapter.order())
    assert adapter.sent("POST") == []


def test_order_when_price_is_beyond_the_venues_band_then_rejected_not_unknown(adapter: AdapterAtVenue) -> None:
    with pytest.raises(Rejected):
        adapter.exchange.create_order(adapter.order(limit_price=Decimal(900000)))
    assert adapter.simulator.orders() == []
