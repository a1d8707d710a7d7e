"""A gateway that trades: a database of this process behind the real handlers, time that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from riskgate.adapters.aws.clients import decision_client, dynamodb_client
from riskgate.runtime import wiring
from riskgate.schemas.http.trace import xray_id_of
from tests.component.operators.conftest import phone
from tests.contract.checker import load_checker
from tests.support import databases
from tests.support.aws import Aws
from tests.support.gateway import NOON, TRACE_ID, Gateway
from tests.support.invariants import assert_invariants
from tests.support.wire import VirtualTime, Wire

__all__ = ["gateway", "phone", "traveller", "virtual_time", "wire"]


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """Stop the clock at noon of a Wednesday."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def virtual_time() -> VirtualTime:
    """Count what waiting would take."""
    return VirtualTime()


@pytest.fixture
def wire(aws: Aws, virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Stand between the functions and DynamoDB; nothing waits for real."""
    assert aws.dynamodb is not dynamodb_client()
    deps = replace(wiring.deps(), sleep=virtual_time.sleep, monotonic=virtual_time.monotonic)
    monkeypatch.setattr(wiring, "deps", cache(lambda: deps))
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=virtual_time.sleep))
    monkeypatch.setattr("riskgate.adapters.aws.dynamodb_api.sleep", virtual_time.sleep)
    # Our own client keeps the other one that it meets first.
    assert decision_client().meta.service_model.service_name == "dynamodb"
    return Wire(dynamodb_client(), virtual_time)


@pytest.fixture
def gateway(
    aws: Aws, wire: Wire, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    """Give a gateway with one registered account; the invariants must hold when the test ends."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={xray_id_of(TRACE_ID)};Parent=53995c3f42cd8ad8;Sampled=1")
    gateway = Gateway(aws=aws, traveller=traveller, contract=load_checker())
    start_anew(gateway, wire, traveller)
    yield gateway
    wire.heal()
    assert_invariants(aws.dynamodb, state=aws.state_table, control=aws.control_table, audit=aws.audit_table)


def start_anew(gateway: Gateway, wire: Wire, traveller: time_machine.Traveller) -> None:
    """Put tables, clock and wire to where every test begins."""
    wire.heal()
    _start(replace(gateway))
    # Numbers and clock are those of every other test, also for the one that made the tables.
    traveller.move_to(NOON, tick=False)
    wire.sent.clear()


#: The tables as they are before each test: made once through the API, then copied; by the kind of the database.
_START: dict[type, Any] = {}


def _start(gateway: Gateway) -> None:
    database = databases.current()
    if type(database) not in _START:
        gateway.set_up()
        _START[type(database)] = database.save()
    database.restore(_START[type(database)])
