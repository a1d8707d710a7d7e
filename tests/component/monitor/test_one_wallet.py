"""One wallet registered as a spot and as a swap venue: refused with the other's name, at every class that has one wallet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from infra.simulators.exchange.client import bybit_urls
from riskgate.adapters.exchange.account_setup import ONE_WALLET
from riskgate.core.instrument import MarketType
from tests.exchanges.book import Wallet
from tests.exchanges.server import VenueServer
from tests.exchanges.table import list_venues
from tests.support.monitored_account import Watch

#: Where requests of a class go, by its server's address.
URLS = {"bybit": bybit_urls, "okx": lambda url: {"api": {"rest": url}}}
MONEY = Decimal(9700)


@pytest.fixture
def servers() -> Iterator[list[VenueServer]]:
    started: list[VenueServer] = []
    yield started
    for server in started:
        server.close()


def register(watch: Watch, ccxt_id: str, servers: list[VenueServer]) -> list[dict[str, Any]]:
    """Describe an account whose one wallet is registered twice, under two keys; return its venues."""
    venues = []
    for market_type in (MarketType.SPOT, MarketType.SWAP):
        (kind,) = [k for k in list_venues() if (k.ccxt_id, k.market_type) == (ccxt_id, market_type)]
        server = VenueServer()
        servers.append(server)
        server.venue = kind()
        server.venue.book.wallets["USDT"] = Wallet(total=MONEY)
        name, secret = f"{ccxt_id}-{market_type.value}", f"riskgate/exchange/demo-{market_type.value}"
        place = {"exchange": ccxt_id, "urls": URLS[ccxt_id](server.url)}
        aws = watch.routed.gateway.aws
        text = json.dumps(kind.keys | place)
        aws.secretsmanager.create_secret(Name=secret, SecretString=text)
        aws.put_market_secret(name, **place)
        venues.append({"venue": name, "market_type": market_type.value, "secret_name": secret})
    return venues


@pytest.mark.parametrize("ccxt_id", sorted(ONE_WALLET))
def test_wallet_when_registered_for_both_types_of_markets_then_refused_and_not_counted_twice(
    watch: Watch, servers: list[VenueServer], ccxt_id: str
) -> None:
    watch.register(register(watch, ccxt_id, servers))
    before = watch.routed.state()

    report = watch.run()

    assert not report["recorded"]
    assert f"{ccxt_id}-swap: WALLET_REGISTERED_TWICE: it is the wallet of {ccxt_id}-spot" in report["reason"]
    state = watch.routed.state()
    assert (state.equity, state.monitored_since) == (before.equity, None)
    # A person is told.
    told = [e["inputs"] for e in watch.routed.audit("venue_observed")]
    assert [(look["venue"], look["detail"].partition(":")[0]) for look in told] == [
        (f"{ccxt_id}-swap", "WALLET_REGISTERED_TWICE")
    ]


@pytest.mark.parametrize("ccxt_id", sorted(ONE_WALLET))
def test_wallet_when_registered_once_then_counted_once(watch: Watch, servers: list[VenueServer], ccxt_id: str) -> None:
    venues = register(watch, ccxt_id, servers)
    watch.register(venues[1:])

    assert watch.recorded().equity == MONEY


@pytest.mark.parametrize("ccxt_id", sorted(ONE_WALLET))
def test_key_when_given_to_both_types_of_markets_then_refused_at_registration(
    watch: Watch, servers: list[VenueServer], ccxt_id: str
) -> None:
    first, second = register(watch, ccxt_id, servers)
    second["secret_name"] = first["secret_name"]
    answer = watch.routed.gateway.register(totp=True, venues=[first, second])
    assert (answer.status, answer.code) == (409, "WALLET_REGISTERED_TWICE")
