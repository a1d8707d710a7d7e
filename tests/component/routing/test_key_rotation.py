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
from tests.support.routed_account import VENUE_SECRET, Desk
from tests.support.venue import ACCOUNT, KEY

NEW = {"apiKey": "rotated-key", "secret": "rotated-secret"}


@pytest.fixture
def desk_with_two_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Let the venue know both keys, and secrets be remembered by the test's clock."""
    remembered = SecretCache(secretsmanager_client(), clock=lambda: datetime.now(UTC).timestamp())
    monkeypatch.setattr(wiring, "secrets", cache(lambda: remembered))
    forget()
    desk.simulator.control.post("accounts", account=ACCOUNT, key=NEW["apiKey"], secret=NEW["secret"])
    return desk


def send(desk: Desk) -> str:
    """Have an order approved and sent, and return its id."""
    desk.gateway.refresh_quotes()
    name = desk.approved()
    desk.work_all()
    return name


def switch(desk: Desk) -> None:
    text = json.dumps(NEW | {"urls": ccxt_urls(desk.simulator.url)})
    desk.gateway.aws.secretsmanager.put_secret_value(SecretId=VENUE_SECRET, SecretString=text)


@pytest.mark.parametrize("revoked", ["after the wait", "at once"])
def test_orders_when_the_key_is_rotated_then_each_arrives_once(desk_with_two_keys: Desk, revoked: str) -> None:
    desk = desk_with_two_keys
    names = [send(desk)]
    switch(desk)
    desk.gateway.advance(seconds=10)
    if revoked == "at once":
        desk.simulator.control.delete("keys", key=KEY)
    names.append(send(desk))
    desk.gateway.advance(seconds=60)
    names.append(send(desk))
    desk.gateway.advance(seconds=CACHE_SECONDS)
    desk.gateway.reading("100000")
    if revoked == "after the wait":
        names.append(send(desk))
        desk.simulator.control.delete("keys", key=KEY)
    names.append(send(desk))
    for name in names:
        assert desk.status(name) == "submitted"
        assert len(desk.venue_orders(name)) == 1
        desk.assert_agrees(name)
    assert desk.dead() == 0
