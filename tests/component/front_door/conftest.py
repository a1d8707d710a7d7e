"""A front door before a gateway that trades at the simulated exchange."""

from __future__ import annotations

import pytest

from functions.venue_reader.app import lambda_handler as venue_reader
from riskgate.adapters.aws.clients import dynamodb_client
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.front_door import FrontDoor, open_front_door
from tests.support.routed_account import RoutedAccount
from tests.support.wire import Wire

__all__ = ["routed", "simulator", "virtual_time"]


@pytest.fixture
def door(routed: RoutedAccount, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> FrontDoor:
    """Give the front door of a routed account."""
    door = open_front_door(routed.gateway, monkeypatch, venue_reader)
    wire.attach(dynamodb_client())
    return door
