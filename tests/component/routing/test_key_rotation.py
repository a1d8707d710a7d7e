"""No order is missed while an exchange key is rotated, even when the old key dies too early."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

import pytest

from infra.simulators.exchange.client import ccxt_urls
from riskgate.adapters.aws.clients import secretsmanager_client
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.aws.secrets import CACHE_SECONDS, SecretCache
from riskgate.runtime import wiring
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.venue import ACCOUNT, KEY

NEW = {"apiKey": "rotated-key", "secret": "rotated-secret"}


@pytest.fixture
def desk_with_two_keys(routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> RoutedAccount:
    """Let the venue know both keys, and secrets be remembered by the test's clock."""
    remembered = SecretCache(secretsmanager_client(), clock=lambda: datetime.now(UTC).timestamp())
    monkeypatch.setattr(wiring, "secrets", cache(lambda: remembered))
    forget()
    routed.simulator.control.post("accounts", account=ACCOUNT, key=NEW["apiKey"], secret=NEW["secret"])
    return routed


def send(routed: RoutedAccount) -> str:
    """Have an order approved and sent, and return its id."""
    routed.gateway.refresh_quotes()
    name = routed.approved()
    routed.work_all()
    return name


def switch(routed: RoutedAccount) -> None:
    text = json.dumps(NEW | {"urls": ccxt_urls(routed.simulator.url)})
    routed.gateway.aws.secretsmanager.put_secret_value(SecretId=VENUE_SECRET, SecretString=text)


@pytest.mark.parametrize("revoked", ["after the wait", "at once"])
def test_orders_when_the_key_is_rotated_then_each_arrives_once(desk_with_two_keys: RoutedAccount, revoked: str) -> None:
    routed = desk_with_two_keys
    names = [send(routed)]
    switch(routed)
    routed.gateway.advance(seconds=10)
    if revoked == "at once":
        routed.simulator.control.delete("keys", key=KEY)
    names.append(send(routed))
    routed.gateway.advance(seconds=60)
    names.append(send(routed))
    routed.gateway.advance(seconds=CACHE_SECONDS)
    routed.gateway.reading("100000")
    if revoked == "after the wait":
        names.append(send(routed))
        routed.simulator.control.delete("keys", key=KEY)
    names.append(send(routed))
    for name in names:
        assert routed.status(name) == "submitted"
        assert len(routed.venue_orders(name)) == 1
        routed.assert_agrees(name)
    assert routed.dead() == 0
