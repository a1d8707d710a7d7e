"""Bots as they are published; only where `-m bots` asks for them, and they are installed (`make bots`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from infra.local.bots.places import Place
from tests.bots.gateways import ON_STACK, BotsGateway
from tests.bots.in_process import begin_before_now, open_in_process
from tests.bots.on_stack import open_on_stack
from tests.component.routing.conftest import routed, simulator
from tests.e2e.conftest import stack
from tests.support.aws import aws
from tests.support.fixtures import gateway, wire
from tests.support.folders import is_within
from tests.support.venue import ACCOUNT, KEY, SECRET, real_time_venue, running
from tests.support.wire import VirtualTime

__all__ = ["aws", "gateway", "routed", "simulator", "stack", "wire"]

FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless asked for."""
    mine = [item for item in items if is_within(item.path, FOLDER)]
    for item in mine:
        item.add_marker(pytest.mark.bots)
        call = getattr(item, "callspec", None)
        if call is not None and call.params.get("bots_gateway") == ON_STACK:
            # One worker runs them all, so that there is one stack, on which one test moves the prices at a time.
            item.add_marker(pytest.mark.xdist_group("stack"))
    if "bots" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture
def place_alone() -> Iterator[Place]:
    """The simulated exchange itself, with flat prices: bitcoin at 50,000, ether at 4,000."""
    with running(real_time_venue()) as simulator:
        url = simulator.url
        yield Place(public=url, private=dict.fromkeys(("spot", "swap"), url), key=KEY, secret=SECRET, account=ACCOUNT)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """A clock that the set-up moves, and that goes with everybody's from then on."""
    with time_machine.travel(begin_before_now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def virtual_time() -> VirtualTime:
    """Waiting takes no time, and moves no clock."""
    return VirtualTime()


@pytest.fixture
def bots_gateway(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[BotsGateway]:
    """An account behind a gateway, at a spot and a swap venue: on the local stack, or all of it in this process.

    The stack has what a deployment has: roles, queues, streams, cold functions. In this process a fault is found.
    """
    if request.param == ON_STACK:
        with open_on_stack(request.getfixturevalue("stack"), tmp_path) as found:
            yield found
    else:
        with open_in_process(request.getfixturevalue("routed"), monkeypatch) as found:
            yield found
