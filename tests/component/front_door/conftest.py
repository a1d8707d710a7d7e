"""A front door before a gateway that trades at the simulated exchange."""

from __future__ import annotations

import pytest

from functions.venue_reader.app import lambda_handler as venue_reader
from riskgate.adapters.aws.clients import dynamodb_client
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.front_door import FrontDoor, open_front_door
from tests.support.gateway import VENUE, instrument_of
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.wire import Wire

SWAP, SWAP_VENUE = "BTC/USDT:USDT", "binanceusdm"

__all__ = ["routed", "simulator", "virtual_time"]


@pytest.fixture
def door(routed: RoutedAccount, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> FrontDoor:
    """Give the front door of a routed account."""
    door = open_front_door(routed.gateway, monkeypatch, venue_reader)
    wire.attach(dynamodb_client())
    return door


@pytest.fixture
def swaps(routed: RoutedAccount) -> None:
    """Let the account trade swaps, too."""
    gateway = routed.gateway
    venues = [
        {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET},
        {"venue": SWAP_VENUE, "market_type": "swap", "secret_name": VENUE_SECRET},
    ]
    assert gateway.register(venues=venues, totp=True).status == 200
    rules = instrument_of(SWAP) | {"venue": SWAP_VENUE, "settle_currency": "USDT", "stop_orders": True}
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    quote = gateway.quote_of(SWAP) | {"venue": SWAP_VENUE}
    assert gateway.call("PUT", "/market/quotes", {"quotes": [quote]}).status == 200
    held = [{"venue": name, "asset": "USDT", "total": "100000"} for name in (VENUE, SWAP_VENUE)]
    gateway.reading("200000", balances=held, positions=[])
    gateway.refresh_quotes()
