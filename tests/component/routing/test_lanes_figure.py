"""How long ten routed orders in different markets take to reach their venue, beside one: a figure, not a time limit.

``python -m pytest tests/component/routing/test_lanes_figure.py -m long -s -n0`` prints it.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from riskgate.core.account.document import Venue
from riskgate.core.venues.model import NewVenueOrder, VenueOrder
from riskgate.runtime.jobs import exchanges
from tests.component.routing.conftest import PacelessTime
from tests.support.gateway import BTC, instrument_of
from tests.support.routed_account import RoutedAccount
from tests.support.venue import Simulator, flat_closes, real_time_venue, running
from tests.support.wire import VirtualTime

ASSETS = ("BTC", "ETH", "BNB", "ADA", "XRP", "DOGE", "LINK", "LTC", "SOL", "DOT")
PRICE = "100"
ROUNDS = 3
#: How long the venue takes with an order: what an exchange on another continent takes.
VENUE_SECONDS = "0.4"


class RealTime(VirtualTime):
    """Time as it passes: those who lose a race wait for real."""

    def monotonic(self) -> float:
        """Return the seconds passed."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


@pytest.fixture
def virtual_time() -> VirtualTime:
    """Nothing is virtual here."""
    return RealTime()


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, virtual_time: VirtualTime) -> Iterator[Simulator]:
    """A venue on which each of ten assets is worth 100."""
    assert virtual_time is not None
    monkeypatch.setattr(import_module("ccxt.base.exchange"), "time", PacelessTime())
    with running(real_time_venue(flat_closes(**dict.fromkeys(ASSETS, PRICE)))) as simulator:
        yield simulator


class Workers:
    """Ten workers that live as Lambda's do: each with a venue of its own, warm after its first order."""

    def __init__(self, routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        self.routed, self.local = routed, threading.local()
        self.arrived: list[float] = []
        self.pool = ThreadPoolExecutor(len(ASSETS))
        monkeypatch.setattr(exchanges, "order_exchange_of", self.exchange_of)

    def exchange_of(self, venue: Venue) -> Any:
        """Return the thread's own exchange: ccxt's objects are not to be shared."""
        if not hasattr(self.local, "exchange"):
            exchange: Any = exchanges._build(venue, exchanges.credentials_of(venue))
            create = exchange.create_order

            def create_order(order: NewVenueOrder) -> VenueOrder:
                seen: VenueOrder = create(order)
                self.arrived.append(time.perf_counter())
                return seen

            exchange.create_order = create_order
            self.local.exchange = exchange
        return self.local.exchange

    def send(self, messages: list[Mapping[str, Any]]) -> float:
        """Hand each message to a worker of its own, all at once; return the seconds until the venue has the last."""
        barrier = threading.Barrier(len(messages) + 1)

        def work(message: Mapping[str, Any]) -> list[str]:
            barrier.wait()
            return self.routed.invoke(message)

        running_ones = [self.pool.submit(work, message) for message in messages]
        barrier.wait()
        started = time.perf_counter()
        assert [one.result() for one in running_ones] == [[]] * len(messages), "an order lost its race for good"
        seconds = max(self.arrived) - started
        for message in messages:
            self.routed.sqs.delete_message(QueueUrl=self.routed.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return seconds


def approve(routed: RoutedAccount, assets: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """Get an order approved in each market, and take the messages off the queue: none may wait for another."""
    for asset in assets:
        symbol = f"{asset}/USDT"
        quote = routed.gateway.quote_of(BTC) | {"symbol": symbol, "bid": "99.99", "ask": "100.01", "last": PRICE}
        assert routed.gateway.call("PUT", "/market/quotes", {"quotes": [quote]}).status == 200
        routed.approved(symbol=symbol, price="97", stop_loss_price="95", quantity="1")
    messages = list(iter(routed.receive, None))
    assert len(messages) == len(assets), "markets have lanes of their own"
    return messages


@pytest.mark.long
def test_orders_when_ten_are_in_different_markets_then_they_go_side_by_side_and_the_time_is_printed(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [instrument_of(BTC) | {"symbol": f"{asset}/USDT", "base_currency": asset} for asset in ASSETS]
    assert routed.gateway.call("PUT", "/market/instruments", {"instruments": rules}).status == 200
    assert (
        routed.gateway.limits(open_positions_max=50, sector_fraction_max=None, self_match_prevention=False).status
        == 200
    )
    workers = Workers(routed, monkeypatch)
    workers.send(approve(routed, ASSETS))
    routed.simulator.control.post(
        "faults", kind="delay", method="POST", path="/api/v3/order", seconds=VENUE_SECONDS, count=None
    )
    one = statistics.median(workers.send(approve(routed, ASSETS[:1])) for _ in range(ROUNDS))
    ten = statistics.median(workers.send(approve(routed, ASSETS)) for _ in range(ROUNDS))
    workers.pool.shutdown()

    assert len(routed.requests("POST")) == len(ASSETS) + ROUNDS * (1 + len(ASSETS))
    print(  # noqa: T201 the figure
        f"\none order is at the venue after {one:.3f} s, ten in different markets after {ten:.3f} s: {ten / one:.2f} times"
        f" as long (the venue takes {VENUE_SECONDS} s; all ten workers share one process; in turn it would be 10 times)"
    )
