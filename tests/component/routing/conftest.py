"""Gateway, queue, order worker and a venue: moto's SQS between the real handlers, the simulated exchange over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module

import pytest
import time_machine

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.runtime.jobs import exchanges
from tests.support.gateway import Gateway
from tests.support.routed_account import (
    PERMIT_SECRET_ID,
    PassingTime,
    RoutedAccount,
    build_queue,
    environment_of,
    put_venue_secret,
)
from tests.support.venue import Simulator, real_time_venue, running
from tests.support.wire import VirtualTime, Wire


@pytest.fixture
def virtual_time(traveller: time_machine.Traveller) -> VirtualTime:
    """Waiting takes no time of the test's, and all the time of the clock's."""
    return PassingTime(traveller=traveller)


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, virtual_time: VirtualTime) -> Iterator[Simulator]:
    """A venue on this machine; its clock is the test's."""
    # ccxt paces its requests by the clock, which stands still here.
    monkeypatch.setattr(import_module("ccxt.base.exchange"), "time", PacelessTime())
    with running(real_time_venue()) as simulator:
        yield simulator


class PacelessTime:
    """The module `time` without waiting."""

    def __getattr__(self, name: str) -> object:
        """Return what the module has."""
        return (lambda _seconds: None) if name == "sleep" else getattr(time, name)


@pytest.fixture
def routed(
    gateway: Gateway, wire: Wire, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RoutedAccount]:
    """Give a gateway whose account trades at the venue, with its queue and worker."""
    gateway.aws.secretsmanager.create_secret(Name=PERMIT_SECRET_ID, SecretString="k" * 64)
    queue_url, dead_letters_url = build_queue()
    for name, value in environment_of(queue_url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        exchanges, "POLICY", CallPolicy(connect_seconds=1.0, read_seconds=10.0, attempts=2, pause_seconds=0.1)
    )
    forget()
    wire.attach(dynamodb_client())
    put_venue_secret(gateway.aws, simulator)
    routed = RoutedAccount(gateway=gateway, simulator=simulator, queue_url=queue_url, dead_letters_url=dead_letters_url)
    routed.open_accounts()
    yield routed
    simulator.control.delete("faults")
    forget()
