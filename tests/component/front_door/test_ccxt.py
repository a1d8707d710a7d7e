"""ccxt as it is, behind another address and with another key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from infra.simulators.exchange.client import ccxt_urls
from tests.support.front_door import FrontDoor, served
from tests.support.gateway import BTC
from tests.support.routed_account import RoutedAccount

PRIVATE = {"private": "/api/v3", "sapi": "/sapi/v1", "fapiPrivate": "/fapi/v1"}


def urls_of(door_url: str, market_url: str) -> dict[str, Any]:
    """Return ccxt's addresses: the exchange's own for market data, the front door for what is signed."""
    urls: dict[str, Any] = ccxt_urls(market_url)
    own = {name: f"{door_url}/venues/binance{path}" for name, path in PRIVATE.items()}
    own |= {
        "fapiPrivateV2": f"{door_url}/venues/binance/fapi/v2",
        "fapiPrivateV3": f"{door_url}/venues/binance/fapi/v3",
    }
    return {"api": urls["api"] | own}


@pytest.fixture
def bot(door: FrontDoor, routed: RoutedAccount) -> Iterator[Any]:
    """Give a spot bot."""
    key, secret = door.issue()
    with served(door) as url:
        bot = ccxt.binance(
            {
                "apiKey": key.key_id,
                "secret": secret,
                "urls": urls_of(url, routed.simulator.url),
                "enableRateLimit": False,
                "options": {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}},
            }
        )
        yield bot
        bot.session.close()


def test_bot_when_it_buys_and_cancels_then_order_and_answer_are_the_venues(bot: Any, routed: RoutedAccount) -> None:
    order = bot.create_order(BTC, "limit", "buy", 0.01, 48000)
    assert order["status"] == "open"
    [found] = routed.simulator.orders()
    assert order["id"] == str(found["order_id"])
    assert order["clientOrderId"].startswith("x-")
    assert routed.status(order["clientOrderId"]) == "submitted"
    cancelled = bot.cancel_order(order["id"], BTC)
    assert cancelled["status"] == "canceled"
    assert routed.status(order["clientOrderId"]) == "cancelled"
