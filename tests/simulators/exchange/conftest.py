from __future__ import annotations

from collections.abc import Iterator
from decimal import localcontext
from typing import Any

import pytest

from infra.simulators.exchange.money import EXACT
from infra.simulators.exchange.venue import Venue
from tests.support.venue import Simulator, frozen_venue, real_time_venue, running


@pytest.fixture
def venue() -> Iterator[Venue]:
    """A venue in-process, clock frozen, flat prices; the calling test is inside a session."""
    built = frozen_venue()
    with localcontext(EXACT), built.session():
        yield built


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A server on a free loopback port, in real time, with flat prices."""
    with running(real_time_venue()) as built:
        yield built


@pytest.fixture
def spot(simulator: Simulator) -> Any:
    """Unmodified ccxt for Spot, only its URLs changed."""
    return simulator.ccxt("binance")


@pytest.fixture
def swap(simulator: Simulator) -> Any:
    """Unmodified ccxt for USD-M futures, only its URLs changed."""
    return simulator.ccxt("binanceusdm")


@pytest.fixture
def native_spot(simulator: Simulator) -> Any:
    """Unmodified ccxt under its own URLs, carried to the simulator: the real error classes."""
    return simulator.ccxt("binance", native=True)


@pytest.fixture
def native_swap(simulator: Simulator) -> Any:
    return simulator.ccxt("binanceusdm", native=True)
