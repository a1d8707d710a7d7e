"""Bots as they are published; only where `-m bots` asks for them, and they are installed (`make bots`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bots.places import Place
from tests.support.venue import ACCOUNT, KEY, SECRET, real_time_venue, running

FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless asked for."""
    mine = [item for item in items if FOLDER in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.bots)
    if "bots" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture
def place_alone() -> Iterator[Place]:
    """The simulated exchange itself, with flat prices: bitcoin at 50,000, ether at 4,000."""
    with running(real_time_venue()) as simulator:
        url = simulator.url
        yield Place(public=url, private=dict.fromkeys(("spot", "swap"), url), key=KEY, secret=SECRET, account=ACCOUNT)
