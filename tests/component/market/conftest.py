"""The market data job between moto and a simulated venue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module

import pytest

from infra.simulators.exchange.clock import Clock
from infra.simulators.exchange.closes import DAY_MS, ClosePath
from infra.simulators.exchange.venue import Venue, VenueConfig
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.runtime.jobs import market_data
from tests.component.routing.conftest import PacelessTime
from tests.support.gateway import NOON, Gateway
from tests.support.market_data_job import MarketDataJob, build_queue
from tests.support.venue import Simulator, running

#: Days of history that the venue has of most assets, and of the one that was listed late.
HISTORY_DAYS, LATE_DAYS = 600, 30


def price_of(asset: str, day: int) -> Decimal:
    """Return the close of the day so many days before the test's; each day another."""
    base = {"BTC": 50_000, "ETH": 3_000, "SOL": 100}[asset]
    return Decimal(base) * (1000 + day % 7) / 1000


def build_venue() -> Venue:
    """Return a venue in real time that has daily closes up to today and beyond."""
    midnight = datetime.combine(NOON.date(), datetime.min.time(), UTC)
    first = int(midnight.timestamp() * 1000)
    # A close is the price at the end of its day.
    knots = {
        asset: [(first - (day - 1) * DAY_MS, price_of(asset, day)) for day in range(days, -5, -1)]
        for asset, days in {"BTC": HISTORY_DAYS, "ETH": HISTORY_DAYS, "SOL": LATE_DAYS}.items()
    }
    config = VenueConfig(closes=ClosePath(knots), clock=Clock(), path_start_ms=int(NOON.timestamp() * 1000))
    return Venue(config)


@pytest.fixture
def simulator(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A venue on this machine; its clock is the test's."""
    # ccxt paces its requests by the clock, which stands still here.
    monkeypatch.setattr(import_module("ccxt.base.exchange"), "time", PacelessTime())
    with running(build_venue()) as simulator:
        yield simulator


@pytest.fixture
def job(gateway: Gateway, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketDataJob]:
    """Give a gateway whose account trades at the venue, and the job."""
    queue_url = build_queue()
    monkeypatch.setenv("JOB_QUEUE_URL", queue_url)
    monkeypatch.setattr(
        market_data, "POLICY", CallPolicy(connect_seconds=1.0, read_seconds=10.0, attempts=2, pause_seconds=0.1)
    )
    forget()
    job = MarketDataJob(gateway=gateway, simulator=simulator, queue_url=queue_url)
    job.put_market_secret()
    job.register(symbols_allowed=["BTC/USDT", "ETH/USDT"])
    yield job
    forget()
