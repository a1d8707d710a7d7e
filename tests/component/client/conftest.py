from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import time_machine

from tests.component.routing.conftest import PacelessTime, routed
from tests.support.client_bot import Bot, issue_token
from tests.support.gateway import Gateway
from tests.support.routed_account import PassingTime
from tests.support.venue import Simulator, real_time_venue, running
from tests.support.wire import VirtualTime

__all__ = ["routed"]


@pytest.fixture
def virtual_time(traveller: time_machine.Traveller) -> VirtualTime:
    """Waiting takes no time of the test's, and all the time of the clock's."""
    return PassingTime(traveller=traveller)


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, virtual_time: VirtualTime) -> Iterator[Simulator]:
    """A venue on this machine; its clock is the test's."""
    monkeypatch.setattr(import_module("ccxt.base.exchange"), "time", PacelessTime())
    with running(real_time_venue()) as simulator:
        yield simulator


@pytest.fixture
def bot(gateway: Gateway) -> Bot:
    """Give a bot of a gateway that trades."""
    assert gateway.limits(duplicate_window_seconds=None, order_rate_max=1000, daily_trades_max=1000).status == 200
    gateway.refresh_quotes()
    return Bot(issue_token(gateway.aws))


@pytest.fixture
def exchange(simulator: Simulator) -> Any:
    """Give ccxt's exchange at the simulated venue, with its default kind of numbers."""
    exchange = simulator.ccxt("binance", options={"fetchMarkets": {"types": ["spot"]}})
    exchange.number = float
    return exchange
